import type { ValueCount } from './value-sketch.js';

/** The samples that a statistic looks at. An open end is null. */
export type Range =
  /** Shares of the samples in ascending order, in units of 10^-10 percent: from 0 to 10^12. */
  | { readonly kind: 'shares'; readonly low: number | null; readonly high: number | null }
  /** Values above `low` and up to `high`. */
  | { readonly kind: 'values'; readonly low: number | null; readonly high: number | null };

/** What a range holds, and what lies outside. */
export interface Trimmed {
  readonly count: number;
  readonly sum: number;
  /** Samples below the range, and the value at its lower edge; any number where there are none. */
  readonly countBelow: number;
  readonly lowEdge: number;
  readonly countAbove: number;
  readonly highEdge: number;
}

/** All of the samples, in the unit of a range's shares. */
export const wholeShare = 1e12;

/** What rounding may do to a rank, relative to the number of samples: far less than a share can express. */
const rankError = 1e-14;

/** @param points ascending, not empty */
export function trim(points: readonly ValueCount[], range: Range): Trimmed {
  return range.kind === 'shares' ? trimShares(points, range) : trimValues(points, range);
}

export function totalCount(points: readonly ValueCount[]): number {
  return points.reduce((total, { count }) => total + count, 0);
}

/**
 * The highest value of the lowest samples that make up a share of all ("nearest rank"): the User Guide says of p99 that
 * it is the maximum of the 99 percent which remain without the highest. The share 0 gives the lowest value.
 *
 * @param points ascending, not empty
 */
export function valueAtShare(points: readonly ValueCount[], share: number): number {
  const total = totalCount(points);
  return valueAtRank(points, rankOf(share, total), total);
}

/**
 * Shares are cut exactly: of a point on the border, the part of its samples within counts. So a range that holds a
 * share of the samples always holds that share, however many of them are equal.
 */
function trimShares(points: readonly ValueCount[], range: Range): Trimmed {
  const total = totalCount(points);
  const from = rankOf(range.low ?? 0, total);
  const to = rankOf(range.high ?? wholeShare, total);
  const tolerance = total * rankError;
  let [start, count, sum] = [0, 0, 0];
  for (const point of points) {
    const end = start + point.count;
    const within = overlap(start, end, snapped(from, start, end, tolerance), snapped(to, start, end, tolerance));
    count += within;
    sum += within * point.value;
    start = end;
  }
  return {
    count,
    sum,
    countBelow: from,
    lowEdge: valueAtRank(points, from + 2 * tolerance, total),
    countAbove: total - to,
    highEdge: valueAtRank(points, to, total),
  };
}

function trimValues(points: readonly ValueCount[], { low, high }: Range): Trimmed {
  const below = points.filter(({ value }) => low !== null && value <= low);
  const above = points.filter(({ value }) => high !== null && value > high);
  const within = points.filter(({ value }) => (low === null || value > low) && (high === null || value <= high));
  return {
    count: totalCount(within),
    sum: within.reduce((sum, { value, count }) => sum + value * count, 0),
    countBelow: totalCount(below),
    lowEdge: low ?? 0,
    countAbove: totalCount(above),
    highEdge: high ?? 0,
  };
}

/** The product first: it is a whole number, and exact, for all but huge counts. */
function rankOf(share: number, total: number): number {
  return (share * total) / wholeShare;
}

/** The first value up to which there are at least as many samples. */
function valueAtRank(points: readonly ValueCount[], rank: number, total: number): number {
  let end = 0;
  for (const { value, count } of points) {
    end += count;
    if (end >= rank - total * rankError) return value;
  }
  return points.at(-1)?.value ?? Number.NaN;
}

/** A rank that only rounding keeps from a border of a point lies on it. */
function snapped(rank: number, start: number, end: number, tolerance: number): number {
  if (Math.abs(rank - start) <= tolerance) return start;
  return Math.abs(rank - end) <= tolerance ? end : rank;
}

function overlap(start: number, end: number, from: number, to: number): number {
  return Math.max(0, Math.min(end, to) - Math.max(start, from));
}
