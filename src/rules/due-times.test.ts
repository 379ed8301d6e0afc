import { describe, expect, it, vi } from 'vitest';
import { parseSchedule } from '../patterns/schedule/schedule.js';
import { dueTimes } from './due-times.js';
import type { MissedTimes } from './rule.entity.js';

const at = (text: string) => new Date(`${text}Z`);
/** Rates count from here; cron expressions do not look at it. */
const anchor = at('2020-01-01T00:00:00');

interface Case {
  readonly expression: string;
  readonly since: string;
  readonly now: string;
}

function due({ expression, since, now }: Case, missed: MissedTimes) {
  const schedule = parseSchedule(expression);
  const next = vi.spyOn(schedule, 'next');
  const times = dueTimes(schedule, anchor, at(since), at(now), missed);
  return { times: times.map((time) => time.toISOString().slice(0, 16)), calls: next.mock.calls.length };
}

// Truth: the descriptions of `MissedTimes` in the schema; a time is missed once it is a minute old.
describe('a schedule of every hour', () => {
  const hourly = { expression: 'cron(0 * * * ? *)', since: '2026-11-20T09:00:00' };
  const cases: [string, string, MissedTimes, string[]][] = [
    ['before its time', '2026-11-20T08:59:59.999', 'ALL', []],
    ['at its time', '2026-11-20T09:00:00', 'SKIP', ['2026-11-20T09:00']],
    ['a minute late', '2026-11-20T09:01:00', 'SKIP', ['2026-11-20T09:00']],
    ['more than a minute late', '2026-11-20T09:01:00.001', 'SKIP', []],
    ['more than a minute late', '2026-11-20T09:01:00.001', 'LATEST', ['2026-11-20T09:00']],
    ['more than a minute late', '2026-11-20T09:01:00.001', 'ALL', ['2026-11-20T09:00']],
    ['three hours late', '2026-11-20T11:30:00', 'SKIP', []],
    ['three hours late', '2026-11-20T11:30:00', 'LATEST', ['2026-11-20T11:00']],
    ['three hours late', '2026-11-20T11:30:00', 'ALL', ['2026-11-20T09:00', '2026-11-20T10:00', '2026-11-20T11:00']],
    ['back in time for one', '2026-11-20T11:00:30', 'SKIP', ['2026-11-20T11:00']],
    ['back in time for one', '2026-11-20T11:00:30', 'LATEST', ['2026-11-20T11:00']],
    ['back in time for one', '2026-11-20T10:00:30', 'ALL', ['2026-11-20T09:00', '2026-11-20T10:00']],
  ];
  it.each(cases)('%s, by %s, runs %s for %j', (_, now, missed, times) => {
    expect(due({ ...hourly, now }, missed).times).toEqual(times);
  });
});

it('makes up the missed times of a day and no more', () => {
  const { times } = due(
    { expression: 'rate(1 hour)', since: '2026-11-10T00:00:00', now: '2026-11-20T12:30:00' },
    'ALL',
  );
  expect(times).toHaveLength(24);
  expect([times[0], times.at(-1)]).toEqual(['2026-11-19T13:00', '2026-11-20T12:00']);
});

it('makes up the newest hundred of many times of a day, and what is on time on top', () => {
  const { times } = due(
    { expression: 'rate(1 minute)', since: '2026-11-10T00:00:00', now: '2026-11-20T12:00:00' },
    'ALL',
  );
  expect(times.slice(-3)).toEqual(['2026-11-20T11:58', '2026-11-20T11:59', '2026-11-20T12:00']);
  expect(times).toHaveLength(102);
});

// Truth: the calendar. What is rare is found however long ago it was; what is missed for longer than a day is not made up.
describe('after a long time without a worker', () => {
  const now = '2026-11-20T12:00:30';
  const cases: [string, string, string, MissedTimes, string[]][] = [
    ['a day of the month', 'cron(0 8 1 * ? *)', '2026-01-01T08:00:00', 'LATEST', ['2026-11-01T08:00']],
    ['a day of the month', 'cron(0 8 1 * ? *)', '2026-01-01T08:00:00', 'ALL', []],
    ['a day of the year', 'cron(0 0 1 1 ? *)', '2021-01-01T00:00:00', 'LATEST', ['2026-01-01T00:00']],
    ['a leap day', 'cron(0 0 29 2 ? *)', '2020-02-29T00:00:00', 'LATEST', ['2024-02-29T00:00']],
    ['a year that is over', 'cron(0 0 * * ? 2020)', '2020-03-01T00:00:00', 'LATEST', ['2020-12-31T00:00']],
    ['every minute', 'rate(1 minute)', '1990-01-01T00:00:00', 'LATEST', ['2026-11-20T12:00']],
    ['every minute', 'cron(* * * * ? *)', '1990-01-01T00:00:00', 'SKIP', ['2026-11-20T12:00']],
    ['every minute of a past year', 'cron(* * * * ? 2020)', '2020-01-01T00:00:00', 'LATEST', ['2020-12-31T23:59']],
    ['every minute of a past month', 'cron(* * * 1 ? *)', '2026-01-01T00:00:00', 'LATEST', ['2026-01-31T23:59']],
    ['no time left', 'cron(0 0 1 1 ? 2020)', '2020-01-01T00:00:01', 'LATEST', []],
  ];
  it.each(cases)('%s: %s since %s, %s', (_, expression, since, missed, expected) => {
    const { times, calls } = due({ expression, since, now }, missed);
    expect(times).toEqual(expected);
    // A day of minutes, and what it takes to find one time.
    expect(calls).toBeLessThan(1600);
  });
});
