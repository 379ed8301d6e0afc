import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { MetricsFilter } from './metric.inputs.js';
import { type Dimensions, type MetricName, nameDigestOf } from './metric-identity.js';

/** A metric as its row has it. */
export interface MetricRow {
  readonly id: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly accountIds: string[] | null;
  readonly createdAt: Date;
}

const columns = `
  metric.id, metric.namespace, metric.metric_name AS "metricName", metric.dimensions,
  metric.account_id AS "accountId", metric.aws_region AS region, metric.account_ids AS "accountIds",
  metric.created_at AS "createdAt"`;

/** Where a list goes on. */
export type MetricKey = readonly [namespace: string, metricName: string, id: string];

/** @param parameters given the values that the condition names */
function visible(scope: AccountScope, parameters: Parameters, metric = 'metric'): string {
  if (scope.accountIds === null) return 'true';
  return `coalesce(${metric}.account_ids <@ ${parameters.add(scope.accountIds, 'text[]')}, false)`;
}

function conditions(scope: AccountScope, filter: MetricsFilter, parameters: Parameters): string {
  const all = [visible(scope, parameters)];
  if (filter.namespace) all.push(`metric.namespace = ${parameters.add(filter.namespace, 'text')}`);
  if (filter.metricName) all.push(`metric.metric_name = ${parameters.add(filter.metricName, 'text')}`);
  if (filter.accountIds) all.push(`metric.account_id = ANY (${parameters.add(filter.accountIds, 'text[]')})`);
  for (const { name, value } of filter.dimensions ?? []) {
    if (value === null || value === undefined) all.push(`metric.dimensions ? ${parameters.add(name, 'text')}`);
    else all.push(`metric.dimensions @> ${parameters.add(JSON.stringify({ [name]: value }), 'jsonb')}`);
  }
  return all.join(' AND ');
}

/** By namespace, name and id. */
export async function listMetrics(
  sql: Sql,
  scope: AccountScope,
  filter: MetricsFilter,
  after: MetricKey | null,
  limit: number,
): Promise<MetricRow[]> {
  const parameters = new Parameters();
  const where = conditions(scope, filter, parameters);
  const beyond = after === null ? '' : `AND (namespace, metric_name, id) > (${key(after, parameters)})`;
  return sql.query<MetricRow>(
    `SELECT ${columns} FROM metric WHERE ${where} ${beyond}
     ORDER BY namespace, metric_name, id LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

function key([namespace, metricName, id]: MetricKey, parameters: Parameters): string {
  return [parameters.add(namespace, 'text'), parameters.add(metricName, 'text'), parameters.add(id, 'bigint')].join(
    ', ',
  );
}

export async function countMetrics(sql: Sql, scope: AccountScope, filter: MetricsFilter): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM metric WHERE ${conditions(scope, filter, parameters)}`,
    parameters.values,
  );
  return (row as { count: number }).count;
}

/** A metric as a query names it. What it leaves open, more than one may fit. */
export interface WantedMetric extends MetricName {
  readonly accountId: string | null;
  readonly region: string | null;
}

/**
 * The ids of the metrics that fit each of those that are wanted, in their order. A statement for all.
 *
 * Where one speaks for all the accounts of another and for more, it alone is read: what both have counted does not count
 * twice, and whoever may write for one account changes nothing that was counted for all.
 */
export function findMetricIds(sql: Sql, scope: AccountScope, wanted: readonly WantedMetric[]): Promise<string[][]> {
  const unscoped = wanted.map((metric) => ({ ...metric, reachId: null }));
  return findIds(sql, unscoped, (metric, parameters) => visible(scope, parameters, metric));
}

/** The same for many who see different accounts: `reachId` names those of a reach; null: every account. */
export function findMetricIdsInReach(
  sql: Sql,
  wanted: readonly (WantedMetric & { readonly reachId: string | null })[],
): Promise<string[][]> {
  return findIds(
    sql,
    wanted,
    (metric) => `(wanted.reach_id IS NULL OR coalesce(${metric}.account_ids <@ reach.account_ids, false))`,
  );
}

async function findIds(
  sql: Sql,
  wanted: readonly (WantedMetric & { readonly reachId: string | null })[],
  isVisible: (metric: string, parameters: Parameters) => string,
): Promise<string[][]> {
  const found: string[][] = wanted.map(() => []);
  if (wanted.length === 0) return found;
  const parameters = new Parameters();
  const digests = parameters.add(wanted.map(nameDigestOf), 'text[]');
  const accounts = parameters.add(
    wanted.map(({ accountId }) => accountId),
    'text[]',
  );
  const regions = parameters.add(
    wanted.map(({ region }) => region),
    'text[]',
  );
  const reaches = parameters.add(
    wanted.map(({ reachId }) => reachId),
    'bigint[]',
  );
  const rows = await sql.query<{ place: number; id: string }>(
    `SELECT wanted.place::integer AS place, metric.id
     FROM unnest(${digests}, ${accounts}, ${regions}, ${reaches})
       WITH ORDINALITY AS wanted (name_digest, account_id, aws_region, reach_id, place)
     LEFT JOIN reach ON reach.id = wanted.reach_id
     JOIN metric ON metric.name_digest = wanted.name_digest
       AND (wanted.account_id IS NULL OR metric.account_id = wanted.account_id)
       AND (wanted.aws_region IS NULL OR metric.aws_region = wanted.aws_region)
     WHERE ${isVisible('metric', parameters)} AND NOT EXISTS (
       SELECT FROM metric AS wider
       WHERE wider.name_digest = metric.name_digest AND wanted.account_id IS NULL AND wanted.aws_region IS NULL
         AND ${isVisible('wider', parameters)}
         AND metric.account_ids IS NOT NULL AND (wider.account_ids IS NULL OR (
           cardinality(wider.account_ids) > cardinality(metric.account_ids) AND wider.account_ids @> metric.account_ids)))
     ORDER BY wanted.place, metric.id`,
    parameters.values,
  );
  for (const { place, id } of rows) found[place - 1]?.push(id);
  return found;
}

/** What a search demands exactly. */
export interface SearchBounds {
  /** Null: any. */
  readonly namespace: string | null;
  readonly metricName: string | null;
  /** The names of all dimensions; null: any. */
  readonly dimensionNames: readonly string[] | null;
}

/** The metrics that a search may find, in a fixed order. */
export async function searchMetrics(
  sql: Sql,
  scope: AccountScope,
  { namespace, metricName, dimensionNames }: SearchBounds,
  limit: number,
): Promise<MetricRow[]> {
  const parameters = new Parameters();
  const all = [visible(scope, parameters)];
  if (namespace !== null) all.push(`metric.namespace = ${parameters.add(namespace, 'text')}`);
  if (metricName !== null) all.push(`metric.metric_name = ${parameters.add(metricName, 'text')}`);
  if (dimensionNames !== null) {
    const names = parameters.add([...dimensionNames].sort(), 'text[]');
    all.push(`ARRAY(SELECT jsonb_object_keys(metric.dimensions) COLLATE "C" ORDER BY 1) = ${names}`);
  }
  return sql.query<MetricRow>(
    `SELECT ${columns} FROM metric WHERE ${all.join(' AND ')}
     ORDER BY namespace, metric_name, id LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}
