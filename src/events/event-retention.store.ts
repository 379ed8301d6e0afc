import type { Sql } from '../platform/database/database.js';
import { lockTables, standingRanges, tablesOf } from './partition.store.js';
import type { TimeRange } from './partition-plan.js';
import { chunkSize } from './record-chunk.js';

/** Chunks of records that one transaction deletes with all that hangs on them: some 8,000 events. */
const chunksAtOnce = 128;
const countsAtOnce = 20_000;
const batchesAtOnce = 10_000;

/** The accounts that a partition holds anything of. One step down the index for each, however many rows there are. */
export async function accountsIn(sql: Sql, range: TimeRange | null): Promise<string[]> {
  const { chunk } = tablesOf(range);
  const rows = await sql.query<{ account: string }>(
    `WITH RECURSIVE seen AS (
       (SELECT account_id FROM ${chunk} ORDER BY account_id LIMIT 1)
       UNION ALL
       SELECT (SELECT account_id FROM ${chunk} WHERE account_id > seen.account_id ORDER BY account_id LIMIT 1)
       FROM seen WHERE seen.account_id IS NOT NULL
     )
     SELECT account_id AS account FROM seen WHERE account_id IS NOT NULL`,
  );
  return rows.map(({ account }) => account);
}

/**
 * Leaves the planner no way but by index for each chunk and event. Without statistics it might read whole partitions
 * instead.
 */
const lookupsOnly = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan']
  .map((setting) => `SET LOCAL ${setting} = off`)
  .join('; ');

/**
 * Begins a transaction that deletes events: no other does so before this one is committed.
 *
 * @returns its number, for {@link deleteSlice} and {@link markGone}
 */
export async function beginDeletion(transaction: Sql): Promise<string> {
  const [row] = await transaction.query<{ epoch: string }>(
    'UPDATE retention_epoch SET epoch = epoch + 1 RETURNING epoch',
  );
  return (row as { epoch: string }).epoch;
}

export interface Slice {
  readonly range: TimeRange | null;
  readonly accountId: string;
  /** Only what happened before. */
  readonly before: Date;
  /** Only what arrived before. */
  readonly arrivedBefore: Date;
  readonly epoch: string;
}

/**
 * Deletes some chunks of an account, oldest day first, with their events and sightings; takes the events off the hourly
 * counts; and remembers how far readers of the feed must have come.
 *
 * Nobody who writes waits for it, but one who at this moment stores one of these events a second time.
 */
export async function deleteSlice(transaction: Sql, slice: Slice): Promise<{ chunks: number; events: number }> {
  const { event, chunk, sighting } = tablesOf(slice.range);
  await transaction.query(lookupsOnly);
  const [row] = await transaction.query<{ chunks: number; events: number }>(
    `WITH doomed AS MATERIALIZED (
       SELECT chunk.batch_id, chunk.chunk, chunk.account_id, chunk.event_time
       FROM ${chunk} AS chunk
       WHERE chunk.account_id = $1 AND chunk.event_time < $2 AND NOT EXISTS (
         SELECT FROM batch WHERE batch.id = chunk.batch_id AND batch.committed_at >= $3)
       ORDER BY chunk.event_time
       LIMIT ${chunksAtOnce}
     ), unpacked AS (
       DELETE FROM ${chunk} AS chunk USING doomed
       WHERE chunk.batch_id = doomed.batch_id AND chunk.chunk = doomed.chunk
         AND chunk.account_id = doomed.account_id AND chunk.event_time = doomed.event_time
     ), gone AS (
       DELETE FROM ${event} AS event USING doomed
       WHERE event.batch_id = doomed.batch_id
         AND event.ordinal BETWEEN doomed.chunk * ${chunkSize} AND doomed.chunk * ${chunkSize} + ${chunkSize - 1}
       RETURNING event.*
     ), unsighted AS (
       DELETE FROM ${sighting} AS sighting USING gone
       WHERE sighting.account_id = gone.account_id AND sighting.event_time = gone.event_time
         AND sighting.event_id = gone.event_id
     ), uncounted AS (
       INSERT INTO event_count (hour, account_id, aws_region, event_source, event_name, error_code, events, errors)
       SELECT date_trunc('hour', event_time, 'UTC'), account_id, aws_region, event_source, event_name, error_code,
         -count(*), -count(*) FILTER (WHERE has_error)
       FROM gone
       GROUP BY 1, 2, 3, 4, 5, 6
     ), marked AS (
       INSERT INTO retention_mark AS mark (account_id, epoch, position, deleted_before)
       SELECT $1, $4, max(batch.position), $2
       FROM (SELECT DISTINCT batch_id FROM gone) AS gone JOIN batch ON batch.id = gone.batch_id
       HAVING count(*) > 0
       ON CONFLICT (account_id) DO UPDATE
         SET epoch = excluded.epoch, position = greatest(mark.position, excluded.position),
           deleted_before = greatest(mark.deleted_before, excluded.deleted_before)
     )
     SELECT (SELECT count(*) FROM doomed)::integer AS chunks, (SELECT count(*) FROM gone)::integer AS events`,
    [slice.accountId, slice.before, slice.arrivedBefore, slice.epoch],
  );
  return row as { chunks: number; events: number };
}

