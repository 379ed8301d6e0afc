import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { eventColumns } from '../../src/events/event-row.js';
import { countColumns } from '../../src/events/hourly-counts.js';
import { chunkColumns } from '../../src/events/record-chunk.js';
import type { Database, Transaction } from '../../src/platform/database/database.js';
import type { ReadyRows, RecordStorage } from './dataset.js';

/** Adds the column that a storage other than chunks needs. */
export async function prepareStorage(database: Database, storage: RecordStorage): Promise<void> {
  if (storage !== 'chunks') await database.query(`ALTER TABLE event ADD COLUMN record ${storage}`);
}

/** Copies ready rows on one connection, a transaction for each segment: the least that storing them can cost. */
export async function copyDirectly(database: Database, segments: readonly ReadyRows[]): Promise<void> {
  for (const { events, chunks, counts } of segments) {
    await database.transaction(async (transaction) => {
      await copy(transaction, `event (${eventColumns.join(', ')})`, events, ' (FORMAT binary)');
      await copy(transaction, `record_chunk (${chunkColumns.join(', ')})`, chunks, ' (FORMAT binary)');
      await copy(transaction, `event_count (${countColumns.join(', ')})`, counts);
    });
  }
}

/** The same with the records in a column of the event. */
export async function copyWithRecords(database: Database, files: readonly Uint8Array[]): Promise<void> {
  for (const rows of files) {
    await database.transaction((transaction) =>
      copy(transaction, `event (${eventColumns.join(', ')}, record)`, rows, ' (FORMAT binary)'),
    );
  }
}

async function copy(transaction: Transaction, target: string, bytes: Uint8Array, format = ''): Promise<void> {
  const blocks = Readable.from(slices(bytes), { objectMode: false });
  await pipeline(blocks, transaction.client.query(copyFrom(`COPY ${target} FROM STDIN${format}`)));
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  const size = 512 * 1024;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Bytes of the tables that hold events, their records and counts, indexes included. */
export async function storedBytes(database: Database): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(
    `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
     WHERE relkind = 'r' AND (relname ~ '^(event|record_chunk|event_sighting)_' OR relname = 'event_count')`,
  );
  return Number(row?.bytes ?? 0);
}
