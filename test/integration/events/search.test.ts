import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../../../src/access/scope.js';
import { SearchBudget, searchLimits } from '../../../src/events/text-search.js';
import { eventServices } from '../../support/event-services.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { eventually } from '../../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const all = everyAccount('tests look at everything');
const A = '111111111111';
const B = '222222222222';
let test: TestDatabase;
let events: ReturnType<typeof eventServices>;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 4 });
  events = eventServices(test);
});
afterEach(() => test.drop());

type PageArgs = Parameters<typeof events.service.page>[1];

/** Every event that the pages of a traversal show, in their order, and how many pages it took. */
async function pages(args: Partial<PageArgs>, scope = all, budget = () => new SearchBudget()) {
  const found: string[] = [];
  let count = 0;
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await events.service.page(scope, { orderBy: 'NEWEST_FIRST', ...args, after }, budget());
    found.push(...nodes.map(({ eventID }) => eventID));
    count += 1;
    if (!pageInfo.hasNextPage) return { found, count };
    after = pageInfo.endCursor;
  }
}

it.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)(
  'finds every record that holds a text, in any case and in the order of time, %s',
  async (orderBy) => {
    const stored = Array.from({ length: 7000 }, (_, index) =>
      testEvent({
        // Two accounts over three days, many events in one second, and chunks of both in turn.
        eventTime: noon - Math.floor(index / 7) * 60_000,
        accountId: index % 2 === 0 ? A : B,
        eventName: index % 3 === 0 ? 'Third' : 'Other',
        raw: JSON.stringify({
          n: index,
          text: index % 100 === 0 ? 'a NEEDLE in it' : 'hay',
          umlaut: index % 200 === 0 ? 'Ü' : '',
        }),
      }),
    );
    await storeEvents(test.database, stored.slice(0, 3000));
    await storeEvents(test.database, stored.slice(3000));
    const expected = (wanted: (index: number) => boolean) => {
      const key = ({ eventTime, eventId }: (typeof stored)[number]) => `${eventTime} ${eventId}`;
      const ids = stored
        .filter((_, index) => wanted(index))
        .sort((a, b) => (key(a) < key(b) ? -1 : 1))
        .map(({ eventId }) => eventId);
      return orderBy === 'OLDEST_FIRST' ? ids : ids.reverse();
    };
    const search = async (filter: object, first = 7, scope = all) =>
      (await pages({ orderBy, filter, first }, scope)).found;
    expect(await search({ search: 'Needle' })).toEqual(expected((index) => index % 100 === 0));
    expect(await search({ search: 'ü' }, 1000)).toEqual(expected((index) => index % 200 === 0));
    expect(await search({ search: 'needle', eventNames: ['Third'] })).toEqual(expected((index) => index % 300 === 0));
    expect(await search({ search: 'needle' }, 100, scopeOfGrant([A]))).toEqual(expected((index) => index % 100 === 0));
    expect(await search({ search: 'needle' }, 100, scopeOfGrant([B]))).toEqual([]);
    expect(await search({ search: '"text":"hay"' }, 1000)).toEqual(expected((index) => index % 100 !== 0));
    expect(await search({ search: '.*' })).toEqual([]);
  },
);

it('goes on from the cursor of a page that ended for want of records or time, and shows everything once', async () => {
  const stored = Array.from({ length: 3000 }, (_, index) =>
    testEvent({ eventTime: noon - index * 1000, raw: index % 500 === 0 ? '{"needle":1}' : '{}' }),
  );
  await storeEvents(test.database, stored);
  const expected = stored.filter((_, index) => index % 500 === 0).map(({ eventId }) => eventId);
  const few = () => {
    const budget = new SearchBudget(new AbortController().signal, () => 0);
    budget.spend(searchLimits.records - 700);
    return budget;
  };
  const byRecords = await pages({ filter: { search: 'needle' } }, all, few);
  expect(byRecords).toEqual({ found: expected, count: 5 });
  const brief = () => {
    let looks = 0;
    // The time is over after the first stretch of 1,000 events.
    return new SearchBudget(new AbortController().signal, () => (looks++ < 4 ? 0 : searchLimits.seconds * 1000));
  };
  const byTime = await pages({ filter: { search: 'needle' } }, all, brief);
  expect(byTime.found).toEqual(expected);
  expect(byTime.count).toBeGreaterThan(1);
});

it('searches the feed in the order of arrival, and answers when the budget is spent', async () => {
  const stored = Array.from({ length: 12_000 }, (_, index) =>
    testEvent({ eventTime: noon - (index % 1000) * 60_000, raw: index % 1000 === 999 ? '{"needle":1}' : '{}' }),
  );
  await storeEvents(test.database, stored.slice(0, 7000));
  await storeEvents(test.database, stored.slice(7000));
  const budget = new SearchBudget(new AbortController().signal, () => 0);
  budget.spend(searchLimits.records - 6000);
  const first = await events.feed.read(all, { filter: { search: 'needle' } }, budget);
  const second = await events.feed.read(all, { filter: { search: 'needle' }, after: first.endCursor });
  expect([first.hasMore, second.hasMore]).toEqual([true, false]);
  expect(first.events.length).toBeLessThan(12);
  expect([...first.events, ...second.events].map(({ eventID }) => eventID)).toEqual(
    stored.filter((_, index) => index % 1000 === 999).map(({ eventId }) => eventId),
  );
});

it('ends a search at once when the reader goes away, on the server too', async () => {
  await storeEvents(test.database, [testEvent()]);
  const going = new AbortController();
  let searching: Promise<unknown> | undefined;
  // Somebody has the table for himself: the search waits on the server, until it is cancelled there.
  await test.database.transaction(async (transaction) => {
    await transaction.query('LOCK TABLE record_chunk IN ACCESS EXCLUSIVE MODE');
    searching = events.service
      .page(all, { orderBy: 'NEWEST_FIRST', filter: { search: 'x' } }, new SearchBudget(going.signal))
      .catch((error: unknown) => error);
    const waiting = () =>
      test.database.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%record_chunk%' AND state = 'active'",
      );
    await eventually(waiting, (rows) => rows.length === 1);
    going.abort(new Error('gone'));
    expect(await searching).toMatchObject({ message: 'gone' });
    await eventually(waiting, (rows) => rows.length === 0);
  });
  // The connection serves the next reader.
  expect((await events.service.page(all, { orderBy: 'NEWEST_FIRST' })).nodes).toHaveLength(1);
});
