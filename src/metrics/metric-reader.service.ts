import { setImmediate } from 'node:timers/promises';
import type { Sql } from '../platform/database/database.js';
import { type PeriodRow, type PointsWanted, readPeriods } from './data-point.store.js';
import { type DefaultPoints, defaultPoints } from './default-points.js';
import { sketchOf } from './distribution.js';
import { requireFewDefaults } from './metric-data-cost.js';
import type { Summary } from './statistic.js';
import { type ValueCount, ValueSketch } from './value-sketch.js';
import { readWantedDefaults } from './wanted-defaults.js';

/** What the samples of one period come to. */
export interface PeriodSamples {
  /** The start of the period: milliseconds since 1970 UTC. */
  readonly time: number;
  readonly summary: Summary;
  /** Ascending; null where they are not known, or were not asked for. */
  readonly distribution: readonly ValueCount[] | null;
  /** Whether its values are those of buckets, and not the samples' own. */
  readonly isBucketed: boolean;
  /** Without default values, which go when an event matches after all; null where there is nothing but these. */
  readonly stored: Summary | null;
}

/** The samples of metrics that were wanted together. */
export interface ReadSamples {
  /** In the order of time; those without samples are left out. */
  readonly periods: readonly PeriodSamples[];
  /** Up to when some are kept too coarsely for the period, and so left out: milliseconds since 1970 UTC; null: none are. */
  readonly coarseUntil: number | null;
}

/**
 * Reads the data points of metrics by period. Metrics that are wanted together are taken for one. However many are asked
 * for, the number of statements stays the same.
 *
 * @param isForSomebody whether it is refused where it would cost too much
 * @returns in the order of what was wanted
 */
export async function readSamples(
  sql: Sql,
  wanted: readonly PointsWanted[],
  isForSomebody = true,
): Promise<ReadSamples[]> {
  const rows = await readPeriods(sql, wanted);
  const defaults = await readWantedDefaults(sql, wanted);
  if (isForSomebody) requireFewDefaults(wanted, defaults);
  const byWanted: PeriodRow[][] = wanted.map(() => []);
  for (const row of rows) byWanted[row.index]?.push(row);
  const read: ReadSamples[] = [];
  for (const [index, one] of wanted.entries()) {
    // Values and defaults take long to put together: whoever else is served meanwhile waits for one metric at most.
    if (one.isDistributed || defaults[index]?.length) await setImmediate();
    const found = byWanted[index] ?? [];
    const fine = new Map(found.flatMap((row) => (row.coarse === null ? [[row.time, row]] : [])));
    const filled = defaultPoints(defaults[index] ?? [], one);
    const times = [...new Set([...fine.keys(), ...filled.keys()])].sort((a, b) => a - b);
    const { left, coarseUntil } = withoutCoarse(times, found, one.period * 1000);
    // Of what is kept coarsely nobody knows any more in which of its periods nothing matched.
    const shown = coarseUntil === null ? left : left.filter((time) => fine.has(time) || time >= coarseUntil);
    const periods = shown.map((time) => samplesOf(time, fine.get(time), filled.get(time), one.isDistributed));
    read.push({ periods, coarseUntil });
  }
  return read;
}

/**
 * Leaves out periods of which a part is kept too coarsely: what came late may be there more finely, and would stand for all.
 *
 * @param times in their order, as the rows are
 */
function withoutCoarse(
  times: readonly number[],
  rows: readonly PeriodRow[],
  periodMs: number,
): { left: readonly number[]; coarseUntil: number | null } {
  const spans = rows.flatMap(({ time, coarse }) => (coarse === null ? [] : [{ time, end: time + coarse * 1000 }]));
  if (spans.length === 0) return { left: times, coarseUntil: null };
  let at = 0;
  const left = times.filter((time) => {
    while ((spans[at]?.end ?? Number.POSITIVE_INFINITY) <= time) at += 1;
    return (spans[at]?.time ?? Number.POSITIVE_INFINITY) >= time + periodMs;
  });
  return { left, coarseUntil: Math.max(...spans.slice(-2).map(({ end }) => end)) };
}

function samplesOf(
  time: number,
  row: PeriodRow | undefined,
  filled: DefaultPoints | undefined,
  isDistributed: boolean,
): PeriodSamples {
  const summary = joined(row, filled);
  const stored = filled === undefined ? summary : row === undefined ? null : joined(row, undefined);
  const isUnknown = row?.isUnknown === true || summary.minimum === summary.maximum;
  if (!isDistributed || isUnknown) return { time, summary, stored, distribution: null, isBucketed: false };
  const sketches = [row && sketchOf(row), filled && ValueSketch.of(filled.values, filled.counts)];
  const known = sketches.filter((sketch) => sketch !== undefined);
  const [only] = known;
  const sketch = only !== undefined && known.length === 1 ? only : ValueSketch.merge(known);
  return { time, summary, stored, distribution: sketch.points(), isBucketed: sketch.isBucketed };
}

function joined(row: PeriodRow | undefined, filled: DefaultPoints | undefined): Summary {
  const values = filled?.values ?? [];
  const counts = filled?.counts ?? [];
  return {
    sampleCount: counts.reduce((sum, count) => sum + count, Number(row?.sampleCount ?? 0)),
    sum: values.reduce((sum, value, index) => sum + value * (counts[index] as number), Number(row?.sum ?? 0)),
    minimum: Math.min(row?.minimum ?? Number.POSITIVE_INFINITY, ...values),
    maximum: Math.max(row?.maximum ?? Number.NEGATIVE_INFINITY, ...values),
  };
}
