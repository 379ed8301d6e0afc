import { type DaysOfMonth, parseDays } from './cron-days.js';
import { type FieldRule, parseField, splitText } from './cron-field.js';
import { ScheduleError } from './schedule-error.js';

/** A cron expression as the values of its fields, each ascending and never empty. Times are UTC. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 for January. */
  readonly months: readonly number[];
  readonly years: readonly number[];
  readonly daysOf: DaysOfMonth;
}

const minuteRule: FieldRule = { name: 'minutes', low: 0, high: 59, steps: true };
const hourRule: FieldRule = { name: 'hours', low: 0, high: 23, steps: true };
const monthRule: FieldRule = {
  name: 'month',
  low: 1,
  high: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  steps: true,
};
const yearRule: FieldRule = { name: 'year', low: 1970, high: 2199, steps: true };

const fieldNames = 'minutes, hours, day-of-month, month, day-of-week and year';
const minuteMs = 60_000;

/**
 * Reads what stands between the parentheses of `cron(…)`: six fields with one blank between them.
 *
 * Source: "Cron expressions reference", Amazon EventBridge User Guide. What that leaves open and is refused here:
 * ranges that go downwards, `L-3`, names in lower case, `/` in day-of-week, a step of 0.
 *
 * @param offset where `text` begins in the expression
 * @throws ScheduleError
 */
export function parseCron(text: string, offset: number): Cron {
  const fields = splitText({ text, at: offset }, ' ');
  const empty = fields.find((field) => field.text === '');
  if (empty !== undefined && text !== '') {
    throw new ScheduleError('one blank stands between two fields, and none around them', empty.at);
  }
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year, seventh] = fields;
  if (!minutes || !hours || !dayOfMonth || !month || !dayOfWeek || !year) {
    throw new ScheduleError(`there must be six fields: ${fieldNames}`, offset + text.length);
  }
  if (seventh) throw new ScheduleError(`there must be six fields only: ${fieldNames}`, seventh.at);
  return {
    minutes: parseField(minuteRule, minutes),
    hours: parseField(hourRule, hours),
    daysOf: parseDays(dayOfMonth, dayOfWeek),
    months: parseField(monthRule, month),
    years: parseField(yearRule, year),
  };
}

/**
 * The first full minute after `after` that the expression names, in milliseconds of the epoch; null where there is none.
 * Years and months are gone through, at most 230 times 12, and the days of one month at a time: never the minutes.
 */
export function nextCronTime(cron: Cron, after: number): number | null {
  const from = new Date(Math.max(0, Math.floor(after / minuteMs) * minuteMs + minuteMs));
  for (const year of cron.years) {
    if (year < from.getUTCFullYear()) continue;
    for (const month of cron.months) {
      const time = firstOfMonth(cron, year, month, from.getTime());
      if (time !== null) return time;
    }
  }
  return null;
}

function firstOfMonth(cron: Cron, year: number, month: number, from: number): number | null {
  const start = new Date(Date.UTC(year, month - 1, 1));
  const end = Date.UTC(year, month, 1);
  if (end <= from) return null;
  const days = cron.daysOf({
    length: (end - start.getTime()) / (24 * 60 * minuteMs),
    firstWeekday: start.getUTCDay() + 1,
  });
  for (const day of days) {
    const time = firstOfDay(cron, Date.UTC(year, month - 1, day), from);
    if (time !== null) return time;
  }
  return null;
}

function firstOfDay(cron: Cron, day: number, from: number): number | null {
  for (const hour of cron.hours) {
    const start = day + hour * 60 * minuteMs;
    if (start + 60 * minuteMs <= from) continue;
    const minute = cron.minutes.find((value) => start + value * minuteMs >= from);
    if (minute !== undefined) return start + minute * minuteMs;
  }
  return null;
}
