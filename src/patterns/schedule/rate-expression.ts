import { ScheduleError } from './schedule-error.js';

const unitMs = new Map([
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
]);

/** 100 years: longer than any rule lives, and far from where dates end. */
const maxPeriodMs = 36_500 * 86_400_000;
const maxTimeMs = 8.64e15;

/**
 * Reads what stands between the parentheses of `rate(…)`.
 *
 * Source: "Rate expressions", Amazon EventBridge User Guide: a positive number, one blank, `minute`, `hour` or `day`,
 * with an `s` for every number but 1.
 *
 * @param offset where `text` begins in the expression
 * @returns the period in milliseconds
 * @throws ScheduleError
 */
export function parseRate(text: string, offset: number): number {
  const blank = text.indexOf(' ');
  const value = blank < 0 ? text : text.slice(0, blank);
  if (!/^[1-9]\d*$/.test(value)) {
    throw new ScheduleError('a rate begins with a whole number above 0, without blanks before it', offset);
  }
  const unitAt = offset + value.length + 1;
  if (blank < 0) throw new ScheduleError('one blank and a unit are missing behind the number', unitAt - 1);
  const count = Number(value);
  const period = count * unitOf(text.slice(blank + 1), count, unitAt);
  if (period > maxPeriodMs) throw new ScheduleError('a rate may be 36500 days long at most', offset);
  return period;
}

function unitOf(unit: string, count: number, at: number): number {
  const ms = unitMs.get(unit.replace(/s$/, ''));
  if (ms === undefined) {
    throw new ScheduleError('the unit is one of minute, minutes, hour, hours, day, days, with no blank around it', at);
  }
  if (count === 1 && unit.endsWith('s')) throw new ScheduleError(`for 1 write "${unit.slice(0, -1)}"`, at);
  if (count !== 1 && !unit.endsWith('s')) throw new ScheduleError(`for ${count} write "${unit}s"`, at);
  return ms;
}

/**
 * The first of `anchor + periodMs`, `anchor + 2 * periodMs`, … after `after`; all in milliseconds of the epoch. Null
 * where that is past the last date there is.
 */
export function nextRateTime(periodMs: number, after: number, anchor: number): number | null {
  const tick = Math.max(1, Math.floor((after - anchor) / periodMs) + 1);
  const time = anchor + tick * periodMs;
  return time <= maxTimeMs ? time : null;
}
