import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../../src/deliveries/outbox.service.js';
import { reorder } from '../../../src/deliveries/target.store.js';
import { deferred } from '../../support/deferred.js';
import {
  delivered,
  deliveryRows,
  makeDue,
  messageTo,
  numbered,
  openDispatcher,
  plantTarget,
  putOut,
  refused,
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

const bodies = (from: readonly { body: string | null }[]) => from.map(({ body }) => body);
const targetRow = async (name: string) => {
  const [row] = await test.database.query<{ failures: number; rests: boolean; seconds: number; error: string | null }>(
    `SELECT failures, rests_until > now() AS rests, extract(epoch FROM rests_until - now())::float8 AS seconds,
       last_error AS error FROM target WHERE name = $1`,
    [name],
  );
  return row;
};

describe('what a target gets', () => {
  it('each message once, however many processes deliver at the same time', async () => {
    const target = await plantTarget(test.database, { name: 'one' });
    await putOut(test.database, numbered(target, 300));
    const sent: string[] = [];
    const send: Send = async ({ body }) => {
      sent.push(body);
      return delivered;
    };
    await Promise.all([1, 2, 3].map(() => openDispatcher(test.database, send).work()));
    expect(sent).toHaveLength(300);
    expect(new Set(sent).size).toBe(300);
    expect(new Set((await deliveryRows(test.database)).map(({ state }) => state))).toEqual(new Set(['DELIVERED']));
  });

  it('nothing of a transaction that was rolled back', async () => {
    const target = await plantTarget(test.database, { name: 'one' });
    const failed = test.database.transaction(async (transaction) => {
      const outbox = new Outbox(transaction);
      await outbox.add([messageTo(target, 'lost')]);
      await outbox.seal();
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await deliveryRows(test.database)).toEqual([]);
  });

  it('no more at once than it takes, all processes together', async () => {
    const target = await plantTarget(test.database, { name: 'narrow', maxConcurrency: 3 });
    await putOut(test.database, numbered(target, 40));
    let [now, most] = [0, 0];
    const send: Send = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return delivered;
    };
    await Promise.all([openDispatcher(test.database, send).work(), openDispatcher(test.database, send).work()]);
    expect(most).toBe(3);
    expect(bodies(await deliveryRows(test.database))).toHaveLength(40);
  });

  it('what waits for it, although many others never answer', async () => {
    const hung = deferred();
    for (let index = 0; index < 20; index++) {
      const dead = await plantTarget(test.database, { name: `dead${index}` });
      await test.database.query('UPDATE target SET failures = 1 WHERE id = $1', [dead]);
      await putOut(test.database, numbered(dead, 20, 'dead'));
    }
    const alive = await plantTarget(test.database, { name: 'alive' });
    await putOut(test.database, numbered(alive, 50, 'alive'));
    const got: string[] = [];
    const stop = new AbortController();
    const working = openDispatcher(test.database, async ({ body, targetName }, signal) => {
      if (targetName !== 'alive') {
        await Promise.race([hung.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
        return targetFailed;
      }
      got.push(body);
      return delivered;
    }).work(stop.signal);
    await eventually(
      async () => got.length,
      (count) => count === 50,
    );
    stop.abort();
    hung.resolve();
    await working;
  });
});

describe('a target that keeps an order', () => {
  it('gets messages in the order in which their transactions commit, and within one by the time of events', async () => {
    const target = await plantTarget(test.database, { name: 'ordered', ordered: true });
    const isIn = deferred();
    const mayCommit = deferred();
    // Begins first, writes first, commits last.
    const slow = test.database.transaction(async (transaction) => {
      const outbox = new Outbox(transaction);
      await outbox.add([messageTo(target, 'slow-late', 20), messageTo(target, 'slow-early', 10)]);
      isIn.resolve();
      await mayCommit.promise;
      await outbox.seal();
    });
    await isIn.promise;
    await putOut(test.database, [messageTo(target, 'fast', 99)]);
    mayCommit.resolve();
    await slow;
    await putOut(test.database, numbered(target, 40));
    const got: string[] = [];
    const send: Send = async ({ body }) => {
      got.push(body);
      await new Promise((resolve) => setImmediate(resolve));
      return delivered;
    };
    await Promise.all([openDispatcher(test.database, send).work(), openDispatcher(test.database, send).work()]);
    expect(got).toEqual(['fast', 'slow-early', 'slow-late', ...bodies(numbered(target, 40))]);
  });

  it('waits behind one that must be tried again, and passes one that failed for good', async () => {
    const target = await plantTarget(test.database, { name: 'ordered', ordered: true });
    await putOut(test.database, numbered(target, 4));
    const got: string[] = [];
    const stop = new AbortController();
    const first = openDispatcher(test.database, async ({ body }) => {
      got.push(body);
      if (body === 'm1') queueMicrotask(() => stop.abort());
      return body === 'm1' ? targetFailed : delivered;
    });
    await first.work(stop.signal);
    expect(got).toEqual(['m0', 'm1']);
    await makeDue(test.database);
    await openDispatcher(test.database, async ({ body }) => {
      got.push(body);
      return body === 'm1' ? refused : delivered;
    }).work();
    expect(got).toEqual(['m0', 'm1', 'm1', 'm2', 'm3']);
    expect(await deliveryRows(test.database)).toMatchObject([
      { body: 'm0', state: 'DELIVERED' },
      { body: 'm1', state: 'FAILED', error: 'no such thing' },
      { body: 'm2', state: 'DELIVERED' },
      { body: 'm3', state: 'DELIVERED' },
    ]);
  });

  it('goes on where it was set to keep an order while messages waited', async () => {
    const target = await plantTarget(test.database, { name: 'late' });
    await putOut(test.database, numbered(target, 3, 'before'));
    await test.database.query('UPDATE target SET is_ordered = true');
    await reorder(test.database, target, true);
    await putOut(test.database, numbered(target, 3, 'after'));
    const got: string[] = [];
    await openDispatcher(test.database, ({ body }) => {
      got.push(body);
      return delivered;
    }).work();
    expect(got).toEqual(['before0', 'before1', 'before2', 'after0', 'after1', 'after2']);
  });
});

it('one that keeps no order any more is sent as many at once as it takes, and no more', async () => {
  const target = await plantTarget(test.database, { name: 'was-ordered', ordered: true });
  await putOut(test.database, numbered(target, 20, 'before'));
  // As an ingest that was under way leaves it: some have places still, and some have none.
  await test.database.query('UPDATE target SET is_ordered = false, max_concurrency = 3');
  await putOut(test.database, numbered(target, 20, 'after'));
  let [now, most] = [0, 0];
  await openDispatcher(test.database, async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return delivered;
  }).work();
  expect(most).toBe(3);
  expect(new Set((await deliveryRows(test.database)).map(({ state }) => state))).toEqual(new Set(['DELIVERED']));
});

describe('a target that fails', () => {
  it('rests after five failures in a row, is then tried with one message, and gets all when it is back', async () => {
    const target = await plantTarget(test.database, { name: 'dead', maxConcurrency: 1 });
    await putOut(test.database, numbered(target, 20));
    let isBack = false;
    let attempts = 0;
    const { work } = openDispatcher(test.database, () => {
      attempts += 1;
      return isBack ? delivered : targetFailed;
    });
    const stop = new AbortController();
    const working = work(stop.signal);
    await eventually(
      () => targetRow('dead'),
      (row) => row?.rests === true,
    );
    expect(attempts).toBe(5);
    expect(await targetRow('dead')).toMatchObject({ failures: 5, error: 'it is down' });
    stop.abort();
    await working;
    // Its rest is over: one message shows that it is still down, and it rests twice as long.
    await test.database.query('UPDATE target SET rests_until = now(), max_concurrency = 8');
    await makeDue(test.database);
    const probing = new AbortController();
    const probe = work(probing.signal);
    await eventually(
      () => targetRow('dead'),
      (row) => (row?.failures ?? 0) === 6,
    );
    probing.abort();
    await probe;
    expect(attempts).toBe(6);
    expect((await targetRow('dead'))?.seconds).toBeGreaterThan(6);
    isBack = true;
    await test.database.query('UPDATE target SET rests_until = now()');
    await makeDue(test.database);
    await work();
    expect((await deliveryRows(test.database)).filter(({ state }) => state === 'DELIVERED')).toHaveLength(20);
    expect(await targetRow('dead')).toMatchObject({ failures: 0, rests: null, error: null });
  });

  it('is left alone for as long as it asks', async () => {
    const target = await plantTarget(test.database, { name: 'busy' });
    await putOut(test.database, numbered(target, 1));
    await openDispatcher(test.database, () => ({ ...targetFailed, retryAfterSeconds: 120 })).work();
    const row = await targetRow('busy');
    expect(row?.rests).toBe(true);
    expect(row?.seconds).toBeGreaterThan(100);
    await putOut(test.database, numbered(target, 1, 'later'));
    const got: string[] = [];
    await openDispatcher(test.database, ({ body }) => {
      got.push(body);
      return delivered;
    }).work();
    expect(got).toEqual([]);
  });

  it('is not taken for one that works again by messages that were never sent', async () => {
    const target = await plantTarget(test.database, { name: 'dead', maxConcurrency: 1 });
    await putOut(test.database, numbered(target, 8));
    const { work } = openDispatcher(test.database, ({ body }) =>
      Number(body.slice(1)) % 2 === 0 ? targetFailed : { ...refused, unsent: true as const },
    );
    const stop = new AbortController();
    const working = work(stop.signal);
    await eventually(
      async () => (await deliveryRows(test.database)).filter(({ state }) => state === 'FAILED').length,
      (failed) => failed === 4,
    );
    stop.abort();
    await working;
    expect((await targetRow('dead'))?.failures).toBeGreaterThanOrEqual(4);
  });

  it('does not rest for messages that are not to its liking', async () => {
    const target = await plantTarget(test.database, { name: 'picky' });
    await putOut(test.database, numbered(target, 12));
    await openDispatcher(test.database, () => refused).work();
    expect(await targetRow('picky')).toMatchObject({ failures: 0, rests: null });
    expect(new Set((await deliveryRows(test.database)).map(({ state }) => state))).toEqual(new Set(['FAILED']));
  });
});

describe('what is not delivered', () => {
  it('is due again, under the same key, when the process that held it has died', async () => {
    const target = await plantTarget(test.database, { name: 'one' });
    await putOut(test.database, numbered(target, 1));
    const keys: string[] = [];
    const died = deferred();
    const first = openDispatcher(test.database, async ({ key }) => {
      keys.push(key);
      await died.promise;
      return delivered;
    });
    const dead = first.work();
    await eventually(
      async () => keys.length,
      (count) => count === 1,
    );
    await test.database.query(`UPDATE delivery SET leased_until = now() - interval '1 second'`);
    const second = openDispatcher(test.database, ({ key }) => {
      keys.push(key);
      return delivered;
    });
    expect(await second.dispatcher.sweep()).toBe(true);
    await second.work();
    // It was only slow: what it says of a delivery that it no longer holds counts for nothing.
    died.resolve();
    await dead;
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(await deliveryRows(test.database)).toMatchObject([{ state: 'DELIVERED', attempts: 2 }]);
  });

  it('is tried later, and given up at last, when process after process dies over it', async () => {
    const target = await plantTarget(test.database, { name: 'deadly' });
    await putOut(test.database, numbered(target, 1));
    const { dispatcher } = openDispatcher(test.database, () => delivered);
    const die = () =>
      test.database.query(`UPDATE delivery SET state = 'DELIVERING', leased_until = now() - interval '1 second'`);
    await die();
    expect(await dispatcher.sweep()).toBe(true);
    for (let deaths = 2; deaths <= 4; deaths++) {
      await die();
      expect(await dispatcher.sweep()).toBe(false);
    }
    await die();
    await dispatcher.sweep();
    expect(await deliveryRows(test.database)).toMatchObject([
      {
        state: 'FAILED',
        attempts: 5,
        error: expect.stringContaining('it is given up; the process that delivered it ended'),
      },
    ]);
  });

  it('is handed back without counting when the process has to end', async () => {
    const target = await plantTarget(test.database, { name: 'one' });
    await putOut(test.database, numbered(target, 1));
    const stop = new AbortController();
    await openDispatcher(test.database, async (_delivery, signal) => {
      setImmediate(() => stop.abort());
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return targetFailed;
    }).work(stop.signal);
    expect(await deliveryRows(test.database)).toEqual([{ body: 'm0', state: 'PENDING', attempts: 0, error: null }]);
  });

  it('is set aside when it expires, or when its target is gone', async () => {
    const [kept, gone] = [
      await plantTarget(test.database, { name: 'kept' }),
      await plantTarget(test.database, { name: 'gone' }),
    ];
    await putOut(test.database, [messageTo(kept, 'old'), messageTo(kept, 'young'), messageTo(gone, 'orphan')]);
    await test.database.query(`UPDATE delivery SET expires_at = now(), error = 'it is down' WHERE body = 'old'`);
    await test.database.query(`DELETE FROM target WHERE name = 'gone'`);
    const { dispatcher } = openDispatcher(test.database, () => delivered);
    await dispatcher.sweep();
    await dispatcher.setAsideOrphans();
    expect(await deliveryRows(test.database)).toMatchObject([
      { body: 'old', state: 'FAILED', error: 'it expired; it is down' },
      { body: 'young', state: 'PENDING' },
      { body: 'orphan', state: 'FAILED', error: 'its target was deleted' },
    ]);
  });
});
