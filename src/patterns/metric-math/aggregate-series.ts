import { eachPoint, emptySeries, finiteOrNaN, longestPeriod, onPeriod, Points } from './series-math.js';
import type { TimeSeries } from './time-series.js';

export type Aggregate = 'AVG' | 'DATAPOINT_COUNT' | 'MAX' | 'MIN' | 'STDDEV' | 'SUM';

/** What is kept of values that are seen one by one. */
class Totals {
  count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    // Welford's method: the sum of squares alone would lose the digits that matter.
    const distance = value - this.#mean;
    this.#mean += distance / this.count;
    this.#squares += distance * (value - this.#mean);
  }

  /** Of the population. */
  get deviation(): number {
    return Math.sqrt(this.#squares / this.count);
  }
}

/**
 * `slots` is how many values there could be, the missing among them: `AVG` counts missing values as 0, says AWS's guide,
 * and no other function is said to. The guide does not say which deviation `STDDEV` is; here it is the population's.
 */
const aggregates: Readonly<Record<Aggregate, (totals: Totals, slots: number) => number>> = {
  AVG: ({ sum, count }, slots) => sum / Math.max(slots, count),
  DATAPOINT_COUNT: ({ count }) => count,
  MAX: ({ max }) => max,
  MIN: ({ min }) => min,
  STDDEV: ({ deviation }) => deviation,
  SUM: ({ sum }) => sum,
};

/** @param slots how many periods the time range has; @returns NaN where there is no such number */
export function aggregateSeries(name: Aggregate, { values }: TimeSeries, slots: number): number {
  const totals = new Totals();
  for (const value of values) totals.add(value);
  return finiteOrNaN(aggregates[name](totals, slots));
}

/** The series of an array made one: at each timestamp where one of them has a point, the number of their values there. */
export function aggregateArray(name: Aggregate, array: readonly TimeSeries[]): TimeSeries {
  const period = longestPeriod(array);
  const totalsAt = new Map<number, Totals>();
  for (const series of array) {
    eachPoint(onPeriod(series, period), (timestamp, value) => {
      let totals = totalsAt.get(timestamp);
      if (totals === undefined) {
        totals = new Totals();
        totalsAt.set(timestamp, totals);
      }
      totals.add(value);
    });
  }
  const points = new Points();
  for (const [timestamp, totals] of [...totalsAt].sort(([a], [b]) => a - b)) {
    points.add(timestamp, aggregates[name](totals, array.length));
  }
  return points.as(emptySeries(period), period);
}
