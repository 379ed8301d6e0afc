import type { AccountScope } from '../access/scope.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import type { AlarmChange } from './alarm-change.port.js';

/** A change that is to be told. */
export interface NewChange extends AlarmChange {
  readonly definitionId: string;
  /** As the alarm's was then; null: every account. */
  readonly accountIds: readonly string[] | null;
  /** It was set by hand, or is the way back from that. */
  readonly isSet: boolean;
}

/**
 * Tells of changes, in their order. Their places are given under a lock that is held to the commit, so that places are in
 * the order of commits: as the last statement of a transaction.
 */
export async function insertChanges(sql: Sql, changes: readonly NewChange[]): Promise<void> {
  if (changes.length === 0) return;
  await sql.query(
    `WITH place AS (
       UPDATE alarm_position SET position = position + cardinality($1::uuid[]) RETURNING position - cardinality($1::uuid[]) AS base
     ), told AS (
       SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::float8[], $6::float8[], $7::float8[],
         $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::integer[], $13::uuid[], $14::boolean[])
       WITH ORDINALITY AS told (id, alarm_id, definition_id, account_ids, evaluated_at, happened_at, detected_at,
         previous_state, state, state_reason, state_reason_data, revision, supersedes, is_set, ordinal)
     ), corrected AS (
       UPDATE alarm_change SET is_superseded = true FROM told WHERE alarm_change.id = told.supersedes
     )
     INSERT INTO alarm_change (id, position, alarm_id, definition_id, account_ids, evaluated_at, happened_at, detected_at,
       previous_state, state, state_reason, state_reason_data, revision, supersedes, is_set)
     SELECT id, place.base + ordinal, alarm_id, definition_id, string_to_array(account_ids, ','),
       to_timestamp(evaluated_at), to_timestamp(happened_at), to_timestamp(detected_at), previous_state, state,
       state_reason, state_reason_data, revision, supersedes, is_set
     FROM told CROSS JOIN place`,
    [
      changes.map(({ id }) => id),
      changes.map(({ alarmId }) => alarmId),
      changes.map(({ definitionId }) => definitionId),
      changes.map(({ accountIds }) => accountIds?.join(',')),
      changes.map(({ evaluatedAt }) => evaluatedAt / 1000),
      changes.map(({ timestamp }) => timestamp / 1000),
      changes.map(({ detectedAt }) => detectedAt / 1000),
      changes.map(({ previousState }) => previousState),
      changes.map(({ state }) => state),
      changes.map(({ stateReason }) => stateReason),
      changes.map(({ stateReasonData }) => stateReasonData && JSON.stringify(stateReasonData)),
      changes.map(({ revision }) => revision),
      changes.map(({ supersedes }) => supersedes),
      changes.map(({ isSet }) => isSet),
    ],
  );
}

const ms = (column: string) => `round(extract(epoch FROM ${column}) * 1000)::float8`;

/** How far corrections of corrections are followed. */
const mostSuperseded = 1_000;

/** A change as it is stored, with its place in the order of commits. */
export type StoredChange = AlarmChange & {
  readonly position: string;
  readonly accountIds: readonly string[] | null;
};

/** What a change corrects, or what that corrects, as far as it is still there. */
export type SupersededChange = Pick<StoredChange, 'definition' | 'accountIds' | 'previousState' | 'state'>;

/** With all that it corrects: each only once of what is the same of them. */
export type FeedChange = StoredChange & { readonly superseded: readonly SupersededChange[] };

const columns = `change.id, change.position, change.alarm_id AS "alarmId", alarm_definition.definition,
  change.account_ids AS "accountIds", ${ms('change.evaluated_at')} AS "evaluatedAt",
  ${ms('change.happened_at')} AS timestamp, ${ms('change.detected_at')} AS "detectedAt",
  change.previous_state AS "previousState", change.state, change.state_reason AS "stateReason",
  change.state_reason_data AS "stateReasonData", change.revision, change.supersedes`;

/** The newest change of each alarm to a state, of those that were made while the alarm saw no more than the scope covers. */
export async function readNewestChanges(
  sql: Sql,
  scope: AccountScope,
  asked: readonly { readonly alarmId: string; readonly state: AlarmState }[],
): Promise<StoredChange[]> {
  return sql.query<StoredChange>(
    `SELECT ${columns}
     FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS asked (alarm_id, state, place)
     CROSS JOIN LATERAL (
       SELECT * FROM alarm_change WHERE alarm_id = asked.alarm_id AND NOT is_superseded AND state = asked.state
         AND ($3::text[] IS NULL OR coalesce(account_ids <@ $3, false))
       ORDER BY evaluated_at DESC, position DESC LIMIT 1
     ) AS change
     JOIN alarm_definition ON alarm_definition.id = change.definition_id
     ORDER BY asked.place`,
    [asked.map(({ alarmId }) => alarmId), asked.map(({ state }) => state), scope.accountIds],
  );
}

