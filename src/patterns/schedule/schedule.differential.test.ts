import { describe, expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { parseSchedule } from './schedule.js';

// Truth: what AWS's guide says of each wildcard, asked of one minute or one day at a time. The expressions are drawn
// together with their meaning, so nothing of the parser or of the search is used to judge them.

/** An expression's piece and what it says of a moment. */
interface Drawn {
  readonly text: string;
  readonly holds: (time: Date) => boolean;
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly read: (time: Date) => number;
  readonly names?: readonly string[];
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const anchor = new Date(0);

const minutes: Range = { low: 0, high: 59, read: (time) => time.getUTCMinutes() };
const hours: Range = { low: 0, high: 23, read: (time) => time.getUTCHours() };
const daysOfMonth: Range = { low: 1, high: 31, read: (time) => time.getUTCDate() };
const months: Range = {
  low: 1,
  high: 12,
  read: (time) => time.getUTCMonth() + 1,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const weekdays: Range = {
  low: 1,
  high: 7,
  read: (time) => time.getUTCDay() + 1,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};
const years: Range = { low: 1970, high: 2199, read: (time) => time.getUTCFullYear() };

function isYear(time: Date): boolean {
  return time.getUTCFullYear() >= 1970 && time.getUTCFullYear() <= 2199;
}

function inDays(time: Date, days: number): Date {
  return new Date(time.getTime() + days * dayMs);
}

function isSameMonth(a: Date, b: Date): boolean {
  return a.getUTCMonth() === b.getUTCMonth();
}

function write(random: Random, range: Range, value: number): string {
  const name = range.names?.[value - range.low];
  return name !== undefined && random.chance(0.5) ? name : String(value);
}

function drawItem(random: Random, range: Range, steps: boolean): Drawn {
  const { low, high, read } = range;
  const first = random.between(low, high);
  const last = random.between(first, high);
  const by = random.between(1, 1 + Math.ceil((high - low) / 2));
  const a = write(random, range, first);
  const b = write(random, range, last);
  const shapes: Drawn[] = [
    { text: a, holds: (time) => read(time) === first },
    { text: `${a}-${b}`, holds: (time) => read(time) >= first && read(time) <= last },
  ];
  if (steps) {
    const every = (from: number, to: number) => (time: Date) =>
      read(time) >= from && read(time) <= to && (read(time) - from) % by === 0;
    shapes.push(
      { text: `${a}/${by}`, holds: every(first, high) },
      { text: `${a}-${b}/${by}`, holds: every(first, last) },
      { text: `*/${by}`, holds: every(low, high) },
    );
  }
  return random.pick(shapes);
}

function drawList(random: Random, most: number, draw: () => Drawn): Drawn {
  const items = Array.from({ length: random.between(1, most) }, draw);
  return {
    text: items.map(({ text }) => text).join(','),
    holds: (time) => items.some(({ holds }) => holds(time)),
  };
}

function drawField(random: Random, range: Range, always: number): Drawn {
  if (random.chance(always)) return { text: '*', holds: () => true };
  return drawList(random, 3, () => drawItem(random, range, true));
}

/** The closest day from Monday to Friday, looked for among all days of the month. */
function isNearestWeekday(time: Date, day: number): boolean {
  const first = inDays(time, 1 - time.getUTCDate());
  const all = Array.from({ length: 31 }, (_, index) => inDays(first, index)).filter((one) => isSameMonth(one, first));
  if (day > all.length) return false;
  const working = all.filter((one) => one.getUTCDay() >= 1 && one.getUTCDay() <= 5);
  const distance = (one: Date) => Math.abs(one.getUTCDate() - day);
  return working.every((one) => distance(one) >= distance(time)) && time.getUTCDay() >= 1 && time.getUTCDay() <= 5;
}

function drawDayOfMonthItem(random: Random): Drawn {
  // The ends of months are where days and weekdays get lost.
  const day = random.pick([random.between(1, 31), 1, 29, 30, 31]);
  return random.pick<Drawn>([
    drawItem(random, daysOfMonth, true),
    drawItem(random, daysOfMonth, true),
    { text: 'L', holds: (time) => !isSameMonth(time, inDays(time, 1)) },
    { text: `${day}W`, holds: (time) => isNearestWeekday(time, day) },
    {
      text: 'LW',
      holds: (time) => {
        const left = [1, 2, 3, 4, 5, 6].map((days) => inDays(time, days)).filter((one) => isSameMonth(one, time));
        const isWorking = (one: Date) => one.getUTCDay() >= 1 && one.getUTCDay() <= 5;
        return isWorking(time) && !left.some(isWorking) && !isSameMonth(time, inDays(time, 7));
      },
    },
  ]);
}

function drawDayOfWeek(random: Random): Drawn {
  const weekday = random.between(1, 7);
  const name = write(random, weekdays, weekday);
  const isIt = (time: Date) => time.getUTCDay() + 1 === weekday;
  if (random.chance(0.3)) {
    const nth = random.between(1, 5);
    return { text: `${name}#${nth}`, holds: (time) => isIt(time) && Math.ceil(time.getUTCDate() / 7) === nth };
  }
  return drawList(random, 3, () =>
    random.pick<Drawn>([
      drawItem(random, weekdays, false),
      drawItem(random, weekdays, false),
      { text: 'L', holds: (time) => time.getUTCDay() === 6 },
      { text: `${name}L`, holds: (time) => isIt(time) && !isSameMonth(time, inDays(time, 7)) },
    ]),
  );
}

interface DrawnSchedule {
  readonly expression: string;
  readonly dayHolds: (time: Date) => boolean;
  readonly minuteHolds: (time: Date) => boolean;
}

/** @param always how likely a field of the date is `*` */
function drawSchedule(random: Random, always: number): DrawnSchedule {
  const minute = drawField(random, minutes, 0.1);
  const hour = drawField(random, hours, 0.3);
  const month = drawField(random, months, always);
  const year = drawField(random, years, Math.max(always, 0.6));
  const byMonth = random.chance(0.5);
  const day = drawDay(random, byMonth, always);
  const [first, second] = byMonth ? [day.text, '?'] : ['?', day.text];
  return {
    expression: `cron(${minute.text} ${hour.text} ${first} ${month.text} ${second} ${year.text})`,
    dayHolds: (time) => isYear(time) && year.holds(time) && month.holds(time) && day.holds(time),
    minuteHolds: (time) => minute.holds(time) && hour.holds(time),
  };
}

function drawDay(random: Random, byMonth: boolean, always: number): Drawn {
  if (random.chance(always)) return { text: '*', holds: () => true };
  return byMonth ? drawList(random, 3, () => drawDayOfMonthItem(random)) : drawDayOfWeek(random);
}

function drawStart(random: Random): Date {
  const time = Date.UTC(random.between(1969, 2199), random.below(12), random.between(1, 31), random.below(24));
  return new Date(time + random.below(60) * minuteMs + random.pick([0, 0, 1, 59_999]));
}

/** The first minute that holds from `after` on and before `end`, by asking each. */
function slowNext({ dayHolds, minuteHolds }: DrawnSchedule, after: Date, end: Date): Date | null {
  let time = new Date(Math.floor(after.getTime() / minuteMs) * minuteMs + minuteMs);
  while (time < end) {
    if (!dayHolds(time)) {
      time = new Date(Math.floor(time.getTime() / dayMs) * dayMs + dayMs);
    } else if (minuteHolds(time)) {
      return time;
    } else {
      time = new Date(time.getTime() + minuteMs);
    }
  }
  return null;
}

function expectSame(random: Random, schedule: DrawnSchedule, days: number): boolean {
  const after = drawStart(random);
  const end = inDays(after, days);
  const next = parseSchedule(schedule.expression).next(after, anchor);
  const expected = slowNext(schedule, after, end);
  const found = next !== null && next < end ? next : null;
  expect(found, `${schedule.expression} after ${after.toISOString()}`).toEqual(expected);
  return expected !== null;
}

describe('the next time of drawn cron expressions', () => {
  it.each([
    // Dense ones against every minute of three days, sparse ones against every day of 12 and of 60 years.
    { seed: 'three days', count: 3000, days: 3, always: 0.8, atLeast: 1500 },
    { seed: 'twelve years', count: 2000, days: 12 * 365, always: 0.2, atLeast: 1200 },
    { seed: 'sixty years', count: 500, days: 60 * 365, always: 0, atLeast: 300 },
  ])('is what asking each minute finds within $seed', ({ seed, count, days, always, atLeast }) => {
    const random = new Random(seed);
    let found = 0;
    for (let drawn = 0; drawn < count; drawn++) {
      if (expectSame(random, drawSchedule(random, always), days)) found++;
    }
    // A comparison of nothing with nothing proves little.
    expect(found).toBeGreaterThan(atLeast);
  });
});
