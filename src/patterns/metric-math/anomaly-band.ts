import { dayMs, hourMs } from '../../lib/time.js';
import { median, robustSlope, robustSpread } from './robust-statistics.js';
import type { TimeSeries } from './time-series.js';

/** What a model needs before it says anything. */
const minPoints = 10;
const minSpanMs = 3 * hourMs;
/** What it looks at: no more than the newest. */
const maxSpanMs = 28 * dayMs;
const maxPoints = 50_000;
/** From how much history on an hour of the day is a season of its own; an hour of the week, and a trend seen. */
const dailySpanMs = 3 * dayMs;
const weeklySpanMs = 14 * dayMs;
/** A season's own spread weighs as much as that of all seasons when it has so many points. */
const pooledWeight = 6;
/** Of the expected value: a band around a metric that never changed is not without width. */
const minSpreadShare = 0.005;

/** An hour of the week, an hour of the day, or all time; as a number. */
type Season = (timestamp: number) => number;

const hourOfDay: Season = (timestamp) => Math.floor(timestamp / hourMs) % 24;
const hourOfWeek: Season = (timestamp) => Math.floor(timestamp / hourMs) % 168;
const always: Season = () => 0;

interface Expectation {
  readonly location: number;
  readonly spread: number;
}

/**
 * What a metric is expected to be, learned from its own past.
 *
 * - Expected is the median of the same season: the hour of the week with 14 days of history or more, the hour of the day
 *   with 3 or more, all of it with less. A season without a point in the past falls back to the next coarser one.
 * - A trend (with 14 days or more: the days of one week alone look like one) is the median slope between the medians of
 *   days, and goes on past the newest point for as long as the history is, at most.
 * - The spread is the median absolute deviation as a standard deviation; a season's own, drawn towards that of all seasons
 *   where it has few points. Outliers move neither. It is 0.5 % of the expected value at least.
 * - The band is the expected value plus and minus `deviations` spreads; of a metric that was never negative it does not
 *   go below 0.
 *
 * Limits: the newest 28 days and 50,000 points count. Seasons are in UTC, so a change of summer time shifts them for a
 * while. Holidays, months and years are not seasons. The model is ours: CloudWatch's own is not published.
 */
export class AnomalyModel {
  readonly #seasons: readonly SeasonalExpectations[];
  readonly #trend: Trend;
  readonly #isNeverNegative: boolean;

  constructor({ timestamps, values }: TimeSeries) {
    const span = spanOf(timestamps);
    this.#trend = span < weeklySpanMs ? noTrend : trendOf(timestamps, values);
    const level = values.map((value, at) => value - this.#trend(timestamps[at] ?? 0));
    const seasons = [
      ...(span >= weeklySpanMs ? [hourOfWeek] : []),
      ...(span >= dailySpanMs ? [hourOfDay] : []),
      always,
    ];
    this.#seasons = seasons.map((season) => new SeasonalExpectations(season, timestamps, level));
    this.#isNeverNegative = values.every((value) => value >= 0);
  }

  /**
   * @param timestampMs milliseconds since 1970 UTC
   * @param deviations how many spreads the band reaches to either side, above 0
   * @returns null where `deviations` is not above 0
   */
  bandAt(timestampMs: number, deviations: number): { readonly upper: number; readonly lower: number } | null {
    if (!(deviations > 0) || !Number.isFinite(deviations)) return null;
    const expectation = this.#expectationAt(timestampMs);
    if (expectation === null) return null;
    const expected = expectation.location + this.#trend(timestampMs);
    const reach = deviations * Math.max(expectation.spread, minSpreadShare * Math.abs(expected));
    const floor = this.#isNeverNegative ? 0 : -Infinity;
    return { upper: Math.max(floor, expected + reach), lower: Math.max(floor, expected - reach) };
  }

  #expectationAt(timestamp: number): Expectation | null {
    for (const season of this.#seasons) {
      const expectation = season.at(timestamp);
      if (expectation !== null) return expectation;
    }
    return null;
  }
}

/**
 * Learns what to expect of a metric from its past, in one statistic and period.
 *
 * @returns null where there are fewer than 10 points, or less than 3 hours between the first and the last
 */
export function fitAnomalyModel(history: TimeSeries): AnomalyModel | null {
  const recent = newest(history);
  if (recent.values.length < minPoints || spanOf(recent.timestamps) < minSpanMs) return null;
  return new AnomalyModel(recent);
}

function newest(history: TimeSeries): TimeSeries {
  const { timestamps, values } = history;
  const oldest = (timestamps.at(-1) ?? 0) - maxSpanMs;
  const inSpan = timestamps.findIndex((timestamp) => timestamp >= oldest);
  const from = Math.max(inSpan, timestamps.length - maxPoints, 0);
  return { ...history, timestamps: timestamps.slice(from), values: values.slice(from) };
}

function spanOf(timestamps: readonly number[]): number {
  return (timestamps.at(-1) ?? 0) - (timestamps[0] ?? 0);
}

/** What to add to a level, at a time. */
type Trend = (timestamp: number) => number;

const noTrend: Trend = () => 0;

function trendOf(timestamps: readonly number[], values: readonly number[]): Trend {
  const days = grouped((timestamp) => Math.floor(timestamp / dayMs), timestamps, values);
  const slope = robustSlope([...days].map(([day, ofDay]) => [day, median(ofDay)]));
  const origin = timestamps[0] ?? 0;
  const latest = (timestamps.at(-1) ?? 0) + spanOf(timestamps);
  return (timestamp) => (slope * (Math.min(timestamp, latest) - origin)) / dayMs;
}

class SeasonalExpectations {
  readonly #season: Season;
  readonly #expectations: ReadonlyMap<number, Expectation>;

  constructor(season: Season, timestamps: readonly number[], values: readonly number[]) {
    this.#season = season;
    const located = [...grouped(season, timestamps, values)].map(([key, own]) => {
      const location = median(own);
      return { key, location, residuals: own.map((value) => value - location) };
    });
    const pooled = robustSpread(located.flatMap(({ residuals }) => residuals));
    this.#expectations = new Map(
      located.map(({ key, location, residuals }) => [key, { location, spread: drawnSpread(residuals, pooled) }]),
    );
  }

  at(timestamp: number): Expectation | null {
    return this.#expectations.get(this.#season(timestamp)) ?? null;
  }
}

function drawnSpread(residuals: readonly number[], pooled: number): number {
  const own = robustSpread(residuals);
  const count = residuals.length;
  return Math.sqrt((count * own ** 2 + pooledWeight * pooled ** 2) / (count + pooledWeight));
}

/** In the order of first appearance. */
function grouped(
  keyOf: Season,
  timestamps: readonly number[],
  values: readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  timestamps.forEach((timestamp, at) => {
    const key = keyOf(timestamp);
    const value = values[at] ?? Number.NaN;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  });
  return groups;
}