/** Changes behind a place, in the order of commits. */
export async function readChangesAfter(sql: Sql, position: string, limit: number): Promise<FeedChange[]> {
  return sql.query<FeedChange>(
    `WITH RECURSIVE page AS MATERIALIZED (
       SELECT * FROM alarm_change WHERE position > $1 ORDER BY position LIMIT $2
     ), link (id, superseded, depth) AS (
       SELECT id, supersedes, 1 FROM page WHERE supersedes IS NOT NULL
       UNION ALL
       SELECT link.id, former.supersedes, depth + 1
       -- By the index, however many the planner takes them for.
       FROM link CROSS JOIN LATERAL (SELECT supersedes FROM alarm_change WHERE id = link.superseded LIMIT 1) AS former
       WHERE former.supersedes IS NOT NULL AND depth < ${mostSuperseded}
     ), chain AS (
       SELECT link.id, jsonb_agg(DISTINCT jsonb_build_object('definition', alarm_definition.definition,
         'accountIds', former.account_ids, 'previousState', former.previous_state, 'state', former.state)) AS superseded
       FROM link
       CROSS JOIN LATERAL (SELECT * FROM alarm_change WHERE id = link.superseded LIMIT 1) AS former
       JOIN alarm_definition ON alarm_definition.id = former.definition_id
       GROUP BY link.id
     )
     SELECT ${columns}, coalesce(chain.superseded, '[]') AS superseded
     FROM page AS change
     JOIN alarm_definition ON alarm_definition.id = change.definition_id
     LEFT JOIN chain ON chain.id = change.id
     ORDER BY change.position`,
    [position, limit],
  );
}

/** The place of the newest change, and up to where changes were deleted. */
export async function readPosition(sql: Sql): Promise<{ readonly position: string; readonly deletedThrough: string }> {
  const [row] = await sql.query<{ position: string; deletedThrough: string }>(
    'SELECT position, deleted_through AS "deletedThrough" FROM alarm_position',
  );
  return row as { position: string; deletedThrough: string };
}

/** The place before the first change that was known at a time or later. */
export async function positionBefore(sql: Sql, detected: Date): Promise<string> {
  const [row] = await sql.query<{ position: string }>(
    `SELECT coalesce((SELECT min(position) - 1 FROM alarm_change WHERE detected_at >= $1),
       (SELECT position FROM alarm_position)) AS position`,
    [detected],
  );
  return (row as { position: string }).position;
}

/** Changes by their ids. */
export async function readChanges(sql: Sql, ids: readonly string[]): Promise<StoredChange[]> {
  return sql.query<StoredChange>(
    `SELECT ${columns} FROM alarm_change AS change JOIN alarm_definition ON alarm_definition.id = change.definition_id
     WHERE change.id = ANY ($1::uuid[])`,
    [ids],
  );
}

/**
 * What happened to alarms in a span, so many of each, by all that is known: what was superseded, or withdrawn, is left out.
 * What an alarm saw more than it sees now is for whoever covers all of that.
 */
export async function readTransitions(
  sql: Sql,
  scope: AccountScope,
  alarmIds: readonly string[],
  { from, to }: { readonly from: Date | null; readonly to: Date | null },
  limit: number,
): Promise<StoredChange[]> {
  return sql.query<StoredChange>(
    `SELECT ${columns}
     FROM unnest($1::bigint[]) AS asked (alarm_id)
     CROSS JOIN LATERAL (
       SELECT * FROM alarm_change WHERE alarm_id = asked.alarm_id AND NOT is_superseded AND previous_state <> state
         AND ($2::timestamptz IS NULL OR happened_at >= $2) AND ($3::timestamptz IS NULL OR happened_at < $3)
         AND ($4::text[] IS NULL OR coalesce(account_ids <@ $4, false))
       ORDER BY happened_at DESC, evaluated_at DESC, position DESC LIMIT $5
     ) AS change
     JOIN alarm_definition ON alarm_definition.id = change.definition_id
     ORDER BY change.happened_at DESC, change.evaluated_at DESC, change.position DESC`,
    [alarmIds, from, to, scope.accountIds, limit],
  );
}

/** Deletes changes that are too old. @returns how many */
export async function deleteOldChanges(sql: Sql, before: Date, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `WITH gone AS (
       DELETE FROM alarm_change WHERE id IN (
         SELECT id FROM alarm_change AS old
         WHERE detected_at < $1
           -- The newest word on an alarm says where the next begins.
           AND (is_superseded OR is_set OR NOT EXISTS (SELECT FROM alarm WHERE alarm.id = old.alarm_id) OR EXISTS (
             SELECT FROM alarm_change AS newer WHERE newer.alarm_id = old.alarm_id AND NOT newer.is_superseded
               AND NOT newer.is_set AND newer.evaluated_at > old.evaluated_at))
         ORDER BY detected_at LIMIT $2) RETURNING position
     ), noted AS (
       UPDATE alarm_position SET deleted_through = greatest(deleted_through, coalesce((SELECT max(position) FROM gone), 0))
       WHERE EXISTS (SELECT FROM gone)
     )
     SELECT count(*)::integer AS count FROM gone`,
    [before, limit],
  );
  return row?.count ?? 0;
}
