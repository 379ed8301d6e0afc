import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../../../src/access/scope.js';
import { compactCounts } from '../../../src/events/count-compaction.service.js';
import { eventServices } from '../../support/event-services.js';
import { noon, recordOf, storeEvents, testEvent, testId } from '../../support/events.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const all = everyAccount('tests look at everything');
let test: TestDatabase;
let events: ReturnType<typeof eventServices>;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  events = eventServices(test);
});
afterEach(() => test.drop());

const page = (args: Partial<Parameters<typeof events.service.page>[1]>, scope = all) =>
  events.service.page(scope, { orderBy: 'NEWEST_FIRST', ...args });

async function counted(): Promise<number> {
  const [row] = await test.database.query<{ sum: string }>('SELECT sum(events) FROM event_count');
  return Number(row?.sum ?? 0);
}

it('gives each record back byte for byte, more than fill a chunk and a segment, over days and accounts', async () => {
  const stored = Array.from({ length: 9000 }, (_, index) =>
    testEvent({
      eventTime: noon - index * 20_000,
      accountId: index % 3 === 0 ? '111111111111' : '222222222222',
      raw: `{"n":${index},"text":"${'ü'.repeat(index % 50)}"}`,
    }),
  );
  const result = await storeEvents(test.database, stored);
  expect(result.events).toBe(9000);
  const seen = new Map<string, string>();
  let after: string | null = null;
  do {
    const { nodes, pageInfo } = await page({ first: 1000, after });
    const records = await events.service.records(nodes);
    for (const [index, node] of nodes.entries()) seen.set(node.eventID, String(records[index]));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  expect(seen).toEqual(new Map(stored.map((event) => [event.eventId, recordOf(event)])));
});

it('stores an event once, whichever trail it came through, and counts it once', async () => {
  const [one, two, three] = [
    testEvent({ logFileId: '1' }),
    testEvent({ logFileId: '1' }),
    testEvent({ logFileId: '2' }),
  ];
  await storeEvents(test.database, [one, two]);
  const second = await storeEvents(test.database, [{ ...one, logFileId: '2' }, three, { ...three }]);
  expect(second.files).toEqual(new Map([['2', { events: 1, duplicates: 2 }]]));
  expect((await page({})).nodes).toHaveLength(3);
  expect(await counted()).toBe(3);
});

it('keeps two accounts apart that claim the same event id at the same time', async () => {
  const [mine, theirs] = [
    testEvent({ eventId: testId(7_000_001), accountId: '111111111111' }),
    testEvent({ eventId: testId(7_000_001), accountId: '222222222222', raw: '{"planted":1}' }),
  ];
  await storeEvents(test.database, [mine]);
  await storeEvents(test.database, [theirs]);
  const found = await events.service.find(all, { eventID: mine.eventId });
  expect(found?.account).toBe('111111111111');
  expect((await events.service.find(all, { eventID: mine.eventId, accountId: '222222222222' }))?.account).toBe(
    '222222222222',
  );
  expect((await events.service.find(scopeOfGrant(['222222222222']), { eventID: mine.eventId }))?.account).toBe(
    '222222222222',
  );
  expect(await events.service.find(scopeOfGrant(['333333333333']), { eventID: mine.eventId })).toBeNull();
  expect((await page({ first: 1 })).pageInfo.hasNextPage).toBe(true);
});

it('counts the same from hourly counts, before and after they are summed up, as from the events', async () => {
  const stored = Array.from({ length: 500 }, (_, index) =>
    testEvent({
      eventTime: noon - index * 61_000,
      eventName: `Call${index % 7}`,
      errorCode: index % 11 === 0 ? 'AccessDenied' : null,
      hasError: index % 11 === 0,
    }),
  );
  await storeEvents(test.database, stored.slice(0, 300));
  await storeEvents(test.database, stored.slice(300));
  const eventTime = { from: new Date(noon - 20_000_000), to: new Date(noon - 1_234_567) };
  const within = stored.filter((event) => event.eventTime >= +eventTime.from && event.eventTime < +eventTime.to);
  const expected = [...new Set(within.map(({ eventName }) => eventName))].map((name) => ({
    key: [name],
    count: within.filter(({ eventName }) => eventName === name).length,
    errors: within.filter(({ eventName, hasError }) => eventName === name && hasError).length,
  }));
  const total = () => events.service.counts(all, { groupBy: ['EVENT_NAME'], filter: { eventTime } });
  const fromEvents = events.service.counts(all, { groupBy: ['EVENT_NAME', 'EVENT_TYPE'], filter: { eventTime } });
  const byKey = (rows: readonly { key: unknown[]; count: number; errors: number }[]) =>
    new Map(rows.map(({ key, count, errors }) => [key[0], [count, errors]]));
  expect(byKey(await total())).toEqual(byKey(expected));
  expect(byKey(await fromEvents)).toEqual(byKey(expected));
  while ((await compactCounts(test.database, Date.now())) > 0);
  expect(await test.database.query('SELECT FROM event_count WHERE is_delta')).toHaveLength(0);
  expect(byKey(await total())).toEqual(byKey(expected));
  const hourly = await events.service.counts(all, { groupBy: [], interval: 'HOUR', filter: { eventTime } });
  expect(hourly.reduce((sum, { count }) => sum + count, 0)).toBe(within.length);
  expect(hourly.every(({ time }) => (time?.getTime() ?? 1) % 3_600_000 === 0)).toBe(true);
});

it('sums up counts while batches go on storing, and loses none', async () => {
  const partitions = events.partitions;
  await partitions.ensure([noon]);
  await Promise.all([
    ...Array.from({ length: 20 }, () => storeEvents(test.database, [testEvent(), testEvent()], { partitions })),
    ...Array.from({ length: 10 }, () => compactCounts(test.database, Date.now())),
  ]);
  await compactCounts(test.database, Date.now());
  expect(await counted()).toBe(40);
});

it('refuses counts that would have too many buckets, dimensions or keys', async () => {
  await storeEvents(
    test.database,
    Array.from({ length: 10_001 }, (_, index) => testEvent({ eventName: `Call${index}` })),
  );
  await expect(events.service.counts(all, { groupBy: ['EVENT_NAME'] })).rejects.toMatchObject({
    code: 'COST_EXCEEDED',
  });
  expect(await events.service.counts(all, { groupBy: ['EVENT_NAME'], top: 3 })).toHaveLength(3);
  await expect(events.service.counts(all, { groupBy: ['ACCOUNT', 'ACCOUNT'] })).rejects.toThrow(/twice/);
  await expect(events.service.counts(all, { groupBy: [], top: 0 })).rejects.toThrow(/top/);
});

it('refuses to count by a search, rather than count everything', async () => {
  const counts = events.service.counts(all, { groupBy: [], filter: { search: 'needle' } });
  await expect(counts).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});
