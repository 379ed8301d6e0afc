import type { TimeSeries } from './time-series.js';

/** What a part of an expression comes to. A number that is none (of no points, or divided by 0) is NaN. */
export type MathValue = number | TimeSeries | readonly TimeSeries[];

export function isArray(value: MathValue): value is readonly TimeSeries[] {
  return Array.isArray(value);
}

export function isSeries(value: MathValue): value is TimeSeries {
  return typeof value === 'object' && !isArray(value);
}

/** Collects points; those that are not finite are dropped, as AWS drops x/0. */
export class Points {
  readonly timestamps: number[] = [];
  readonly values: number[] = [];

  add(timestamp: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.timestamps.push(timestamp);
    // No -0: it reads as a number of its own in JSON and in texts.
    this.values.push(value === 0 ? 0 : value);
  }

  /** A series with the id and label of another. */
  as({ id, label }: TimeSeries, period: number): TimeSeries {
    return { id, label, period, timestamps: this.timestamps, values: this.values };
  }
}

export function emptySeries(period: number): TimeSeries {
  return { id: '', label: '', period, timestamps: [], values: [] };
}

export function mapSeries(series: TimeSeries, change: (value: number, timestamp: number) => number): TimeSeries {
  const points = new Points();
  eachPoint(series, (timestamp, value) => points.add(timestamp, change(value, timestamp)));
  return points.as(series, series.period);
}

export function eachPoint(series: TimeSeries, visit: (timestamp: number, value: number) => void): void {
  series.timestamps.forEach((timestamp, at) => {
    visit(timestamp, series.values[at] ?? Number.NaN);
  });
}

/** The longest period of some series, in seconds; 0 of none. */
export function longestPeriod(series: readonly TimeSeries[]): number {
  return series.reduce((longest, { period }) => Math.max(longest, period), 0);
}

/**
 * The points of a series that stand where points of a longer period stand. The others go: what they would add up to
 * depends on a statistic that is not known here.
 */
export function onPeriod(series: TimeSeries, period: number): TimeSeries {
  if (series.period === period) return series;
  const points = new Points();
  eachPoint(series, (timestamp, value) => {
    if (timestamp % (period * 1000) === 0) points.add(timestamp, value);
  });
  return points.as(series, period);
}

/** Point by point; where only one of the two has a point, the other's is 0. */
export function combineSeries(
  left: TimeSeries,
  right: TimeSeries,
  combine: (left: number, right: number) => number,
): TimeSeries {
  const period = Math.max(left.period, right.period);
  const [a, b] = [onPeriod(left, period), onPeriod(right, period)];
  const points = new Points();
  let [atA, atB] = [0, 0];
  while (atA < a.timestamps.length || atB < b.timestamps.length) {
    const [timeA, timeB] = [a.timestamps[atA] ?? Infinity, b.timestamps[atB] ?? Infinity];
    const timestamp = Math.min(timeA, timeB);
    const valueA = timeA === timestamp ? a.values[atA++] : 0;
    const valueB = timeB === timestamp ? b.values[atB++] : 0;
    points.add(timestamp, combine(valueA ?? 0, valueB ?? 0));
  }
  return points.as(left, period);
}

/** For each operand a scalar, a series or (one of them) an array; what of the array stays an array. */
export function combineValues(
  left: MathValue,
  right: MathValue,
  combine: (left: number, right: number) => number,
): MathValue {
  if (isArray(left)) return left.map((series) => combineOne(series, right, combine));
  if (isArray(right)) return right.map((series) => combineOne(series, left, (a, b) => combine(b, a)));
  if (isSeries(left)) return combineOne(left, right, combine);
  if (isSeries(right)) return combineOne(right, left, (a, b) => combine(b, a));
  return finiteOrNaN(combine(left, right));
}

function combineOne(series: TimeSeries, other: MathValue, combine: (own: number, other: number) => number): TimeSeries {
  if (typeof other === 'number') return mapSeries(series, (value) => combine(value, other));
  // The type check has refused two arrays.
  return isSeries(other) ? combineSeries(series, other, combine) : series;
}

export function finiteOrNaN(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}
