import { MetricMathError } from './metric-math-error.js';
import { isArray, type MathValue } from './series-math.js';

/** Source: 500 time series on a graph in "CloudWatch search expression syntax", Amazon CloudWatch User Guide. */
const maxSeries = 500;

/** The time range of an evaluation, and what it may still cost. */
export class MathContext {
  readonly #start: number;
  readonly #end: number;
  readonly #maxOperations: number;
  #operations = 0;
  readonly #grids = new Map<number, readonly number[]>();

  /** @param start, end milliseconds, [start, end) */
  constructor(start: number, end: number, maxOperations: number) {
    this.#start = start;
    this.#end = end;
    this.#maxOperations = maxOperations;
  }

  /** How many periods the time range touches: the first may have begun before it. */
  slots(period: number): number {
    const ms = period * 1000;
    return Math.max(0, Math.ceil(this.#end / ms) - Math.floor(this.#start / ms));
  }

  /** The starts of these periods. */
  grid(period: number, position: number): readonly number[] {
    const length = this.slots(period);
    this.spend(length, position);
    const known = this.#grids.get(period);
    if (known !== undefined) return known;
    const first = Math.floor(this.#start / (period * 1000));
    const grid = Array.from({ length }, (_, at) => (first + at) * period * 1000);
    this.#grids.set(period, grid);
    return grid;
  }

  /** Counts values about to be computed. @throws MetricMathError where they are too many */
  spend(operations: number, position: number): void {
    this.#operations += operations;
    if (this.#operations > this.#maxOperations) {
      throw new MetricMathError(
        `the expressions take more than ${this.#maxOperations} operations on values: ask for fewer series, a shorter time or a longer period`,
        position,
      );
    }
  }

  /** Counts values about to be read. @throws MetricMathError where they are too many */
  spendOn(values: readonly MathValue[], position: number): void {
    let cost = 1;
    for (const value of values) {
      if (isArray(value)) for (const { values: own } of value) cost += 1 + own.length;
      else cost += typeof value === 'number' ? 1 : 1 + value.values.length;
    }
    this.spend(cost, position);
  }
}

/** @throws MetricMathError */
export function checkSeriesCount(count: number, position: number): void {
  if (count <= maxSeries) return;
  throw new MetricMathError(`an array holds ${maxSeries} time series at most, not ${count}`, position);
}
