import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { Target, TargetType } from './target.entity.js';
import type { TargetFilter } from './target.inputs.js';

const stateSql = `CASE WHEN target.rests_until > now() THEN 'RESTING' WHEN target.failures > 0 THEN 'FAILING'
  ELSE 'ACTIVE' END`;

const columns = `
  target.id, target.name, target.type, target.description, target.account_ids AS "accountIds", target.settings,
  target.is_ordered AS ordered, target.max_concurrency AS "maxConcurrency",
  target.max_age_seconds AS "maxAgeSeconds", target.timeout_seconds AS "timeoutSeconds", ${stateSql} AS state,
  CASE WHEN target.rests_until > now() THEN target.rests_until END AS "restsUntil", target.last_error AS "lastError",
  target.last_success_at AS "lastSuccessAt", target.last_failure_at AS "lastFailureAt",
  target.created_at AS "createdAt", target.updated_at AS "updatedAt"`;

function conditions(scope: AccountScope, filter: TargetFilter, parameters: Parameters): string {
  const all = ['true'];
  if (scope.accountIds !== null) {
    all.push(`coalesce(target.account_ids <@ ${parameters.add(scope.accountIds, 'text[]')}, false)`);
  }
  if (filter.namePrefix) all.push(`starts_with(target.name, ${parameters.add(filter.namePrefix, 'text')})`);
  if (filter.types) all.push(`target.type = ANY (${parameters.add(filter.types, 'text[]')})`);
  if (filter.states) all.push(`${stateSql} = ANY (${parameters.add(filter.states, 'text[]')})`);
  return all.join(' AND ');
}

/** By name. */
export async function listTargets(
  sql: Sql,
  scope: AccountScope,
  filter: TargetFilter,
  after: string | null,
  limit: number,
): Promise<Target[]> {
  const parameters = new Parameters();
  const where = conditions(scope, filter, parameters);
  const beyond = after === null ? '' : `AND target.name > ${parameters.add(after, 'text')}`;
  return sql.query<Target>(
    `SELECT ${columns} FROM target WHERE ${where} ${beyond}
     ORDER BY target.name LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countTargets(sql: Sql, scope: AccountScope, filter: TargetFilter): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM target WHERE ${conditions(scope, filter, parameters)}`,
    parameters.values,
  );
  return (row as { count: number }).count;
}

/** Whoever has its name, whatever its reach. */
export async function findTarget(sql: Sql, name: string): Promise<Target | null> {
  const [row] = await sql.query<Target>(`SELECT ${columns} FROM target WHERE target.name = $1`, [name]);
  return row ?? null;
}

