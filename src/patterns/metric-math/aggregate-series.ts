import { eachPoint, emptySeries, finiteOrNaN, longestPeriod, onPeriod, Points } from './series-math.js';
import type { TimeSeries } from './time-series.js';

export type Aggregate = 'AVG' | 'DATAPOINT_COUNT' | 'MAX' | 'MIN' | 'STDDEV' | 'SUM';

/** What is kept, for each of some slots, of values that are seen one by one. */
class Totals {
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(slots: number) {
    this.count = new Float64Array(slots);
    this.sum = new Float64Array(slots);
    this.min = new Float64Array(slots).fill(Infinity);
    this.max = new Float64Array(slots).fill(-Infinity);
    this.#mean = new Float64Array(slots);
    this.#squares = new Float64Array(slots);
  }

  add(slot: number, value: number): void {
    const count = at(this.count, slot) + 1;
    this.count[slot] = count;
    this.sum[slot] = at(this.sum, slot) + value;
    this.min[slot] = Math.min(at(this.min, slot), value);
    this.max[slot] = Math.max(at(this.max, slot), value);
    // Welford's method: the sum of squares alone would lose the digits that matter.
    const distance = value - at(this.#mean, slot);
    const mean = at(this.#mean, slot) + distance / count;
    this.#mean[slot] = mean;
    this.#squares[slot] = at(this.#squares, slot) + distance * (value - mean);
  }

  /** Of the population. */
  deviation(slot: number): number {
    return Math.sqrt(at(this.#squares, slot) / at(this.count, slot));
  }
}

/**
 * `expected` is how many values there could be, the missing among them: `AVG` counts missing values as 0, says AWS's
 * guide, and no other function is said to. The guide does not say which deviation `STDDEV` is; here it is the population's.
 */
const aggregates: Readonly<Record<Aggregate, (totals: Totals, slot: number, expected: number) => number>> = {
  AVG: ({ sum, count }, slot, expected) => at(sum, slot) / Math.max(expected, at(count, slot)),
  DATAPOINT_COUNT: ({ count }, slot) => at(count, slot),
  MAX: ({ max }, slot) => at(max, slot),
  MIN: ({ min }, slot) => at(min, slot),
  STDDEV: (totals, slot) => totals.deviation(slot),
  SUM: ({ sum }, slot) => at(sum, slot),
};

/** @param periods how many periods the time range has; @returns NaN where there is no such number */
export function aggregateSeries(name: Aggregate, { values }: TimeSeries, periods: number): number {
  const totals = new Totals(1);
  for (const value of values) totals.add(0, value);
  return finiteOrNaN(aggregates[name](totals, 0, periods));
}

/** The series of an array made one: at each timestamp where one of them has a point, the number of their values there. */
export function aggregateArray(name: Aggregate, array: readonly TimeSeries[]): TimeSeries {
  const period = longestPeriod(array);
  const aligned = array.map((series) => onPeriod(series, period));
  const timestamps = allTimestamps(aligned);
  const totals = new Totals(timestamps.length);
  for (const series of aligned) {
    let slot = -1;
    eachPoint(series, (timestamp, value) => {
      slot = timestamps[slot + 1] === timestamp ? slot + 1 : slotOf(timestamps, timestamp);
      totals.add(slot, value);
    });
  }
  const points = new Points();
  timestamps.forEach((timestamp, slot) => {
    points.add(timestamp, aggregates[name](totals, slot, array.length));
  });
  return points.as(emptySeries(period), period);
}

/** Each once, ascending. */
function allTimestamps(array: readonly TimeSeries[]): Float64Array {
  const all = new Float64Array(array.reduce((count, { timestamps }) => count + timestamps.length, 0));
  let next = 0;
  for (const { timestamps } of array) {
    all.set(timestamps, next);
    next += timestamps.length;
  }
  all.sort();
  return all.filter((timestamp, index) => index === 0 || timestamp !== all[index - 1]);
}

/** Where a timestamp stands among ascending ones, by bisection. */
function slotOf(timestamps: Float64Array, timestamp: number): number {
  let [low, high] = [0, timestamps.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(timestamps, middle) < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

function at(numbers: Float64Array, index: number): number {
  return numbers[index] ?? Number.NaN;
}
