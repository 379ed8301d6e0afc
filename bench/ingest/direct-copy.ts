import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { chunkColumns, eventColumns } from '../../src/events/event-copy.js';
import { countColumns } from '../../src/events/hourly-counts.js';
import type { Database, Transaction } from '../../src/platform/database/database.js';
import type { ReadyRows } from './dataset.js';

/** Where the records go: into chunks beside the event, or into a column of it. */
export type RecordStorage = 'chunks' | 'text' | 'jsonb';

/** Adds the column that a storage other than chunks needs. */
export async function prepareStorage(database: Database, storage: RecordStorage): Promise<void> {
  if (storage !== 'chunks') await database.query(`ALTER TABLE event ADD COLUMN record ${storage}`);
}

/** Copies ready rows on one connection, a transaction for each segment: the least that storing them can cost. */
export async function copyDirectly(
  database: Database,
  segments: readonly ReadyRows[],
  storage: RecordStorage,
): Promise<void> {
  for (const segment of segments) {
    await database.transaction(async (transaction) => {
      if (storage === 'chunks') {
        await copy(transaction, `event (${eventColumns.join(', ')})`, segment.events);
        await copy(transaction, `record_chunk (${chunkColumns.join(', ')})`, segment.chunks, ' (FORMAT binary)');
      } else {
        await copy(transaction, `event (${eventColumns.join(', ')}, record)`, segment.eventsWithRecord);
      }
      await copy(transaction, `event_count (${countColumns.join(', ')})`, segment.counts);
    });
  }
}

async function copy(transaction: Transaction, target: string, bytes: Buffer, format = ''): Promise<void> {
  const blocks = Readable.from(slices(bytes), { objectMode: false });
  await pipeline(blocks, transaction.client.query(copyFrom(`COPY ${target} FROM STDIN${format}`)));
}

function* slices(bytes: Buffer): Generator<Buffer> {
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
