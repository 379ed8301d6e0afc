import { setTimeout as delay } from 'node:timers/promises';
import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Database, Sql } from '../platform/database/database.js';
import { partitionFor, partitionSuffix, type TimeRange } from './partition-plan.js';

/** Tables that are split by event time alike, so that a day or month is dropped from all of them together. */
const partitionedTables = ['event', 'record_chunk', 'event_sighting'] as const;

/** Creates the partitions that events need before they are written. */
export interface Partitions {
  /** Whether every one of these event times has its partition, as far as this process knows. */
  has(eventTimes: Iterable<number>): boolean;
  /**
   * Creates what is missing. Never call it inside a transaction that has written events: it waits for readers and
   * writers of the catch-all.
   */
  ensure(eventTimes: Iterable<number>): Promise<void>;
}

export function createPartitions(database: Database, now: () => number): Partitions {
  let known: readonly TimeRange[] = [];

  function missing(eventTimes: Iterable<number>, standing: readonly TimeRange[] = known): TimeRange[] {
    const ranges: TimeRange[] = [];
    for (const time of eventTimes) {
      const taken = [...standing, ...ranges];
      const range = partitionFor(time, taken, now());
      if (range && !taken.includes(range)) ranges.push(range);
    }
    return ranges;
  }

  return {
    has: (eventTimes) => missing(eventTimes).length === 0,
    async ensure(eventTimes) {
      const times = [...eventTimes];
      while (missing(times).length > 0) {
        known = await withPatience(() =>
          database.transaction(async (transaction) => {
            await lock(transaction, advisoryLocks.partitions);
            const standing = await existingRanges(transaction);
            const [range] = missing(times, standing);
            if (!range) return standing;
            await createRange(transaction, range);
            return [...standing, range];
          }),
        );
      }
    },
  };
}

/** Postgres's code for a lock that was not had within `lock_timeout`. */
const lockNotAvailable = '55P03';
const maxTries = 30;

/** Making a partition gives way to those who read and write, and tries again when they are done. */
async function withPatience<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if ((error as { code?: unknown }).code !== lockNotAvailable || tries === maxTries) throw error;
      await delay(100 * tries);
    }
  }
}

/** Ranges of the partitions that stand, read back from their bounds. */
async function existingRanges(sql: Sql): Promise<TimeRange[]> {
  const rows = await sql.query<{ lower: Date; upper: Date }>(`
    SELECT (bounds)[1]::timestamptz AS lower, (bounds)[2]::timestamptz AS upper
    FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid
    CROSS JOIN LATERAL regexp_match(
      pg_get_expr(relpartbound, pg_class.oid), 'FROM \\(''([^'']+)''\\) TO \\(''([^'']+)''\\)') AS bounds
    WHERE inhparent = 'event'::regclass AND bounds IS NOT NULL`);
  return rows.map((row) => ({ start: row.lower.getTime(), end: row.upper.getTime() }));
}

/**
 * A partition is made beside the table and then attached, which lets writers of other partitions go on (`CREATE TABLE …
 * PARTITION OF` would stop them all). What the catch-all holds of its range moves over first.
 */
async function createRange(sql: Sql, range: TimeRange): Promise<void> {
  const [from, to] = [new Date(range.start).toISOString(), new Date(range.end).toISOString()];
  // Whoever waits for the catch-all makes all who come after wait as well.
  await sql.query(`SET LOCAL lock_timeout = '2s'`);
  for (const table of partitionedTables) {
    const partition = `${table}_${partitionSuffix(range)}`;
    await sql.query(`LOCK TABLE ${table}_other IN ACCESS EXCLUSIVE MODE`);
    await sql.query(`CREATE TABLE ${partition} (LIKE ${table} INCLUDING ALL)`);
    await sql.query(
      `WITH moved AS (DELETE FROM ${table}_other WHERE event_time >= $1 AND event_time < $2 RETURNING *)
       INSERT INTO ${partition} SELECT * FROM moved`,
      [from, to],
    );
    await sql.query(`ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES FROM ('${from}') TO ('${to}')`);
  }
}
