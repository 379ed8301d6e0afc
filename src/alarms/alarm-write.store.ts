import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { JudgingTimes } from './judging-times.js';

/** What is stored of an alarm when it is put. */
export interface AlarmSettings {
  readonly definition: AlarmDefinition;
  /** Of what it speaks. */
  readonly accountId: string | null;
  readonly region: string | null;
  /** See reach.service.ts. */
  readonly reachId: string | null;
  /** Null: as it was. */
  readonly pack: string | null;
}

export interface NewAlarm extends AlarmSettings {
  readonly judging: JudgingTimes;
}

/** Null: what is judged by does not change. */
export interface ChangedAlarm extends AlarmSettings {
  readonly id: string;
  readonly judging: Omit<JudgingTimes, 'judgedFrom'> | null;
}

const settings = `definition jsonb, name text, type text, account_id text, aws_region text, account_ids text[],
  reach_id bigint, tags jsonb, actions_enabled boolean, pack text, judged_from timestamptz, judged_through timestamptz,
  closed_through timestamptz, early_through timestamptz, is_judged_anew boolean`;

function recordOf(alarm: AlarmSettings, judging: Partial<JudgingTimes> | null): object {
  const { definition } = alarm;
  return {
    definition,
    name: definition.alarmName,
    type: definition.alarmType,
    account_id: alarm.accountId,
    aws_region: alarm.region,
    account_ids: definition.accountIds,
    reach_id: alarm.reachId,
    tags: definition.tags,
    actions_enabled: definition.actionsEnabled,
    pack: alarm.pack,
    judged_from: judging?.judgedFrom,
    judged_through: judging?.judgedThrough,
    closed_through: judging?.closedThrough,
    early_through: judging?.earlyThrough,
    is_judged_anew: judging !== null,
  };
}

const firstReason = 'Unchecked: Initial alarm creation';

/** Source of state and reason: PutMetricAlarm, Amazon CloudWatch API Reference, and what CloudWatch answers. */
export async function insertAlarms(
  sql: Sql,
  alarms: readonly NewAlarm[],
  now: Date,
): Promise<{ id: string; name: string }[]> {
  if (alarms.length === 0) return [];
  return sql.query(
    `WITH given AS MATERIALIZED (
       SELECT nextval(pg_get_serial_sequence('alarm', 'id')) AS id, given.*
       FROM jsonb_to_recordset($1::jsonb) AS given (${settings})
     ), defined AS (
       INSERT INTO alarm_definition (alarm_id, definition, created_at) SELECT id, definition, $2 FROM given
       RETURNING id, alarm_id
     )
     INSERT INTO alarm (id, name, type, definition_id, account_id, aws_region, account_ids, reach_id, tags, actions_enabled,
       pack, created_at, updated_at, state, state_reason, state_updated_at, state_transitioned_at, judged_from,
       judged_through, early_through, due_at)
     OVERRIDING SYSTEM VALUE
     SELECT given.id, name, type, defined.id, account_id, aws_region, account_ids, reach_id, tags, actions_enabled, pack,
       $2, $2, 'INSUFFICIENT_DATA', $3, $2, $2, judged_from, judged_through, early_through, $2
     FROM given JOIN defined ON defined.alarm_id = given.id
     RETURNING id, name`,
    [JSON.stringify(alarms.map((alarm) => recordOf(alarm, alarm.judging))), now, firstReason],
  );
}

const narrowedReason = 'Unchecked: The alarm has come to see other accounts';

/**
 * States stay as they are. What was said of one goes where the alarm saw accounts that it does not see any more: whoever
 * may read it now need not cover those.
 */
export async function updateAlarms(sql: Sql, alarms: readonly ChangedAlarm[], now: Date): Promise<void> {
  if (alarms.length === 0) return;
  await sql.query(
    `WITH given AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (id bigint, ${settings})
     ), defined AS (
       INSERT INTO alarm_definition (alarm_id, definition, created_at) SELECT id, definition, $2 FROM given
       RETURNING id, alarm_id
     )
     UPDATE alarm SET definition_id = defined.id, account_id = given.account_id, aws_region = given.aws_region,
       account_ids = given.account_ids, reach_id = given.reach_id, tags = given.tags,
       actions_enabled = given.actions_enabled, pack = coalesce(given.pack, alarm.pack), updated_at = $2,
       judged_through = coalesce(given.judged_through, alarm.judged_through),
       closed_through = coalesce(given.closed_through, alarm.closed_through),
       early_through = coalesce(given.early_through, alarm.early_through),
       due_at = CASE WHEN is_judged_anew THEN $2 ELSE due_at END,
       is_set = is_set AND NOT (is_judged_anew AND alarm.type = 'COMPOSITE'),
       -- As AWS, which discards the periods with the suppressor.
       suppression = CASE WHEN given.definition ->> 'actionsSuppressor' IS NOT DISTINCT FROM (
         SELECT former.definition ->> 'actionsSuppressor' FROM alarm_definition AS former WHERE former.id = alarm.definition_id)
         THEN suppression END,
       state_reason = CASE WHEN sees_all THEN state_reason ELSE $3 END,
       state_reason_data = CASE WHEN sees_all THEN state_reason_data END,
       state_updated_at = CASE WHEN sees_all THEN state_updated_at ELSE $2 END
     FROM given
     JOIN defined ON defined.alarm_id = given.id
     JOIN (
       SELECT given.id, coalesce(alarm.account_ids <@ given.account_ids, given.account_ids IS NULL) AS sees_all
       FROM given JOIN alarm USING (id)
     ) AS seen ON seen.id = given.id
     WHERE alarm.id = given.id`,
    [JSON.stringify(alarms.map((alarm) => ({ id: alarm.id, ...recordOf(alarm, alarm.judging) }))), now, narrowedReason],
  );
}

/** Definitions stay, for changes tell of them, and so does the history. */
export async function deleteAlarms(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query('DELETE FROM metric_touch WHERE watcher_id = ANY ($1::bigint[])', [ids]);
  await sql.query('DELETE FROM alarm_child WHERE parent_id = ANY ($1::bigint[])', [ids]);
  await sql.query('DELETE FROM alarm WHERE id = ANY ($1::bigint[])', [ids]);
}

/** A target that is told of a state. */
export interface AlarmAction {
  readonly alarmId: string;
  readonly state: AlarmState;
  readonly targetId: string;
  readonly place: number;
}

/** What some alarms do, in place of what they did. */
export async function replaceActions(
  sql: Sql,
  alarmIds: readonly string[],
  actions: readonly AlarmAction[],
): Promise<void> {
  await sql.query('DELETE FROM alarm_action WHERE alarm_id = ANY ($1::bigint[])', [alarmIds]);
  if (actions.length === 0) return;
  await sql.query(
    `INSERT INTO alarm_action (alarm_id, state, target_id, place)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[])`,
    [
      actions.map(({ alarmId }) => alarmId),
      actions.map(({ state }) => state),
      actions.map(({ targetId }) => targetId),
      actions.map(({ place }) => place),
    ],
  );
}
