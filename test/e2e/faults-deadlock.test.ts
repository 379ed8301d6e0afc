import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPartitions } from '../../src/events/partition.service.js';
import type { Decoders } from '../../src/ingest/decoding/decoder.js';
import { localDecoders } from '../../src/ingest/decoding/local-decoders.js';
import { DuplicateGuesses } from '../../src/ingest/duplicate-guesses.js';
import { ingestBatch } from '../../src/ingest/ingest-batch.js';
import { LedgerService } from '../../src/sources/ledger.service.js';
import { Gate } from '../support/collector.js';
import { testId } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { auditStore } from '../support/fault-audit.js';
import { rulesOfIngest } from '../support/rules-of-ingest.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import type { TrueFile } from '../support/true-file.js';

/*
 * Two batches with the same events, each of which has stored the first half of them when it comes to the second: they
 * lock each other out, for certain.
 */

vi.setConfig({ testTimeout: 300_000 });

const account = '111111111111';
const bucket = '/logs';
/** As many as are written at once: the first half of each file is a segment of its own. */
const half = 8192;

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
});
afterEach(() => test.drop());

function record(number: number, trail: string): string {
  const eventTime = new Date(Date.parse('2026-11-20T11:00:00Z') + (number % 3000) * 1000).toISOString();
  const fields = { awsRegion: 'eu-west-1', eventSource: 's3.amazonaws.com', eventName: 'ListBuckets' };
  const own = number % 100 === 0 ? { seenBy: trail } : {};
  return JSON.stringify({ eventID: testId(number), eventTime: `${eventTime.slice(0, 19)}Z`, ...fields, ...own });
}

const numbers = Array.from({ length: 2 * half }, (_, number) => number);
const files: readonly TrueFile[] = [
  { key: 'first', order: numbers },
  { key: 'second', order: [...numbers.slice(half), ...numbers.slice(0, half)] },
].map(({ key, order }) => ({
  bucket,
  key,
  accountId: account,
  fault: 'batches that lock each other out',
  records: order.map((number) => record(number, key)),
}));

/** Puts the two files into the ledger, and claims each for a worker of its own. */
async function claims(ledger: LedgerService) {
  const [source] = await test.database.query<{ id: string; bucketId: number }>(
    `WITH account AS (INSERT INTO account (account_id, name) VALUES ($1, 'one')),
       bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', $2) RETURNING id),
       source AS (INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id)
     SELECT id, bucket_id AS "bucketId" FROM source`,
    [account, bucket],
  );
  if (!source) throw new Error('no source');
  await test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [source.id, account]);
  const deliveredAt = Date.parse('2026-11-20T12:00:00Z');
  const found = files.map(({ key, accountId }) => ({
    ...{ key, accountId, awsRegion: 'eu-west-1', deliveredAt, size: 1, etag: 'e' },
  }));
  await ledger.discovered(source, found);
  const claimOne = () => ledger.claim({ maxFiles: 1, maxBytes: 100, leaseSeconds: 300 });
  return [await claimOne(), await claimOne()];
}

/** Decoders that hold each batch, once its first segment is written, until `both` are so far. */
function heldDecoders(written: () => void, both: Promise<void>): Decoders {
  return {
    open: (batch, write) =>
      localDecoders.open(batch, async (segment) => {
        const result = await write(segment);
        written();
        await both;
        return result;
      }),
    stop: async () => undefined,
  };
}

const deadlocks = async () => {
  const [row] = await test.database.query<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.deadlocks);
};

it('both of two batches that deadlock end, and each event is there once', async ({ task }) => {
  const { database } = test;
  const ledger = new LedgerService({ database, onDue: async () => undefined });
  const partitions = createPartitions(database, Date.now);
  const both = new Gate();
  let waiting = 0;
  const decoders = heldDecoders(() => {
    waiting += 1;
    if (waiting === 2) both.open();
  }, both.opened);
  const { signal } = new AbortController();
  await Promise.all(
    (await claims(ledger)).map(async ({ lease, files: claimed }) => {
      const readable = claimed.map((file) => ({ file, open: async () => bodyOf(file.key) }));
      const guesses = new DuplicateGuesses();
      await ingestBatch(
        { ...rulesOfIngest(), database, ledger, partitions, decoders, guesses },
        lease,
        readable,
        signal,
      );
    }),
  );
  const hits = await eventually(deadlocks, (count) => count > 0);
  const { tolls, problems } = await auditStore(database, files);
  expect(problems).toEqual([]);
  task.meta.faults = [...tolls].map(([fault, toll]) => ({ fault: `${fault} (40P01)`, hits, ...toll }));
  expect(task.meta.faults).toMatchObject([{ lost: 0, doubled: 0 }]);
});

async function* bodyOf(key: string): AsyncGenerator<Uint8Array> {
  const { records = [] } = files.find((file) => file.key === key) ?? {};
  yield Buffer.from(`{"Records":[${records.join(',')}]}`);
}
