import type { Database, Sql } from './database.js';

/** Every advisory lock, by name: two that shared one would wait for each other. */
export const advisoryLocks = {
  migration: 'crosstrail.migration',
  adminToken: 'crosstrail.admin_token',
  partitions: 'crosstrail.partitions',
  compactCounts: 'crosstrail.compact_counts',
  ingest: 'crosstrail.ingest',
  retention: 'crosstrail.retention',
  deliveryOrder: 'crosstrail.delivery_order',
  reportFigures: 'crosstrail.report_figures',
  mergePoints: 'crosstrail.merge_points',
  mergeActivity: 'crosstrail.merge_activity',
  alarms: 'crosstrail.alarms',
  discover: (sourceId: string) => `crosstrail.discover.${sourceId}`,
} as const;

/** Waits for the lock, and holds it to the end of the transaction, beside others that hold it so. */
export async function lockShared(transaction: Sql, name: string): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [name]);
}

/** Waits for the lock, and holds it alone to the end of the transaction. */
export async function lock(transaction: Sql, name: string): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

/**
 * Takes the lock, and holds it to the end of the transaction, unless another has it.
 *
 * @returns whether it was taken
 */
export async function tryLock(transaction: Sql, name: string): Promise<boolean> {
  const [row] = await transaction.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken',
    [name],
  );
  return row?.taken === true;
}

/** Far more often than the server ends a transaction that says nothing; see `openDatabase`. */
const beatMs = 30_000;

/**
 * Runs `work` unless another process runs it under the same name. The lock is that of a transaction which does nothing
 * else, so it ends with the connection whatever becomes of the process; `work` uses connections of its own.
 *
 * @returns whether `work` was run
 */
export async function withAdvisoryLock(
  database: Database,
  name: string,
  work: () => Promise<void>,
  options: { readonly beatMs?: number } = {},
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    if (!(await tryLock(transaction, name))) return false;
    // It lasts as long as the work does. It holds no snapshot, and so keeps vacuum from nothing. (PostgreSQL 17.)
    await transaction.query(`SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'`);
    // A process that is frozen says nothing, and the server ends its transaction: the lock is free for the others.
    const beat = () => void transaction.query('SELECT').catch(() => undefined);
    const beating = setInterval(beat, options.beatMs ?? beatMs);
    try {
      await work();
    } finally {
      clearInterval(beating);
    }
    return true;
  });
}
