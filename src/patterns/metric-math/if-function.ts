import { valueLookup } from './series-functions.js';
import { isSeries, longestPeriod, type MathValue, onPeriod, Points } from './series-math.js';
import type { TimeSeries } from './time-series.js';

/**
 * `IF(condition, whenTrue, whenFalse)` of scalars and series. A condition of 0 is false, of any other number true.
 *
 * At each point of a condition that is a series: a point that is missing in `whenTrue` is 0; one that is missing in
 * `whenFalse` is dropped. Where the condition has no point, there is none.
 *
 * Source: "Using IF expressions" in "Using math expressions with CloudWatch metrics", Amazon CloudWatch User Guide.
 *
 * @param constant a series of one value, for a scalar condition with a series in the branch that is not taken
 */
export function ifFunction(
  condition: MathValue,
  whenTrue: MathValue,
  whenFalse: MathValue | undefined,
  constant: (value: number, period: number) => TimeSeries,
): MathValue {
  const other = whenFalse ?? Number.NaN;
  if (isSeries(condition)) return ifAtEachPoint(condition, whenTrue, other);
  const taken = Number.isNaN(condition) ? Number.NaN : condition === 0 ? other : whenTrue;
  if (typeof taken !== 'number') return taken;
  const series = [whenTrue, other].filter(isSeries);
  return series.length === 0 ? taken : constant(taken, longestPeriod(series));
}

function ifAtEachPoint(condition: TimeSeries, whenTrue: MathValue, whenFalse: MathValue): TimeSeries {
  const period = longestPeriod([condition, whenTrue, whenFalse].filter(isSeries));
  const trueAt = lookup(whenTrue, period, 0);
  const falseAt = lookup(whenFalse, period, Number.NaN);
  const tested = onPeriod(condition, period);
  const points = new Points();
  tested.timestamps.forEach((timestamp, at) => {
    points.add(timestamp, tested.values[at] === 0 ? falseAt(timestamp) : trueAt(timestamp));
  });
  return points.as(condition, period);
}

function lookup(value: MathValue, period: number, missing: number): (timestamp: number) => number {
  if (isSeries(value)) return valueLookup(onPeriod(value, period), missing);
  return () => (typeof value === 'number' ? value : Number.NaN);
}
