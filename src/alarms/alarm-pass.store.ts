import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import type { ActionSuppression } from './action-suppression.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { AnnouncedTransition } from './alarm-timeline.js';

/** Times of which data came, in milliseconds since 1970 UTC: the first and the last. */
export interface Touch {
  readonly from: number;
  readonly to: number;
  readonly isHistory: boolean;
}

/** An alarm in hand: nobody else judges it before the transaction ends. Times in milliseconds since 1970 UTC. */
export interface ClaimedAlarm {
  readonly id: string;
  readonly type: 'METRIC' | 'COMPOSITE';
  readonly definitionId: string;
  readonly accountIds: readonly string[] | null;
  readonly reachId: string | null;
  readonly accountId: string | null;
  readonly region: string | null;
  /** When it was last put. */
  readonly configuredAt: number;
  readonly actionsEnabled: boolean;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData: Readonly<Record<string, unknown>> | null;
  readonly stateUpdatedAt: number;
  readonly isSet: boolean;
  readonly suppression: ActionSuppression | null;
  readonly judgedFrom: number;
  readonly judgedThrough: number;
  readonly earlyThrough: number | null;
  /** Between `judgedFrom` and here it was judged by another definition. */
  readonly closedThrough: number | null;
  readonly touches: readonly Touch[];
  /** Metric filters count some of its metrics: they come late, with log files. */
  readonly isCounted: boolean;
  /** The same when it was last judged. */
  readonly wasCounted: boolean;
}

const ms = (column: string) => `extract(epoch FROM ${column})::float8 * 1000`;

/**
 * Takes alarms that are due, or of whose metrics data came, and all that is known of what came. Those that another has in
 * hand are passed over.
 */
export async function claimAlarms(sql: Sql, now: Date, limit: number): Promise<ClaimedAlarm[]> {
  return sql.query<ClaimedAlarm>(
    `WITH wanted AS (
       (SELECT id FROM alarm WHERE due_at <= $1 ORDER BY due_at LIMIT $2)
       UNION
       (SELECT DISTINCT watcher_id FROM metric_touch WHERE is_urgent LIMIT $2)
     ), claimed AS (
       SELECT alarm.* FROM alarm WHERE id IN (SELECT id FROM wanted) ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
     ), touched AS (
       DELETE FROM metric_touch WHERE watcher_id IN (SELECT id FROM claimed)
       RETURNING watcher_id, from_time, to_time, is_history
     ), gathered AS (
       SELECT watcher_id, json_agg(json_build_object(
         'from', ${ms('from_time')}, 'to', ${ms('to_time')}, 'isHistory', is_history) ORDER BY from_time) AS touches
       FROM touched GROUP BY watcher_id
     )
     SELECT claimed.id, claimed.type, claimed.definition_id AS "definitionId", claimed.account_ids AS "accountIds",
       claimed.reach_id AS "reachId", claimed.account_id AS "accountId", claimed.aws_region AS region,
       ${ms('claimed.updated_at')} AS "configuredAt", claimed.actions_enabled AS "actionsEnabled", claimed.state,
       claimed.state_reason AS "stateReason", claimed.state_reason_data AS "stateReasonData",
       ${ms('claimed.state_updated_at')} AS "stateUpdatedAt",
       claimed.is_set AS "isSet", claimed.suppression, ${ms('claimed.judged_from')} AS "judgedFrom",
       ${ms('claimed.judged_through')} AS "judgedThrough", ${ms('claimed.early_through')} AS "earlyThrough",
       ${ms('claimed.closed_through')} AS "closedThrough",
       coalesce(gathered.touches, '[]') AS touches, claimed.is_counted AS "wasCounted",
       claimed.type = 'METRIC' AND EXISTS (
         SELECT FROM metric_watch AS watch
         JOIN metric_filter ON metric_filter.transformation ->> 'metricNamespace' = watch.namespace
           AND metric_filter.transformation ->> 'metricName' = watch.metric_name
           AND (watch.account_id IS NULL OR metric_filter.account_ids = ARRAY[watch.account_id])
         WHERE watch.watcher_id = claimed.id AND (claimed.account_ids IS NULL
           OR coalesce(metric_filter.account_ids <@ claimed.account_ids, false))) AS "isCounted"
     FROM claimed LEFT JOIN gathered ON gathered.watcher_id = claimed.id
     ORDER BY claimed.id`,
    [now, limit],
  );
}

