import pMap from 'p-map';
import type { Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { type ChunkAddress, chunkAddress } from './chunk-address.js';
import type { Event } from './event.entity.js';
import { openChunk, slotOf } from './record-chunk.js';

/** Chunks opened at once: each may take megabytes until the records that are wanted are taken out of it. */
const chunksAtOnce = 8;

/** Where an event's record stands. */
type RecordOwner = Pick<Event, 'account' | 'eventTime' | 'batchId' | 'ordinal'>;

/** Bytes of the records of events, in the order of the events. Each chunk is read and inflated once. */
export async function readRecords(sql: Sql, events: readonly Event[]): Promise<Buffer[]> {
  const records = await readStoredRecords(sql, events);
  const missing = events.find((event) => !records.has(event));
  if (missing) throw await whyMissing(sql, missing);
  return events.map((event) => records.get(event) as Buffer);
}

/** The same for events that may be deleted meanwhile: those are left out. */
export async function readStoredRecords<T extends RecordOwner>(
  sql: Sql,
  events: readonly T[],
): Promise<Map<T, Buffer>> {
  const byChunk = new Map<string, T[]>();
  for (const event of events) {
    const together = byChunk.get(addressKey(event));
    if (together) together.push(event);
    else byChunk.set(addressKey(event), [event]);
  }
  const chunks = await readChunks(
    sql,
    [...byChunk.values()].map(([event]) => chunkAddress(event as T)),
  );
  const records = new Map<T, Buffer>();
  await pMap(
    chunks,
    async (chunk) => {
      const opened = await openChunk(chunk.data);
      for (const event of byChunk.get(chunkKey(chunk)) ?? []) {
        const record = opened[slotOf(event.ordinal)];
        // A copy: a part of the chunk would keep all of it in memory.
        if (record) records.set(event, Buffer.from(record));
      }
    },
    { concurrency: chunksAtOnce },
  );
  return records;
}

/** Retention may delete an event between the reading of it and that of its record; anything else is a defect. */
async function whyMissing(sql: Sql, { eventID, eventTime, account, batchId, ordinal }: Event): Promise<Error> {
  const standing = await sql.query(
    'SELECT FROM event WHERE account_id = $1 AND event_time = $2 AND event_id = $3 AND batch_id = $4',
    [account, eventTime, eventID, batchId],
  );
  return standing.length > 0
    ? new Error(`record of event ${eventID} (batch ${batchId}, ${ordinal}) is missing`)
    : new CrosstrailError(
        'NOT_FOUND',
        `event ${eventID} is no longer kept: it was deleted while it was read; ask again`,
      );
}

export interface StoredChunk {
  readonly batchId: string;
  readonly chunk: number;
  readonly data: Buffer;
}

/** Chunks by their addresses, in any order; one that is gone is left out. */
export async function readChunks(sql: Sql, addresses: readonly ChunkAddress[]): Promise<StoredChunk[]> {
  return sql.query<StoredChunk>(
    `SELECT chunk.batch_id AS "batchId", chunk.chunk, chunk.data
     FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::timestamptz[]) AS wanted (batch_id, chunk, account_id, event_time)
     JOIN record_chunk AS chunk USING (batch_id, chunk, account_id, event_time)
     WHERE chunk.event_time = ANY ($5::timestamptz[])`,
    [
      addresses.map((address) => address.batchId),
      addresses.map((address) => address.chunk),
      addresses.map((address) => address.accountId),
      addresses.map((address) => new Date(address.day)),
      [...new Set(addresses.map((address) => address.day))].map((day) => new Date(day)),
    ],
  );
}

function addressKey(event: RecordOwner): string {
  return chunkKey(chunkAddress(event));
}

function chunkKey({ batchId, chunk }: Pick<ChunkAddress, 'batchId' | 'chunk'>): string {
  return `${batchId}/${chunk}`;
}
