import { dayMs } from '../lib/time.js';
import { type AnomalyModel, fitAnomalyModel } from '../patterns/metric-math/anomaly-band.js';
import { evaluateMetricMath, type MathInput } from '../patterns/metric-math/evaluate-metric-math.js';
import { planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { Sql } from '../platform/database/database.js';
import { bandAround } from './anomaly-bands.js';
import type { MetricMessage } from './metric.entity.js';
import { type MetricDataRequest, ofQueries } from './metric-data-request.js';
import { type ReadSamples, readSamples } from './metric-reader.service.js';
import { defaultPeriod, type Read, type Reads, requireLittle, searchKey } from './metric-reads.js';

/** What a band is learned from. */
const historyMs = 28 * dayMs;

/** The models of bands, by the id of what they are of; null where there is too little to learn from. */
export type Bands = ReadonlyMap<string, AnomalyModel | null>;

/**
 * What the bands of a request are learned from: their series in the time before. Where that is too little, as soon after a
 * metric was begun, what is asked for counts as well: the model is not moved by what sticks out.
 */
export async function fitBands(sql: Sql, request: MetricDataRequest, reads: Reads): Promise<Bands> {
  const { plan, start, end } = request;
  const ids = new Set(plan.bands.map(({ id }) => id));
  if (ids.size === 0) return new Map();
  const withoutBands = plan.queries.filter(({ usesBand }) => !usesBand).map(({ query }) => query);
  const learning = { ...request, plan: planMetricMath(plan.metrics, withoutBands) };
  const { series: history } = await evaluate(sql, learning, reads, { start: start - historyMs, end, bands: new Map() });
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

interface Span {
  readonly start: number;
  readonly end: number;
  readonly bands: Bands;
}

export interface Evaluated {
  /** By the id of the query. */
  readonly series: ReadonlyMap<string, readonly TimeSeries[]>;
  /** What else there is to know, by the id of the query. */
  readonly messages: ReadonlyMap<string, MetricMessage[]>;
}

/** Every series of a request, of metrics and of expressions, by the id of its query. */
export async function evaluate(sql: Sql, request: MetricDataRequest, reads: Reads, span: Span): Promise<Evaluated> {
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
      // Of the last period all: else it would say more once its points are rolled up.
      to: Math.ceil(span.end / (period * 1000)) * period * 1000,
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
  const messages = new Map<string, MetricMessage[]>();
  for (const [index, [id, { stat }]] of metrics.entries()) {
    const until = samples[index]?.coarseUntil ?? null;
    if (until !== null) messages.set(id, [tooCoarse(until, stat.period)]);
  }
  for (const { queryId, id } of request.plan.bands) {
    if (span.bands.has(id) && span.bands.get(id) === null) messages.set(queryId, [noModel]);
  }
  return { series: known, messages };
}

/** A request is taken back to the start of the longest of its periods, so that all of its series begin there. */
function startOfPeriods(reads: readonly Read[], start: number): number {
  const longest = Math.max(1, ...reads.map(({ stat: { period } }) => period)) * 1000;
  return Math.floor(start / longest) * longest;
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

/** What is kept too coarsely for the period is left out, and said so. */
function tooCoarse(coarseUntil: number, period: number): MetricMessage {
  const until = new Date(coarseUntil).toISOString();
  const value = `Some data points before ${until} are kept for longer times than ${period} seconds: ask for a longer period to see them.`;
  return { code: 'PeriodTooShort', value };
}

const noModel: MetricMessage = {
  code: 'TooLittleHistory',
  value: 'There is no band yet: it takes 10 data points over 3 hours to learn one.',
};
