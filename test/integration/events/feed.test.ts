import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { deferred } from '../../support/deferred.js';
import { eventServices } from '../../support/event-services.js';
import { storeEvents, testEvent } from '../../support/events.js';
import { eventually } from '../../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const all = everyAccount('tests look at everything');
let test: TestDatabase;
let events: ReturnType<typeof eventServices>;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  events = eventServices(test);
});
afterEach(() => test.drop());

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

async function isOneWaiting(): Promise<boolean> {
  const rows = await test.database.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows.length > 0;
}

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
  let isCommitted = false;
  const second = storeEvents(test.database, [testEvent({ eventName: 'Second' })]).then(() => {
    isCommitted = true;
  });
  // Either it waits for the first, as it should, or it has committed before it, and a reader would miss the first.
  await eventually(
    async () => isCommitted || (await isOneWaiting()),
    (isSettled) => isSettled,
  );
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
