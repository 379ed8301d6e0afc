import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { FilterDefinition } from './filter-set.port.js';
import type { MetricFilterFilter } from './metric-filter.inputs.js';

/** A filter as its row has it. */
export interface MetricFilterRow extends FilterDefinition {
  /** What it was installed with; null: nothing. */
  readonly pack: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const columns = `
  metric_filter.output_id AS "outputId", metric_filter.name, metric_filter.filter_pattern AS "filterPattern",
  metric_filter.account_ids AS "accountIds", metric_filter.regions, metric_filter.transformation, metric_filter.pack,
  metric_filter.created_at AS "createdAt", metric_filter.updated_at AS "updatedAt"`;

function conditions(scope: AccountScope, filter: MetricFilterFilter, parameters: Parameters): string {
  const all = ['true'];
  if (scope.accountIds !== null) {
    all.push(`coalesce(metric_filter.account_ids <@ ${parameters.add(scope.accountIds, 'text[]')}, false)`);
  }
  if (filter.namePrefix) all.push(`starts_with(metric_filter.name, ${parameters.add(filter.namePrefix, 'text')})`);
  for (const field of ['metricNamespace', 'metricName'] as const) {
    const value = filter[field];
    if (value) all.push(`metric_filter.transformation ->> '${field}' = ${parameters.add(value, 'text')}`);
  }
  return all.join(' AND ');
}

/** By name. */
export async function listFilters(
  sql: Sql,
  scope: AccountScope,
  filter: MetricFilterFilter,
  after: string | null,
  limit: number,
): Promise<MetricFilterRow[]> {
  const parameters = new Parameters();
  const where = conditions(scope, filter, parameters);
  const beyond = after === null ? '' : `AND metric_filter.name > ${parameters.add(after, 'text')}`;
  return sql.query<MetricFilterRow>(
    `SELECT ${columns} FROM metric_filter WHERE ${where} ${beyond}
     ORDER BY metric_filter.name LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countFilters(sql: Sql, scope: AccountScope, filter: MetricFilterFilter): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM metric_filter WHERE ${conditions(scope, filter, parameters)}`,
    parameters.values,
  );
  return (row as { count: number }).count;
}

/** Whoever has its name, whatever its reach. */
export async function findFilter(sql: Sql, name: string): Promise<MetricFilterRow | null> {
  const [row] = await sql.query<MetricFilterRow>(`SELECT ${columns} FROM metric_filter WHERE name = $1`, [name]);
  return row ?? null;
}

/** What all filters but one come to. */
export async function sizeOfOthers(sql: Sql, name: string): Promise<{ filters: number; accounts: number }> {
  const [row] = await sql.query<{ filters: number; accounts: number }>(
    `SELECT count(*)::integer AS filters, coalesce(sum(cardinality(account_ids)), 0)::integer AS accounts
     FROM metric_filter WHERE name <> $1`,
    [name],
  );
  return row as { filters: number; accounts: number };
}

/** @param pack null: what it was installed with stays */
export async function writeFilter(sql: Sql, filter: FilterDefinition, pack: string | null): Promise<void> {
  await sql.query(
    `INSERT INTO metric_filter (name, filter_pattern, account_ids, regions, transformation, output_id, pack)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (name) DO UPDATE SET filter_pattern = $2, account_ids = $3, regions = $4, transformation = $5,
       output_id = $6, pack = coalesce($7, metric_filter.pack), updated_at = now()`,
    [
      filter.name,
      filter.filterPattern,
      filter.accountIds,
      filter.regions,
      JSON.stringify(filter.transformation),
      filter.outputId,
      pack,
    ],
  );
}

export async function deleteFilter(sql: Sql, name: string): Promise<void> {
  await sql.query('DELETE FROM metric_filter WHERE name = $1', [name]);
}

/**
 * Has a filter of a name count into a metric from a version on; it is known whether it has done so before.
 *
 * @param digest of the metric, without dimensions
 * @returns the id of what it counts
 */
export async function openOutput(sql: Sql, name: string, digest: string, version: string): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO metric_output (filter_name, digest, counted) VALUES ($1, $2, int8multirange(int8range($3, NULL)))
     ON CONFLICT (filter_name, digest)
       DO UPDATE SET counted = metric_output.counted + int8multirange(int8range($3, NULL))
     RETURNING id`,
    [name, digest, version],
  );
  return (row as { id: string }).id;
}

/** Ends it: what has this version, or a later one, is not counted. Its default, and a backfill of it, end as well. */
export async function closeOutput(sql: Sql, outputId: string, version: string): Promise<void> {
  await sql.query(`UPDATE metric_output SET counted = counted * int8multirange(int8range(NULL, $2)) WHERE id = $1`, [
    outputId,
    version,
  ]);
  await closeDefault(sql, outputId, version);
}

export async function closeDefault(sql: Sql, outputId: string, version: string): Promise<void> {
  await sql.query(
    `UPDATE metric_default SET in_force = in_force * int8range(NULL, $2) WHERE output_id = $1 AND upper_inf(in_force)`,
    [outputId, version],
  );
}

export interface StatedDefault extends Pick<FilterDefinition, 'outputId' | 'accountIds' | 'regions'> {
  readonly metricId: string;
  readonly value: number;
  readonly unit: number;
}

export async function openDefault(sql: Sql, stated: StatedDefault, version: string): Promise<void> {
  await sql.query(
    `INSERT INTO metric_default (output_id, metric_id, value, unit, account_ids, regions, in_force)
     VALUES ($1, $2, $3, $4, $5, $6, int8range($7, NULL))`,
    [stated.outputId, stated.metricId, stated.value, stated.unit, stated.accountIds, stated.regions, version],
  );
}

/** The filter that counts it now; null where none does. */
export async function findFilterOfOutput(sql: Sql, outputId: string): Promise<FilterDefinition | null> {
  const [row] = await sql.query<FilterDefinition>(`SELECT ${columns} FROM metric_filter WHERE output_id = $1`, [
    outputId,
  ]);
  return row ?? null;
}
