import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { eventServices } from '../../support/event-services.js';
import { noon, recordOf, storeEvents, testEvent } from '../../support/events.js';
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

it('refuses cursors that were changed, forged, or made for another list', async () => {
  await storeEvents(test.database, [testEvent(), testEvent()]);
  const { endCursor } = (await page({ first: 1 })).pageInfo;
  const changed = `${endCursor?.slice(0, -2)}AA`;
  for (const after of [changed, 'MTIz', '', ' ', 'x'.repeat(10_000)])
    await expect(page({ after })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  await expect(events.feed.read(all, { after: endCursor })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
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
