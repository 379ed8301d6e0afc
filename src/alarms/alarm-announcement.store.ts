import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import type { PreviousState } from './alarm-announcement.port.js';
import type { AlarmChange } from './alarm-change.port.js';

interface EarlierChange extends PreviousState {
  readonly state: AlarmState;
  readonly evaluatedAt: number;
  /** Whether the alarm saw no accounts then that it does not see now: its reason tells of their data. */
  readonly isWithinReach: boolean;
}

/** What is stored of an alarm, and of it before a change. Times in milliseconds since 1970 UTC. */
export interface ChangedAlarm {
  /** Of the change, in the list. */
  readonly index: number;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly reachId: string | null;
  readonly createdAt: number;
  readonly configuredAt: number;
  /** The newest change before this one that is not superseded. */
  readonly before: EarlierChange | null;
}

const ms = (column: string) => `round(extract(epoch FROM ${column}) * 1000)::float8`;

/** One statement, however many changes. Those of alarms that are gone are left out. What they supersede is not looked at. */
export async function readChangedAlarms(sql: Sql, changes: readonly AlarmChange[]): Promise<ChangedAlarm[]> {
  return sql.query<ChangedAlarm>(
    `SELECT told.place::integer - 1 AS index, alarm.account_id AS "accountId", alarm.aws_region AS region,
       alarm.reach_id AS "reachId", ${ms('alarm.created_at')} AS "createdAt", ${ms('alarm.updated_at')} AS "configuredAt",
       CASE WHEN before.id IS NOT NULL THEN json_build_object('state', before.state, 'reason', before.state_reason,
         'reasonData', before.state_reason_data, 'timestamp', ${ms('before.happened_at')},
         'evaluatedAt', ${ms('before.evaluated_at')}, 'isWithinReach',
         alarm.account_ids IS NULL OR coalesce(before.account_ids <@ alarm.account_ids, false)) END AS before
     FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[]) WITH ORDINALITY AS told (alarm_id, id, evaluated_at, place)
     JOIN alarm ON alarm.id = told.alarm_id
     LEFT JOIN LATERAL (
       SELECT * FROM alarm_change
       WHERE alarm_id = told.alarm_id AND NOT is_superseded AND evaluated_at <= told.evaluated_at AND id <> told.id
         AND id <> ALL ($4::uuid[])
       ORDER BY evaluated_at DESC, position DESC LIMIT 1
     ) AS before ON true
     ORDER BY told.place`,
    [
      changes.map(({ alarmId }) => alarmId),
      changes.map(({ id }) => id),
      changes.map(({ evaluatedAt }) => new Date(evaluatedAt)),
      changes.flatMap(({ supersedes }) => (supersedes === null ? [] : [supersedes])),
    ],
  );
}
