import { type AccountScope, narrow } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { TimeRange } from '../platform/graphql/time-range.js';
import type { Delivery } from './delivery.entity.js';
import type { DeliveryFilter } from './delivery.inputs.js';

export interface DeliveryQuery {
  readonly scope: AccountScope;
  readonly filter: DeliveryFilter;
  readonly createdAt: TimeRange;
}

const columns = `
  delivery.id, delivery.key, delivery.target_name AS target, delivery.origin, delivery.rule_name AS rule,
  delivery.rule_target_id AS "ruleTargetId", delivery.alarm_name AS alarm, delivery.account_id AS account, delivery.event_id AS "eventID",
  delivery.event_time AS "eventTime", delivery.subject, delivery.state, delivery.attempts,
  CASE WHEN delivery.finished_at IS NULL THEN delivery.due_at END AS "dueAt", delivery.expires_at AS "expiresAt",
  delivery.error, delivery.answer, delivery.created_at AS "createdAt", delivery.finished_at AS "finishedAt"`;

/** A delivery is seen by whoever covers the accounts that its rule or alarm sees. */
function conditions({ scope, filter, createdAt }: DeliveryQuery, parameters: Parameters): string {
  const all = ['true', ...reach(scope, parameters)];
  const any = (column: string, values: readonly string[] | null | undefined) => {
    if (values) all.push(`${column} = ANY (${parameters.add(values, 'text[]')})`);
  };
  any('delivery.state', filter.states);
  any('delivery.target_name', filter.targets);
  any('delivery.rule_name', filter.rules);
  any('delivery.alarm_name', filter.alarms);
  any('delivery.event_id', filter.eventIDs);
  if (filter.accountIds) any('delivery.account_id', narrow(scope, filter.accountIds).accountIds);
  if (createdAt.from) all.push(`delivery.created_at >= ${parameters.add(createdAt.from, 'timestamptz')}`);
  if (createdAt.to) all.push(`delivery.created_at < ${parameters.add(createdAt.to, 'timestamptz')}`);
  if (filter.search) {
    const pattern = parameters.add(`%${filter.search.replace(/[\\%_]/g, '\\$&')}%`, 'text');
    all.push(
      `(delivery.subject ILIKE ${pattern} OR delivery.error ILIKE ${pattern} OR delivery.body ILIKE ${pattern})`,
    );
  }
  return all.join(' AND ');
}

function reach({ accountIds }: AccountScope, parameters: Parameters): string[] {
  if (accountIds === null) return [];
  // Compared once for each set, of which there are as many as rules and alarms at most.
  return [`delivery.reach_id IN (SELECT id FROM reach WHERE account_ids <@ ${parameters.add(accountIds, 'text[]')})`];
}

/** Newest first. @param after the id of the last one seen */
export async function listDeliveries(
  sql: Sql,
  query: DeliveryQuery,
  after: string | null,
  limit: number,
): Promise<Delivery[]> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const beyond = after === null ? '' : `AND delivery.id < ${parameters.add(after, 'bigint')}`;
  return sql.query<Delivery>(
    `SELECT ${columns} FROM delivery WHERE ${where} ${beyond}
     ORDER BY delivery.id DESC LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countDeliveries(sql: Sql, query: DeliveryQuery): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM delivery WHERE ${conditions(query, parameters)}`,
    parameters.values,
  );
  return (row as { count: number }).count;
}

export async function findDelivery(sql: Sql, scope: AccountScope, id: string): Promise<Delivery | null> {
  const parameters = new Parameters();
  const wanted = parameters.add(id, 'bigint');
  const [row] = await sql.query<Delivery>(
    `SELECT ${columns} FROM delivery WHERE ${[`delivery.id = ${wanted}`, ...reach(scope, parameters)].join(' AND ')}`,
    parameters.values,
  );
  return row ?? null;
}

/** What is sent, by the ids of deliveries that were read under a scope already. */
export async function readBodies(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const rows = await sql.query<{ id: string; body: string | null }>(
    'SELECT id, body FROM delivery WHERE id = ANY ($1::bigint[])',
    [ids],
  );
  return new Map(rows.map(({ id, body }) => [id, body]));
}

/**
 * Dead letters that can be redriven, oldest first, held to the commit. They go to the target that has the name now; where
 * none has, they stay as they are.
 */
export async function lockDeadLetters(
  sql: Sql,
  query: DeliveryQuery,
  id: string | null,
  limit: number,
): Promise<{ id: string; isOrdered: boolean }[]> {
  const parameters = new Parameters();
  const where = [
    conditions(query, parameters),
    `delivery.state = 'FAILED' AND delivery.body IS NOT NULL`,
    ...(id === null ? [] : [`delivery.id = ${parameters.add(id, 'bigint')}`]),
  ];
  return sql.query(
    `SELECT delivery.id, target.is_ordered AS "isOrdered"
     FROM delivery JOIN target ON target.name = delivery.target_name
     WHERE ${where.join(' AND ')}
     ORDER BY delivery.id LIMIT ${parameters.add(limit, 'integer')} FOR UPDATE OF delivery`,
    parameters.values,
  );
}

/** Makes deliveries due again, as if they had only now come about; where an order is kept, behind what waits. */
export async function redrive(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query(
    `UPDATE delivery SET state = 'PENDING', attempts = 0, lost = 0, due_at = now(), finished_at = NULL, answer = NULL,
       expires_at = now() + make_interval(secs => due.max_age_seconds), target_id = due.target_id, sequence = due.sequence
     FROM (
       SELECT id, target_id, max_age_seconds, CASE WHEN is_ordered THEN nextval('delivery_sequence') END AS sequence FROM (
         SELECT delivery.id, target.id AS target_id, target.max_age_seconds, target.is_ordered
         FROM delivery JOIN target ON target.name = delivery.target_name
         WHERE delivery.id = ANY ($1::bigint[]) ORDER BY delivery.id
       ) AS due
     ) AS due
     WHERE delivery.id = due.id`,
    [ids],
  );
}

/** Deletes deliveries that ended before a time. @returns how many */
export async function forgetDeliveries(sql: Sql, before: Date, limit: number): Promise<number> {
  const rows = await sql.query(
    `DELETE FROM delivery WHERE id IN (
       SELECT id FROM delivery WHERE finished_at < $1 ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [before, limit],
  );
  return rows.length;
}
