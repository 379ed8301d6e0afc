import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';

/** A child of a composite alarm, and what it was in. Times in milliseconds since 1970 UTC. */
export interface ChildRow {
  readonly parentId: string;
  readonly id: string;
  readonly name: string;
  /** Of what it speaks. */
  readonly accountId: string | null;
  readonly region: string | null;
  readonly isSuppressor: boolean;
  /** The state that it is in, also where that was set by hand. */
  readonly state: AlarmState;
  /** It is to be judged itself, by what its own children told. */
  readonly isPending: boolean;
  /** What happened, as far as it was judged: the last before the time from which on it is looked at, and those since. */
  readonly changes: readonly ChildChange[];
}

export interface ChildChange {
  /** The end of the window that was judged. */
  readonly at: number;
  /** The same, or when it was known where that was before. */
  readonly happenedAt: number;
  readonly state: AlarmState;
  readonly before: AlarmState;
}

/** Changes of one child that are looked at: a composite alarm of more history than that is judged by the newest. */
const mostChanges = 10_000;

/** The children of composite alarms, each with its changes from a time on. A statement for all. */
export async function readChildren(
  sql: Sql,
  parents: readonly { readonly id: string; readonly from: number }[],
): Promise<ChildRow[]> {
  if (parents.length === 0) return [];
  const from = 'to_timestamp(parent.start)';
  return sql.query<ChildRow>(
    `SELECT parent.id AS "parentId", child.id, child.name, child.account_id AS "accountId", child.aws_region AS region,
       alarm_child.is_suppressor AS "isSuppressor", child.state, coalesce(told.changes, '[]') AS changes,
       child.type = 'COMPOSITE' AND EXISTS (
         SELECT FROM metric_touch WHERE watcher_id = child.id AND is_urgent) AS "isPending"
     FROM unnest($1::bigint[], $2::float8[]) AS parent (id, start)
     JOIN alarm_child ON alarm_child.parent_id = parent.id
     JOIN alarm AS child ON child.id = alarm_child.child_id
     CROSS JOIN LATERAL (
       SELECT json_agg(json_build_object('at', extract(epoch FROM evaluated_at)::float8 * 1000,
         'happenedAt', extract(epoch FROM happened_at)::float8 * 1000, 'state', state, 'before', previous_state) ORDER BY evaluated_at, position) AS changes
       FROM (
         (SELECT evaluated_at, happened_at, position, state, previous_state FROM alarm_change
          WHERE alarm_id = child.id AND NOT is_superseded AND NOT is_set AND evaluated_at < ${from}
          ORDER BY evaluated_at DESC, position DESC LIMIT 1)
         UNION ALL
         (SELECT evaluated_at, happened_at, position, state, previous_state FROM alarm_change
          WHERE alarm_id = child.id AND NOT is_superseded AND NOT is_set AND evaluated_at >= ${from}
          ORDER BY evaluated_at DESC, position DESC LIMIT ${mostChanges})
       ) AS change
     ) AS told
     ORDER BY parent.id, child.name`,
    [parents.map(({ id }) => id), parents.map(({ from: time }) => time / 1000)],
  );
}

/** Who has some alarms as children. */
export async function readParents(
  sql: Sql,
  childIds: readonly string[],
): Promise<{ readonly parentId: string; readonly childId: string }[]> {
  if (childIds.length === 0) return [];
  return sql.query(
    `SELECT DISTINCT parent_id AS "parentId", child_id AS "childId" FROM alarm_child WHERE child_id = ANY ($1::bigint[])`,
    [childIds],
  );
}
