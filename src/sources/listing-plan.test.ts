import { describe, expect, it } from 'vitest';
import { dayBefore, dayPrefix, daysBack, isKindFolder, nextListing, openDays, startAfter } from './listing-plan.js';

const at = (text: string) => new Date(`${text}Z`);
const regionPrefix = 'p/AWSLogs/111111111111/CloudTrail/eu-west-1/';
const digestPrefix = 'p/AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/';
const minutesUntil = (folder: object, now: string, isNotified = false) => {
  const full = { regionPrefix, day: '2026-11-20', newestAt: null, ...folder };
  return Math.round((nextListing(full, at(now), isNotified).getTime() - at(now).getTime()) / 60_000);
};

describe('a folder is listed again', () => {
  // The rule: an open folder waits a twelfth of its quiet time, from nothing up to 5 minutes.
  it.each([
    ['that something has just come into', '2026-11-20T12:00', 0],
    ['quiet for 11 minutes', '2026-11-20T11:49', 0],
    ['quiet for 24 minutes', '2026-11-20T11:36', 2],
    ['quiet for an hour', '2026-11-20T11:00', 5],
    ['quiet since yesterday', '2026-11-19T00:00', 5],
    ['by a clock that was set back', '2026-11-20T13:00', 0],
  ])('while its day is open: %s', (_, newestAt, expected) => {
    expect(minutesUntil({ newestAt: at(newestAt) }, '2026-11-20T12:00')).toBe(expected);
  });

  it.each([
    ['nothing has ever come into', {}, '2026-11-20T12:00', false, 5],
    ['of tomorrow, by a clock that runs ahead', { day: '2026-11-21' }, '2026-11-20T12:00', false, 5],
    ['whose files a queue tells of', { newestAt: at('2026-11-20T12:00') }, '2026-11-20T12:00', true, 15],
    ['of digests', { regionPrefix: digestPrefix, newestAt: at('2026-11-20T12:00') }, '2026-11-20T12:00', false, 30],
    ['of digests, with a queue', { regionPrefix: digestPrefix }, '2026-11-20T12:00', true, 30],
    ['of yesterday, an hour after midnight', {}, '2026-11-21T01:00', false, 5],
  ])('which is open and %s', (_, folder, now, isNotified, expected) => {
    expect(minutesUntil(folder, now, isNotified)).toBe(expected);
  });

  // The rule: a day is open until 2 h after its end (late delivery), then waits an eighth of the time since.
  it.each([
    ['yesterday, 2 h after midnight', '2026-11-20', '2026-11-21T02:00', 15],
    ['yesterday, at noon', '2026-11-20', '2026-11-21T12:00', 90],
    ['two days ago', '2026-11-19', '2026-11-21T12:00', 270],
    ['a month ago', '2026-10-21', '2026-11-21T00:00', 5400],
  ])('that is over: %s', (_, day, now, expected) => {
    expect(minutesUntil({ day, newestAt: at(now) }, now)).toBe(expected);
  });

  it('60 times in the first 90 days after its end, not once a pass', () => {
    let now = at('2026-11-21T02:00');
    let listings = 0;
    const folder = { regionPrefix, day: '2026-11-20', newestAt: null };
    for (; now < at('2027-02-19T00:00'); listings += 1) now = nextListing(folder, now, false);
    expect(listings).toBe(60);
  });
});

it.each([
  ['never listed', regionPrefix, null, null, '2026-11-20T12:00', null],
  ['an open day', regionPrefix, '2026-11-20T11:59', '2026-11-20T11:30', '2026-11-20T12:00', '20261120T1059'],
  ['not wholly listed for an hour', regionPrefix, '2026-11-20T11:59', '2026-11-20T11:00', '2026-11-20T12:00', null],
  ['a day that is over', regionPrefix, '2026-11-21T01:59', '2026-11-21T01:59', '2026-11-21T02:00', null],
  ['of digests', digestPrefix, '2026-11-20T11:59', '2026-11-20T11:30', '2026-11-20T12:00', null],
])('the listing of a folder, %s, starts at the right key', (_, prefix, listedAt, fullyListedAt, now, stamp) => {
  const folder = {
    regionPrefix: prefix,
    day: '2026-11-20',
    listedAt: listedAt === null ? null : at(listedAt),
    fullyListedAt: fullyListedAt === null ? null : at(fullyListedAt),
    newestAt: null,
  };
  const expected = stamp === null ? null : `${regionPrefix}2026/11/20/111111111111_CloudTrail_eu-west-1_${stamp}`;
  expect(startAfter(folder, at(now))).toBe(expected);
});

it('names days in UTC, newest first', () => {
  expect(daysBack(at('2026-03-01T00:30'), 2)).toEqual(['2026-03-01', '2026-02-28', '2026-02-27']);
  expect(dayBefore('2026-03-01')).toBe('2026-02-28');
  expect(dayPrefix({ regionPrefix, day: '2026-03-01' })).toBe(`${regionPrefix}2026/03/01/`);
});

it.each([
  ['2026-11-21T00:00', ['2026-11-21', '2026-11-20']],
  ['2026-11-21T01:59', ['2026-11-21', '2026-11-20']],
  ['2026-11-21T02:00', ['2026-11-21']],
])('at %s files may still come for %s', (now, days) => {
  expect(openDays(at(now))).toEqual(days);
});

// AWS CloudTrail user guide, "Finding your CloudTrail log files" and "CloudTrail digest file structure".
it.each([
  ['CloudTrail', true],
  ['CloudTrail-Insight', true],
  ['CloudTrail-NetworkActivity', true],
  ['CloudTrail-Digest', true],
  ['Config', false],
  ['vpcflowlogs', false],
])('the folder %s is looked into: %s', (kind, expected) => {
  expect(isKindFolder(`AWSLogs/111111111111/${kind}/`)).toBe(expected);
});
