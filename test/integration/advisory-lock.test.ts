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

it('the lock lasts as long as the work, on a server that ends transactions which idle', async () => {
  await withDatabase(async ({ url, database }) => {
    const [{ name } = { name: '' }] = await database.query<{ name: string }>('SELECT current_database() AS name');
    await database.query(`ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '20ms'`);
    const strict = await openDatabase({ url, log: silentLog, entities: [] });
    try {
      const done = await withAdvisoryLock(strict, 'a', async () => {
        await strict.query('SELECT pg_sleep(0.2)');
        expect(await withAdvisoryLock(strict, 'a', async () => undefined)).toBe(false);
      });
      expect(done).toBe(true);
    } finally {
      await strict.close();
    }
  });
});
