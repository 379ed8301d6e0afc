import type { AccountScope } from '../access/scope.js';
import type { SearchCall } from '../patterns/metric-math/math-expression.js';
import { type MetricSearch, matchesSearch, parseMetricSearch } from '../patterns/metric-math/metric-search.js';
import type { Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { findMetricIds, searchMetrics } from './metric.store.js';
import { argumentOf, type MetricDataRequest, statisticOf, type WantedStat } from './metric-data-request.js';
import { parsePeriod } from './retention-tiers.js';
import { labelsOf } from './series-labels.js';

/** Metrics that all searches look at, and that one may find. */
const most = { searched: 50_000, found: 500 };
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

/** What a search has found. */
interface FoundMetrics {
  readonly reads: readonly Read[];
  /** There are more than it may find. */
  readonly isCut: boolean;
}

/** Reads of a request: of its metrics by the id of the query, and of its searches by what they ask for. */
export interface Reads {
  readonly metrics: ReadonlyMap<string, Read>;
  readonly searches: ReadonlyMap<string, readonly Read[]>;
  /** Expressions with a search that fits more metrics than it may find, by their ids. */
  readonly cut: ReadonlySet<string>;
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
  const searches = new Map<string, FoundMetrics>();
  const cut = new Set<string>();
  const candidates = new Candidates(sql, scope);
  for (const call of searchesOf(request)) {
    const found = searches.get(searchKey(call)) ?? (await search(candidates, request, call));
    searches.set(searchKey(call), found);
    if (found.isCut) cut.add(call.queryId);
  }
  const read = new Map([...searches].map(([key, { reads }]) => [key, reads]));
  return { metrics: new Map(metrics), searches: read, cut };
}

/** Metrics that searches look at: those that demand the same look at the same. */
class Candidates {
  readonly #known = new Map<string, Awaited<ReturnType<typeof searchMetrics>>>();
  #left = most.searched;

  constructor(
    private readonly sql: Sql,
    private readonly scope: AccountScope,
  ) {}

  /** @throws COST_EXCEEDED */
  async of(demands: MetricSearch['demands']) {
    const key = JSON.stringify(demands);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = await searchMetrics(this.sql, this.scope, demands, this.#left + 1);
    if (found.length > this.#left) {
      throw new CrosstrailError(
        'COST_EXCEEDED',
        `the searches would look at more than ${most.searched} metrics: name a namespace, dimensions and MetricName="…"`,
        { limit: most.searched },
      );
    }
    this.#left -= found.length;
    this.#known.set(key, found);
    return found;
  }
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

async function search(candidates: Candidates, request: MetricDataRequest, call: KnownSearch): Promise<FoundMetrics> {
  const argument = argumentOf(request, call.queryId, 'expression');
  const period = parsePeriod(argument, call.period, call.position);
  const statistic = statisticOf(argument, call.stat, call.position);
  const parsed = parseMetricSearch(call.search);
  const matching = (await candidates.of(parsed.demands)).filter((metric) => matchesSearch(parsed, metric));
  const found = matching.slice(0, most.found);
  const labels = labelsOf(found.map((metric) => ({ ...metric, stat: call.stat })));
  const reads = found.map((metric, at) => ({
    id: `metric:${metric.id}`,
    stat: { metric, period, stat: call.stat, statistic, unit: null },
    metricIds: [metric.id],
    label: labels[at] ?? metric.metricName,
  }));
  return { reads, isCut: matching.length > found.length };
}