export async function readDefinitions(
  sql: Sql,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly definition: AlarmDefinition }[]> {
  if (ids.length === 0) return [];
  return sql.query('SELECT id, definition FROM alarm_definition WHERE id = ANY ($1::bigint[])', [ids]);
}

/** A span of an alarm's time. */
export interface AlarmSpan {
  readonly alarmId: string;
  /** Milliseconds since 1970 UTC: the first and the last end of a window. */
  readonly from: number;
  readonly to: number;
}

/** What was told of a span, of the last before it, and of the first behind it, in the order of time. */
export type AnnouncedChange = AnnouncedTransition & { readonly index: number };

export async function readAnnounced(sql: Sql, spans: readonly AlarmSpan[]): Promise<AnnouncedChange[]> {
  if (spans.length === 0) return [];
  const mine = 'alarm_id = span.alarm_id AND NOT is_superseded AND NOT is_set';
  const from = 'to_timestamp(span.start)';
  const to = 'to_timestamp(span.stop)';
  return sql.query<AnnouncedChange>(
    `SELECT span.place::integer - 1 AS index, change.id, ${ms('change.evaluated_at')} AS at,
       change.previous_state AS "from", change.state AS "to", change.revision
     FROM unnest($1::bigint[], $2::float8[], $3::float8[]) WITH ORDINALITY AS span (alarm_id, start, stop, place)
     CROSS JOIN LATERAL (
       (SELECT * FROM alarm_change WHERE ${mine} AND evaluated_at < ${from} ORDER BY evaluated_at DESC LIMIT 1)
       UNION ALL
       (SELECT * FROM alarm_change WHERE ${mine} AND evaluated_at BETWEEN ${from} AND ${to})
       UNION ALL
       (SELECT * FROM alarm_change WHERE ${mine} AND evaluated_at > ${to} ORDER BY evaluated_at LIMIT 1)
     ) AS change
     ORDER BY span.place, change.evaluated_at`,
    [spans.map(({ alarmId }) => alarmId), spans.map(({ from: at }) => at / 1000), spans.map(({ to: at }) => at / 1000)],
  );
}

/** How an alarm stands after it was judged. Times in milliseconds since 1970 UTC. */
export interface AlarmProgress {
  readonly id: string;
  readonly judgedThrough: number;
  readonly earlyThrough: number | null;
  readonly closedThrough: number | null;
  readonly dueAt: number;
  readonly isSet: boolean;
  readonly isCounted: boolean;
  readonly suppression: ActionSuppression | null;
  readonly evaluationState: string | null;
  /** Null: as it was. */
  readonly state: {
    readonly value: AlarmState;
    readonly reason: string;
    readonly reasonData: object | null;
    readonly transitionedAt: number;
  } | null;
}

