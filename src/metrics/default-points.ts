import { hourMs, minuteMs } from '../lib/time.js';

/** What a filter reports for minutes that had events of which none matched. */
export interface FilterDefault {
  readonly value: number;
  /** Minutes in which there were events, by the start of the hour: bit 0 is its first. */
  readonly active: ReadonlyMap<number, bigint>;
  /** Minutes in which one matched. */
  readonly matched: ReadonlyMap<number, bigint>;
}

/** Values that stand for minutes of one period, and for how many. */
export interface DefaultPoints {
  readonly values: number[];
  readonly counts: number[];
}

interface Span {
  /** Milliseconds since 1970 UTC; `to` is not in it. */
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly period: number;
}

/**
 * The defaults of filters by the start of the period. Which minutes they stand for is told by what came in, in whichever
 * order: a minute that had events has a default until one of them matches.
 */
export function defaultPoints(
  defaults: readonly FilterDefault[],
  { from, to, period }: Span,
): Map<number, DefaultPoints> {
  const periods = new Map<number, DefaultPoints>();
  const periodMs = period * 1000;
  for (const { value, active, matched } of defaults) {
    for (const [hour, minutes] of active) {
      const unmatched = minutes & ~(matched.get(hour) ?? 0n);
      for (const [time, count] of spansOf(hour, unmatched, periodMs % hourMs === 0 ? hourMs : periodMs)) {
        if (time < from || time >= to) continue;
        add(periods, Math.floor(time / periodMs) * periodMs, value, count);
      }
    }
  }
  return periods;
}

/** How many minutes of an hour there are in each span of it: the minute itself where spans are shorter, or not of whole minutes. */
function* spansOf(hour: number, minutes: bigint, spanMs: number): Generator<[number, number]> {
  if (minutes === 0n) return;
  const span = hourMs % spanMs === 0 && spanMs >= minuteMs ? spanMs / minuteMs : 1;
  const mask = (1n << BigInt(span)) - 1n;
  for (let minute = 0; minute < 60; minute += span) {
    const count = bitsIn((minutes >> BigInt(minute)) & mask);
    if (count > 0) yield [hour + minute * minuteMs, count];
  }
}

function bitsIn(bits: bigint): number {
  let count = 0;
  for (let left = bits; left > 0n; left &= left - 1n) count += 1;
  return count;
}

function add(periods: Map<number, DefaultPoints>, time: number, value: number, count: number): void {
  let points = periods.get(time);
  if (points === undefined) {
    points = { values: [], counts: [] };
    periods.set(time, points);
  }
  const known = points.values.indexOf(value);
  if (known < 0) {
    points.values.push(value);
    points.counts.push(count);
  } else points.counts[known] = (points.counts[known] as number) + count;
}
