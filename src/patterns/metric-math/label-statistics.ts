import type { TimeSeries } from './time-series.js';

/** Milliseconds, of a length of time. */
interface Duration {
  readonly ms: number;
}

interface Point {
  readonly timestamp: number;
  readonly value: number;
}

interface Extremes {
  readonly first: Point;
  readonly last: Point;
  readonly min: Point;
  readonly max: Point;
}

type Statistic = (series: TimeSeries, extremes: Extremes, now: number) => number | Date | Duration;

/**
 * The values of dynamic labels that are computed from data points.
 *
 * Source: the table in "Using dynamic labels", Amazon CloudWatch User Guide.
 */
const statistics: ReadonlyMap<string, Statistic> = new Map<string, Statistic>([
  ['AVG', ({ values }) => sum(values) / values.length],
  ['SUM', ({ values }) => sum(values)],
  ['FIRST_LAST_RANGE', (_, { first, last }) => last.value - first.value],
  ['FIRST_LAST_TIME_RANGE', (_, { first, last }) => ({ ms: last.timestamp - first.timestamp })],
  ['MIN_MAX_RANGE', (_, { min, max }) => max.value - min.value],
  ['MIN_MAX_TIME_RANGE', (_, { min, max }) => ({ ms: Math.abs(max.timestamp - min.timestamp) })],
  ...(['first', 'last', 'min', 'max'] as const).flatMap((which): readonly [string, Statistic][] => {
    const name = which.toUpperCase();
    return [
      [name, (_, extremes) => extremes[which].value],
      [`${name}_TIME`, (_, extremes) => new Date(extremes[which].timestamp)],
      [`${name}_TIME_RELATIVE`, (_, extremes, now) => ({ ms: Math.abs(now - extremes[which].timestamp) })],
    ];
  }),
]);

const countName = 'DATAPOINT_COUNT';

export function isLabelStatistic(name: string): boolean {
  return name === countName || statistics.has(name);
}

/** Writes statistics of one series; null for those that need a data point, where there is none. */
export function labelStatistics(series: TimeSeries, now: number): (name: string) => string | null {
  const extremes = extremesOf(series);
  return (name) => {
    if (name === countName) return String(series.values.length);
    const statistic = statistics.get(name);
    return extremes === null || statistic === undefined ? null : shown(statistic(series, extremes, now));
  };
}

function extremesOf({ timestamps, values }: TimeSeries): Extremes | null {
  const points = timestamps.map((timestamp, at): Point => ({ timestamp, value: values[at] ?? Number.NaN }));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    first,
    last,
    min: points.reduce((least, point) => (point.value < least.value ? point : least)),
    max: points.reduce((most, point) => (point.value > most.value ? point : most)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function shown(value: number | Date | Duration): string {
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  return typeof value === 'number' ? shownNumber(value) : shownDuration(value.ms);
}

function shownNumber(value: number): string {
  return String(Number(Math.abs(value) < 1 ? value.toPrecision(3) : value.toFixed(3)));
}

function shownDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const text = parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join(' ');
  return text === '' ? '0s' : text;
}