/** What a partition holds of an account. */
export interface Holding {
  readonly accountId: string;
  /** Of the newest batch that brought events of it; null where only copies of events came. */
  readonly position: string | null;
  readonly isRecent: boolean;
}

export async function holdingsOf(sql: Sql, range: TimeRange, recentSince: Date): Promise<Holding[]> {
  return sql.query<Holding>(
    `SELECT seen.account_id AS "accountId", max(batch.position) AS position,
       coalesce(bool_or(batch.committed_at >= $1), false) AS "isRecent"
     FROM (SELECT DISTINCT account_id, batch_id FROM ${tablesOf(range).chunk}) AS seen
     -- OFFSET keeps it a lookup for each: the table of batches is far larger than what is looked up.
     LEFT JOIN LATERAL (
       SELECT position, committed_at FROM batch WHERE batch.id = seen.batch_id OFFSET 0) AS batch ON true
     GROUP BY seen.account_id`,
    [recentSince],
  );
}

/** Waits for those who read or write the partition, and for nobody else. */
export async function lockRange(transaction: Sql, range: TimeRange): Promise<void> {
  await lockTables(transaction, Object.values(tablesOf(range)), '1s');
}

/** Empties a partition that was locked, all of it at once. Its counts go with {@link deleteCounts}, in the same transaction. */
export async function truncateRange(
  transaction: Sql,
  range: TimeRange,
  epoch: string,
  holdings: readonly Holding[],
): Promise<void> {
  const marks = holdings.filter(({ position }) => position !== null);
  await transaction.query(
    `INSERT INTO retention_mark AS mark (account_id, epoch, position, deleted_before)
     SELECT account_id, $1, position, $4 FROM unnest($2::text[], $3::bigint[]) AS gone (account_id, position)
     ON CONFLICT (account_id) DO UPDATE
       SET epoch = excluded.epoch, position = greatest(mark.position, excluded.position),
         deleted_before = greatest(mark.deleted_before, excluded.deleted_before)`,
    [epoch, marks.map(({ accountId }) => accountId), marks.map(({ position }) => position), new Date(range.end)],
  );
  await transaction.query(`TRUNCATE ${Object.values(tablesOf(range)).join(', ')}`);
}

/**
 * Deletes the hourly counts of a range. Expects the lock of `compactCounts`: what is summed up meanwhile would come back.
 */
export async function deleteCounts(transaction: Sql, range: TimeRange): Promise<void> {
  await transaction.query('DELETE FROM event_count WHERE hour >= $1 AND hour < $2', [
    new Date(range.start),
    new Date(range.end),
  ]);
}

/**
 * Deletes some hourly counts of a range whose partition is empty. Expects the lock of `compactCounts`, so that nothing is
 * summed up meanwhile.
 *
 * @returns how many; 0 when there are none, or when events have come back
 */
export async function deleteSpentCounts(transaction: Sql, range: TimeRange): Promise<number> {
  const rows = await transaction.query(
    `DELETE FROM event_count WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM event_count WHERE hour >= $1 AND hour < $2
         AND NOT EXISTS (SELECT FROM ${tablesOf(range).event})
       LIMIT ${countsAtOnce}))
     RETURNING 1`,
    [new Date(range.start), new Date(range.end)],
  );
  return rows.length;
}

/**
 * Deletes some batches all of whose events lay in partitions that are gone. Expects the lock of `partitions`, so that
 * none is made meanwhile. Neither the feed nor a pinned traversal misses them: both ask for the batches of events.
 */
export async function deleteBatches(transaction: Sql, arrivedBefore: Date): Promise<number> {
  const [oldest] = await standingRanges(transaction);
  if (!oldest) return 0;
  const rows = await transaction.query(
    `DELETE FROM batch WHERE id = ANY (ARRAY(
       SELECT id FROM batch
       WHERE max_event_time < $1 AND committed_at < $2
         AND NOT EXISTS (SELECT FROM ${tablesOf(null).event} AS event WHERE event.batch_id = batch.id)
       LIMIT ${batchesAtOnce}))
     RETURNING 1`,
    [new Date(oldest.start), arrivedBefore],
  );
  return rows.length;
}
