import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { from as copyFrom } from 'pg-copy-streams';
import type { Transaction } from '../platform/database/database.js';
import { type BatchedEvent, chunkColumns, copyChunks, copyRow, eventColumns } from './event-copy.js';
import { copyCounts, countColumns } from './hourly-counts.js';
import { chunkOf } from './record-chunk.js';
import type { Segment } from './segment.js';

export interface SegmentResult {
  /** Ordinals that were inserted; null when all were. */
  readonly isInserted: ReadonlySet<number> | null;
}

const columns = eventColumns.join(', ');

export async function nextBatchId(transaction: Transaction): Promise<string> {
  const [row] = await transaction.query<{ id: string }>(`SELECT nextval('batch_id_seq') AS id`);
  return (row as { id: string }).id;
}

/**
 * Writes a segment's events, chunks and counts. Events that are stored already are left out of all three.
 *
 * New events, the common case, are copied straight into the table. A duplicate breaks that copy, which is then undone
 * and done by way of a staging table, where the database itself tells which rows are new.
 */
export async function insertSegment(
  transaction: Transaction,
  batchId: string,
  segment: Segment,
  expectDuplicates: boolean,
): Promise<SegmentResult> {
  const chunks = expectDuplicates ? null : segment.packChunks();
  // It is awaited below; should the copy fail first, a failure to pack must not go unheard and end the process.
  chunks?.catch(() => undefined);
  if (chunks && (await copyUnlessDuplicate(transaction, batchId, segment.events))) {
    await copyBytes(transaction, `record_chunk (${chunkColumns.join(', ')})`, copyChunks(await chunks, batchId), true);
    await copyText(transaction, `event_count (${countColumns.join(', ')})`, [copyCounts(segment.events)]);
    return { isInserted: null };
  }
  return insertThroughStaging(transaction, batchId, segment);
}

/** False when a row's key stands already; nothing is written then. */
async function copyUnlessDuplicate(
  transaction: Transaction,
  batchId: string,
  events: readonly BatchedEvent[],
): Promise<boolean> {
  await transaction.query('SAVEPOINT copy_events');
  try {
    await copyEvents(transaction, 'event', batchId, events);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    await transaction.query('ROLLBACK TO SAVEPOINT copy_events');
    return false;
  }
  await transaction.query('RELEASE SAVEPOINT copy_events');
  return true;
}

async function insertThroughStaging(
  transaction: Transaction,
  batchId: string,
  segment: Segment,
): Promise<SegmentResult> {
  await transaction.query(
    'CREATE TEMPORARY TABLE IF NOT EXISTS staged_event (LIKE event INCLUDING DEFAULTS) ON COMMIT DELETE ROWS',
  );
  await transaction.query('TRUNCATE staged_event');
  await copyEvents(transaction, 'staged_event', batchId, segment.events);
  const inserted = await transaction.query<{ ordinal: number }>(
    `INSERT INTO event (${columns})
     SELECT ${columns} FROM staged_event ORDER BY account_id, event_time, event_id, ordinal
     ON CONFLICT (account_id, event_time, event_id) DO NOTHING
     RETURNING ordinal`,
  );
  const isInserted = new Set(inserted.map((row) => row.ordinal));
  const differing = await insertSightings(transaction, batchId);
  const wanted = new Set([...isInserted, ...differing].map(chunkOf));
  if (wanted.size > 0) {
    const chunks = copyChunks(await segment.packChunks(wanted), batchId);
    await copyBytes(transaction, `record_chunk (${chunkColumns.join(', ')})`, chunks, true);
  }
  const counted = segment.events.filter((row) => isInserted.has(row.ordinal));
  await copyText(transaction, `event_count (${countColumns.join(', ')})`, [copyCounts(counted)]);
  return { isInserted };
}

/**
 * Remembers in which other files the staged duplicates were seen, and where their bytes stand if they differ.
 * A file that is read again is no other file, unless its record now reads differently.
 *
 * @returns the ordinals of the copies that differ
 */
