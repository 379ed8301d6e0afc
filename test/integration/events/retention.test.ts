import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../../../src/access/scope.js';
import { KeptSince } from '../../../src/accounts/retention.service.js';
import { compactCounts } from '../../../src/events/count-compaction.service.js';
import { deleteExpired } from '../../../src/events/event-retention.service.js';
import { dayMs } from '../../../src/lib/time.js';
import { advisoryLocks, lock } from '../../../src/platform/database/advisory-lock.js';
import { deferred } from '../../support/deferred.js';
import { eventServices } from '../../support/event-services.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { eventually } from '../../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const all = everyAccount('tests look at everything');
const A = '111111111111';
const B = '222222222222';
const { signal } = new AbortController();
let test: TestDatabase;
let events: ReturnType<typeof eventServices>;

/** All that a test stores arrived long enough ago by then. */
const later = noon + 30 * dayMs;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  events = eventServices(test);
});
afterEach(() => test.drop());

/** Runs retention at `later`, or at another time, with days by account. */
function retain(days: Readonly<Record<string, number>>, byDefault: number | null = null, now = later, until = signal) {
  const kept = new KeptSince(byDefault, new Map(Object.entries(days)), now);
  return deleteExpired({ database: test.database, now: () => now, signal: until }, kept);
}

async function names(scope = all): Promise<(string | null)[]> {
  const { nodes } = await events.service.page(scope, { orderBy: 'OLDEST_FIRST', first: 1000 });
  return nodes.map(({ eventName }) => eventName);
}

async function counted(): Promise<[string | null | undefined, number][]> {
  const rows = await events.service.counts(all, { groupBy: ['EVENT_NAME'] });
  return rows.map(({ key, count }): [string | null | undefined, number] => [key[0], count]).sort();
}

const rowsOf = async (table: string) => (await test.database.query(`SELECT FROM ${table}`)).length;
const isOneWaiting = async () =>
  (
    await test.database.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
  ).length > 0;

it('deletes of each account what is older than it keeps, with records, counts and sightings, beside a batch that is being stored', async () => {
  const old = testEvent({ accountId: A, eventName: 'OldOfA' });
  const oldOfB = testEvent({ accountId: B, eventName: 'OldOfB' });
  const young = testEvent({ accountId: A, eventName: 'YoungOfA', eventTime: noon + dayMs });
  await storeEvents(test.database, [old, oldOfB, young]);
  await storeEvents(test.database, [
    { ...old, logFileId: '2', raw: '{"differs":1}' },
    { ...oldOfB, logFileId: '2' },
  ]);
  const holding = deferred();
  const held = deferred();
  const storing = storeEvents(test.database, [testEvent({ accountId: A, eventName: 'BeingStored' })], {
    hold: () => {
      held.resolve();
      return holding.promise;
    },
  });
  await held.promise;
  // Resolves although the batch holds its locks until `holding` does.
  expect(await retain({ [A]: 29, [B]: 400 })).toMatchObject({ events: 1, emptied: 0 });
  holding.resolve();
  await storing;
  expect((await names()).sort()).toEqual(['BeingStored', 'OldOfB', 'YoungOfA']);
  expect(await counted()).toEqual([
    ['BeingStored', 1],
    ['OldOfB', 1],
    ['YoungOfA', 1],
  ]);
  expect(await test.database.query('SELECT account_id FROM event_sighting')).toEqual([{ account_id: B }]);
  const { nodes } = await events.service.page(all, { orderBy: 'OLDEST_FIRST' });
  expect(await events.service.records(nodes)).toHaveLength(3);
  expect(await test.database.query('SELECT FROM record_chunk WHERE account_id = $1', [A])).toHaveLength(2);
});

