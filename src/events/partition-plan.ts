import { dayMs, startOfDay } from '../lib/time.js';

/** A range of event time that one partition holds: start inclusive, end exclusive, milliseconds UTC. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** Days younger than this get a partition each; older ones share that of their month. */
const youngDays = 45;

/** CloudTrail began in November 2013. What claims to be older is in the catch-all. */
const oldest = Date.UTC(2013, 0, 1);

/** How far ahead of the clock an event may be and still earn a partition. */
const aheadDays = 2;

/**
 * The partition that events of a day belong in, or null for the catch-all. It is bounded whatever dates files claim:
 * at most 47 days and twelve months a year since 2013, plus the days left of months that were young once.
 *
 * @param existing the ranges that have a partition already; the answer overlaps none of them unless it is one of them
 */
export function partitionFor(eventTime: number, existing: readonly TimeRange[], now: number): TimeRange | null {
  const found = existing.find((range) => eventTime >= range.start && eventTime < range.end);
  if (found) return found;
  const day = startOfDay(eventTime);
  if (day < oldest || day > startOfDay(now) + aheadDays * dayMs) return null;
  const ofDay = { start: day, end: day + dayMs };
  if (day > startOfDay(now) - youngDays * dayMs) return ofDay;
  const ofMonth = monthOf(day);
  const isYoungInPart = ofMonth.end > startOfDay(now) - youngDays * dayMs;
  return isYoungInPart || existing.some((range) => overlaps(range, ofMonth)) ? ofDay : ofMonth;
}

/** A month whose days have grown old, and the partitions that it still has for single days. */
export interface MonthOfDays {
  readonly month: TimeRange;
  readonly days: readonly TimeRange[];
}

/** The months that are to be one partition by now and are not yet, oldest first. */
export function monthsToMerge(standing: readonly TimeRange[], now: number): MonthOfDays[] {
  const youngFrom = startOfDay(now) - youngDays * dayMs;
  const months = new Map<number, { month: TimeRange; days: TimeRange[] }>();
  for (const range of standing) {
    const month = monthOf(range.start);
    if (range.end - range.start !== dayMs || month.end > youngFrom) continue;
    const known = months.get(month.start) ?? { month, days: [] };
    months.set(month.start, known);
    known.days.push(range);
  }
  return [...months.values()].sort((a, b) => a.month.start - b.month.start);
}

/** `2026_11_21` for a day, `2026_11` for a month. */
export function partitionSuffix(range: TimeRange): string {
  const digits = range.end - range.start === dayMs ? 10 : 7;
  return new Date(range.start).toISOString().slice(0, digits).replaceAll('-', '_');
}

function monthOf(time: number): TimeRange {
  const date = new Date(time);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { start: Date.UTC(year, month, 1), end: Date.UTC(year, month + 1, 1) };
}

function overlaps(a: TimeRange, b: TimeRange): boolean {
  return a.start < b.end && b.start < a.end;
}
