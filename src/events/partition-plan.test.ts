import { expect, it } from 'vitest';
import { dayMs } from '../lib/time.js';
import { monthsToMerge, partitionFor, partitionSuffix, type TimeRange } from './partition-plan.js';

const now = Date.parse('2026-11-21T10:30:00Z');

function suffixOf(time: string, existing: readonly TimeRange[] = []): string | null {
  const range = partitionFor(Date.parse(time), existing, now);
  return range && partitionSuffix(range);
}

const range = (start: string, end: string): TimeRange => ({ start: Date.parse(start), end: Date.parse(end) });

// The rule: docs/architecture.md, "Storage".
it.each([
  ['this moment', '2026-11-21T10:30:00Z', '2026_11_21'],
  ['the last millisecond of a day', '2026-11-20T23:59:59.999Z', '2026_11_20'],
  ['tomorrow, of a clock that runs ahead', '2026-11-22T01:00:00Z', '2026_11_22'],
  ['two days ahead', '2026-11-23T23:00:00Z', '2026_11_23'],
  ['three days ahead', '2026-11-24T00:00:00Z', null],
  ['the far future', '9999-12-31T00:00:00Z', null],
  ['45 days ago', '2026-10-07T00:00:00Z', '2026_10_07'],
  ['46 days ago, in a month that is young in part', '2026-10-06T00:00:00Z', '2026_10_06'],
  ['the month before', '2026-09-30T23:59:59Z', '2026_09'],
  ['years ago', '2020-02-29T12:00:00Z', '2020_02'],
  ['the first day that can be', '2013-01-01T00:00:00Z', '2013_01'],
  ['before CloudTrail', '2012-12-31T23:59:59Z', null],
  ['1970', '1970-01-01T00:00:00Z', null],
])('puts an event of %s (%s) in %s', (_name, time, suffix) => {
  expect(suffixOf(time)).toBe(suffix);
});

it('uses the partition that stands, whatever its length', () => {
  const month = range('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z');
  expect(suffixOf('2026-11-21T10:30:00Z', [month])).toBe('2026_11');
});

it('goes on by days in an old month that has days of its own', () => {
  const day = range('2026-03-05T00:00:00Z', '2026-03-06T00:00:00Z');
  expect(suffixOf('2026-03-06T00:00:00Z', [day])).toBe('2026_03_06');
  expect(suffixOf('2026-04-06T00:00:00Z', [day])).toBe('2026_04');
});

it('makes a bounded number of partitions of every day from year 1 to 9999, none overlapping', () => {
  const made: TimeRange[] = [];
  for (let time = Date.UTC(1970, 0, 1); time < Date.UTC(2200, 0, 1); time += dayMs) {
    const found = partitionFor(time, made, now);
    if (found && !made.includes(found)) made.push(found);
  }
  const sorted = made.sort((a, b) => a.start - b.start);
  for (const [index, next] of sorted.slice(1).entries())
    expect(next.start).toBeGreaterThanOrEqual(sorted[index]?.end ?? 0);
  expect(made.length).toBeLessThan(13 * 14 + 31 * 3);
});

const days = (...starts: string[]): TimeRange[] =>
  starts.map((start) => range(`${start}T00:00:00Z`, new Date(Date.parse(start) + dayMs).toISOString()));

it('merges the days of months that are old to their last day, the oldest first, and leaves months as they are', () => {
  const standing = [
    ...days('2026-09-30', '2026-09-01', '2026-10-01', '2026-10-06', '2026-11-20', '2026-03-05'),
    range('2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z'),
  ];
  expect(monthsToMerge(standing, now)).toEqual([
    { month: range('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'), days: days('2026-03-05') },
    { month: range('2026-09-01T00:00:00Z', '2026-10-01T00:00:00Z'), days: days('2026-09-30', '2026-09-01') },
  ]);
});

it.each([
  ['2026-12-15T23:59:59Z', 0],
  ['2026-12-16T00:00:00Z', 1],
])('at %s of the days of October %i month is due: 45 days after the last of them', (at, months) => {
  expect(monthsToMerge(days('2026-10-31'), Date.parse(at))).toHaveLength(months);
});
