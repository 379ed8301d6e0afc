import { Redis } from 'ioredis';
import type { Database } from '../../src/platform/database/database.js';

/** Everything that BullMQ keeps in Postgres is gone: jobs, schedules, keys. Its functions stay. */
export async function loseQueueOnPostgres(database: Database): Promise<void> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname = 'bullmq' AND tablename <> 'migration' ORDER BY 1`,
  );
  // A transaction is run again when it loses a deadlock: BullMQ locks its tables in orders of its own.
  await database.transaction((transaction) =>
    transaction.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`),
  );
}

/** A Redis that came back empty. */
export async function loseQueueOnRedis(redisUrl: string): Promise<void> {
  const administrator = new Redis(redisUrl);
  await administrator.flushall();
  administrator.disconnect();
}
