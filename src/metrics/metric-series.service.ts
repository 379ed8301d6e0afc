import type { AccountScope } from '../access/scope.js';
import { type AnomalyModel, fitAnomalyModel } from '../patterns/metric-math/anomaly-band.js';
import { evaluateMetricMath } from '../patterns/metric-math/evaluate-metric-math.js';
import { type MathPlan, planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { Sql } from '../platform/database/database.js';
import { bandAround } from './anomaly-bands.js';
import type { MetricDataQuery } from './metric.inputs.js';
import { findMetricIds, findMetricIdsInReach } from './metric.store.js';
import { requireLittle } from './metric-data-cost.js';
import { parseMetricDataRequest, type WantedStat } from './metric-data-request.js';
import { readSamples } from './metric-reader.service.js';

/** Metrics and expressions that are read again and again: checked once. */
export interface SeriesQuery {
  readonly plan: MathPlan;
  /** By the id of their query. */
  readonly stats: ReadonlyMap<string, WantedStat>;
}

/** A span of the metrics of a query. */
export interface SpanWanted {
  readonly query: Pick<SeriesQuery, 'stats'>;
  /** Whose metrics, see reach.service.ts; null: every account's. */
  readonly reachId: string | null;
  /** Milliseconds since 1970 UTC: [from, to). */
  readonly from: number;
  readonly to: number;
}

/** A metric by period, with what is known of the samples behind each point. */
export interface MetricPoints {
  readonly series: TimeSeries;
  /** As many as the series has points. */
  readonly sampleCounts: readonly number[];
  readonly minimums: readonly number[];
  /** The values without what may go again: default values do when an event matches after all. Null: nothing is left. */
  readonly lasting: readonly (number | null)[];
  /** Up to when some are kept too coarsely for the period, and so left out: milliseconds since 1970 UTC; null: none are. */
  readonly coarseUntil: number | null;
}

/**
 * @throws BAD_USER_INPUT naming the argument, as {@link MetricDataQuery}s of `input.metricDataQueries`
 */
export function parseSeriesQuery(queries: MetricDataQuery[]): SeriesQuery {
  const { plan, stats } = parseMetricDataRequest({
    startTime: new Date(0),
    endTime: new Date(1),
    metricDataQueries: queries,
  });
  return { plan, stats };
}

/**
 * Reads the metrics of many queries. The number of statements does not grow with theirs.
 *
 * @returns in the order of what was wanted: by the id of the query
 */
export async function readMetricSpans(
  sql: Sql,
  wanted: readonly SpanWanted[],
): Promise<ReadonlyMap<string, MetricPoints>[]> {
  const reads = readsOf(wanted);
  const ids = await findMetricIdsInReach(
    sql,
    reads.map(({ stat: { metric }, reachId }) => ({ ...metric, reachId })),
  );
  return spansOf(reads, wanted.length, await readSamples(sql, pointsWanted(reads, ids), false));
}

/**
 * The same for somebody who asks.
 *
 * @param now milliseconds since 1970 UTC
 * @throws COST_EXCEEDED where it would be too much
 */
export async function readMetricSpansFor(
  sql: Sql,
  scope: AccountScope,
  wanted: readonly Omit<SpanWanted, 'reachId'>[],
  now: number,
): Promise<ReadonlyMap<string, MetricPoints>[]> {
  const reads = readsOf(wanted.map((one) => ({ ...one, reachId: null })));
  const ids = await findMetricIds(
    sql,
    scope,
    reads.map(({ stat }) => stat.metric),
  );
  const points = pointsWanted(reads, ids);
  await requireLittle(sql, points, now);
  return spansOf(reads, wanted.length, await readSamples(sql, points));
}

/** A metric of a span. */
interface SpanRead {
  readonly index: number;
  readonly id: string;
  readonly stat: WantedStat;
  readonly reachId: string | null;
  readonly from: number;
  readonly to: number;
}

function readsOf(wanted: readonly SpanWanted[]): SpanRead[] {
  return wanted.flatMap(({ query, reachId, from, to }, index) =>
    [...query.stats].map(([id, stat]) => ({ index, id, stat, reachId, from, to })),
  );
}

function pointsWanted(reads: readonly SpanRead[], ids: readonly (readonly string[])[]) {
  return reads.map(({ stat: { period, unit, statistic }, from, to }, at) => ({
    metricIds: ids[at] ?? [],
    from,
    to,
    period,
    unit,
    isDistributed: statistic.needs === 'distribution',
  }));
}

function spansOf(
  reads: readonly SpanRead[],
  count: number,
  samples: Awaited<ReturnType<typeof readSamples>>,
): ReadonlyMap<string, MetricPoints>[] {
  const spans = Array.from({ length: count }, () => new Map<string, MetricPoints>());
  for (const [at, { index, id, stat }] of reads.entries()) {
    spans[index]?.set(id, pointsOf(id, stat, samples[at] ?? { periods: [], coarseUntil: null }));
  }
  return spans;
}

function pointsOf(
  id: string,
  { period, statistic }: WantedStat,
  { periods, coarseUntil }: Awaited<ReturnType<typeof readSamples>>[number],
): MetricPoints {
  const [timestamps, values, sampleCounts, minimums]: number[][] = [[], [], [], []];
  const lasting: (number | null)[] = [];
  for (const { time, summary, stored, distribution, isBucketed } of periods) {
    const value = statistic.of(summary, distribution, isBucketed);
    if (value === null || !Number.isFinite(value)) continue;
    timestamps?.push(time);
    values?.push(value);
    sampleCounts?.push(summary.sampleCount);
    minimums?.push(summary.minimum);
    lasting.push(stored === summary ? value : stored && statistic.of(stored, null));
  }
  const series = { id, label: id, period, timestamps: timestamps ?? [], values: values ?? [] };
  return { series, sampleCounts: sampleCounts ?? [], minimums: minimums ?? [], lasting, coarseUntil };
}

/** Models of bands by the id of what they are around; null where there is too little to learn from. */
export type BandModels = ReadonlyMap<string, AnomalyModel | null>;

/**
 * The series of all queries over a span: of metrics and of expressions.
 *
 * @param metrics what was read, of a span that holds this one
 * @throws MathQueryError where an expression takes too many operations
 */
export function computeSeries(
  { plan }: Pick<SeriesQuery, 'plan'>,
  metrics: ReadonlyMap<string, TimeSeries>,
  { start, end, period }: { readonly start: number; readonly end: number; readonly period: number },
  models: BandModels,
): ReadonlyMap<string, readonly TimeSeries[]> {
  const within = new Map([...metrics].map(([id, series]) => [id, cut(series, start, end)]));
  const computed = evaluateMetricMath(plan, {
    start,
    end,
    period,
    series: (id) => within.get(id) as TimeSeries,
    search: () => [],
    band: (series, deviations) => bandAround(models.get(series.id) ?? null, series, deviations),
  });
  return new Map([...[...within].map(([id, series]): [string, TimeSeries[]] => [id, [series]]), ...computed]);
}

function cut(series: TimeSeries, start: number, end: number): TimeSeries {
  const { timestamps } = series;
  const from = firstAtOrAfter(timestamps, start);
  const to = firstAtOrAfter(timestamps, end);
  return { ...series, timestamps: timestamps.slice(from, to), values: series.values.slice(from, to) };
}

function firstAtOrAfter(timestamps: readonly number[], time: number): number {
  let [low, high] = [0, timestamps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestamps[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the bands of a query are around, as a query of its own that is read over the past; null where it has none. */
export function learningOf({ plan, stats }: SeriesQuery): (SeriesQuery & { readonly ids: readonly string[] }) | null {
  const ids = [...new Set(plan.bands.map(({ id }) => id))];
  if (ids.length === 0) return null;
  const planned = plan.queries.filter(({ query }) => ids.includes(query.id));
  const metricIds = new Set([...ids, ...planned.flatMap((one) => one.metricIds)]);
  const expressionIds = new Set([...ids, ...planned.flatMap((one) => [...one.expressionIds])]);
  const metrics = plan.metrics.filter(({ id }) => metricIds.has(id));
  const expressions = plan.queries.filter(({ query }) => expressionIds.has(query.id)).map(({ query }) => query);
  return {
    ids,
    plan: planMetricMath(metrics, expressions),
    stats: new Map([...stats].filter(([id]) => metricIds.has(id))),
  };
}

/** Learns from a span of the past. */
export function learnModels(
  learning: NonNullable<ReturnType<typeof learningOf>>,
  metrics: ReadonlyMap<string, TimeSeries>,
  span: { readonly start: number; readonly end: number; readonly period: number },
): BandModels {
  const series = computeSeries(learning, metrics, span, new Map());
  return new Map(
    learning.ids.map((id) => {
      const [known] = series.get(id) ?? [];
      return [id, known === undefined ? null : fitAnomalyModel(known)];
    }),
  );
}
