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
    const after = index === from.index ? from.after : null;
    const order = placesOf(series, scanBy).filter((at) => index >= from.index && isBehind(series, at, after, scanBy));
    const taken = order.slice(0, left);
    left -= taken.length;
    const hasMore = taken.length < order.length;
    const last = taken.at(-1);
    if (hasMore) next ??= { index, after: last === undefined ? after : (series.timestamps[last] as number) };
    return {
      timestamps: taken.map((at) => series.timestamps[at] as number),
      values: taken.map((at) => series.values[at] as number),
      hasMore,
    };
  });
  return { parts, next };
}

function placesOf({ values }: TimeSeries, scanBy: ScanBy): number[] {
  const places = [...values.keys()];
  return scanBy === 'TimestampAscending' ? places : places.reverse();
}

function isBehind({ timestamps }: TimeSeries, at: number, after: number | null, scanBy: ScanBy): boolean {
  if (after === null) return true;
  const time = timestamps[at] as number;
  return scanBy === 'TimestampAscending' ? time > after : time < after;
}
