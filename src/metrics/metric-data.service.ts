import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import { dayMs } from '../lib/time.js';
import { fitAnomalyModel } from '../patterns/metric-math/anomaly-band.js';
import { evaluateMetricMath, type MathInput } from '../patterns/metric-math/evaluate-metric-math.js';
import type { SearchCall } from '../patterns/metric-math/math-expression.js';
import { applyLabel, isDynamicLabel } from '../patterns/metric-math/metric-label.js';
import { planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import { matchesSearch, parseMetricSearch } from '../patterns/metric-math/metric-search.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { Database, Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { decodeCursor } from '../platform/graphql/connection.js';
import { bandAround } from './anomaly-bands.js';
import type { MetricDataResult, MetricMessage } from './metric.entity.js';
import type { MetricDataInput } from './metric.inputs.js';
import { findMetricIds, searchMetrics } from './metric.store.js';
import {
  type MetricDataRequest,
  ofQueries,
  parseMetricDataRequest,
  statisticOf,
  type WantedStat,
} from './metric-data-request.js';
import { type ReadSamples, readSamples } from './metric-reader.service.js';
import { labelsOf } from './series-labels.js';

export interface MetricDataDeps {
  readonly database: Database;
  readonly cursors: CursorCodec;
  readonly now: () => Date;
}

const cursorKind = 'metricData';
/** Periods of all series of a request together; of those whose values are needed one counts as ten. */
const mostPeriods = 1_000_000;
const distributedCost = 10;
/** Metrics that a search looks at, and may find. */
const most = { searched: 100_000, found: 500 };
/** What a band is learned from. */
const historyMs = 28 * dayMs;
const defaultPeriod = 300;

/** A statistic that is to be read: of metrics that are known by their ids. */
interface Read {
  readonly stat: WantedStat;
  readonly metricIds: readonly string[];
  readonly label: string;
  /** Of the query, or of what a search has found. */
  readonly id: string;
}

/** Reads of a request: of its metrics by the id of the query, and of its searches by what they ask for. */
interface Reads {
  readonly metrics: ReadonlyMap<string, Read>;
  readonly searches: ReadonlyMap<string, readonly Read[]>;
}

/** Answers questions for data points, as GetMetricData does. */
export class MetricDataService {
  constructor(private readonly deps: MetricDataDeps) {}

  /** @throws BAD_USER_INPUT for what cannot be answered, COST_EXCEEDED for what would be too much */
  async read(scope: AccountScope, input: MetricDataInput, signal: AbortSignal): Promise<MetricDataResult[]> {
    const request = parseMetricDataRequest(input);
    const after = decodeCursor(this.deps.cursors, cursorKind, input.nextToken, 'input.nextToken');
    const now = after === null ? this.deps.now() : new Date(Number(after[1]));
    const sql = this.deps.database.until(signal).reads;
    const reads = await findReads(sql, scope, request);
    const bands = await this.#fitBands(sql, request, reads);
    const evaluated = await evaluate(sql, request, reads, { ...request, bands });
    return this.#pageOf(request, evaluated, Number(after?.[0] ?? 0), now);
  }

  /** What the bands of a request are learned from: their series in the time before. */
  async #fitBands(sql: Sql, request: MetricDataRequest, reads: Reads): Promise<Bands> {
    const { plan, start } = request;
    const ids = new Set(plan.bands.map(({ id }) => id));
    if (ids.size === 0) return new Map();
    const withoutBands = plan.queries.filter(({ usesBand }) => !usesBand).map(({ query }) => query);
    const past = { ...request, plan: planMetricMath(plan.metrics, withoutBands) };
    const span = { start: start - historyMs, end: start, bands: new Map() };
    const { series: history } = await evaluate(sql, past, reads, span);
    return new Map(
      [...ids].map((id) => {
        const [series] = history.get(id) ?? [];
        return [id, series === undefined ? null : fitAnomalyModel(series)] as const;
      }),
    );
  }

  #pageOf(
    request: MetricDataRequest,
    { series, coarseUntil }: Evaluated,
    skipped: number,
    now: Date,
  ): MetricDataResult[] {
    const { cursors } = this.deps;
    const all = request.returned.flatMap(({ id, label }) =>
      (series.get(id) ?? []).map((one) => ({ id, label: shownLabel(request, id, label, one, now), series: one })),
    );
    const total = all.reduce((sum, { series: { values } }) => sum + values.length, 0);
    const end = skipped + request.maxDatapoints;
    const nextToken = end < total ? cursors.encode(cursorKind, [end, now.getTime()]) : null;
    let before = 0;
    return all.map(({ id, label, series: one }) => {
      const [from, to] = [Math.max(0, skipped - before), Math.max(0, end - before)];
      before += one.values.length;
      const isDescending = request.scanBy === 'TimestampDescending';
      const ordered = <T>(list: readonly T[]) => (isDescending ? [...list].reverse() : list).slice(from, to);
      return {
        id,
        label,
        timestamps: ordered(one.timestamps).map((time) => new Date(time)),
        values: ordered(one.values),
        statusCode: before > end ? 'PartialData' : 'Complete',
        messages: messagesOf(coarseUntil.get(id) ?? null, one),
        nextToken,
      };
    });
  }
}

