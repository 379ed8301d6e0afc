import type { Sql } from '../platform/database/database.js';
import { type MetricIdentity, nameDigestOf } from './metric-identity.js';

interface KnownMetric {
  readonly digest: string;
  readonly id: string;
}

/** Those that are there and are not about to be deleted. */
export async function findMetrics(sql: Sql, digests: readonly string[]): Promise<KnownMetric[]> {
  return sql.query<KnownMetric>(
    'SELECT digest, id FROM metric WHERE digest = ANY ($1::text[]) AND empty_since IS NULL',
    [digests],
  );
}

/**
 * Makes metrics, or keeps those that were about to be deleted.
 *
 * @param most metrics with dimensions of one namespace, name and reach; beyond it none is made
 */
export async function insertMetrics(
  sql: Sql,
  metrics: readonly (readonly [string, MetricIdentity])[],
  most: number,
): Promise<KnownMetric[]> {
  if (metrics.length === 0) return [];
  return sql.query<KnownMetric>(
    `WITH wanted AS MATERIALIZED (
       SELECT digest, name_digest, namespace, metric_name, dimensions::jsonb AS dimensions, account_id, aws_region,
         CASE WHEN account_ids = '' THEN NULL ELSE string_to_array(account_ids, ',') END AS account_ids
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $9::text[])
         AS given (digest, namespace, metric_name, dimensions, account_id, aws_region, account_ids, name_digest)
     ), room AS (
       SELECT name.*, $8 - (SELECT count(*) FROM metric
         WHERE metric.namespace = name.namespace AND metric.metric_name = name.metric_name
           AND metric.account_ids IS NOT DISTINCT FROM name.account_ids) AS room
       FROM (SELECT DISTINCT namespace, metric_name, account_ids FROM wanted WHERE dimensions <> '{}') AS name
     ), numbered AS (
       -- Those that are there, or need none, take no room from those that are new.
       SELECT *, row_number() OVER (
         PARTITION BY namespace, metric_name, account_ids, is_there OR dimensions = '{}' ORDER BY digest) AS place
       FROM (
         SELECT *, EXISTS (SELECT FROM metric WHERE metric.digest = wanted.digest) AS is_there FROM wanted) AS wanted
     )
     INSERT INTO metric (digest, name_digest, namespace, metric_name, dimensions, account_id, aws_region, account_ids)
     SELECT digest, name_digest, numbered.namespace, numbered.metric_name, dimensions, account_id, aws_region,
       numbered.account_ids
     FROM numbered LEFT JOIN room ON room.namespace = numbered.namespace AND room.metric_name = numbered.metric_name
       AND room.account_ids IS NOT DISTINCT FROM numbered.account_ids
     WHERE is_there OR dimensions = '{}' OR place <= room
     ORDER BY digest
     ON CONFLICT (digest) DO UPDATE SET empty_since = NULL
     RETURNING digest, id`,
    [
      metrics.map(([digest]) => digest),
      metrics.map(([, { namespace }]) => namespace),
      metrics.map(([, { metricName }]) => metricName),
      metrics.map(([, { dimensions }]) => JSON.stringify(dimensions)),
      metrics.map(([, { accountId }]) => accountId),
      metrics.map(([, { awsRegion }]) => awsRegion),
      metrics.map(([, { accountIds }]) => accountIds?.join(',') ?? ''),
      most,
      metrics.map(([, metric]) => nameDigestOf(metric)),
    ],
  );
}

/** Notes metrics that have no data points, and deletes those that have had none for a day. */
export async function sweepMetrics(sql: Sql, now: Date): Promise<void> {
  await sql.query(
    `UPDATE metric SET empty_since = $1
     WHERE empty_since IS NULL AND created_at < $1::timestamptz - interval '1 day'
       AND NOT EXISTS (SELECT FROM data_point WHERE data_point.metric_id = metric.id)
       AND NOT EXISTS (SELECT FROM metric_default WHERE metric_default.metric_id = metric.id)`,
    [now],
  );
  await sql.query(
    `DELETE FROM metric WHERE empty_since < $1::timestamptz - interval '1 day'
       AND NOT EXISTS (SELECT FROM data_point WHERE data_point.metric_id = metric.id)`,
    [now],
  );
}
