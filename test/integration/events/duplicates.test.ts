import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { SearchBudget, searchLimits } from '../../../src/events/text-search.js';
import { eventServices } from '../../support/event-services.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
});
afterEach(() => test.drop());

it('looks each key of a duplicate up by an index, although a young partition has no statistics', async () => {
  const events = Array.from({ length: 4000 }, (_, index) => testEvent({ eventTime: noon + (index % 600) * 1000 }));
  await storeEvents(test.database, events);
  let read = { sequential: 0, byIndex: 0 };
  const { partitions } = eventServices(test);
  await partitions.ensure([noon]);
  await storeEvents(test.database, events, {
    partitions,
    hold: async (transaction) => {
      const [row] = await transaction.query<{ sequential: string; byIndex: string }>(
        `SELECT sum(seq_tup_read) AS sequential, sum(idx_tup_fetch) AS "byIndex"
         FROM pg_stat_xact_user_tables WHERE relname LIKE 'event_20%'`,
      );
      read = { sequential: Number(row?.sequential), byIndex: Number(row?.byIndex) };
    },
  });
  expect(read.sequential).toBe(0);
  expect(read.byIndex).toBeGreaterThanOrEqual(4000);
  expect(read.byIndex).toBeLessThan(3 * 4000);
});

it('stores each event once when batches of several segments hold the same events in other orders', async () => {
  const [first, second] = [0, 1].map((part) =>
    Array.from({ length: 9000 }, (_, index) => testEvent({ eventTime: noon + part * 60_000 + (index % 50) * 1000 })),
  );
  const { partitions } = eventServices(test);
  await partitions.ensure([noon]);
  const orders = [
    [...(first ?? []), ...(second ?? [])],
    [...(second ?? []), ...(first ?? [])],
  ];
  const results = await Promise.all(orders.map((events) => storeEvents(test.database, events, { partitions })));
  expect(results.reduce((sum, { events }) => sum + events, 0)).toBe(18_000);
  const [row] = await test.database.query<{ events: string }>('SELECT sum(events) AS events FROM event_count');
  expect(Number(row?.events)).toBe(18_000);
});

it('reads no more records for all searches of a request together than for one', async () => {
  const { service } = eventServices(test);
  await storeEvents(
    test.database,
    Array.from({ length: 1500 }, (_, index) => testEvent({ eventTime: noon - index })),
  );
  const budget = new SearchBudget(new AbortController().signal, () => 0);
  budget.spend(searchLimits.records - 4000);
  const search = () =>
    service.page(everyAccount('a test'), { orderBy: 'NEWEST_FIRST', filter: { search: 'nowhere' } }, budget);
  let answered = 0;
  await expect(
    (async () => {
      for (; answered < 100; answered++) await search();
    })(),
  ).rejects.toMatchObject({ code: 'COST_EXCEEDED' });
  expect(answered).toBe(3);
});