type Bands = ReadonlyMap<string, ReturnType<typeof fitAnomalyModel>>;

/** The metrics that a request names or searches for. */
async function findReads(sql: Sql, scope: AccountScope, request: MetricDataRequest): Promise<Reads> {
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

function searchKey({ search: text, stat, period }: SearchCall): string {
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

interface Span {
  readonly start: number;
  readonly end: number;
  readonly bands: Bands;
}

interface Evaluated {
  /** By the id of the query. */
  readonly series: ReadonlyMap<string, readonly TimeSeries[]>;
  /** Up to when data of a metric is kept too coarsely for its period, by the id of the query. */
  readonly coarseUntil: ReadonlyMap<string, number>;
}

/** Every series of a request, of metrics and of expressions, by the id of its query. */
async function evaluate(sql: Sql, request: MetricDataRequest, reads: Reads, span: Span): Promise<Evaluated> {
  const metrics = [...reads.metrics];
  const searches = [...reads.searches];
  const all = [...metrics.map(([, read]) => read), ...searches.flatMap(([, found]) => found)];
  requireLittle(all, span);
  const start = startOfPeriods(all, span.start);
  const samples = await readSamples(
    sql,
    all.map(({ metricIds, stat: { period, unit, statistic } }) => ({
      metricIds,
      from: Math.floor(start / (period * 1000)) * period * 1000,
      to: span.end,
      period,
      unit,
      isDistributed: statistic.needs === 'distribution',
    })),
  );
  const read = all.map((one, index) => seriesOf(one, samples[index] as ReadSamples));
  const known = new Map<string, readonly TimeSeries[]>(metrics.map(([id], index) => [id, [read[index] as TimeSeries]]));
  let next = metrics.length;
  const found = new Map(
    searches.map(([key, { length }]) => {
      const some = read.slice(next, next + length);
      next += length;
      return [key, some];
    }),
  );
  const input: MathInput = {
    start,
    end: span.end,
    period: defaultPeriod,
    series: (id) => known.get(id)?.[0] as TimeSeries,
    search: (call) => found.get(searchKey(call)) ?? [],
    band: (series, deviations) => bandAround(span.bands.get(series.id) ?? null, series, deviations),
  };
  const computed = ofQueries(
    request.plan.queries.map(({ query }) => query),
    () => evaluateMetricMath(request.plan, input),
  );
  for (const [id, series] of computed) known.set(id, series);
  const coarse = metrics.map(([id], index) => [id, samples[index]?.coarseUntil ?? null] as const);
  return {
    series: known,
    coarseUntil: new Map(coarse.flatMap(([id, until]) => (until === null ? [] : [[id, until]]))),
  };
}

/** A request is taken back to the start of the longest of its periods, so that all of its series begin there. */
function startOfPeriods(reads: readonly Read[], start: number): number {
  const longest = Math.max(1, ...reads.map(({ stat: { period } }) => period)) * 1000;
  return Math.floor(start / longest) * longest;
}

function requireLittle(reads: readonly Read[], { start, end }: Span): void {
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

function seriesOf({ id, stat, label }: Read, samples: ReadSamples): TimeSeries {
  const timestamps: number[] = [];
  const values: number[] = [];
  for (const { time, summary, distribution } of samples.periods) {
    const value = stat.statistic.of(summary, distribution);
    if (value === null || !Number.isFinite(value)) continue;
    timestamps.push(time);
    values.push(value);
  }
  return { id, label, period: stat.period, timestamps, values };
}

function shownLabel(
  { stats }: MetricDataRequest,
  id: string,
  label: string | null,
  series: TimeSeries,
  now: Date,
): string {
  const stat = stats.get(id);
  if (label === null || (stat === undefined && !isDynamicLabel(label))) return series.label;
  return applyLabel(label, series, { ...stat?.metric, stat: stat?.stat ?? null, now: now.getTime() });
}

/** What is kept too coarsely for the period is left out, and said so. */
function messagesOf(coarseUntil: number | null, { period }: TimeSeries): MetricMessage[] {
  if (coarseUntil === null) return [];
  const until = new Date(coarseUntil).toISOString();
  const value = `Some data points before ${until} are kept for longer times than ${period} seconds: ask for a longer period to see them.`;
  return [{ code: 'PeriodTooShort', value }];
}
