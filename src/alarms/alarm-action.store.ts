import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import { actionHistory } from './alarm-history-shapes.js';

/** A target that is told of a change. */
export interface ActionTarget {
  /** Of what was asked for, in the list. */
  readonly index: number;
  readonly targetId: string;
  readonly type: string;
}

/** The targets of the actions of some states of alarms, in the order in which they were given. */
export async function readActionTargets(
  sql: Sql,
  asked: readonly { readonly alarmId: string; readonly state: AlarmState }[],
): Promise<ActionTarget[]> {
  return sql.query<ActionTarget>(
    `SELECT asked.place::integer - 1 AS index, target.id AS "targetId", target.type
     FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS asked (alarm_id, state, place)
     JOIN alarm_action AS action ON action.alarm_id = asked.alarm_id AND action.state = asked.state
     JOIN target ON target.id = action.target_id
     ORDER BY asked.place, action.place`,
    [asked.map(({ alarmId }) => alarmId), asked.map(({ state }) => state)],
  );
}

/** Accounts whose alarms tell a target: `every` where one of them sees every account. Empty without alarms. */
export async function accountsAlarmed(sql: Sql, targetId: string): Promise<{ every: boolean; accountIds: string[] }> {
  const [row] = await sql.query<{ every: boolean; accountIds: string[] }>(
    `WITH telling AS (
       SELECT account_ids FROM alarm WHERE id IN (SELECT alarm_id FROM alarm_action WHERE target_id = $1)
     )
     SELECT coalesce(bool_or(account_ids IS NULL), false) AS every,
       coalesce((SELECT array_agg(DISTINCT account_id) FROM telling, unnest(account_ids) AS account_id), '{}')
         AS "accountIds"
     FROM telling`,
    [targetId],
  );
  return row as { every: boolean; accountIds: string[] };
}

/** A delivery that came to its end. */
interface EndedDelivery {
  readonly state: 'DELIVERED' | 'FAILED';
  /** Null where no alarm caused it. */
  readonly action: {
    readonly changeId: string;
    /** Milliseconds since 1970 UTC. */
    readonly changedAt: number;
    readonly target: string;
    readonly error: string | null;
  } | null;
}

/**
 * Writes into the history of alarms what became of their actions. An action has been executed when its delivery has come to
 * its end, and not before; one that failed and is redriven has another item then. Changes outlive their alarms.
 */
export async function writeEndedActions(sql: Sql, ended: readonly EndedDelivery[], now: Date): Promise<void> {
  const items = ended.flatMap(({ state, action }) => {
    if (action === null) return [];
    const error = state === 'DELIVERED' ? null : (action.error ?? 'it failed');
    return [{ changeId: action.changeId, ...actionHistory({ ...action, error }) }];
  });
  if (items.length === 0) return;
  await sql.query(
    `INSERT INTO alarm_history (alarm_id, alarm_name, alarm_type, account_ids, timestamp, type, summary, data)
     SELECT change.alarm_id, definition ->> 'alarmName', definition ->> 'alarmType', change.account_ids, $4, 'Action', item.summary, item.data
     FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS item (change_id, summary, data, place)
     JOIN alarm_change AS change ON change.id = item.change_id
     JOIN alarm_definition ON alarm_definition.id = change.definition_id
     ORDER BY item.place`,
    [items.map(({ changeId }) => changeId), items.map(({ summary }) => summary), items.map(({ data }) => data), now],
  );
}
