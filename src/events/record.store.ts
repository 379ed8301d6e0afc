import pMap from 'p-map';
import type { Sql } from '../platform/database/database.js';
import { type ChunkAddress, chunkAddress } from './chunk-address.js';
import type { Event } from './event.entity.js';
import { openChunk, slotOf } from './record-chunk.js';

/** Chunks opened at once: each may take megabytes until the records that are wanted are taken out of it. */
const chunksAtOnce = 8;

/** Bytes of the records of events, in the order of the events. Each chunk is read and inflated once. */
export async function readRecords(sql: Sql, events: readonly Event[]): Promise<Buffer[]> {
  const byChunk = new Map<string, Event[]>();
  for (const event of events) {
    const together = byChunk.get(addressKey(event));
    if (together) together.push(event);
    else byChunk.set(addressKey(event), [event]);
  }
  const chunks = await readChunks(
    sql,
    [...byChunk.values()].map(([event]) => chunkAddress(event as Event)),
  );
  const records = new Map<Event, Buffer>();
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
  return events.map((event) => {
    const record = records.get(event);
    if (!record)
      throw new Error(`record of event ${event.eventID} (batch ${event.batchId}, ${event.ordinal}) is missing`);
    return record;
  });
}

interface StoredChunk {
  readonly batchId: string;
  readonly chunk: number;
  readonly data: Buffer;
}

async function readChunks(sql: Sql, addresses: readonly ChunkAddress[]): Promise<StoredChunk[]> {
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

function addressKey(event: Event): string {
  return chunkKey(chunkAddress(event));
}

function chunkKey({ batchId, chunk }: Pick<ChunkAddress, 'batchId' | 'chunk'>): string {
  return `${batchId}/${chunk}`;
}
