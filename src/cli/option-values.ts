import { InvalidArgumentError } from 'commander';
import { dayMs, hourMs, minuteMs } from '../lib/time.js';

/**
 * Reads a day or a moment.
 *
 * @throws InvalidArgumentError
 */
export function moment(value: string): Date {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(value);
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(value);
  const parsed = new Date(isDay ? `${value}T00:00:00Z` : value);
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  // Of a day that no month has, JavaScript makes one of the next.
  const isThere = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value.slice(0, 10));
  if ((!isDay && !isMoment) || !isThere || Number.isNaN(parsed.getTime())) {
    throw new InvalidArgumentError('It must be a day such as 2026-01-31, or a moment such as 2026-01-31T12:00:00Z.');
  }
  return parsed;
}

const units: ReadonlyMap<string, number> = new Map([
  ['m', minuteMs],
  ['h', hourMs],
  ['d', dayMs],
  ['w', 7 * dayMs],
]);

/**
 * Reads a day, a moment, or how long ago it was: `30m`, `3h`, `7d`, `2w`.
 *
 * @throws InvalidArgumentError
 */
export function momentOrAgo(value: string): Date {
  return momentBefore(value, Date.now());
}

/** The same. @param now milliseconds since 1970 UTC */
export function momentBefore(value: string, now: number): Date {
  const [, amount = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(value) ?? [];
  const unitMs = units.get(unit);
  if (unitMs !== undefined) return new Date(now - Number(amount) * unitMs);
  if (!/^\d{4}-/.test(value)) {
    throw new InvalidArgumentError('It must be a time ago such as 30m, 3h, 7d or 2w, or a day such as 2026-01-31.');
  }
  return moment(value);
}
