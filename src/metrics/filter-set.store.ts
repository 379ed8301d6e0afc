import type { Sql } from '../platform/database/database.js';
import type { FilterDefinition } from './filter-set.port.js';

export async function readVersion(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ version: string }>('SELECT version FROM metric_filter_version');
  return (row as { version: string }).version;
}

/**
 * Each change of filters goes with it. Its row is locked to the commit: changes take turns.
 *
 * @returns the version that the change makes
 */
export async function raiseVersion(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ version: string }>(
    'UPDATE metric_filter_version SET version = version + 1 RETURNING version',
  );
  return (row as { version: string }).version;
}

export async function readFilters(sql: Sql): Promise<FilterDefinition[]> {
  return sql.query<FilterDefinition>(
    `SELECT output_id AS "outputId", name, filter_pattern AS "filterPattern", account_ids AS "accountIds", regions, transformation
     FROM metric_filter ORDER BY name`,
  );
}
