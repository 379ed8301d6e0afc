import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { generatedAccounts } from '../../src/demo/generator/log-files.js';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { ask, openTestApp } from '../support/app.js';
import {
  allRead,
  connectDirectory,
  countedEvents,
  everyFeedEvent,
  everyNode,
  generatedBucket,
  logFileOf,
  recordsOf,
} from '../support/buckets.js';
import { logKey } from '../support/collection.js';
import { noon } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestDirectory } from '../support/test-postgres.js';

/*
 * A bucket in which much is wrong, beside files that are well. The truth about each file stands in the table: which of
 * its records are intact, and what its owner should read about the rest.
 */

vi.setConfig({ testTimeout: 60_000 });

const [account = ''] = generatedAccounts('end to end', 1);
const stranger = '999999999999';
const generated = generatedBucket({ files: 16, recordsPerFile: 20, accounts: 1 }).map(recordsOf);

interface DamagedFile {
  readonly what: string;
  readonly body: Buffer;
  readonly intact: readonly string[];
  /** What the file is quarantined for; null where all of it can be read. */
  readonly reason: RegExp | null;
}

const whole = (records: readonly string[]) => logFileOf('', records).body;
const json = (records: readonly string[]) => `{"Records":[${records.join(',')}]}`;
const rows = (index: number) => generated[index] ?? [];

