import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../../../src/access/scope.js';
import { compactCounts } from '../../../src/events/count-compaction.service.js';
import { createEventService } from '../../../src/events/event.service.js';
import { createEventFeedService } from '../../../src/events/event-feed.service.js';
import { createPartitions } from '../../../src/events/partition.service.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { deferred } from '../../support/deferred.js';
import { noon, recordOf, storeEvents, testEvent, testId } from '../../support/events.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

function eventsOf({ database }: TestDatabase, now: () => number = Date.now) {
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  return {
    service: createEventService({ database, cursors }),
    feed: createEventFeedService({ database, cursors }),
    partitions: createPartitions(database, now),
  };
}

const all = everyAccount('tests look at everything');
let test: TestDatabase;
let events: ReturnType<typeof eventsOf>;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  events = eventsOf(test);
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

it('takes no position and leaves no chunk for a batch that brought nothing new', async () => {
  const event = testEvent();
  await storeEvents(test.database, [event]);
  const again = await storeEvents(test.database, [event]);
  expect(again).toMatchObject({ events: 0, position: null });
  expect(await test.database.query('SELECT batch_id FROM record_chunk')).toHaveLength(1);
});

it('keeps in which other files an event was seen, and the bytes of a copy that differs', async () => {
  const event = testEvent({ logFileId: '1' });
  await storeEvents(test.database, [event]);
  await storeEvents(test.database, [{ ...event, logFileId: '1' }]);
  await storeEvents(test.database, [{ ...event, logFileId: '2' }]);
  await storeEvents(test.database, [{ ...event, logFileId: '3', raw: '{"forged":true}' }]);
  const [node] = (await page({})).nodes;
  expect(String((await events.service.records([node as never]))[0])).toBe(recordOf(event));
  const sightings = await test.database.query<{ file: string; differs: boolean }>(
    'SELECT log_file_id AS file, ordinal IS NOT NULL AS differs FROM event_sighting ORDER BY 1',
  );
  expect(sightings).toEqual([
    { file: '2', differs: false },
    { file: '3', differs: true },
  ]);
  const [copy] = await test.database.query<{ chunks: string }>(
    'SELECT count(*) AS chunks FROM record_chunk JOIN event_sighting USING (batch_id)',
  );
  expect(copy).toEqual({ chunks: '1' });
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

it('finds events by every filter', async () => {
  const event = testEvent({
    accountId: '222222222222',
    awsRegion: 'us-west-2',
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    eventType: 'AwsConsoleAction',
    eventCategory: 'Data',
    readOnly: false,
    errorCode: 'AccessDenied',
    hasError: true,
    principalArn: 'arn:aws:sts::222222222222:assumed-role/Admin/eve',
    sessionIssuerArn: 'arn:aws:iam::222222222222:role/path/Admin',
    userName: null,
    accessKeyId: 'ASIAEVE',
    sourceIp: null,
    sourceAddress: 'AWS Internal',
    resourceArns: ['arn:aws:iam::222222222222:user/mallory', 'arn:aws:s3:::b"r{a}ce\\,'],
    eventTime: noon + 5000,
    raw: '{"needle":"HayStack"}',
  });
  await storeEvents(test.database, [testEvent(), event, testEvent({ sourceIp: '2001:db8::7' })]);
  const filters = [
    { accountIds: ['222222222222'] },
    { regions: ['us-west-2'] },
    { eventSources: ['iam.amazonaws.com'] },
    { eventNames: ['CreateUser', 'x'] },
    { eventTypes: ['AwsConsoleAction'] },
    { eventCategories: ['Data'] },
    { readOnly: false },
    { hasError: true },
    { errorCodes: ['AccessDenied'] },
    { principalArns: ['arn:aws:sts::222222222222:assumed-role/Admin/eve'] },
    { principalArns: ['arn:aws:iam::222222222222:role/path/Admin'] },
    { userNames: ['Admin'] },
    { accessKeyIds: ['ASIAEVE'] },
    { sourceIPAddresses: ['AWS Internal'] },
    { resourceArns: ['arn:aws:s3:::b"r{a}ce\\,'] },
    { eventTime: { from: new Date(noon + 1), to: new Date(noon + 5001) } },
    { search: 'haystack' },
  ];
  for (const filter of filters) {
    const { nodes } = await page({ filter });
    expect({ filter, found: nodes.map(({ eventID }) => eventID) }).toEqual({ filter, found: [event.eventId] });
  }
  expect((await page({ filter: { sourceIPAddresses: ['203.0.113.0/24', '2001:db8::/64'] } })).nodes).toHaveLength(2);
  expect((await page({ filter: { eventTime: { to: new Date(noon) } } })).nodes).toHaveLength(0);
});

it.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)(
  'shows in %s pages together exactly what was stored when the traversal began',
  async (orderBy) => {
    const early = Array.from({ length: 25 }, (_, index) => testEvent({ eventTime: noon + (index % 5) * 1000 }));
    await storeEvents(test.database, early);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo, totalCount } = await page({ first: 4, after, orderBy });
      seen.push(...nodes.map(({ eventID }) => eventID));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      expect(await totalCount()).toBe(25);
      await storeEvents(test.database, [testEvent({ eventTime: noon + 2000 }), testEvent({ eventTime: noon - 9000 })]);
    } while (after);
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(early.map(({ eventId }) => eventId)));
  },
);

