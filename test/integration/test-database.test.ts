import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, withDatabase } from '../support/test-database.js';

it('gives each test a migrated database of its own', async () => {
  await withDatabase(async ({ database }) => {
    await database.query(`INSERT INTO account (account_id, name) VALUES ('111111111111', 'one')`);
    await withDatabase(async (other) => {
      expect(await other.database.query('SELECT * FROM account')).toEqual([]);
    });
  });
});

it('fails a test that leaves a connection open, and names it', async () => {
  const { url, drop } = await createTestDatabase();
  const forgotten = new pg.Client({ connectionString: url, application_name: 'forgotten' });
  forgotten.on('error', () => undefined);
  await forgotten.connect();
  await expect(drop()).rejects.toThrow(/left 1 database connections open: forgotten/);
});
