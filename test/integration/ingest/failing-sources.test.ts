import { setMaxListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPartitions } from '../../../src/events/partition.service.js';
import { localDecoders } from '../../../src/ingest/decoding/local-decoders.js';
import { createIngestFilesJob } from '../../../src/ingest/ingest-files.job.js';
import { upstreamError } from '../../../src/platform/aws/aws-error.js';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import type { ObjectStore, StoredObject } from '../../../src/sources/object-store.port.js';
import { SourceHealth } from '../../../src/sources/source-health.service.js';
import { noon, testId } from '../../support/events.js';
import { eventually } from '../../support/eventually.js';
import { rulesOfIngest } from '../../support/rules-of-ingest.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/*
 * One source fails while another has files: its own store, by hand, so that nothing depends on time. The job is the
 * product's, with two lanes, as two workers of one process run it.
 */

const accountId = '111111111111';
let test: TestDatabase;
let ledger: LedgerService;
let clock: number;
let stop: AbortController;
let stores: Map<string, (key: string, signal: AbortSignal) => Promise<StoredObject>>;
let lanes: Promise<void>[];
let job: ReturnType<typeof createIngestFilesJob>;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  const { database } = test;
  ledger = new LedgerService({ database, onDue: async () => undefined });
  [clock, stop, stores, lanes] = [Date.now(), new AbortController(), new Map(), []];
  await database.query(`INSERT INTO account (account_id, name) VALUES ($1, 'one')`, [accountId]);
  job = createIngestFilesJob({
    database,
    ledger,
    partitions: createPartitions(database, Date.now),
    stores: { forSource: async (id) => ({ open: stores.get(id) }) as unknown as ObjectStore },
    ...rulesOfIngest(),
    decoders: localDecoders,
    telemetry: { stored: () => undefined },
    health: new SourceHealth(() => clock),
    concurrency: 2,
    stopping: stop.signal,
  });
});
afterEach(async () => {
  stop.abort();
  await Promise.all(lanes);
  await test.drop();
});

/** A source with so many files that are due, read by `open`. */
async function plant(name: string, files: number, open: (key: string, signal: AbortSignal) => Promise<StoredObject>) {
  const [source] = await test.database.query<{ id: string; bucketId: number }>(
    `WITH bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('s3:aws', $1) RETURNING id),
       source AS (INSERT INTO source (type, bucket_id) SELECT 'S3_LISTING', id FROM bucket RETURNING id, bucket_id),
       granted AS (INSERT INTO source_account (source_id, account_id) SELECT id, $2 FROM source)
     SELECT id, bucket_id AS "bucketId" FROM source`,
    [name, accountId],
  );
  if (!source) throw new Error('no source');
  stores.set(source.id, open);
  const file = (number: number) => ({ key: `${name}/${number}`, awsRegion: 'eu-west-1', deliveredAt: noon, size: 0 });
  const found = Array.from({ length: files }, (_, number) => ({ ...file(number), accountId, etag: 'e' }));
  await ledger.discovered(source, found);
  return source;
}

/** Two workers of one process take what is due. Resolves when both have found nothing more. */
function work(): Promise<void> {
  const context = { signal: stop.signal, log: silentLog, attempt: 1 };
  lanes.push(...[1, 2].map(() => job.handle({}, context)));
  return Promise.all(lanes).then(() => undefined);
}

