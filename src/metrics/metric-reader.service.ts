import type { Sql } from '../platform/database/database.js';
import { type PeriodRow, type PointsWanted, readPeriods } from './data-point.store.js';
import { type DefaultPoints, defaultPoints } from './default-points.js';
import { sketchOf } from './distribution.js';
import { availableSince } from './retention-tiers.js';
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
}

/**
 * Reads the data points of metrics by period. Metrics that are wanted together are taken for one. However many are asked
 * for, the number of statements stays the same.
 *
 * @returns in the order of what was wanted; periods without samples are left out
 */
export async function readSamples(sql: Sql, wanted: readonly PointsWanted[], now: Date): Promise<PeriodSamples[][]> {
  const available = wanted.map((one) => ({ ...one, from: Math.max(one.from, firstAvailable(one.period, now)) }));
  const rows = await readPeriods(sql, available);
  const defaults = await readWantedDefaults(sql, available);
  const byWanted: Map<number, PeriodRow>[] = wanted.map(() => new Map());
  for (const row of rows) byWanted[row.index]?.set(row.time, row);
  return available.map((one, index) => {
    const found = byWanted[index] as Map<number, PeriodRow>;
    const filled = defaultPoints(defaults[index] ?? [], one);
    const times = [...new Set([...found.keys(), ...filled.keys()])].sort((a, b) => a - b);
    return times.map((time) => samplesOf(time, found.get(time), filled.get(time), one.isDistributed));
  });
}

/** Whole periods only: the first that is kept in full. */
function firstAvailable(period: number, now: Date): number {
  const since = availableSince(period, now).getTime();
  return Math.ceil(since / (period * 1000)) * period * 1000;
}

function samplesOf(
  time: number,
  row: PeriodRow | undefined,
  filled: DefaultPoints | undefined,
  isDistributed: boolean,
): PeriodSamples {
  const summary = joined(row, filled);
  const isUnknown = row?.isUnknown === true || summary.minimum === summary.maximum;
  if (!isDistributed || isUnknown) return { time, summary, distribution: null };
  const sketches = [row && sketchOf(row), filled && ValueSketch.of(filled.values, filled.counts)];
  return { time, summary, distribution: ValueSketch.merge(sketches.filter((sketch) => sketch !== undefined)).points() };
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
