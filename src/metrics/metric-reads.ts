import type { AccountScope } from '../access/scope.js';
import type { SearchCall } from '../patterns/metric-math/math-expression.js';
import { matchesSearch, parseMetricSearch } from '../patterns/metric-math/metric-search.js';
import type { Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { findMetricIds, searchMetrics } from './metric.store.js';
import { type MetricDataRequest, statisticOf, type WantedStat } from './metric-data-request.js';
import { labelsOf } from './series-labels.js';

/** Periods of all series of a request together; of those whose values are needed one counts as ten. */
const mostPeriods = 1_000_000;
const distributedCost = 10;
/** Metrics that a search looks at, and may find. */
const most = { searched: 100_000, found: 500 };
/** Of a search in an expression that names no metric: the console's own. */
export const defaultPeriod = 300;

/** A statistic that is to be read: of metrics that are known by their ids. */
export interface Read {
  readonly stat: WantedStat;
  readonly metricIds: readonly string[];
  readonly label: string;
  /** Of the query, or of what a search has found. */
  readonly id: string;
}

/** Reads of a request: of its metrics by the id of the query, and of its searches by what they ask for. */
export interface Reads {
  readonly metrics: ReadonlyMap<string, Read>;
  readonly searches: ReadonlyMap<string, readonly Read[]>;
}

/** The metrics that a request names or searches for. */
export async function findReads(sql: Sql, scope: AccountScope, request: MetricDataRequest): Promise<Reads> {
  const stats = [...request.stats];
  const ids = await findMetricIds(
    sql,
    scope,
    stats.map(([, { metric }]) => metric),
  );
  const labels = labelsOf(stats.map(([, { metric, stat }]) => ({ ...metric, stat })));
  const metrics = stats.map(([id, stat], index): [string, Read] => [
    id,
    { id, stat, metricIds: ids[index] ?? [], label: labels[index] ?? id },
  ]);
  const searches = new Map<string, readonly Read[]>();
  for (const call of searchesOf(request)) {
    if (!searches.has(searchKey(call))) searches.set(searchKey(call), await search(sql, scope, request, call));
  }
  return { metrics: new Map(metrics), searches };
}

interface KnownSearch extends SearchCall {
  readonly queryId: string;
  readonly period: number;
}

/** The searches of a request; one without a period has that of its expression. */
function searchesOf({ plan }: MetricDataRequest): KnownSearch[] {
  return plan.queries.flatMap(({ query, expression, period }) =>
    expression.searches.map((call) => ({ ...call, queryId: query.id, period: call.period ?? period ?? defaultPeriod })),
  );
}

export function searchKey({ search: text, stat, period }: SearchCall): string {
  return JSON.stringify([text, stat, period]);
}

async function search(sql: Sql, scope: AccountScope, request: MetricDataRequest, call: KnownSearch): Promise<Read[]> {
  const index = request.plan.queries.findIndex(({ query }) => query.id === call.queryId);
  const statistic = statisticOf(`input.metricDataQueries[${index}].expression`, call.stat);
  const parsed = parseMetricSearch(call.search);
  const candidates = await searchMetrics(sql, scope, parsed.demands, most.searched);
  const found = candidates.filter((metric) => matchesSearch(parsed, metric)).slice(0, most.found);
  const labels = labelsOf(found.map((metric) => ({ ...metric, stat: call.stat })));
  return found.map((metric, at) => ({
    id: `metric_${metric.id}`,
    stat: { metric, period: call.period, stat: call.stat, statistic, unit: null },
    metricIds: [metric.id],
    label: labels[at] ?? metric.metricName,
  }));
}

/** @throws COST_EXCEEDED */
export function requireLittle(
  reads: readonly Read[],
  { start, end }: { readonly start: number; readonly end: number },
): void {
  const cost = reads.reduce((sum, { stat: { period, statistic } }) => {
    const periods = Math.ceil((end - start) / (period * 1000));
    return sum + periods * (statistic.needs === 'distribution' ? distributedCost : 1);
  }, 0);
  if (cost <= mostPeriods) return;
  throw new CrosstrailError(
    'COST_EXCEEDED',
    `the metrics have ${cost} periods to look at, and ${mostPeriods} are the most (percentiles and the like count as ${distributedCost}): ` +
      'ask for fewer metrics, a shorter time or a longer period',
    { limit: mostPeriods, cost },
  );
}
