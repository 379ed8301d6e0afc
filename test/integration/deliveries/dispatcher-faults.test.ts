import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../../src/platform/database/database.js';
import {
  delivered,
  deliveryRows,
  makeDue,
  messageTo,
  numbered,
  openDispatcher,
  plantTarget,
  putOut,
  type Send,
  targetFailed,
} from '../../support/dispatching.js';
import { eventually } from '../../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 12 });
});
afterEach(() => test.drop());

/** The database, in whose transactions the first statements that match fail. */
function breaking(database: Database, statement: RegExp, times: number): Database {
  let left = times;
  return {
    ...database,
    transaction: (work) =>
      database.transaction((transaction) =>
        work({
          client: transaction.client,
          query: (text, values) => {
            if (left === 0 || !statement.test(text)) return transaction.query(text, values);
            left -= 1;
            return Promise.reject(new Error('broken'));
          },
        }),
      ),
  };
}

it.each([1, 8, 32])(
  'rests for seconds, not minutes, when %i at once fail for the first time',
  async (maxConcurrency) => {
    const target = await plantTarget(test.database, { name: 'blip', maxConcurrency });
    await putOut(test.database, numbered(target, 64));
    const stop = new AbortController();
    const working = openDispatcher(test.database, () => targetFailed).work(stop.signal);
    const rest = () =>
      test.database.query<{ failures: number; seconds: number | null }>(
        `SELECT failures, extract(epoch FROM rests_until - now())::float8 AS seconds FROM target`,
      );
    const [seen] = await eventually(rest, ([row]) => (row?.seconds ?? 0) > 0);
    stop.abort();
    await working;
    expect(seen?.seconds).toBeLessThanOrEqual(5);
    expect((await rest())[0]?.failures).toBeLessThanOrEqual(6);
  },
);

it('sends nothing twice because the database did not answer for a moment when it was to be written down', async () => {
  const target = await plantTarget(test.database, { name: 'ordered', ordered: true });
  await putOut(test.database, numbered(target, 5));
  const got: string[] = [];
  const database = breaking(test.database, /SET state = settled/, 2);
  await openDispatcher(database, ({ body }) => {
    got.push(body);
    return delivered;
  }).work();
  expect(got).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  expect((await deliveryRows(test.database)).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
});

it('a target that failed once gets its turn beside many that always have something waiting', async () => {
  const busy: string[] = [];
  for (let index = 0; index < 40; index++) busy.push(await plantTarget(test.database, { name: `busy${index}` }));
  for (const target of busy) await putOut(test.database, numbered(target, 40, 'busy'));
  const failed = await plantTarget(test.database, { name: 'failed' });
  await test.database.query('UPDATE target SET failures = 1 WHERE id = $1', [failed]);
  await putOut(test.database, numbered(failed, 5, 'failed'));
  const got: string[] = [];
  const send: Send = async ({ body }) => {
    await new Promise((resolve) => setImmediate(resolve));
    got.push(body);
    return delivered;
  };
  await openDispatcher(test.database, send).work();
  expect(got).toHaveLength(40 * 40 + 5);
  // Long before the others have got all of theirs.
  expect(got.findLastIndex((body) => body.startsWith('failed'))).toBeLessThan(1200);
});

it('only what was begun counts as lost when a process dies in the midst of an order', async () => {
  const target = await plantTarget(test.database, { name: 'ordered', ordered: true });
  await putOut(test.database, numbered(target, 3));
  await test.database.query(
    `UPDATE delivery SET state = 'DELIVERING', lease = gen_random_uuid(), leased_until = now() - interval '1 second'`,
  );
  await test.database.query('UPDATE delivery SET lease = (SELECT min(lease::text)::uuid FROM delivery)');
  await openDispatcher(test.database, () => delivered).dispatcher.sweep();
  expect(await test.database.query('SELECT body, lost, attempts FROM delivery ORDER BY id')).toEqual([
    { body: 'm0', lost: 1, attempts: 1 },
    { body: 'm1', lost: 0, attempts: 0 },
    { body: 'm2', lost: 0, attempts: 0 },
  ]);
  await makeDue(test.database);
  await openDispatcher(test.database, () => delivered).work();
  // It was delivered after all: what happened before is no reason to give it up when it is redriven.
  expect(await test.database.query('SELECT DISTINCT lost FROM delivery')).toEqual([{ lost: 0 }]);
});

it('what could not be made of an event is a dead letter that cannot be redriven', async () => {
  const target = await plantTarget(test.database, { name: 'one' });
  await putOut(test.database, [{ ...messageTo(target, 'large'), body: null, failure: 'it would be too large' }]);
  const got: unknown[] = [];
  await openDispatcher(test.database, (delivery) => {
    got.push(delivery);
    return delivered;
  }).work();
  expect(got).toEqual([]);
  expect(await deliveryRows(test.database)).toEqual([
    { body: null, state: 'FAILED', attempts: 0, error: 'it would be too large' },
  ]);
});