it('remembers for good before when it deleted, whether rows or whole partitions, and whatever is kept later', async () => {
  const deletedBefore = async () =>
    (
      await test.database.query<{ account: string; before: Date }>(
        'SELECT account_id AS account, deleted_before AS before FROM retention_mark ORDER BY 1',
      )
    ).map(({ account, before }) => [account, before.toISOString()]);
  await storeEvents(test.database, [testEvent({ accountId: A }), testEvent({ accountId: B })]);
  await retain({ [A]: 29, [B]: 400 });
  expect(await deletedBefore()).toEqual([[A, '2026-11-21T00:00:00.000Z']]);
  await storeEvents(test.database, [testEvent({ accountId: A, eventTime: noon - 9 * dayMs })]);
  await retain({ [A]: 35, [B]: 400 });
  expect(await deletedBefore()).toEqual([[A, '2026-11-21T00:00:00.000Z']]);
  await retain({ [A]: 2, [B]: 2 });
  expect(await deletedBefore()).toEqual([
    [A, '2026-11-21T00:00:00.000Z'],
    [B, '2026-11-21T00:00:00.000Z'],
  ]);
});

it('sums up what is left of the counts of deleted events to nothing', async () => {
  await storeEvents(test.database, [
    testEvent({ hasError: true }),
    testEvent({ eventTime: noon + dayMs }),
    testEvent({ accountId: B }),
  ]);
  while ((await compactCounts(test.database, later)) > 0);
  await retain({ [A]: 29, [B]: 400 }, 400);
  while ((await compactCounts(test.database, later)) > 0);
  const rows = await test.database.query<{ events: number }>('SELECT events FROM event_count');
  expect(rows).toEqual([{ events: 1 }, { events: 1 }]);
});

it('deletes more than one slice of a day, and an account in the catch-all, but nothing of the future', async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => testEvent({ eventTime: noon + index }));
  const [past, future] = [Date.parse('1970-01-02T03:04:05Z'), Date.parse('9999-01-01T00:00:00Z')];
  await storeEvents(test.database, [
    ...many,
    testEvent({ eventName: 'Past', eventTime: past }),
    testEvent({ eventName: 'Future', eventTime: future }),
    testEvent({ eventName: 'OfB', accountId: B }),
  ]);
  expect(await retain({ [A]: 29 })).toMatchObject({ events: 20_001 });
  expect(await names()).toEqual(['OfB', 'Future']);
  expect(await counted()).toEqual([
    ['Future', 1],
    ['OfB', 1],
  ]);
});

it('empties and drops a partition of which no account keeps anything, and forgets its batches', async () => {
  await storeEvents(test.database, [testEvent({ accountId: A }), testEvent({ accountId: B })]);
  await storeEvents(test.database, [testEvent({ eventName: 'Kept', eventTime: noon + 20 * dayMs })], {
    partitions: eventServices(test, () => later).partitions,
  });
  expect(await retain({ [A]: 29 }, 20)).toEqual({ events: 0, emptied: 1, dropped: 1 });
  expect(await names()).toEqual(['Kept']);
  expect(await rowsOf('event_count')).toBe(1);
  expect(await rowsOf('batch')).toBe(1);
  expect(await test.database.query("SELECT FROM pg_class WHERE relname = 'event_2026_11_20'")).toHaveLength(0);
  // The day may come again: it goes where retention finds it.
  await storeEvents(test.database, [testEvent({ eventName: 'Again' })], { partitions: events.partitions });
  expect((await names()).sort()).toEqual(['Again', 'Kept']);
  expect((await events.feed.read(all, {})).events).toHaveLength(2);
});

it('counts no event that is gone, and every one that is not, wherever the emptying of a partition is killed', async () => {
  await storeEvents(test.database, [testEvent(), testEvent()]);
  const [holding, done] = [deferred(), deferred()];
  const holder = test.database.transaction(async (transaction) => {
    await transaction.query('SELECT FROM event_count FOR UPDATE');
    holding.resolve();
    await done.promise;
  });
  await holding.promise;
  const killed = expect(retain({ [A]: 29 })).rejects.toThrow(/terminat/);
  await eventually(isOneWaiting, (waits) => waits);
  await test.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  await killed;
  done.resolve();
  await holder;
  expect([await counted(), (await names()).length]).toEqual([[['ListBuckets', 2]], 2]);
  expect(await retain({ [A]: 29 })).toMatchObject({ emptied: 1, dropped: 1 });
  expect([await counted(), await names()]).toEqual([[], []]);
});

