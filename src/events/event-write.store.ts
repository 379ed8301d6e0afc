import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Transaction } from '../platform/database/database.js';
import { eventColumns } from './event-row.js';
import { activityColumns, countColumns } from './hourly-counts.js';
import { chunkColumns } from './record-chunk.js';
import type { EncodedEvents, SegmentKeys } from './segment.port.js';
import { accountIdAt, eventIdAt, eventTimeAt } from './segment-keys.js';

/** An event that is stored already, as far as a copy of it needs to know. */
export interface KnownEvent {
  readonly logFileId: string;
  readonly recordHash: bigint;
}

export async function nextBatchId(transaction: Transaction): Promise<string> {
  const [row] = await transaction.query<{ id: string }>(`SELECT nextval('batch_id_seq') AS id`);
  return (row as { id: string }).id;
}

/**
 * Copies events straight into the table: the cheapest way there is.
 *
 * @returns false when the key of one of them stands already; nothing is written then
 */
export async function copyUnlessKnown(transaction: Transaction, rows: Uint8Array): Promise<boolean> {
  await transaction.query('SAVEPOINT copy_events');
  try {
    await copy(transaction, `event (${eventColumns.join(', ')})`, rows, 'binary');
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    await transaction.query('ROLLBACK TO SAVEPOINT copy_events');
    return false;
  }
  await transaction.query('RELEASE SAVEPOINT copy_events');
  return true;
}

/**
 * Leaves the planner no way but a lookup in an index for each key. Without statistics, as a young partition is, it
 * expects a handful of rows everywhere and reads all of them for each key.
 */
const lookupsOnly = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'enable_bitmapscan']
  .map((setting) => `SET LOCAL ${setting} = off;`)
  .concat('SET LOCAL max_parallel_workers_per_gather = 0')
  .join(' ');

/** Those of the events at `places` that are stored already, by their place in the segment. */
export async function findKnown(
  transaction: Transaction,
  keys: SegmentKeys,
  places: Uint32Array,
): Promise<Map<number, KnownEvent>> {
  await transaction.query(lookupsOnly);
  // No bounds of time here: they would make the index on event_time look like a way.
  const rows = await transaction.query<{ index: number; logFileId: string; recordHash: string }>(
    `SELECT wanted.index::integer AS index, event.log_file_id AS "logFileId", event.record_hash AS "recordHash"
     FROM unnest($1::text[], $2::timestamptz[], $3::uuid[])
       WITH ORDINALITY AS wanted (account_id, event_time, event_id, index)
     JOIN event USING (account_id, event_time, event_id)`,
    [
      Array.from(places, (place) => accountIdAt(keys, place)),
      Array.from(places, (place) => eventTimeAt(keys, place)),
      Array.from(places, (place) => eventIdAt(keys, place)),
    ],
  );
  return new Map(
    rows.map(({ index, logFileId, recordHash }) => [
      places[index - 1] as number,
      { logFileId, recordHash: BigInt(recordHash) },
    ]),
  );
}

/** A copy of an event, come in another file than the event, or with other bytes. */
export interface Sighting {
  readonly accountId: string;
  /** As Postgres takes them. */
  readonly eventTime: string;
  readonly eventId: string;
  readonly logFileId: string;
  readonly ordinal: number;
  readonly differs: boolean;
}

/**
 * Remembers in which other files events were seen, and where the bytes of a copy stand if they differ.
 *
 * @param sightings at most one for an event and file
 * @returns the ordinals of the differing copies whose bytes are to be kept
 */
export async function insertSightings(
  transaction: Transaction,
  batchId: string,
  sightings: readonly Sighting[],
): Promise<number[]> {
  const rows = await transaction.query<{ ordinal: number | null }>(
    `INSERT INTO event_sighting AS sighting (event_time, account_id, event_id, log_file_id, batch_id, ordinal)
     SELECT event_time, account_id, event_id, log_file_id, CASE WHEN ordinal IS NOT NULL THEN $1::bigint END, ordinal
     FROM unnest($2::timestamptz[], $3::text[], $4::uuid[], $5::bigint[], $6::integer[])
       AS seen (event_time, account_id, event_id, log_file_id, ordinal)
     ORDER BY account_id, event_time, event_id, log_file_id
     ON CONFLICT (account_id, event_time, event_id, log_file_id) DO UPDATE
       SET batch_id = excluded.batch_id, ordinal = excluded.ordinal
       WHERE sighting.ordinal IS NULL AND excluded.ordinal IS NOT NULL
     RETURNING ordinal`,
    [
      batchId,
      sightings.map(({ eventTime }) => eventTime),
      sightings.map(({ accountId }) => accountId),
      sightings.map(({ eventId }) => eventId),
      sightings.map(({ logFileId }) => logFileId),
      sightings.map(({ differs, ordinal }) => (differs ? ordinal : null)),
    ],
  );
  return rows.flatMap(({ ordinal }) => (ordinal === null ? [] : [ordinal]));
}

export async function insertChunks(transaction: Transaction, rows: Uint8Array): Promise<void> {
  await copy(transaction, `record_chunk (${chunkColumns.join(', ')})`, rows, 'binary');
}

export async function insertCounts(
  transaction: Transaction,
  { counts, activity }: Pick<EncodedEvents, 'counts' | 'activity'>,
): Promise<void> {
  await copy(transaction, `event_count (${countColumns.join(', ')})`, counts, 'text');
  await copy(transaction, `event_activity (${activityColumns.join(', ')})`, activity, 'text');
}

/**
 * Gives the batch its position. The lock on the one row is held to the commit that follows, so whoever sees a position
 * sees every lower one too: what a sequence or a clock cannot promise.
 */
export async function takePosition(
  transaction: Transaction,
  batch: { batchId: string; filterVersion: string; minTime: number; maxTime: number; events: number },
): Promise<string> {
  const [row] = await transaction.query<{ position: string }>(
    `WITH taken AS (UPDATE batch_position SET position = position + 1 RETURNING position)
     INSERT INTO batch (id, position, min_event_time, max_event_time, events, filter_version)
     SELECT $1, position, $2, $3, $4, $5 FROM taken
     RETURNING position`,
    [batch.batchId, new Date(batch.minTime), new Date(batch.maxTime), batch.events, batch.filterVersion],
  );
  return (row as { position: string }).position;
}

/** Sent in parts, so that none of them is copied whole on its way. */
const partBytes = 256 * 1024;

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
}

async function copy(
  transaction: Transaction,
  target: string,
  rows: Uint8Array,
  format: 'text' | 'binary',
): Promise<void> {
  const statement = copyFrom(`COPY ${target} FROM STDIN (FORMAT ${format})`);
  await pipeline(Readable.from(partsOf(rows), { objectMode: false }), transaction.client.query(statement));
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