/** How much waits for targets, or is being delivered: `most` stands for that many and more. */
export async function countPending(
  sql: Sql,
  ids: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, number>> {
  // Each of the three has an index of its own.
  const waiting = (condition: string) => `(SELECT FROM delivery WHERE target_id = asked.id AND ${condition} LIMIT $2)`;
  const rows = await sql.query<{ id: string; pending: number }>(
    `SELECT asked.id, least($2, count(*))::integer AS pending
     FROM unnest($1::bigint[]) AS asked (id) CROSS JOIN LATERAL (
       ${waiting(`state = 'PENDING' AND sequence IS NULL`)}
       UNION ALL ${waiting(`state = 'DELIVERING' AND sequence IS NULL`)}
       UNION ALL ${waiting(`state IN ('PENDING', 'DELIVERING') AND sequence IS NOT NULL`)}
     ) AS delivery GROUP BY asked.id`,
    [ids, most],
  );
  return new Map(rows.map(({ id, pending }) => [id, pending]));
}

/** What is kept of a target. */
export interface TargetRow {
  readonly name: string;
  readonly type: TargetType;
  readonly description: string | null;
  readonly accountIds: readonly string[] | null;
  readonly settings: object;
  readonly secrets: Buffer;
  readonly ordered: boolean;
  readonly maxConcurrency: number;
  readonly maxAgeSeconds: number;
  readonly timeoutSeconds: number;
}

/** A target that is about to be changed, held to the commit. */
export async function lockTarget(sql: Sql, name: string): Promise<(TargetRow & { readonly id: string }) | null> {
  const [row] = await sql.query<TargetRow & { id: string }>(
    `SELECT id, name, type, description, account_ids AS "accountIds", settings, secrets, is_ordered AS ordered,
       max_concurrency AS "maxConcurrency", max_age_seconds AS "maxAgeSeconds", timeout_seconds AS "timeoutSeconds"
     FROM target WHERE name = $1 FOR UPDATE`,
    [name],
  );
  return row ?? null;
}

/**
 * Whoever changes a target tries it anew: it does not rest any longer.
 *
 * @param known as it was locked. Null: it must not be there, for nobody has looked at whose it is
 * @returns whether it was written
 */
export async function writeTarget(sql: Sql, target: TargetRow, known: TargetRow | null): Promise<boolean> {
  const rows = await sql.query(
    `INSERT INTO target (name, type, description, account_ids, settings, secrets, is_ordered, max_concurrency,
       max_age_seconds, timeout_seconds)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (name) DO UPDATE SET type = $2, description = $3, account_ids = $4, settings = $5, secrets = $6,
       is_ordered = $7, max_concurrency = $8, max_age_seconds = $9, timeout_seconds = $10, updated_at = now(),
       failures = 0, rests_until = NULL, last_error = NULL
       WHERE $11::boolean
     RETURNING id`,
    [
      target.name,
      target.type,
      target.description,
      target.accountIds,
      JSON.stringify(target.settings),
      target.secrets,
      target.ordered,
      target.maxConcurrency,
      target.maxAgeSeconds,
      target.timeoutSeconds,
      known !== null,
    ],
  );
  return rows.length > 0;
}

/**
 * Gives what waits for a target places in its order, or takes them away. Who waits without a place may be overtaken.
 *
 * @param ordered what the target keeps from now on
 */
export async function reorder(sql: Sql, id: string, ordered: boolean): Promise<void> {
  if (!ordered) {
    await sql.query(`UPDATE delivery SET sequence = NULL WHERE target_id = $1 AND state = 'PENDING'`, [id]);
    return;
  }
  await sql.query(
    `UPDATE delivery SET sequence = place.sequence
     FROM (SELECT id, nextval('delivery_sequence') AS sequence FROM (
       SELECT id FROM delivery WHERE target_id = $1 AND state = 'PENDING' AND sequence IS NULL ORDER BY id) AS due
     ) AS place
     WHERE delivery.id = place.id`,
    [id],
  );
}

export async function deleteTarget(sql: Sql, name: string): Promise<void> {
  await sql.query('DELETE FROM target WHERE name = $1', [name]);
}

/** Targets by name, as far as the scope covers them. */
export async function findReaches(
  sql: Sql,
  scope: AccountScope,
  names: readonly string[],
): Promise<{ id: string; name: string; accountIds: string[] | null }[]> {
  const parameters = new Parameters();
  const wanted = parameters.add(names, 'text[]');
  return sql.query(
    `SELECT id, name, account_ids AS "accountIds" FROM target
     WHERE name = ANY (${wanted}) AND ${conditions(scope, {}, parameters)} ORDER BY id FOR SHARE`,
    parameters.values,
  );
}

export async function readSealed(sql: Sql): Promise<{ id: string; name: string; secrets: Buffer }[]> {
  return sql.query('SELECT id, name, secrets FROM target ORDER BY id');
}

/** @returns whether nobody has changed them meanwhile */
export async function replaceSealed(sql: Sql, id: string, from: Buffer, to: Buffer): Promise<boolean> {
  const rows = await sql.query('UPDATE target SET secrets = $3 WHERE id = $1 AND secrets = $2 RETURNING id', [
    id,
    from,
    to,
  ]);
  return rows.length > 0;
}
