import type { Sql } from '../platform/database/database.js';
import { type ChunkAddress, chunkAddress } from './chunk-address.js';
import type { Event } from './event.entity.js';
import { openChunk, slotOf } from './record-chunk.js';

/** Bytes of the records of events, in the order of the events. Each chunk is read and inflated once. */
export async function readRecords(sql: Sql, events: readonly Event[]): Promise<Buffer[]> {
  const addresses = new Map(events.map((event) => [addressKey(event), chunkAddress(event)]));
  const chunks = await readChunks(sql, [...addresses.values()]);
  return events.map((event) => {
    const record = chunks.get(addressKey(event))?.[slotOf(event.ordinal)];
    if (!record)
      throw new Error(`record of event ${event.eventID} (batch ${event.batchId}, ${event.ordinal}) is missing`);
    return record;
  });
}

async function readChunks(sql: Sql, addresses: readonly ChunkAddress[]): Promise<Map<string, Buffer[]>> {
  const rows = await sql.query<{ batchId: string; chunk: number; data: Buffer }>(
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
  const opened = await Promise.all(rows.map(async (row) => [chunkKey(row), await openChunk(row.data)] as const));
  return new Map(opened);
}

function addressKey(event: Event): string {
  return chunkKey(chunkAddress(event));
}

function chunkKey({ batchId, chunk }: Pick<ChunkAddress, 'batchId' | 'chunk'>): string {
  return `${batchId}/${chunk}`;
}
