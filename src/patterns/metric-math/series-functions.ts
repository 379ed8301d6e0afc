import { eachPoint, Points } from './series-math.js';
import type { TimeSeries } from './time-series.js';

/** Of each value and the one before it, whatever time lies between them; the first value has none and gives no point. */
export function pairwise(series: TimeSeries, compute: (difference: number, seconds: number) => number): TimeSeries {
  const points = new Points();
  let [before, timeBefore] = [Number.NaN, Number.NaN];
  eachPoint(series, (timestamp, value) => {
    points.add(timestamp, compute(value - before, (timestamp - timeBefore) / 1000));
    [before, timeBefore] = [value, timestamp];
  });
  return points.as(series, series.period);
}

export function runningSum(series: TimeSeries): TimeSeries {
  const points = new Points();
  let total = 0;
  eachPoint(series, (timestamp, value) => {
    total += value;
    points.add(timestamp, total);
  });
  return points.as(series, series.period);
}

/** Parts of a timestamp, in UTC. */
export const timeParts = {
  MINUTE: (timestamp) => new Date(timestamp).getUTCMinutes(),
  HOUR: (timestamp) => new Date(timestamp).getUTCHours(),
  /** 1 is Monday, 7 is Sunday. */
  DAY: (timestamp) => new Date(timestamp).getUTCDay() || 7,
  DATE: (timestamp) => new Date(timestamp).getUTCDate(),
  MONTH: (timestamp) => new Date(timestamp).getUTCMonth() + 1,
  YEAR: (timestamp) => new Date(timestamp).getUTCFullYear(),
  EPOCH: (timestamp) => timestamp / 1000,
} as const satisfies Readonly<Record<string, (timestamp: number) => number>>;

/** What stands at a timestamp without a point; NaN for none. */
export type Filler = (timestamp: number) => number;

/** @param grid the starts of all periods of the time range, ascending */
export function fillSeries(series: TimeSeries, grid: readonly number[], filler: Filler): TimeSeries {
  const points = new Points();
  let at = 0;
  const addOwn = (end: number): void => {
    for (; (series.timestamps[at] ?? Infinity) < end; at++) {
      points.add(series.timestamps[at] ?? Number.NaN, series.values[at] ?? Number.NaN);
    }
  };
  for (const timestamp of grid) {
    addOwn(timestamp);
    if (series.timestamps[at] !== timestamp) points.add(timestamp, filler(timestamp));
  }
  addOwn(Infinity);
  return points.as(series, series.period);
}

/** The last value before the gap. */
export function repeatFiller(series: TimeSeries): Filler {
  return gapFiller(series, (before) => before?.value ?? Number.NaN);
}

/** On the line between the values on both sides of the gap; a gap at the beginning or the end has no such line. */
export function linearFiller(series: TimeSeries): Filler {
  return gapFiller(series, (before, after, timestamp) => {
    if (before === null || after === null) return Number.NaN;
    const share = (timestamp - before.timestamp) / (after.timestamp - before.timestamp);
    return before.value + (after.value - before.value) * share;
  });
}

interface Point {
  readonly timestamp: number;
  readonly value: number;
}

/** For timestamps that ascend and have no point. */
function gapFiller(
  series: TimeSeries,
  fill: (before: Point | null, after: Point | null, timestamp: number) => number,
): Filler {
  let next = 0;
  return (timestamp) => {
    while ((series.timestamps[next] ?? Infinity) < timestamp) next++;
    return fill(pointAt(series, next - 1), pointAt(series, next), timestamp);
  };
}

function pointAt({ timestamps, values }: TimeSeries, at: number): Point | null {
  const [timestamp, value] = [timestamps[at], values[at]];
  return timestamp === undefined || value === undefined ? null : { timestamp, value };
}

/** The value at a timestamp, or `missing`; for timestamps that ascend. */
export function valueLookup(series: TimeSeries, missing: number): (timestamp: number) => number {
  let next = 0;
  return (timestamp) => {
    while ((series.timestamps[next] ?? Infinity) < timestamp) next++;
    return series.timestamps[next] === timestamp ? (series.values[next] ?? missing) : missing;
  };
}
