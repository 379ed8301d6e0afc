/*
 * Statistics reckoned from all samples one by one, as CloudWatch defines them ("CloudWatch statistics definitions", Amazon
 * CloudWatch User Guide). Slow, and nothing of it is shared with the program.
 */

/** Samples of a metric: when, and how much. */
export interface NaiveSample {
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  readonly value: number;
}

const statistics: Readonly<Record<string, (sorted: readonly number[]) => number>> = {
  Sum: (sorted) => total(sorted),
  SampleCount: (sorted) => sorted.length,
  Average: (sorted) => total(sorted) / sorted.length,
  Minimum: (sorted) => sorted[0] as number,
  Maximum: (sorted) => sorted.at(-1) as number,
  p50: (sorted) => percentile(sorted, 50),
  p99: (sorted) => percentile(sorted, 99),
  tm90: (sorted) => trimmedMean(sorted, 90),
};

export const naiveStatistics = Object.keys(statistics);

/** By the start of the period, in milliseconds since 1970 UTC; ascending. */
export function naiveSeries(samples: readonly NaiveSample[], stat: string, period: number): [number, number][] {
  const periods = new Map<number, number[]>();
  for (const { time, value } of samples) {
    const start = time - (time % (period * 1000));
    periods.set(start, [...(periods.get(start) ?? []), value]);
  }
  const compute = statistics[stat] as (sorted: readonly number[]) => number;
  return [...periods]
    .sort(([a], [b]) => a - b)
    .map(([start, values]) => [start, compute([...values].sort((a, b) => a - b))]);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] as number;
}

/** A part of a sample is left where the share cuts through it. */
function trimmedMean(sorted: readonly number[], percent: number): number {
  const kept = (percent * sorted.length) / 100;
  const weighed = sorted.map((value, index) => value * Math.min(1, Math.max(0, kept - index)));
  return total(weighed) / kept;
}