const answer = async (key: string): Promise<StoredObject> => {
  const record = { eventID: testId(Number(key.split('/')[1])), eventTime: '2026-11-20T11:59:00Z', eventName: 'X' };
  const bytes = gzipSync(JSON.stringify({ Records: [record] }));
  return {
    etag: 'e',
    size: bytes.length,
    metadata: {},
    body: (async function* () {
      yield bytes;
    })(),
  };
};
const silence = (_: string, signal: AbortSignal) =>
  new Promise<StoredObject>((_resolve, reject) => {
    setMaxListeners(0, signal);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
const slowDown = async (key: string): Promise<StoredObject> => {
  throw upstreamError('s3:GetObject', key, Object.assign(new Error('Slow down'), { name: 'SlowDown' }));
};

async function states(): Promise<Record<string, Record<string, number>>> {
  const rows = await test.database.query<{ name: string; state: string; count: number }>(
    `SELECT split_part(key, '/', 1) AS name, state, count(*)::integer AS count FROM log_file GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  const found: Record<string, Record<string, number>> = {};
  for (const { name, state, count } of rows) found[name] = { ...found[name], [state]: count };
  return found;
}

it('a source that never answers keeps one worker, however many of its files wait; the other reads what is there', async () => {
  await plant('silent', 600, silence);
  await plant('good', 300, answer);
  void work();
  const seen = await eventually(states, (found) => found['good']?.['INGESTED'] === 300);
  // One claim of the silent source is under way, or once nothing else was due, two.
  expect(seen['silent']?.['INGESTING']).toBeLessThanOrEqual(512);
  expect(await test.database.query('SELECT FROM event')).toHaveLength(300);
});

it('a source that failed holds one worker of two, also where nothing else is due yet', async () => {
  let calls = 0;
  await plant('failing', 600, (key, signal) => (++calls <= 8 ? slowDown(key) : silence(key, signal)));
  await work();
  // Its rest is over: it is tried again, and now says nothing.
  clock += 6000;
  await test.database.query('UPDATE log_file SET due_at = now()');
  void work();
  await eventually(
    states,
    (found) => {
      return found['failing']?.['INGESTING'] === 256;
    },
    { seconds: 3 },
  );
  await plant('later', 300, answer);
  void work();
  await eventually(states, (found) => found['later']?.['INGESTED'] === 300);
  expect((await states())['failing']).toEqual({ DISCOVERED: 344, INGESTING: 256 });
});

it('the files of a throttled source wait together, none blamed, and go on from where they were', async () => {
  let calls = 0;
  const throttled = await plant('throttled', 600, async (key) => {
    calls += 1;
    return slowDown(key);
  });
  await plant('good', 30, answer);
  await work();
  expect(await states()).toEqual({ good: { INGESTED: 30 }, throttled: { DISCOVERED: 600 } });
  // Of 600 files, those of one claim that were asked for together were tried.
  expect(calls).toBeLessThanOrEqual(32);
  const [row] = await test.database.query<{ attempts: number; waiting: number }>(
    `SELECT sum(attempts)::integer AS attempts, count(*) FILTER (WHERE due_at > now() + interval '4 seconds')::integer AS waiting
     FROM log_file WHERE source_id = $1`,
    [throttled.id],
  );
  // Seven failures do not show yet that it is the source.
  expect(row?.attempts).toBe(7);
  expect(row?.waiting).toBeGreaterThanOrEqual(249);
  expect(row?.waiting).toBeLessThanOrEqual(256);
  // It rests: what is due of it is not taken up.
  await work();
  expect(calls).toBeLessThanOrEqual(32);
  stores.set(throttled.id, answer);
  clock += 5000;
  await test.database.query('UPDATE log_file SET due_at = now()');
  await work();
  expect(await states()).toMatchObject({ throttled: { INGESTED: 600 } });
});

it('an outage of any length gives up no file', async () => {
  await plant('down', 3, slowDown);
  for (let round = 0; round < 15; round += 1) {
    await work();
    clock += 600_000;
    await test.database.query('UPDATE log_file SET due_at = now()');
  }
  expect(await states()).toEqual({ down: { DISCOVERED: 3 } });
  const [row] = await test.database.query<{ error: string }>('SELECT min(error) AS error FROM log_file');
  expect(row?.error).toContain('SlowDown');
});

it('files that are refused while others are read are given up as before', async () => {
  const refuse = (key: string) =>
    upstreamError('s3:GetObject', key, Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));
  let round = 0;
  await plant('mixed', 12, async (key) => {
    if (key === 'mixed/0') throw refuse(key);
    if (Number(key.split('/')[1]) > round) throw Object.assign(new Error('odd'), { code: 'EODD' });
    return answer(key);
  });
  for (round = 1; round <= 10; round += 1) {
    await work();
    await test.database.query('UPDATE log_file SET due_at = now()');
  }
  expect((await states())['mixed']).toEqual({ INGESTED: 10, QUARANTINED: 2 });
});
