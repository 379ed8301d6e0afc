import { expect, it } from 'vitest';
import { migrations } from '../../migrations/index.js';
import type { Database } from '../../src/platform/database/database.js';
import { migrate, revertAll } from '../../src/platform/database/migrate.js';
import { openDatabase } from '../../src/platform/database/open-database.js';
import { Gate } from '../support/collector.js';
import { silentLog } from '../support/silent-log.js';
import { withDatabase } from '../support/test-database.js';

const names = migrations.map((migration) => migration.name);

/** Everything in the schema that a migration can make, but TypeORM's own notes. */
async function schemaOf(database: Database): Promise<object[]> {
  return database.query(`
    SELECT c.relkind::text AS kind, c.relname AS name, a.attname AS part, format_type(a.atttypid, a.atttypmod) AS detail
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'schema_migration%'
      AND NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = c.oid AND indrelid::regclass::text = 'schema_migration')
    UNION ALL
    SELECT 'constraint', conname, conrelid::regclass::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'schema_migration%'
    ORDER BY 1, 2, 3, 4`);
}

it('migrates up, down to nothing, and up to the same again', async () => {
  await withDatabase(
    async ({ database }) => {
      expect(await migrate(database)).toEqual(names);
      const first = await schemaOf(database);
      expect(first.length).toBeGreaterThan(50);
      expect(await migrate(database)).toEqual([]);
      expect(await revertAll(database)).toEqual(names.toReversed());
      expect(await schemaOf(database)).toEqual([]);
      expect(await migrate(database)).toEqual(names);
      expect(await schemaOf(database)).toEqual(first);
    },
    { empty: true },
  );
});

it('runs each migration once when two processes start together', async () => {
  await withDatabase(
    async ({ url, database }) => {
      const other = await openDatabase({ url, log: silentLog, entities: [], poolSize: 1 });
      const [one, two] = await Promise.all([migrate(database), migrate(other)]).finally(() => other.close());
      expect([...(one ?? []), ...(two ?? [])]).toEqual(names);
    },
    { empty: true },
  );
});

it('runs a transaction again when it lost a deadlock', async () => {
  await withDatabase(async ({ database }) => {
    await database.query(`CREATE TABLE counter (name text PRIMARY KEY, n integer NOT NULL)`);
    await database.query(`INSERT INTO counter VALUES ('a', 0), ('b', 0)`);
    const increment = `UPDATE counter SET n = n + 1 WHERE name = $1`;
    const gates = { a: new Gate(), b: new Gate() };
    let runs = 0;
    const crossing = (first: 'a' | 'b', second: 'a' | 'b') =>
      database.transaction(async (transaction) => {
        runs += 1;
        await transaction.query(increment, [first]);
        gates[first].open();
        // The first time both hold one row and want the other's.
        await gates[second].opened;
        await transaction.query(increment, [second]);
        return first;
      });
    expect(await Promise.all([crossing('a', 'b'), crossing('b', 'a')])).toEqual(['a', 'b']);
    expect(runs).toBe(3);
    expect(await database.query('SELECT name, n FROM counter ORDER BY name')).toEqual([
      { name: 'a', n: 2 },
      { name: 'b', n: 2 },
    ]);
  });
});

it('gives up a transaction that keeps failing to serialise after five attempts', async () => {
  await withDatabase(async ({ database }) => {
    let runs = 0;
    const doomed = database.transaction(async (transaction) => {
      runs += 1;
      await transaction.query(`DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`);
    });
    await expect(doomed).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(5);
  });
});

it('takes back what a failed transaction wrote, and does not run it again', async () => {
  await withDatabase(async ({ database }) => {
    let runs = 0;
    const failing = database.transaction(async (transaction) => {
      runs += 1;
      await transaction.query(`INSERT INTO account (account_id, name) VALUES ('111111111111', 'one')`);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(runs).toBe(1);
    expect(await database.query('SELECT * FROM account')).toEqual([]);
  });
});

it('survives a connection that is cut in the middle of a transaction', async () => {
  await withDatabase(
    async ({ database }) => {
      const cut = database.transaction(async (transaction) => {
        await transaction.query('SELECT pg_terminate_backend(pg_backend_pid())');
      });
      await expect(cut).rejects.toThrow();
      expect(await database.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    },
    { poolSize: 1 },
  );
});

it('works in UTC, names its connections, and ends reads that take too long, but nothing that writes', async () => {
  await withDatabase(async ({ url }) => {
    const options = { url, log: silentLog, entities: [], applicationName: 'named', readTimeoutMs: 50 };
    const database = await openDatabase(options);
    try {
      const shown = `SELECT current_setting('timezone') AS zone, current_setting('application_name') AS name`;
      expect(await database.query(shown)).toEqual([{ zone: 'UTC', name: 'named' }]);
      expect(await database.reads.query(shown)).toEqual([{ zone: 'UTC', name: 'named-reads' }]);
      await expect(database.reads.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: 'COST_EXCEEDED' });
      expect(await database.query('SELECT pg_sleep(0.2), 1 AS n')).toMatchObject([{ n: 1 }]);
    } finally {
      await database.close();
    }
  });
});
