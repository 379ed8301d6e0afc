import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPartitions } from '../../../src/events/partition.service.js';
import { localDecoders } from '../../../src/ingest/decoding/local-decoders.js';
import { createIngestFilesJob } from '../../../src/ingest/ingest-files.job.js';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import type { ObjectStore } from '../../../src/sources/object-store.port.js';
import { SourceHealth } from '../../../src/sources/source-health.service.js';
import { A } from '../../support/collection.js';
import { Collector, Gate } from '../../support/collector.js';
import { noon, testId } from '../../support/events.js';
import { rulesOfIngest } from '../../support/rules-of-ingest.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/*
 * Live before old, with a bucket whose downloads wait at a gate: what is opened, and in which order, tells which files
 * were claimed.
 */

let test: TestDatabase;
let ledger: LedgerService;
let source: { id: string; bucketId: number };
let opened: Collector<string>;
let gate: Gate;
const { signal } = new AbortController();

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  ledger = new LedgerService({ database: test.database, onDue: async () => undefined });
  opened = new Collector();
  gate = new Gate();
  const [row] = await test.database.query<{ id: string; bucketId: number }>(
    `WITH account AS (INSERT INTO account (account_id, name) VALUES ($1, 'a')),
       backfill AS (INSERT INTO backfill (account_ids, from_day, to_day) VALUES ('{}', now(), now())),
       bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/logs') RETURNING id)
     INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id AS "bucketId"`,
    [A],
  );
  if (row === undefined) throw new Error('no source was made');
  source = row;
  await test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [source.id, A]);
});
afterEach(() => test.drop());

async function add(prefix: string, files: number, backfill: number): Promise<void> {
  const found = Array.from({ length: files }, (_, index) => ({
    key: `${prefix}-${String(index).padStart(4, '0')}`,
    accountId: A,
    awsRegion: 'eu-west-1',
    deliveredAt: noon,
    size: 100,
    etag: 'e',
    priority: backfill === 0 ? (0 as const) : (100 as const),
    backfill,
  }));
  await ledger.discovered(source, found);
}

/** A worker of a process that works on so many batches at once: what the queue calls for each hint. */
function startWorker(concurrency: number): () => Promise<void> {
  let events = 0;
  const open = async (key: string) => {
    opened.push(key);
    if (key.startsWith('old')) await gate.opened;
    const record = { eventID: testId(events++), eventTime: '2026-11-20T11:59:00Z', eventName: 'ListBuckets' };
    const body = [gzipSync(JSON.stringify({ Records: [record] }))];
    return { etag: 'newer', size: 0, metadata: {}, body };
  };
  const job = createIngestFilesJob({
    database: test.database,
    ledger,
    partitions: createPartitions(test.database, () => noon),
    ...rulesOfIngest(),
    decoders: localDecoders,
    telemetry: { stored: () => undefined },
    health: new SourceHealth(Date.now),
    stores: { forSource: async () => ({ open }) as unknown as ObjectStore },
    concurrency,
    stopping: signal,
  });
  return () => job.handle({}, { signal, log: silentLog, attempt: 1 });
}

const states = async () =>
  Object.fromEntries(
    (
      await test.database.query<{ state: string; files: number }>(
        'SELECT state, count(*)::integer AS files FROM log_file GROUP BY state',
      )
    ).map(({ state, files }) => [state, files]),
  );

it.each([2, 4])(
  'of %s workers one is kept free: a live file is read at once in the midst of a backfill',
  async (concurrency) => {
    await add('old', 1000, 1);
    const worker = startWorker(concurrency);
    const busy = Array.from({ length: concurrency }, () => worker());
    // All but one hold files of the backfill; the one that may not ends, for nothing is left for it.
    await Promise.race(busy);
    await opened.until(16 * (concurrency - 1));
    expect(await states()).toEqual({ INGESTING: 64 * (concurrency - 1), DISCOVERED: 1000 - 64 * (concurrency - 1) });
    await add('new', 3, 0);
    await worker();
    expect(opened.items.slice(16 * (concurrency - 1))).toEqual(['new-0000', 'new-0001', 'new-0002']);
    expect(await states()).toMatchObject({ INGESTED: 3 });
    gate.open();
    await Promise.all(busy);
    expect(await states()).toEqual({ INGESTED: 1003 });
  },
);

it('a single worker takes a live file as its next, after one small batch of a backfill', async () => {
  await add('old', 200, 1);
  const busy = startWorker(1)();
  await opened.until(16);
  await add('new', 1, 0);
  gate.open();
  await busy;
  expect(opened.items.indexOf('new-0000')).toBe(64);
  expect(await states()).toEqual({ INGESTED: 201 });
});

it('what a backfill has brought is added up where its events are stored', async () => {
  gate.open();
  await add('old', 70, 1);
  await add('new', 2, 0);
  await startWorker(1)();
  expect(await test.database.query('SELECT files_ingested, events FROM backfill')).toEqual([
    { files_ingested: '70', events: '70' },
  ]);
});