export async function writeProgress(sql: Sql, progress: readonly AlarmProgress[], now: Date): Promise<void> {
  if (progress.length === 0) return;
  await sql.query(
    `UPDATE alarm SET judged_through = to_timestamp(done.judged_through), early_through = to_timestamp(done.early_through),
       closed_through = to_timestamp(done.closed_through), is_counted = done.is_counted,
       due_at = to_timestamp(done.due_at), is_set = done.is_set, suppression = done.suppression,
       evaluation_state = done.evaluation_state, state = coalesce(done.state, alarm.state),
       state_reason = coalesce(done.reason, alarm.state_reason),
       state_reason_data = CASE WHEN done.state IS NULL THEN alarm.state_reason_data ELSE done.reason_data END,
       state_updated_at = CASE WHEN done.state IS NULL THEN alarm.state_updated_at ELSE $11 END,
       state_transitioned_at = CASE WHEN done.state IS NULL OR done.state = alarm.state THEN alarm.state_transitioned_at
         ELSE to_timestamp(done.transitioned_at) END
     FROM unnest($1::bigint[], $2::float8[], $3::float8[], $4::float8[], $5::boolean[], $6::jsonb[], $7::text[],
       $8::text[], $9::text[], $10::jsonb[], $12::float8[], $13::float8[], $14::boolean[])
       AS done (id, judged_through, early_through, due_at, is_set, suppression, evaluation_state, state, reason,
         reason_data, transitioned_at, closed_through, is_counted)
     WHERE alarm.id = done.id`,
    [
      progress.map(({ id }) => id),
      progress.map(({ judgedThrough }) => judgedThrough / 1000),
      progress.map(({ earlyThrough }) => earlyThrough && earlyThrough / 1000),
      progress.map(({ dueAt }) => dueAt / 1000),
      progress.map(({ isSet }) => isSet),
      progress.map(({ suppression }) => suppression && JSON.stringify(suppression)),
      progress.map(({ evaluationState }) => evaluationState),
      progress.map(({ state }) => state?.value ?? null),
      progress.map(({ state }) => state?.reason ?? null),
      progress.map(({ state }) => state?.reasonData && JSON.stringify(state.reasonData)),
      now,
      progress.map(({ state }) => (state === null ? null : state.transitionedAt / 1000)),
      progress.map(({ closedThrough }) => closedThrough && closedThrough / 1000),
      progress.map(({ isCounted }) => isCounted),
    ],
  );
}

/** Leaves a span of alarms to be judged in the next pass. */
export async function touchAlarms(sql: Sql, touched: readonly (AlarmSpan & Pick<Touch, 'isHistory'>)[]): Promise<void> {
  if (touched.length === 0) return;
  await sql.query(
    `INSERT INTO metric_touch (watcher_id, from_time, to_time, is_history, is_urgent)
     SELECT id, to_timestamp(start), to_timestamp(stop), is_history, true
     FROM unnest($1::bigint[], $2::float8[], $3::float8[], $4::boolean[]) AS touched (id, start, stop, is_history)`,
    [
      touched.map(({ alarmId }) => alarmId),
      touched.map(({ from }) => from / 1000),
      touched.map(({ to }) => to / 1000),
      touched.map(({ isHistory }) => isHistory),
    ],
  );
}

/** Leaves an alarm that could not be judged alone until a time. What came for it stays. */
export async function postponeAlarm(sql: Sql, id: string, until: Date): Promise<void> {
  await sql.query(
    `WITH quiet AS (UPDATE metric_touch SET is_urgent = false WHERE watcher_id = $1)
     UPDATE alarm SET due_at = $2, evaluation_state = 'EVALUATION_FAILURE' WHERE id = $1`,
    [id, until],
  );
}

/** Puts an alarm into a state until it is next evaluated. */
export async function setState(
  sql: Sql,
  id: string,
  set: {
    readonly state: AlarmState;
    readonly stateReason: string;
    readonly stateReasonData: Readonly<Record<string, unknown>> | null;
    readonly at: Date;
  },
): Promise<void> {
  await sql.query(
    `UPDATE alarm SET state_transitioned_at = CASE WHEN state = $2 THEN state_transitioned_at ELSE $5 END, state = $2,
       state_reason = $3, state_reason_data = $4, state_updated_at = $5, is_set = true,
       -- As CloudWatch, which looks again within a minute. A composite alarm is looked at when its children change.
       due_at = CASE WHEN type = 'METRIC' THEN least(due_at, date_trunc('minute', $5::timestamptz) + interval '1 minute')
         ELSE due_at END
     WHERE id = $1`,
    [id, set.state, set.stateReason, set.stateReasonData && JSON.stringify(set.stateReasonData), set.at],
  );
}

/** Word that was left for alarms which were deleted in that moment. */
export async function deleteOrphanTouches(sql: Sql): Promise<void> {
  await sql.query('DELETE FROM metric_touch WHERE NOT EXISTS (SELECT FROM alarm WHERE alarm.id = watcher_id)');
}
