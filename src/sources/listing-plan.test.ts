import { expect, it } from 'vitest';
import { dayPrefix, daysBack, daysBetween, nextListing, startAfter } from './listing-plan.js';

const at = (text: string) => new Date(`${text}Z`);
const minutes = (from: Date, to: Date) => Math.round((to.getTime() - from.getTime()) / 60_000);
const regionPrefix = 'p/AWSLogs/111111111111/CloudTrail/eu-west-1/';

// The rule: a day is open until 2 h after its end (late delivery), then waits an eighth of the time since.
it.each([
  ['today', '2026-11-20', '2026-11-20T12:00', 0],
  ['tomorrow, by a clock that runs ahead', '2026-11-21', '2026-11-20T12:00', 0],
  ['yesterday, an hour after midnight', '2026-11-20', '2026-11-21T01:00', 0],
  ['yesterday, 2 h after midnight', '2026-11-20', '2026-11-21T02:00', 15],
  ['yesterday, at noon', '2026-11-20', '2026-11-21T12:00', 90],
  ['two days ago', '2026-11-19', '2026-11-21T12:00', 270],
  ['a month ago', '2026-10-21', '2026-11-21T00:00', 5400],
])('%s is listed again after the right time', (_, day, now, expected) => {
  expect(minutes(at(now), nextListing(day, at(now)))).toBe(expected);
});

it('lists a day that is over 60 times in its first 90 days, not once a pass', () => {
  let now = at('2026-11-21T02:00');
  let listings = 0;
  for (; now < at('2027-02-19T00:00'); listings += 1) now = nextListing('2026-11-20', now);
  expect(listings).toBe(60);
});

it.each([
  ['never listed', null, null, '2026-11-20T12:00', null],
  ['an open day', '2026-11-20T11:59', '2026-11-20T11:30', '2026-11-20T12:00', '20261120T1059'],
  ['not wholly listed for an hour', '2026-11-20T11:59', '2026-11-20T11:00', '2026-11-20T12:00', null],
  ['a day that is over', '2026-11-21T01:59', '2026-11-21T01:59', '2026-11-21T02:00', null],
])('the listing of a folder, %s, starts at the right key', (_, listedAt, fullyListedAt, now, stamp) => {
  const folder = {
    regionPrefix,
    day: '2026-11-20',
    listedAt: listedAt === null ? null : at(listedAt),
    fullyListedAt: fullyListedAt === null ? null : at(fullyListedAt),
  };
  const expected = stamp === null ? null : `${regionPrefix}2026/11/20/111111111111_CloudTrail_eu-west-1_${stamp}`;
  expect(startAfter(folder, at(now))).toBe(expected);
});

it('names days in UTC, newest first', () => {
  expect(daysBack(at('2026-03-01T00:30'), 2)).toEqual(['2026-03-01', '2026-02-28', '2026-02-27']);
  expect(daysBetween(at('2026-02-28T23:00'), at('2026-03-02T00:00'))).toEqual(['2026-03-01', '2026-02-28']);
  expect(daysBetween(at('2026-03-01T00:00'), at('2026-03-01T00:00'))).toEqual([]);
  expect(dayPrefix({ regionPrefix, day: '2026-03-01' })).toBe(`${regionPrefix}2026/03/01/`);
});