/** What zlib itself still gets out of a gzip that ends too soon. */
function partOf(gzip: Buffer): string {
  return gunzipSync(gzip, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

/** The record with other values; what is `undefined` goes. */
function altered(record: string | undefined, changes: object): string {
  return JSON.stringify({ ...(JSON.parse(record ?? '') as object), ...changes });
}

function damagedFiles(): DamagedFile[] {
  const cutGzip = gzipSync(json(rows(0)), { level: 1 });
  const shortGzip = cutGzip.subarray(0, Math.floor(cutGzip.length * 0.6));
  const shortJson = json(rows(1)).slice(0, json(rows(1)).indexOf(rows(1)[12] ?? '') + 100);
  const oneBad = rows(2).with(3, '{"eventID": nonsense}');
  const odd = [
    altered(rows(5)[0], { userAgent: 'before\0after', errorMessage: 'half a pair: \ud83d', eventName: '\ud800\0' }),
    altered(rows(5)[1], { eventID: undefined }),
    altered(rows(5)[2], { eventID: 'no UUID, but unique all the same' }),
    ...['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 'yesterday', 17, null].map((eventTime, index) =>
      altered(rows(5)[3 + index], { eventTime }),
    ),
    altered(rows(5)[8], { userAgent: 'Zürich 🏔 in UTF-8' }),
    altered(rows(5)[9], { requestParameters: { policy: 'x'.repeat(300_000) } }),
  ];
  const nothing: readonly string[] = [];
  return [
    {
      what: 'no gzip',
      body: Buffer.from('Hello, this is no log file'),
      intact: nothing,
      reason: /neither gzip nor JSON/,
    },
    { what: 'an error page', body: gzipSync('<html>503</html>'), intact: nothing, reason: /HTML or XML page/ },
    { what: 'nothing', body: Buffer.alloc(0), intact: nothing, reason: /the file is empty/ },
    {
      what: 'gzip cut short',
      body: shortGzip,
      intact: rows(0).filter((record) => partOf(shortGzip).includes(record)),
      reason: /gzip data is cut short \(at byte \d+\)/,
    },
    { what: 'JSON cut short', body: gzipSync(shortJson), intact: rows(1).slice(0, 12), reason: /\(at byte \d+\)/ },
    {
      what: 'one bad record',
      body: whole(oneBad),
      intact: rows(2).filter((_, index) => index !== 3),
      reason: /^record 3 \(at byte \d+\): the record is not valid JSON$/,
    },
    { what: 'odd records', body: whole(odd), intact: odd, reason: null },
    { what: 'plain JSON', body: Buffer.from(json(rows(6))), intact: rows(6), reason: null },
    ...[7, 8, 9].map((index) => ({
      what: `well ${index}`,
      body: whole(rows(index)),
      intact: rows(index),
      reason: null,
    })),
    { what: 'well 7 under another name', body: whole(rows(7)), intact: rows(7), reason: null },
  ];
}

const keyOf = (what: string) => logKey(account, new Date(noon), what.replaceAll(' ', '-'));
const files = damagedFiles();
/** The event that two trails write, each in its own bytes. */
const twice = rows(10)[0] ?? '';
const otherBytes = twice.replace('"readOnly":', '"fromTheOtherTrail":true,"readOnly":');

let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
let directory: string;
let source: string;

interface SeenFile {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly error: string | null;
  readonly records: number;
  readonly events: number;
  readonly duplicates: number;
  readonly revisions: number;
}

beforeAll(async () => {
  test = await createTestDatabase();
  app = await openTestApp('all', { databaseUrl: test.url });
  directory = await createTestDirectory();
  const bucket = join(directory, 'bucket');
  await writeBucket(bucket, [
    ...files.map(({ what, body }) => ({ key: keyOf(what), body })),
    logFileOf(keyOf('trail one'), rows(10)),
    logFileOf(logKey(stranger, new Date(noon), 'planted'), rows(11)),
  ]);
  source = await connectDirectory(app.url, bucket, [account]);
  await allRead(app.url, files.length + 1);
  // Once the first is stored: which of two comes first is then no matter of luck.
  await writeBucket(bucket, [logFileOf(keyOf('trail two'), [otherBytes])]);
  await allRead(app.url, files.length + 2);
});

afterAll(async () => {
  await app.stop();
  await test.drop();
  await rm(directory, { recursive: true, force: true });
});

const seenFiles = () =>
  everyNode<SeenFile>(app.url, 'logFiles', 'id key state error records events duplicates revisions');

async function fileAt(what: string): Promise<SeenFile | undefined> {
  return (await seenFiles()).find(({ key }) => key === keyOf(what));
}

it.each(files)('$what: every intact record is counted, and the reason is told', async ({ what, intact, reason }) => {
  const file = await fileAt(what);
  expect(file).toMatchObject({ records: intact.length, state: reason === null ? 'INGESTED' : 'QUARANTINED' });
  if (reason === null) expect(file?.error).toBeNull();
  else expect(file?.error).toMatch(reason);
});

it('stores every intact record byte for byte and once, and nothing else', async () => {
  const truth = [...new Set([...files.flatMap(({ intact }) => intact), ...rows(10)])].sort();
  // The table itself is right: something was lost of the two that were cut, and not all.
  expect(files.filter(({ intact }) => intact.length > 0 && intact.length < 20)).toHaveLength(4);
  const listed = await everyNode<{ rawText: string }>(app.url, 'events', 'rawText');
  expect(listed.map(({ rawText }) => rawText).sort()).toEqual(truth);
  const fed = await everyFeedEvent<{ rawText: string }>(app.url, 'rawText');
  expect(fed.map(({ rawText }) => rawText).sort()).toEqual(truth);
  expect(await countedEvents(app.url)).toBe(truth.length);
});

it('shows what no column can hold, and times that cannot be, without failing', async () => {
  const fields = 'eventID eventTime eventName userAgent errorMessage raw userIdentity { arn } resources { ARN }';
  const seen = await everyNode<{ eventTime: string; userAgent: string; raw: { eventTime?: unknown } }>(
    app.url,
    'events',
    fields,
  );
  const times = new Map(seen.map(({ eventTime, raw }) => [raw.eventTime, Date.parse(eventTime)]));
  for (const unusable of ['0001-01-01T00:00:00Z', 'yesterday', 17, null]) expect(times.get(unusable)).toBe(noon);
  expect(times.get('9999-12-31T23:59:59Z')).toBe(Date.parse('9999-12-31T23:59:59Z'));
  expect(seen.filter(({ userAgent }) => userAgent === 'before\ufffdafter')).toHaveLength(1);
});

it('does not take an account that the source may not speak for at its word, and says how much it left', async () => {
  const query = 'query ($id: ID!) { source(id: $id) { filesIgnored accountsIgnored status lastError filesFailed } }';
  expect((await ask<{ source: object }>(app.url, query, { id: source })).source).toEqual({
    filesIgnored: 1,
    accountsIgnored: 1,
    status: 'ACTIVE',
    lastError: null,
    filesFailed: 6,
  });
  expect((await seenFiles()).filter(({ key }) => key.includes(stranger))).toEqual([]);
});

it('counts an event once that comes under two names or in two spellings, and names both files', async () => {
  const seen = await everyNode<{ rawText: string; logFiles: { key: string }[] }>(
    app.url,
    'events',
    'rawText logFiles { key }',
  );
  const keysOf = (record: string) => seen.find(({ rawText }) => rawText === record)?.logFiles.map(({ key }) => key);
  for (const record of rows(7)) {
    expect(keysOf(record)?.sort()).toEqual([keyOf('well 7'), keyOf('well 7 under another name')].sort());
  }
  expect(keysOf(twice)).toEqual([keyOf('trail one'), keyOf('trail two')]);
  expect(await fileAt('trail two')).toMatchObject({ state: 'INGESTED', records: 1, events: 0, duplicates: 1 });
});

it('opens a revision of a file whose bytes change, and reads what is new in it', async () => {
  const before = await fileAt('no gzip');
  const path = join(directory, 'bucket', keyOf('no gzip'));
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, whole([...rows(12), ...rows(8)]));
  const after = await eventually(
    () => fileAt('no gzip'),
    (file) => file?.state === 'INGESTED',
  );
  expect(after).toMatchObject({ id: before?.id, revisions: 2, error: null, records: 40, events: 20, duplicates: 20 });
});
