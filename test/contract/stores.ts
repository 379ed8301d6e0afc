import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { loseQueueOnPostgres, loseQueueOnRedis } from '../support/lose-queue.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { describeRedis, startTestRedis, type TestRedis } from '../support/test-redis.js';

/** Where a queue or pubsub keeps its things: one for each test, on Postgres or on Redis. */
export interface Store {
  readonly connection: { readonly databaseUrl: string; readonly redisUrl?: string; readonly prefix: string };
  /** Cuts every connection that is open now, as a restart of the server or of a firewall does. */
  cutConnections(): Promise<void>;
  /** As a server that comes back empty: jobs, schedules, everything. */
  loseEverything(): Promise<void>;
}

/** Runs one suite on both backends. `store()` is the current test's. */
export function describeOnEachStore(name: string, suite: (store: () => Store) => void): void {
  describe(`${name} on Postgres`, () => {
    let database: TestDatabase;
    beforeEach(async () => {
      database = await createTestDatabase({ empty: true });
    });
    // Fails when a test leaves a connection open.
    afterEach(() => database.drop());
    suite(() => postgresStore(database));
  });
  describeRedis(`${name} on Redis`, () => {
    let redis: TestRedis;
    let store: Store;
    beforeAll(async () => {
      redis = await startTestRedis();
    });
    beforeEach(() => {
      store = redisStore(redis.url);
    });
    afterAll(() => redis.stop());
    suite(() => store);
  });
}

function postgresStore({ url, database }: TestDatabase): Store {
  return {
    connection: { databaseUrl: url, prefix: 'unused' },
    async cutConnections() {
      await database.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    },
    loseEverything: () => loseQueueOnPostgres(database),
  };
}

function redisStore(redisUrl: string): Store {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  return {
    connection: { databaseUrl: 'postgres://nobody@127.0.0.1:1/unused', redisUrl, prefix },
    async cutConnections() {
      const administrator = new Redis(redisUrl);
      await administrator.client('KILL', 'TYPE', 'normal');
      await administrator.client('KILL', 'TYPE', 'pubsub');
      administrator.disconnect();
    },
    loseEverything: () => loseQueueOnRedis(redisUrl),
  };
}