async function insertSightings(transaction: Transaction, batchId: string): Promise<number[]> {
  const rows = await transaction.query<{ ordinal: number }>(
    `INSERT INTO event_sighting AS sighting (event_time, account_id, event_id, log_file_id, batch_id, ordinal)
     SELECT DISTINCT ON (account_id, event_time, event_id, staged.log_file_id)
       event_time, account_id, event_id, staged.log_file_id,
       CASE WHEN staged.record_hash <> event.record_hash THEN staged.batch_id END,
       CASE WHEN staged.record_hash <> event.record_hash THEN staged.ordinal END
     FROM staged_event AS staged
     JOIN event USING (account_id, event_time, event_id)
     WHERE (event.batch_id, event.ordinal) <> (staged.batch_id, staged.ordinal)
       AND (event.log_file_id <> staged.log_file_id OR event.record_hash <> staged.record_hash)
     ORDER BY account_id, event_time, event_id, staged.log_file_id,
       (staged.record_hash <> event.record_hash) DESC, staged.ordinal
     ON CONFLICT (account_id, event_time, event_id, log_file_id) DO UPDATE
       SET batch_id = excluded.batch_id, ordinal = excluded.ordinal
       WHERE sighting.ordinal IS NULL AND excluded.ordinal IS NOT NULL
     RETURNING CASE WHEN sighting.batch_id = $1 THEN sighting.ordinal END AS ordinal`,
    [batchId],
  );
  return rows.flatMap((row) => (row.ordinal === null ? [] : [row.ordinal]));
}

/**
 * Gives the batch its position. The lock on the one row is held to the commit that follows, so whoever sees a position
 * sees every lower one too: what a sequence or a clock cannot promise.
 */
export async function takePosition(
  transaction: Transaction,
  batch: { batchId: string; minTime: number; maxTime: number; events: number },
): Promise<string> {
  const [row] = await transaction.query<{ position: string }>(
    `WITH taken AS (UPDATE batch_position SET position = position + 1 RETURNING position)
     INSERT INTO batch (id, position, min_event_time, max_event_time, events)
     SELECT $1, position, $2, $3, $4 FROM taken
     RETURNING position`,
    [batch.batchId, new Date(batch.minTime), new Date(batch.maxTime), batch.events],
  );
  return (row as { position: string }).position;
}

async function copyEvents(
  transaction: Transaction,
  table: 'event' | 'staged_event',
  batchId: string,
  events: readonly BatchedEvent[],
): Promise<void> {
  await copyText(transaction, `${table} (${columns})`, copyBlocks(events, batchId));
}

/** Rows in blocks of about half a megabyte, so that the network and the encoding overlap. */
function* copyBlocks(events: readonly BatchedEvent[], batchId: string): Generator<string> {
  let block = '';
  for (const event of events) {
    block += copyRow(event, batchId);
    if (block.length > 512 * 1024) {
      yield block;
      block = '';
    }
  }
  if (block !== '') yield block;
}

async function copyText(transaction: Transaction, target: string, blocks: Iterable<string>): Promise<void> {
  await copy(transaction, `COPY ${target} FROM STDIN`, toBuffers(blocks));
}

function* toBuffers(blocks: Iterable<string>): Generator<Buffer> {
  for (const block of blocks) if (block !== '') yield Buffer.from(block, 'utf8');
}

async function copyBytes(transaction: Transaction, target: string, bytes: Buffer, binary: boolean): Promise<void> {
  await copy(transaction, `COPY ${target} FROM STDIN${binary ? ' (FORMAT binary)' : ''}`, [bytes]);
}

async function copy(transaction: Transaction, statement: string, blocks: Iterable<Buffer>): Promise<void> {
  await pipeline(Readable.from(blocks, { objectMode: false }), transaction.client.query(copyFrom(statement)));
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
