import { StatisticError } from './statistic-error.js';
import { parseStatisticRange, parseStatisticShare } from './statistic-range.js';
import { type Range, totalCount, trim, valueAtShare, wholeShare } from './trimmed-range.js';
import { bucketKey, bucketValue } from './value-bucket.js';
import type { ValueCount } from './value-sketch.js';

/** What is known of all samples of a period, as AWS's StatisticSet. */
export interface Summary {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Computes one number from the samples of a period. */
export interface Statistic {
  /** Whether the summary is enough for it. */
  readonly needs: 'summary' | 'distribution';
  /**
   * @param distribution ascending by value; null where the values are not known (they came as statistic sets). Values
   *   beyond minimum and maximum, as a sketch may give, count as these.
   * @param isBucketed whether its values are those of a sketch's buckets, and not the samples' own
   * @returns null where CloudWatch shows no data point: for statistics that need the distribution when that is not
   *   known, or when there are negative values; for a mean of no samples
   */
  of(summary: Summary, distribution: readonly ValueCount[] | null, isBucketed?: boolean): number | null;
}

type Points = readonly ValueCount[];

const summaryStatistics = new Map<string, (summary: Summary) => number | null>([
  ['SampleCount', ({ sampleCount }) => sampleCount],
  ['Sum', ({ sum }) => sum],
  ['Average', ({ sum, sampleCount }) => (sampleCount > 0 ? sum / sampleCount : null)],
  ['Minimum', ({ minimum }) => minimum],
  ['Maximum', ({ maximum }) => maximum],
]);

/** The statistics of a range, in capitals as before parentheses. */
const rangeStatistics = new Map<string, (points: Points, range: Range) => number | null>([
  ['TM', trimmedMean],
  ['WM', winsorizedMean],
  ['TC', (points, range) => trim(points, range).count],
  ['TS', (points, range) => trim(points, range).sum],
  ['PR', (points, range) => (100 * trim(points, range).count) / totalCount(points)],
]);

const interquartile: Range = { kind: 'shares', low: wholeShare / 4, high: (wholeShare * 3) / 4 };

/** Two bounds with all their digits are shorter. */
const maxLength = 100;

const forms =
  'Sum, Average, Minimum, Maximum, SampleCount, IQM, p90, tm90, wm90, tc90, ts90, TM(10%:90%), WM(…), TC(…), TS(…) or PR(100:2000)';

/**
 * Reads a statistic, spelled as CloudWatch spells it.
 *
 * Source: "CloudWatch statistics definitions", Amazon CloudWatch User Guide: one percentage follows lower-case letters
 * (`tm90` is `TM(:90%)`), two bounds stand in parentheses behind capitals, either of them may be missing, both are
 * percentages or both are values, and of values the lower one is excluded and the upper one included. What that
 * leaves open: a percentile is the nearest rank; shares of samples are cut exactly, so that `tc90` of 5 samples is 4.5;
 * a winsorized mean moves samples to the lowest and to the highest value that is left.
 *
 * @throws StatisticError
 */
export function parseStatistic(text: string): Statistic {
  if (text.length > maxLength) throw new StatisticError(`a statistic has at most ${maxLength} characters`, maxLength);
  const summaryStatistic = summaryStatistics.get(text);
  if (summaryStatistic) return { needs: 'summary', of: summaryStatistic };
  if (text === 'IQM') return ofDistribution((points) => trimmedMean(points, interquartile));
  const [, name = '', next = ''] = /^([A-Za-z]*)(.?)/s.exec(text) ?? [];
  if (next === '(') return parseRangeStatistic(text, name);
  if (/\d/.test(next)) return parseShareStatistic(text, name);
  throw unknownStatistic(text);
}

function parseShareStatistic(text: string, name: string): Statistic {
  const compute = rangeStatistics.get(name.toUpperCase());
  const isPercentile = name === 'p';
  if (!isPercentile && (!compute || name !== name.toLowerCase() || name === 'pr')) throw unknownStatistic(text);
  const share = parseStatisticShare(text, name.length);
  if (isPercentile) return ofDistribution((points) => valueAtShare(points, share));
  return ofDistribution((points) => compute?.(points, { kind: 'shares', low: null, high: share }) ?? null);
}

function parseRangeStatistic(text: string, name: string): Statistic {
  const compute = rangeStatistics.get(name);
  if (!compute) throw unknownStatistic(text);
  const range = parseStatisticRange(text, name.length + 1);
  if (name === 'PR' && range.kind === 'shares') {
    throw new StatisticError('PR takes values, not percentages: PR(100:2000)', text.indexOf('%'));
  }
  return ofDistribution((points, isBucketed) => compute(points, isBucketed ? onBuckets(range) : range));
}

/** A bound by value as the bucket that it falls into: what equals it is where it would be by itself. */
function onBuckets(range: Range): Range {
  if (range.kind === 'shares') return range;
  const onBucket = (bound: number | null) => (bound === null ? null : Math.max(bound, bucketValue(bucketKey(bound))));
  return { kind: 'values', low: onBucket(range.low), high: onBucket(range.high) };
}

function unknownStatistic(text: string): StatisticError {
  const respelled = [...summaryStatistics.keys(), 'IQM'].find((name) => name.toLowerCase() === text.toLowerCase());
  if (respelled) return new StatisticError(`write "${respelled}"`, 0);
  if (/^(TM|WM|TC|TS|P)\d/.test(text)) return new StatisticError('before a number the letters are small: tm90', 0);
  if (/^(tm|wm|tc|ts|pr)\(/.test(text))
    return new StatisticError('before "(" the letters are capitals: TM(10%:90%)', 0);
  return new StatisticError(`this is no statistic; write one like ${forms}`, 0);
}

function ofDistribution(compute: (points: Points, isBucketed: boolean) => number | null): Statistic {
  return {
    needs: 'distribution',
    of: (summary, distribution, isBucketed = false) => {
      // "Requirements to use percentiles, trimmed mean, and some other statistics" in the guide.
      if (summary.minimum < 0) return null;
      const points = distribution ?? pointsOf(summary);
      return points.length === 0 ? null : compute(clamped(points, summary), isBucketed);
    },
  };
}

/** The values that follow from a statistic set: where all are equal, and the sum says so as well. */
function pointsOf({ sampleCount, sum, minimum, maximum }: Summary): Points {
  const expected = minimum * sampleCount;
  const isOneValue = minimum === maximum && Math.abs(sum - expected) <= 1e-9 * Math.abs(expected);
  return isOneValue && sampleCount > 0 ? [{ value: minimum, count: sampleCount }] : [];
}

function clamped(points: Points, { minimum, maximum }: Summary): Points {
  return points.map(({ value, count }) => ({ value: Math.min(Math.max(value, minimum), maximum), count }));
}

function trimmedMean(points: Points, range: Range): number | null {
  const { sum, count } = trim(points, range);
  return count > 0 ? sum / count : null;
}

function winsorizedMean(points: Points, range: Range): number {
  const { sum, countBelow, lowEdge, countAbove, highEdge } = trim(points, range);
  return (countBelow * lowEdge + sum + countAbove * highEdge) / totalCount(points);
}
