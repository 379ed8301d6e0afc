import type { Sql } from '../platform/database/database.js';
import type { FilterSet } from './filter-set.port.js';

export async function readVersion(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ version: string }>('SELECT version FROM metric_filter_version');
  return (row as { version: string }).version;
}

/** Changes of filters take turns. */
export async function lockFilters(sql: Sql): Promise<void> {
  await sql.query('SELECT version FROM metric_filter_version FOR UPDATE');
}

/**
 * Each change of filters goes with it.
 *
 * @returns the version that the change makes
 */
export async function raiseVersion(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ version: string }>(
    'UPDATE metric_filter_version SET version = version + 1 RETURNING version',
  );
  return (row as { version: string }).version;
}

/**
 * All of them and their version, as of one moment: a batch says by the version which of them have seen its events, so it
 * must be neither older nor newer than they are.
 */
export async function readFilters(sql: Sql): Promise<FilterSet> {
  const [row] = await sql.query<FilterSet>(
    `SELECT version, coalesce((
       SELECT json_agg(json_build_object(
         'outputId', output_id::text, 'name', name, 'filterPattern', filter_pattern, 'accountIds', account_ids,
         'regions', regions, 'transformation', transformation) ORDER BY name)
       FROM metric_filter), '[]') AS filters
     FROM metric_filter_version`,
  );
  return row as FilterSet;
}
