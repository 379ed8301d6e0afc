import { dayMs } from '../lib/time.js';
import { type AnomalyModel, fitAnomalyModel } from '../patterns/metric-math/anomaly-band.js';
import { evaluateMetricMath, type MathInput } from '../patterns/metric-math/evaluate-metric-math.js';
import { planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { bandAround } from './anomaly-bands.js';
import type { MetricMessage } from './metric.entity.js';
import { requireLittle } from './metric-data-cost.js';
import { type MetricDataRequest, ofQueries, type WantedStat } from './metric-data-request.js';
import { type ReadSamples, readSamples } from './metric-reader.service.js';
import { defaultPeriod, type Read, type Reads, searchKey } from './metric-reads.js';

/** What a band is learned from. */
const historyMs = 28 * dayMs;

/** The models of bands, by the id of what they are of; null where there is too little to learn from. */
export type Bands = ReadonlyMap<string, AnomalyModel | null>;

/**
 * What the bands of a request are learned from: their series in the time before. Where that is too little, as soon after a
 * metric was begun, what is asked for counts as well: the model is not moved by what sticks out.
 */
export async function fitBands(sql: Sql, request: MetricDataRequest, reads: Reads, now: number): Promise<Bands> {
  const { plan, start, end } = request;
  const ids = new Set(plan.bands.map(({ id }) => id));
  if (ids.size === 0) return new Map();
  const { request: learning, reads: needed } = learnedFrom(request, reads, ids);
  const span = { start: start - historyMs, end, now, bands: new Map() };
  const history = await learn(sql, learning, needed, span);
  return new Map(
    [...ids].map((id) => {
      const [series] = history.get(id) ?? [];
      if (series === undefined) return [id, null];
      const before = series.timestamps.filter((time) => time < start).length;
      const past = {
        ...series,
        timestamps: series.timestamps.slice(0, before),
        values: series.values.slice(0, before),
      };
      return [id, fitAnomalyModel(past) ?? fitAnomalyModel(series)];
    }),
  );
}

/** What cannot be computed of the past teaches nothing: the request is not about it. */
async function learn(sql: Sql, request: MetricDataRequest, reads: Reads, span: Span): Promise<Evaluated['series']> {
  try {
    return (await evaluate(sql, request, reads, span)).series;
  } catch (error) {
    if (error instanceof CrosstrailError && error.code === 'BAD_USER_INPUT') return new Map();
    throw error;
  }
}

/** No more of a request than what bands are of: they are learned from far more time than is asked for. */
function learnedFrom(request: MetricDataRequest, reads: Reads, ids: ReadonlySet<string>) {
  const planned = request.plan.queries.filter(({ query }) => ids.has(query.id));
  const metricIds = new Set([...ids, ...planned.flatMap((one) => one.metricIds)]);
  const expressionIds = new Set([...ids, ...planned.flatMap((one) => one.expressionIds)]);
  const metrics = request.plan.metrics.filter(({ id }) => metricIds.has(id));
  const expressions = request.plan.queries.filter(({ query }) => expressionIds.has(query.id)).map(({ query }) => query);
  return {
    request: { ...request, plan: planMetricMath(metrics, expressions) },
    reads: {
      metrics: new Map([...reads.metrics].filter(([id]) => metricIds.has(id))),
      searches: new Map(),
      cut: new Set<string>(),
    },
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
  /** Milliseconds since 1970 UTC: by their age it is known how many data points there may be. */
  readonly now: number;
  readonly bands: Bands;
}

export interface Evaluated {
  /** By the id of the query. */
  readonly series: ReadonlyMap<string, readonly TimeSeries[]>;
  /** What was read, by the id of its series: of metrics, and of what searches have found. */
  readonly stats: ReadonlyMap<string, WantedStat>;
  /** What else there is to know, by the id of the query. */
  readonly messages: ReadonlyMap<string, MetricMessage[]>;
}

/** Every series of a request, of metrics and of expressions, by the id of its query. */
export async function evaluate(sql: Sql, request: MetricDataRequest, reads: Reads, span: Span): Promise<Evaluated> {
  const metrics = [...reads.metrics];
  const searches = [...reads.searches];
  const all = [...metrics.map(([, read]) => read), ...searches.flatMap(([, found]) => found)];
  const wanted = all.map(({ metricIds, stat: { period, unit, statistic } }) => ({
    metricIds,
    from: Math.floor(span.start / (period * 1000)) * period * 1000,
    // Of the last period all: else it would say more once its points are rolled up.
    to: Math.ceil(span.end / (period * 1000)) * period * 1000,
    period,
    unit,
    isDistributed: statistic.needs === 'distribution',
  }));
  await requireLittle(sql, wanted, span.now);
  const samples = await readSamples(sql, wanted);
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
    start: span.start,
    // A period that has not begun is not missing.
    end: Math.max(span.start, Math.min(span.end, span.now)),
    period: defaultPeriod,
    series: (id) => known.get(id)?.[0] as TimeSeries,
    search: (call) => found.get(searchKey(call)) ?? [],
    band: (series, deviations) => bandAround(span.bands.get(series.id) ?? null, series, deviations),
  };
  const computed = ofQueries(request, () => evaluateMetricMath(request.plan, input));
  for (const [id, series] of computed) known.set(id, series);
  const coarse = all.map((one, index) => coarseOf(one, samples[index] as ReadSamples));
  const messages = messagesOf(request, reads, coarse, span.bands);
  return { series: known, stats: new Map(all.map(({ id, stat }) => [id, stat])), messages };
}

/** @param coarse of each read: those of metrics, then those of searches */
function messagesOf(
  { plan }: MetricDataRequest,
  { metrics, cut }: Reads,
  coarse: readonly (Coarse | null)[],
  bands: Bands,
): Map<string, MetricMessage[]> {
  const messages = new Map<string, MetricMessage[]>();
  const ofMetrics = new Map([...metrics.keys()].map((id, index) => [id, coarse[index] ?? null]));
  const ofSearches = coarse.slice(metrics.size);
  for (const [id, one] of ofMetrics) note(messages, id, [one]);
  for (const { query, metricIds, usesSearch } of plan.queries) {
    note(messages, query.id, [...metricIds.map((id) => ofMetrics.get(id) ?? null), ...(usesSearch ? ofSearches : [])]);
  }
  for (const id of cut) messages.set(id, [tooMany]);
  for (const { queryId, id } of plan.bands) if (bands.get(id) === null) messages.set(queryId, [noModel]);
  return messages;
}

function seriesOf({ id, stat, label }: Read, samples: ReadSamples): TimeSeries {
  const timestamps: number[] = [];
  const values: number[] = [];
  for (const { time, summary, distribution, isBucketed } of samples.periods) {
    const value = stat.statistic.of(summary, distribution, isBucketed);
    if (value === null || !Number.isFinite(value)) continue;
    timestamps.push(time);
    values.push(value);
  }
  return { id, label, period: stat.period, timestamps, values };
}

/** What is kept too coarsely for the period is left out. */
interface Coarse {
  readonly until: number;
  readonly period: number;
}

function coarseOf({ stat: { period } }: Read, { coarseUntil }: ReadSamples): Coarse | null {
  return coarseUntil === null ? null : { until: coarseUntil, period };
}

/** Says so of a query, of the latest that it is made of. */
function note(messages: Map<string, MetricMessage[]>, id: string, all: readonly (Coarse | null)[]): void {
  const coarse = all.filter((one) => one !== null).sort((one, other) => other.until - one.until);
  const [latest] = coarse;
  if (latest === undefined) return;
  const until = new Date(latest.until).toISOString();
  const value = `Some data points before ${until} are kept for longer times than ${latest.period} seconds: ask for a longer period to see them.`;
  messages.set(id, [{ code: 'PeriodTooShort', value }]);
}

/** As AWS has it. */
const tooMany: MetricMessage = {
  code: 'MaxMetricsExceeded',
  value: 'The search fits more than 500 metrics: the first 500 of them, by namespace and name, are there.',
};

const noModel: MetricMessage = {
  code: 'TooLittleHistory',
  value: 'There is no band yet: it takes 10 data points over 3 hours to learn one.',
};
