import { MigrationExecutor, type QueryRunner } from 'typeorm';
import { advisoryLocks } from './advisory-lock.js';
import type { Database } from './database.js';

/**
 * Brings the schema up to date, each migration in a transaction of its own.
 *
 * Of several processes that start together one migrates and the others wait for it.
 *
 * @returns the names of the migrations run here; empty when there was nothing to do
 */
export function migrate(database: Database): Promise<string[]> {
  return underLock(database, async (executor) => {
    const done = await executor.executePendingMigrations();
    return done.map(({ name }) => name);
  });
}

/** Takes every migration back, the newest first, and with them all data. For tests of `down`. */
export function revertAll(database: Database): Promise<string[]> {
  return underLock(database, async (executor) => {
    const reverted: string[] = [];
    for (;;) {
      const newest = (await executor.getExecutedMigrations()).sort((a, b) => b.timestamp - a.timestamp)[0];
      if (newest === undefined) return reverted;
      await executor.undoLastMigration();
      reverted.push(newest.name);
    }
  });
}

/** One connection holds the lock and migrates: a pool of one is enough, and a lost connection frees the lock. */
async function underLock<T>(database: Database, work: (executor: MigrationExecutor) => Promise<T>): Promise<T> {
  const runner = database.dataSource.createQueryRunner();
  try {
    // Waiting for another's migration, or building an index, may take longer than any query should.
    const [before] = (await runner.query('SHOW statement_timeout')) as { statement_timeout: string }[];
    await runner.query('SET statement_timeout = 0');
    // Of the session, since each migration is a transaction.
    await runner.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [advisoryLocks.migration]);
    try {
      const executor = new MigrationExecutor(database.dataSource, runner);
      executor.transaction = 'each';
      return await work(executor);
    } finally {
      // A connection that is lost by now has let go of the lock by itself.
      await release(runner, before?.statement_timeout ?? '0').catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
}

async function release(runner: QueryRunner, statementTimeout: string): Promise<void> {
  await runner.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [advisoryLocks.migration]);
  await runner.query(`SELECT set_config('statement_timeout', $1, false)`, [statementTimeout]);
}
