import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPartitions } from '../../../src/events/partition.service.js';
import { ClaimedFiles } from '../../../src/ingest/claimed-files.js';
import { localDecoders } from '../../../src/ingest/decoding/local-decoders.js';
import { DuplicateGuesses } from '../../../src/ingest/duplicate-guesses.js';
import type { Pace } from '../../../src/ingest/paced-object.js';
import type { LedgerFile } from '../../../src/sources/ledger.port.js';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import { ObjectNotFound, type ObjectStore } from '../../../src/sources/object-store.port.js';
import { SourceHealth } from '../../../src/sources/source-health.service.js';
import { noon, testId } from '../../support/events.js';
import { rulesOfIngest } from '../../support/rules-of-ingest.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
let ledger: LedgerService;
beforeEach(async () => {
  test = await createTestDatabase();
  ledger = new LedgerService({ database: test.database, onDue: async () => undefined });
});
afterEach(() => test.drop());

/** Puts files into the ledger and claims them. */
async function claim(names: readonly string[], size = 100): Promise<{ lease: string; files: LedgerFile[] }> {
  const [source] = await test.database.query<{ id: string; bucketId: number }>(
    `WITH account AS (INSERT INTO account (account_id, name) VALUES ('111111111111', 'one')),
       bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/logs') RETURNING id),
       source AS (INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id)
     SELECT id, bucket_id AS "bucketId" FROM source`,
  );
  if (!source) throw new Error('no source');
  await test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [
    source.id,
    '111111111111',
  ]);
  const file = (key: string) => ({
    key,
    accountId: '111111111111',
    awsRegion: 'eu-west-1',
    deliveredAt: noon,
    size,
    etag: 'e',
  });
  await ledger.discovered(source, names.map(file));
  return ledger.claim({ maxFiles: 100, maxBytes: 2 ** 40, leaseSeconds: 60 });
}

function logFile(number: number): Buffer {
  const record = { eventID: testId(number), eventTime: '2026-11-20T11:59:00Z', eventName: 'ListBuckets' };
  return gzipSync(JSON.stringify({ Records: [record] }));
}

/** Ingests a claim from a store whose objects are given by key. */
async function ingest(
  claimed: { lease: string; files: LedgerFile[] },
  open: (key: string, until: AbortSignal) => AsyncIterable<Uint8Array>,
  signal = new AbortController().signal,
  pace?: Pace,
): Promise<void> {
  const store = {
    open: async (key: string, until: AbortSignal) => ({
      ...{ etag: 'newer than listed', size: 0, metadata: {} },
      body: open(key, until),
    }),
  } as unknown as ObjectStore;
  const { database } = test;
  const partitions = createPartitions(database, Date.now);
  const deps = {
    database,
    ledger,
    partitions,
    ...rulesOfIngest(),
    decoders: localDecoders,
    guesses: new DuplicateGuesses(),
    telemetry: { stored: () => undefined },
    health: new SourceHealth(Date.now),
    stores: { forSource: async () => store },
    ...(pace === undefined ? {} : { pace }),
  };
  await new ClaimedFiles(deps, claimed, signal, silentLog).ingest();
}

const states = () =>
  test.database.query<{ key: string; state: string; error: string | null; lease: string | null }>(
    'SELECT key, state, error, lease FROM log_file ORDER BY key',
  );

async function* bytes(...parts: Buffer[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

it('stores the others when one file cannot be fetched and one is gone, and tells nothing of the inside', async () => {
  const claimed = await claim(['a', 'b', 'c', 'd']);
  await ingest(claimed, (key) => {
    if (key === 'b') throw new ObjectNotFound(key);
    if (key === 'c') throw Object.assign(new Error('EACCES: permission denied, open /secret/path'), { code: 'EACCES' });
    return bytes(logFile(key.charCodeAt(0)));
  });
  const found = await states();
  expect(found.map(({ key, state, lease }) => [key, state, lease])).toEqual([
    ['a', 'INGESTED', null],
    ['b', 'MISSING', null],
    ['c', 'DISCOVERED', null],
    ['d', 'INGESTED', null],
  ]);
  expect(found[2]?.error).toMatch(/EACCES/);
  expect(found[2]?.error).not.toMatch(/secret/);
  expect(await test.database.query('SELECT FROM event')).toHaveLength(2);
});

it('hands everything back and lets go of what it read from when it is stopped in the middle of a large file', async () => {
  const claimed = await claim(['large'], 64 * 1024 * 1024);
  const controller = new AbortController();
  let isReleased = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from('{"Records":[');
      for (let number = 0; ; number++) {
        yield Buffer.from(`{"eventID":"${testId(number)}","eventTime":"2026-11-20T11:59:00Z"},`);
        if (number === 1000) controller.abort();
      }
    } finally {
      isReleased = true;
    }
  }
  await ingest(claimed, endless, controller.signal);
  expect(isReleased).toBe(true);
  expect(await states()).toEqual([{ key: 'large', state: 'DISCOVERED', error: null, lease: null }]);
  expect(await test.database.query('SELECT FROM event')).toHaveLength(0);
});

it.each([
  ['is fetched whole', 100],
  ['is streamed', 64 * 1024 * 1024],
])(
  'gives a file back that comes a byte at a time and never ends where it %s, and stores the others',
  async (_, size) => {
    const claimed = await claim(['dripping', 'good'], size);
    async function* dripping(until: AbortSignal): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{');
      await new Promise((_, reject) => until.addEventListener('abort', () => reject(until.reason)));
    }
    const open = (key: string, until: AbortSignal) => (key === 'good' ? bytes(logFile(1)) : dripping(until));
    await ingest(claimed, open, new AbortController().signal, { bytes: 2, ms: 10 });
    expect(await states()).toMatchObject([
      {
        key: 'dripping',
        state: 'DISCOVERED',
        error: 'dripping comes too slowly: less than 2 bytes in 0.01 s; it is tried again',
      },
      { key: 'good', state: 'INGESTED' },
    ]);
  },
);

it('streams files that have grown since they were listed, each in a transaction of its own', async () => {
  const claimed = await claim(['grown', 'small']);
  const padding = Buffer.from(`{"padding":"${'x'.repeat(1024 * 1024)}","Records":`);
  const record = (number: number) =>
    Buffer.from(`[{"eventID":"${testId(number)}","eventTime":"2026-11-20T11:59:00Z"}]}`);
  await ingest(claimed, (key) => {
    if (key === 'small') return bytes(Buffer.from('{"Records":'), record(1));
    const blank = Array.from({ length: 40 }, () => Buffer.alloc(1024 * 1024, ' '));
    return bytes(padding, ...blank, record(2));
  });
  expect((await states()).map(({ state }) => state)).toEqual(['INGESTED', 'INGESTED']);
  expect(await test.database.query('SELECT FROM event')).toHaveLength(2);
  expect(await test.database.query('SELECT FROM batch')).toHaveLength(2);
});

it('knows size and etag of what was read, whether the file was only told of or listed as another', async () => {
  const claimed = await claim(['listed', 'told']);
  await test.database.query("UPDATE log_file SET etag = '', size = 0 WHERE key = 'told'");
  const files = claimed.files.map((file) => (file.key === 'told' ? { ...file, etag: '', size: 0 } : file));
  await ingest({ ...claimed, files }, (key) => bytes(logFile(key.length)));
  const rows = await test.database.query<{ key: string; etag: string }>('SELECT key, etag FROM log_file ORDER BY key');
  expect(rows.map(({ etag }) => etag === 'newer than listed')).toEqual([true, true]);
});
