import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import type { Database, EntityClass } from '../../src/platform/database/database.js';
import { openDatabase } from '../../src/platform/database/open-database.js';
import { silentLog } from './silent-log.js';
import { administrationUrl, databaseName, withDatabaseName } from './test-postgres.js';

export interface TestDatabaseOptions {
  readonly entities?: readonly EntityClass[];
  /** Without tables, as a new installation finds it. */
  readonly empty?: boolean;
  readonly poolSize?: number;
}

export interface TestDatabase {
  /** For what opens connections of its own: queue, pubsub, a second app. */
  readonly url: string;
  readonly database: Database;
  /**
   * Closes `database` and drops it on the server.
   *
   * @throws Error naming the connections that a test opened and left open
   */
  drop(): Promise<void>;
}

/** A database of the test's own: a copy of the migrated template. Copying files takes half as long as logging pages. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const templateUrl = inject('templateUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.empty === true ? 'template0' : databaseName(templateUrl);
  await administer(templateUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`),
  );
  const url = withDatabaseName(templateUrl, name);
  const { entities = [], poolSize = 4 } = options;
  const database = await openDatabase({ url, log: silentLog, entities, poolSize, applicationName: 'test' });
  const drop = async () => {
    await database.close();
    await administer(templateUrl, (client) => dropDatabase(client, name));
  };
  return { url, database, drop };
}

/** Runs `work` on a database of its own and drops it, whatever comes of the work. */
export async function withDatabase<T>(
  work: (test: TestDatabase) => Promise<T>,
  options: TestDatabaseOptions = {},
): Promise<T> {
  const test = await createTestDatabase(options);
  let result: T;
  try {
    result = await work(test);
  } catch (error) {
    // What failed first is what the reader needs to see.
    await test.drop().catch(() => undefined);
    throw error;
  }
  await test.drop();
  return result;
}

async function administer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: administrationUrl(url) });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const open = await remainingConnections(client, name);
  await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  if (open.length > 0) throw new Error(`the test left ${open.length} database connections open: ${open.join(', ')}`);
}

/** A closed connection is gone from the server a little later than from the client, so this looks more than once. */
async function remainingConnections(client: pg.Client, name: string): Promise<string[]> {
  for (let look = 1; ; look += 1) {
    const { rows } = await client.query<{ what: string }>(
      `SELECT application_name || ' (' || state || ': ' || left(query, 80) || ')' AS what
       FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || look === 40) return rows.map(({ what }) => what);
    await delay(25);
  }
}
