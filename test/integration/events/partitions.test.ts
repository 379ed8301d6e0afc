import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { deferred } from '../../support/deferred.js';
import { eventServices } from '../../support/event-services.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
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
  const later = eventServices(test, () => soon);
  await later.partitions.ensure([soon]);
  expect(await inOther()).toHaveLength(2);
  const { nodes } = await page({ filter: { eventTime: { from: new Date(soon - 1000), to: new Date(soon + 1000) } } });
  expect(String((await events.service.records(nodes))[0])).toBe('{"soon":1}');
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