it('waits for counts that are being summed up without keeping anyone from the partition, and takes all of them along', async () => {
  await storeEvents(test.database, [testEvent()]);
  const [holding, done] = [deferred(), deferred()];
  const summing = test.database.transaction(async (transaction) => {
    await lock(transaction, advisoryLocks.compactCounts);
    holding.resolve();
    await done.promise;
  });
  await holding.promise;
  const deleting = retain({ [A]: 29 });
  await eventually(isOneWaiting, (waits) => waits);
  expect(await names()).toHaveLength(1);
  await storeEvents(test.database, [testEvent({ eventName: 'Meanwhile' })]);
  expect(await counted()).toEqual([
    ['ListBuckets', 1],
    ['Meanwhile', 1],
  ]);
  done.resolve();
  await summing;
  expect(await deleting).toMatchObject({ emptied: 1 });
  expect([await counted(), await names()]).toEqual([[], []]);
});

// Another account's is kept, and the partition with it; the same account's goes along.
it.each([
  ['kept', B, { emptied: 0 }, 2],
  ['not kept', A, { emptied: 1 }, 0],
])(
  'counts what came into a partition just before it was to be emptied as what it is: %s',
  async (_, accountId, deleted, left) => {
    await storeEvents(test.database, [testEvent()]);
    const [holding, done] = [deferred(), deferred()];
    const storing = storeEvents(test.database, [testEvent({ accountId })], {
      hold: () => {
        holding.resolve();
        return done.promise;
      },
    });
    await holding.promise;
    const stop = new AbortController();
    const deleting = retain({ [A]: 29 }, null, later, stop.signal);
    await eventually(isOneWaiting, (waits) => waits);
    // Told to stop, it does nothing more after the emptying.
    stop.abort();
    done.resolve();
    await storing;
    expect(await deleting).toMatchObject(deleted);
    expect(await names()).toHaveLength(left);
    const [row] = await test.database.query('SELECT coalesce(sum(events), 0)::integer AS events FROM event_count');
    expect(row).toEqual({ events: left });
  },
);

it('keeps a partition whose accounts nobody limits, and all without any retention', async () => {
  await storeEvents(test.database, [testEvent({ accountId: A }), testEvent({ accountId: B })]);
  expect(await retain({})).toEqual({ events: 0, emptied: 0, dropped: 0 });
  expect(await retain({ [A]: 1 })).toEqual({ events: 1, emptied: 0, dropped: 0 });
  expect(await rowsOf('event')).toBe(1);
});

it('gives way to a long reader of a partition, and to those behind it, and empties it once the reader is done', async () => {
  await storeEvents(test.database, [testEvent()]);
  const [reading, done] = [deferred(), deferred()];
  const reader = test.database.transaction(async (transaction) => {
    await transaction.query('SELECT FROM event_2026_11_20');
    reading.resolve();
    await done.promise;
  });
  await reading.promise;
  let isDeleted = false;
  const deleting = retain({ [A]: 29 }).then((deleted) => {
    isDeleted = true;
    return deleted;
  });
  await eventually(isOneWaiting, (waits) => waits);
  // Another reader of the same partition, who would wait behind one that insists.
  expect(await names()).toHaveLength(1);
  expect(isDeleted).toBe(false);
  done.resolve();
  await reader;
  expect(await deleting).toMatchObject({ emptied: 1 });
  expect(await names()).toHaveLength(0);
});

it('spares what arrived within the grace, however old it is, so that no reader within it loses anything', async () => {
  await storeEvents(test.database, [testEvent({ eventName: 'Early' })]);
  const first = await events.feed.read(all, { first: 1 });
  await storeEvents(test.database, [testEvent({ eventName: 'Late' })]);
  await test.database.query('UPDATE batch SET committed_at = $1 WHERE position = 2', [new Date(later - 6 * dayMs)]);
  expect(await retain({ [A]: 1 })).toMatchObject({ events: 1, emptied: 0 });
  const next = await events.feed.read(all, { after: first.endCursor });
  expect(next.events.map(({ eventName }) => eventName)).toEqual(['Late']);
  expect(await retain({ [A]: 1 }, null, later + 2 * dayMs)).toMatchObject({ emptied: 1 });
  expect(await names()).toEqual([]);
});

