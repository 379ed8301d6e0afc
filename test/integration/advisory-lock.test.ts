import { expect, it } from 'vitest';
import { withAdvisoryLock } from '../../src/platform/database/advisory-lock.js';
import { openDatabase } from '../../src/platform/database/open-database.js';
import { silentLog } from '../support/silent-log.js';
import { withDatabase } from '../support/test-database.js';

it('of two that want one lock the second goes without, and a third has it once the first is done', async () => {
  await withDatabase(async ({ database }) => {
    let inner: boolean | undefined;
    const outer = await withAdvisoryLock(database, 'a', async () => {
      inner = await withAdvisoryLock(database, 'a', async () => undefined);
      expect(await withAdvisoryLock(database, 'b', async () => undefined)).toBe(true);
    });
    expect([outer, inner]).toEqual([true, false]);
    expect(await withAdvisoryLock(database, 'a', async () => undefined)).toBe(true);
  });
});

it('the lock lasts as long as the work, and no longer than its process says something', async () => {
  await withDatabase(async ({ url }) => {
    const strict = await openDatabase({ url, log: silentLog, entities: [], idleTransactionMs: 100 });
    const isFree = () => withAdvisoryLock(strict, 'a', async () => undefined);
    const busy = () => strict.query('SELECT pg_sleep(0.5)').then(() => undefined);
    const kept: boolean[] = [];
    try {
      await withAdvisoryLock(strict, 'a', () => busy().then(async () => void kept.push(await isFree())), {
        beatMs: 10,
      });
      // As a frozen process: it says nothing more, and finds out when it is done.
      const silent = withAdvisoryLock(strict, 'a', () => busy().then(async () => void kept.push(await isFree())));
      await expect(silent).rejects.toThrow();
      expect(kept).toEqual([false, true]);
    } finally {
      await strict.close();
    }
  });
});