it('pages backwards over the same list', async () => {
  await storeEvents(
    test.database,
    Array.from({ length: 10 }, (_, index) => testEvent({ eventTime: noon + index })),
  );
  const forwards = (await page({ first: 10 })).nodes.map(({ eventID }) => eventID);
  const last = await page({ last: 4 });
  expect(last.nodes.map(({ eventID }) => eventID)).toEqual(forwards.slice(6));
  expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  const before = await page({ last: 100, before: last.pageInfo.startCursor });
  expect(before.nodes.map(({ eventID }) => eventID)).toEqual(forwards.slice(0, 6));
  expect(before.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
});

it('lets a follower of the feed see each event once although batches commit out of the order in which they began', async () => {
  const slow = deferred();
  const ready = deferred();
  const slowly = storeEvents(test.database, [testEvent({ eventName: 'Slow' })], {
    hold: () => {
      ready.resolve();
      return slow.promise;
    },
  });
  await ready.promise;
  await storeEvents(
    test.database,
    Array.from({ length: 5 }, () => testEvent({ eventName: 'Quick' })),
  );
  const first = await events.feed.read(all, { first: 3 });
  const second = await events.feed.read(all, { first: 100, after: first.endCursor });
  slow.resolve();
  await slowly;
  const third = await events.feed.read(all, { after: second.endCursor });
  expect([...first.events, ...second.events].map(({ eventName }) => eventName)).toEqual(Array(5).fill('Quick'));
  expect(third.events.map(({ eventName }) => eventName)).toEqual(['Slow']);
  expect([first.hasMore, third.hasMore]).toEqual([true, false]);
  const nothing = await events.feed.read(all, { after: third.endCursor });
  expect(nothing).toMatchObject({ events: [], hasMore: false });
});

it('never shows a position while a lower one is not committed', async () => {
  const holding = deferred();
  const taken = deferred();
  const first = storeEvents(test.database, [testEvent({ eventName: 'First' })], {
    beforeCommit: () => {
      taken.resolve();
      return holding.promise;
    },
  });
  await taken.promise;
  const second = storeEvents(test.database, [testEvent({ eventName: 'Second' })]);
  expect((await events.feed.read(all, {})).events).toEqual([]);
  holding.resolve();
  await Promise.all([first, second]);
  expect((await events.feed.read(all, {})).events.map(({ eventName }) => eventName)).toEqual(['First', 'Second']);
});

it('moves the cursor of a feed over events that its filter leaves out', async () => {
  await storeEvents(
    test.database,
    Array.from({ length: 30 }, () => testEvent()),
  );
  const { events: none, endCursor, hasMore } = await events.feed.read(all, { filter: { eventNames: ['Nothing'] } });
  expect([none, hasMore]).toEqual([[], false]);
  await storeEvents(test.database, [testEvent({ eventName: 'Nothing' })]);
  expect((await events.feed.read(all, { after: endCursor, filter: { eventNames: ['Nothing'] } })).events).toHaveLength(
    1,
  );
});

it('starts a feed with what arrived at a given time', async () => {
  await storeEvents(test.database, [testEvent({ eventName: 'Before' })]);
  const [row] = await test.database.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  await storeEvents(test.database, [testEvent({ eventName: 'After' })]);
  const from = new Date((row as { at: Date }).at.getTime() + 1);
  expect((await events.feed.read(all, { from })).events.map(({ eventName }) => eventName)).toEqual(['After']);
});

it('refuses cursors that were changed, forged, or made for another list', async () => {
  await storeEvents(test.database, [testEvent(), testEvent()]);
  const { endCursor } = (await page({ first: 1 })).pageInfo;
  const changed = `${endCursor?.slice(0, -2)}AA`;
  for (const after of [changed, 'MTIz', '', ' ', 'x'.repeat(10_000)])
    await expect(page({ after })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  await expect(events.feed.read(all, { after: endCursor })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
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

it('stores each event once when batches that share events run into each other in opposite order', async () => {
  const shared = Array.from({ length: 400 }, (_, index) => testEvent({ eventTime: noon + index }));
  const results = await Promise.all([
    storeEvents(test.database, shared),
    storeEvents(test.database, shared.toReversed()),
    storeEvents(test.database, [...shared.slice(200), ...shared.slice(0, 200)]),
  ]);
  expect(results.reduce((sum, { events: inserted }) => sum + inserted, 0)).toBe(400);
  expect(await counted()).toBe(400);
});

it('keeps absurd times in the catch-all, and moves them when their day comes', async () => {
  const [future, past] = [Date.parse('9999-12-31T23:59:59Z'), Date.parse('1970-01-01T00:00:00Z')];
  const soon = Date.now() + 5 * 86_400_000;
  await storeEvents(test.database, [
    testEvent({ eventTime: future }),
    testEvent({ eventTime: past }),
    testEvent({ eventTime: soon, raw: '{"soon":1}' }),
  ]);
  const inOther = () => test.database.query('SELECT FROM event_other');
  expect(await inOther()).toHaveLength(3);
  const later = eventsOf(test, () => soon);
  await later.partitions.ensure([soon]);
  expect(await inOther()).toHaveLength(2);
  const { nodes } = await page({ filter: { eventTime: { from: new Date(soon - 1000), to: new Date(soon + 1000) } } });
  expect(String((await events.service.records(nodes))[0])).toBe('{"soon":1}');
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

it('makes a partition without holding up writers while someone reads the catch-all', async () => {
  await events.partitions.ensure([noon]);
  const [reading, done] = [deferred(), deferred()];
  const reader = test.database.transaction(async (transaction) => {
    await transaction.query('SELECT FROM event_other');
    reading.resolve();
    await done.promise;
  });
  await reading.promise;
  let isMade = false;
  const making = events.partitions.ensure([Date.parse('2019-05-05T00:00:00Z')]).then(() => {
    isMade = true;
  });
  await storeEvents(test.database, [testEvent()], { partitions: events.partitions });
  expect(isMade).toBe(false);
  done.resolve();
  await reader;
  await making;
  const partitions = await test.database.query("SELECT FROM pg_class WHERE relname = 'event_2019_05'");
  expect(partitions).toHaveLength(1);
});
