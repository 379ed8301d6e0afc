import type { Database } from './database.js';

/**
 * Runs `work` unless another process runs it under the same name. The lock is that of a transaction which does nothing
 * else, so it ends with the connection whatever becomes of the process; `work` uses connections of its own.
 *
 * @returns whether `work` was run
 */
export async function withAdvisoryLock(database: Database, name: string, work: () => Promise<void>): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken',
      [name],
    );
    if (!row?.taken) return false;
    await work();
    return true;
  });
}
