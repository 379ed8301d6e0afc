import { expect, it } from 'vitest';
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
