import { describe, expect, it } from 'vitest';
import { testEvent } from '../../test/support/events.js';
import { HourlyCounts } from './hourly-counts.js';

const noon = Date.parse('2026-11-20T12:00:00Z');

function batched(given: Parameters<typeof testEvent>[0] & { accountId?: string }) {
  const { accountId = '111111111111' } = given;
  return { event: testEvent(given), accountId };
}

function copyCounts(events: readonly ReturnType<typeof batched>[]): string {
  const counts = new HourlyCounts();
  for (const { event, accountId } of events) counts.add(accountId, event);
  return counts.copyText();
}

it('adds up what shares hour, account, region, source, name and error, and errors among them', () => {
  const failed = { hasError: true, errorCode: 'AccessDenied' };
  const counts = copyCounts([
    batched({ eventTime: noon }),
    batched({ eventTime: noon + 3_599_999 }),
    batched({ eventTime: noon + 3_600_000 }),
    batched({ eventTime: noon, accountId: '222222222222' }),
    batched({ eventTime: noon, ...failed }),
    batched({ eventTime: noon, ...failed }),
    batched({ eventTime: noon, hasError: true }),
  ]);
  expect(counts.split('\n')).toEqual([
    '2026-11-20T12:00:00.000Z\t111111111111\teu-central-1\ts3.amazonaws.com\tListBuckets\t\\N\t3\t1',
    '2026-11-20T13:00:00.000Z\t111111111111\teu-central-1\ts3.amazonaws.com\tListBuckets\t\\N\t1\t0',
    '2026-11-20T12:00:00.000Z\t222222222222\teu-central-1\ts3.amazonaws.com\tListBuckets\t\\N\t1\t0',
    '2026-11-20T12:00:00.000Z\t111111111111\teu-central-1\ts3.amazonaws.com\tListBuckets\tAccessDenied\t2\t2',
    '',
  ]);
});

it('keeps apart what is missing from what is only called so', () => {
  const names = [null, 'null', 'N', '', '\\N', 'undefined'];
  const counts = copyCounts(names.flatMap((eventName) => names.map((errorCode) => batched({ eventName, errorCode }))));
  expect(counts.trimEnd().split('\n')).toHaveLength(names.length ** 2);
});

describe('the minutes in which anything happened', () => {
  const at = (...minutes: readonly number[]) => minutes.map((minute) => batched({ eventTime: noon + minute * 60_000 }));
  const bitsOf = (minutes: readonly number[]) =>
    String(minutes.reduce((bits, minute) => bits | (1n << BigInt(minute)), 0n));
  // Truth: own reckoning, a bit for each minute.
  const cases: [string, readonly number[]][] = [
    ['the first', [0]],
    ['the last of the first half hour', [29]],
    ['the first of the second half hour', [30]],
    ['the last', [59]],
    ['some of both', [0, 1, 28, 29, 30, 31, 58, 59]],
    ['all', Array.from({ length: 60 }, (_, minute) => minute)],
  ];
  it.each(cases)('%s', (_, minutes) => {
    const counts = new HourlyCounts();
    for (const { event, accountId } of at(...minutes, ...minutes)) counts.add(accountId, event);
    expect(counts.activityText('7')).toBe(
      `2026-11-20T12:00:00.000Z\t${bitsOf(minutes)}\t7\t111111111111\teu-central-1\n`,
    );
  });

  it('are told once for each hour, account and region, whatever happened there', () => {
    const counts = new HourlyCounts();
    for (const { event, accountId } of [
      batched({ eventTime: noon, eventName: 'One' }),
      batched({ eventTime: noon + 59_999, eventName: 'Two', hasError: true, errorCode: 'E' }),
      batched({ eventTime: noon + 60_000, eventName: 'Three' }),
      batched({ eventTime: noon - 1 }),
      batched({ eventTime: noon, awsRegion: 'eu-west-1' }),
      batched({ eventTime: noon, accountId: '222222222222' }),
      batched({ eventTime: -1 }),
    ]) {
      counts.add(accountId, event);
    }
    expect(counts.activityText('12').trimEnd().split('\n').sort()).toEqual([
      `1969-12-31T23:00:00.000Z\t${1n << 59n}\t12\t111111111111\teu-central-1`,
      `2026-11-20T11:00:00.000Z\t${1n << 59n}\t12\t111111111111\teu-central-1`,
      '2026-11-20T12:00:00.000Z\t1\t12\t111111111111\teu-west-1',
      '2026-11-20T12:00:00.000Z\t1\t12\t222222222222\teu-central-1',
      '2026-11-20T12:00:00.000Z\t3\t12\t111111111111\teu-central-1',
    ]);
  });
});
