import { dayMs, hourMs, minuteMs } from '../lib/time.js';

/** An axis: its ends are the first and the last tick of values, or enclose those of times. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly at: number;
  readonly label: string;
  /** The day, under the first tick of it; null where the label says it, or a tick before. */
  readonly day: string | null;
}

/** Values that differ by less than this part of them are drawn as equal. */
const leastDifference = 1e-12;

/** Below this, powers of ten have no digits left for steps; what is smaller is drawn as 0. */
const leastSize = 1e-290;

/** The prefixes of SI; from 0.001 to 1000 a number is best read as it is. */
const prefixes = [
  { from: 1e18, unit: 1e18, prefix: 'E' },
  { from: 1e15, unit: 1e15, prefix: 'P' },
  { from: 1e12, unit: 1e12, prefix: 'T' },
  { from: 1e9, unit: 1e9, prefix: 'G' },
  { from: 1e6, unit: 1e6, prefix: 'M' },
  { from: 1e3, unit: 1e3, prefix: 'k' },
  { from: 1e-3, unit: 1, prefix: '' },
  { from: 1e-6, unit: 1e-6, prefix: 'µ' },
  { from: 1e-9, unit: 1e-9, prefix: 'n' },
] as const;

const secondMs = 1000;
const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hourMs),
  ...[1, 2, 7, 14, 30, 60, 180, 365, 3650].map((days) => days * dayMs),
];

/** @param most ticks that there is room for, at least 2 */
export function valueAxis(minimum: number, maximum: number, most: number): Axis {
  const [low, high] = spread(minimum, maximum);
  const step = valueStep(low, high, most);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => {
    const at = (first + index) * step;
    return { at, label: valueLabel(at, step), day: null };
  });
  return { low: first * step, high: last * step, ticks };
}

/** Ticks at whole minutes, hours or days of UTC. @param columns the width of the axis in characters */
export function timeAxis(start: number, end: number, columns: number): Axis {
  const [low, high] = start < end ? [start, end] : [start - minuteMs, end + minuteMs];
  const step = timeSteps.find((one) => hasRoom(columns / ((high - low) / one), timeLabel(0, one))) ?? high - low;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    const day = step < dayMs ? dayLabel(at) : null;
    const isNewDay = day !== null && (ticks.length === 0 || at % dayMs < step);
    ticks.push({ at, label: timeLabel(at, step), day: isNewDay ? day : null });
  }
  return { low, high, ticks };
}

/** For the first and the last label too, which are moved by up to half of their length to stay on the line. */
function hasRoom(columns: number, label: string): boolean {
  return columns >= 1.5 * label.length + 1;
}

/** Equal values get an axis around them that shows 0, from which their size can be seen. */
function spread(minimum: number, maximum: number): readonly [number, number] {
  const size = Math.max(Math.abs(minimum), Math.abs(maximum));
  if (size < leastSize) return [0, 1];
  if (maximum - minimum > size * leastDifference) return [minimum, maximum];
  return [Math.min(0, 2 * minimum), Math.max(0, 2 * maximum)];
}

/** Whole steps may need a tick more at either end than the range alone; then the next wider step has to do. */
function valueStep(low: number, high: number, most: number): number {
  const narrow = roundStep((high - low) / (most - 1));
  const wide = roundStep(1.5 * narrow);
  return Math.ceil(high / narrow) - Math.floor(low / narrow) < most ? narrow : wide;
}

/** The least of 1, 2 and 5 times a power of ten that is not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

/** With as many digits as tell it from its neighbours. */
function valueLabel(value: number, step: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const digits = Math.min(Math.max(Math.ceil(Math.log10(size / step)) + 2, 3), 15);
  const scale = prefixes.find(({ from }) => size >= from * (1 - leastDifference));
  if (scale === undefined || size >= 1e21) return Number(value.toPrecision(digits)).toExponential();
  return `${Number((value / scale.unit).toPrecision(digits))}${scale.prefix}`;
}

function timeLabel(time: number, step: number): string {
  const text = isoText(time);
  if (step >= dayMs) return text.slice(0, 10);
  return step >= minuteMs ? text.slice(11, 16) : text.slice(11, 19);
}

function dayLabel(time: number): string {
  return isoText(time).slice(0, 10);
}

function isoText(time: number): string {
  return new Date(time).toISOString();
}
