import type { FilterDefinition } from '../metrics/filter-set.port.js';
import type { Sql } from '../platform/database/database.js';

/**
 * The metric filters that count into metrics of some names.
 *
 * @param accountIds whose data may be seen: the filters whose accounts all lie among these; null: all filters
 */
export async function readFeedingFilters(
  sql: Sql,
  metrics: readonly { readonly namespace: string; readonly metricName: string }[],
  accountIds: readonly string[] | null,
): Promise<FilterDefinition[]> {
  return sql.query<FilterDefinition>(
    `SELECT output_id AS "outputId", name, filter_pattern AS "filterPattern", account_ids AS "accountIds", regions,
       transformation
     FROM metric_filter
     WHERE (transformation ->> 'metricNamespace', transformation ->> 'metricName')
         IN (SELECT * FROM unnest($1::text[], $2::text[]))
       AND ($3::text[] IS NULL OR coalesce(account_ids <@ $3::text[], false))
     ORDER BY name`,
    [metrics.map(({ namespace }) => namespace), metrics.map(({ metricName }) => metricName), accountIds],
  );
}