// A partition that goes at once, and one that is deleted from because another account keeps its part.
it.each([
  ['emptied at once', {}],
  ['deleted a slice at a time', { [B]: 400 }],
])('tells a reader of the feed that deleted events have overtaken it: %s', async (_, keep) => {
  await storeEvents(test.database, [testEvent(), testEvent(), testEvent({ accountId: B })]);
  await storeEvents(test.database, [testEvent(), testEvent({ accountId: B })]);
  await storeEvents(test.database, [testEvent({ eventName: 'Kept', eventTime: noon + 20 * dayMs })], {
    partitions: eventServices(test, () => later).partitions,
  });
  const inBatch = await events.feed.read(all, { first: 1 });
  const afterBatch = await events.feed.read(all, { first: 3 });
  const afterAll = await events.feed.read(all, { first: 5 });
  const ofB = scopeOfGrant([B]);
  const behindB = await events.feed.read(ofB, { first: 1 });
  const narrowed = await events.feed.read(all, { first: 1, filter: { accountIds: [B] } });
  expect((await events.feed.read(all, { after: inBatch.endCursor })).events).toHaveLength(5);
  await retain({ [A]: 20, ...keep }, 20);
  const expired = expect.objectContaining({ code: 'CURSOR_EXPIRED' });
  await expect(events.feed.read(all, { after: inBatch.endCursor })).rejects.toEqual(expired);
  await expect(events.feed.read(all, { after: afterBatch.endCursor })).rejects.toEqual(expired);
  const rest = await events.feed.read(all, { after: afterAll.endCursor });
  expect(rest.events.map(({ eventName }) => eventName)).toEqual(['Kept']);
  // Of B's own events some are gone in the first case only; what is gone of A is nothing to it.
  const readers = [
    () => events.feed.read(ofB, { after: behindB.endCursor }),
    () => events.feed.read(all, { after: narrowed.endCursor, filter: { accountIds: [B] } }),
  ];
  for (const read of readers) {
    if (B in keep) expect((await read()).events).toHaveLength(1);
    else await expect(read()).rejects.toEqual(expired);
  }
});

it('lets a reader begin anew after a deletion and follow the cursor, however far behind the deleted events it stands', async () => {
  // Stored last, though it happened first, as by a backfill.
  await storeEvents(
    test.database,
    Array.from({ length: 5 }, () => testEvent({ eventTime: noon + 20 * dayMs })),
    { partitions: eventServices(test, () => later).partitions },
  );
  await storeEvents(test.database, [testEvent()]);
  await retain({ [A]: 20 });
  const first = await events.feed.read(all, { first: 2 });
  const second = await events.feed.read(all, { first: 10, after: first.endCursor });
  expect(first.events.length + second.events.length).toBe(5);
});

it('ends a traversal by time where retention has passed it, without a word', async () => {
  await storeEvents(
    test.database,
    [0, 1, 2, 3].map((day) => testEvent({ eventTime: noon - day * dayMs })),
  );
  const first = await events.service.page(all, { orderBy: 'NEWEST_FIRST', first: 1 });
  await retain({ [A]: 30 });
  const { nodes, pageInfo } = await events.service.page(all, {
    orderBy: 'NEWEST_FIRST',
    after: first.pageInfo.endCursor,
  });
  expect([nodes.length, pageInfo.hasNextPage]).toEqual([0, false]);
});

it('says of an event whose record was deleted while it was read that it is no longer kept', async () => {
  await storeEvents(test.database, [testEvent()]);
  const { nodes } = await events.service.page(all, { orderBy: 'NEWEST_FIRST' });
  await retain({ [A]: 1 });
  await expect(events.service.records(nodes)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
