import { type FieldRule, parseItem, parseValue, splitText, type Text } from './cron-field.js';
import { ScheduleError } from './schedule-error.js';

/** A month as far as its days are concerned. */
export interface Month {
  /** Days in it. */
  readonly length: number;
  /** The weekday of its first day, 1 for Sunday to 7 for Saturday, as AWS numbers them. */
  readonly firstWeekday: number;
}

/** The days of a month, ascending; a day may come twice, and those past the month's end are not in it. */
export type DaysOfMonth = (month: Month) => readonly number[];

const dayOfMonthRule: FieldRule = { name: 'day-of-month', low: 1, high: 31, steps: true };
const dayOfWeekRule: FieldRule = {
  name: 'day-of-week',
  low: 1,
  high: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  // The table of wildcards in AWS's guide has none here.
  steps: false,
};
const sunday = 1;
const saturday = 7;

/**
 * Reads day-of-month and day-of-week, of which exactly one is `?`.
 *
 * @throws ScheduleError
 */
export function parseDays(dayOfMonth: Text, dayOfWeek: Text): DaysOfMonth {
  const monthIsAny = dayOfMonth.text === '?';
  const weekIsAny = dayOfWeek.text === '?';
  if (monthIsAny && weekIsAny) {
    throw new ScheduleError('only one of day-of-month and day-of-week may be "?"', dayOfWeek.at);
  }
  const days = weekIsAny ? parseEach(dayOfMonth, dayOfMonthItem) : parseEach(dayOfWeek, dayOfWeekItem);
  if (!monthIsAny && !weekIsAny) {
    throw new ScheduleError('one of day-of-month and day-of-week must be "?"', dayOfWeek.at);
  }
  return days;
}

function parseEach(field: Text, parse: (item: Text) => DaysOfMonth): DaysOfMonth {
  const items = splitText(field, ',');
  const nth = items.find(({ text }) => text.includes('#'));
  if (nth !== undefined && items.length > 1) {
    throw new ScheduleError('an item with "#" must be the only one of day-of-week', nth.at);
  }
  const selectors = items.map(parse);
  return (month) =>
    selectors
      .flatMap((days) => days(month))
      .filter((day) => day <= month.length)
      .sort((a, b) => a - b);
}

function dayOfMonthItem(item: Text): DaysOfMonth {
  if (item.text === 'L') return ({ length }) => [length];
  // AWS's guide names the two wildcards but not the two joined; LocalStack and the EventBridge parsers in use take it.
  if (item.text === 'LW') return (month) => nearestWeekday(month, month.length);
  if (item.text.endsWith('W')) {
    const day = parseValue(dayOfMonthRule, { text: item.text.slice(0, -1), at: item.at });
    return (month) => nearestWeekday(month, day);
  }
  const days = parseItem(dayOfMonthRule, item);
  return () => days;
}

function dayOfWeekItem(item: Text): DaysOfMonth {
  // The last day of the week.
  if (item.text === 'L') return (month) => everyWeekday(month, [saturday]);
  const [day = item, nth] = splitText(item, '#');
  if (nth !== undefined) return nthWeekday(parseValue(dayOfWeekRule, day), parseNth(item, nth));
  if (item.text.endsWith('L')) {
    const weekday = parseValue(dayOfWeekRule, { text: item.text.slice(0, -1), at: item.at });
    return (month) => everyWeekday(month, [weekday]).slice(-1);
  }
  const weekdays = parseItem(dayOfWeekRule, item);
  return (month) => everyWeekday(month, weekdays);
}

function parseNth(item: Text, nth: Text): number {
  const number = item.text.slice(nth.at - item.at);
  if (/^[1-5]$/.test(number)) return Number(number);
  throw new ScheduleError('what stands behind "#" is which one of the month: 1-5', nth.at);
}

function nthWeekday(weekday: number, nth: number): DaysOfMonth {
  return (month) => everyWeekday(month, [weekday]).slice(nth - 1, nth);
}

function everyWeekday(month: Month, weekdays: readonly number[]): number[] {
  const days: number[] = [];
  for (let day = 1; day <= month.length; day++) if (weekdays.includes(weekdayOf(month, day))) days.push(day);
  return days;
}

/** The day from Monday to Friday that is closest to `day` without leaving the month; none where there is no such day. */
function nearestWeekday(month: Month, day: number): number[] {
  if (day > month.length) return [];
  const weekday = weekdayOf(month, day);
  if (weekday === saturday) return [day === 1 ? day + 2 : day - 1];
  if (weekday === sunday) return [day === month.length ? day - 2 : day + 1];
  return [day];
}

function weekdayOf(month: Month, day: number): number {
  return ((month.firstWeekday + day - 2) % 7) + 1;
}
