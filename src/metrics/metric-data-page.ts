import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { ScanBy } from './metric.inputs.js';

/** Where an answer goes on: in which of the series, and behind which of its timestamps; null: at its beginning. */
export interface PagePlace {
  readonly index: number;
  readonly after: number | null;
}

/** The part of a series that is on a page. */
export interface PagePart {
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
  readonly hasMore: boolean;
}

/**
 * A page of the data points of several series, one series after the other. It goes on by time and not by number: what has
 * come in meanwhile puts no point on two pages.
 */
export function pageOfSeries(
  all: readonly TimeSeries[],
  { scanBy, most, from }: { readonly scanBy: ScanBy; readonly most: number; readonly from: PagePlace },
): { readonly parts: readonly PagePart[]; readonly next: PagePlace | null } {
  let left = most;
  let next: PagePlace | null = null;
  const parts = all.map((series, index): PagePart => {
    if (index < from.index) return { timestamps: [], values: [], hasMore: false };
    const after = index === from.index ? from.after : null;
    const [start, end] = restOf(series, after, scanBy);
    const count = Math.min(left, end - start);
    left -= count;
    // The newest first: from the end of what is left.
    const [first, behind] = scanBy === 'TimestampAscending' ? [start, start + count] : [end - count, end];
    const timestamps = inOrder(series.timestamps.slice(first, behind), scanBy);
    const hasMore = count < end - start;
    if (hasMore) next ??= { index, after: timestamps.at(-1) ?? after };
    return { timestamps, values: inOrder(series.values.slice(first, behind), scanBy), hasMore };
  });
  return { parts, next };
}

/** The places of what is not told yet. */
function restOf({ timestamps }: TimeSeries, after: number | null, scanBy: ScanBy): [start: number, end: number] {
  if (after === null) return [0, timestamps.length];
  return scanBy === 'TimestampAscending'
    ? [placeOf(timestamps, after + 1), timestamps.length]
    : [0, placeOf(timestamps, after)];
}

/** The first place of a time, or of a later one, by bisection. */
function placeOf(timestamps: readonly number[], time: number): number {
  let [low, high] = [0, timestamps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function inOrder(ascending: number[], scanBy: ScanBy): number[] {
  return scanBy === 'TimestampAscending' ? ascending : ascending.reverse();
}
