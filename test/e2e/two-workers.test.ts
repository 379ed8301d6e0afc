import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { createQueue } from '../../src/platform/queue/create-queue.js';
import { ask, openTestApp } from '../support/app.js';
import {
  allRead,
  connectDirectory,
  countedEvents,
  everyFeedEvent,
  everyNode,
  generatedBucket,
  recordsOf,
} from '../support/buckets.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestDirectory } from '../support/test-postgres.js';
import { describeRedis, startTestRedis, type TestRedis } from '../support/test-redis.js';

/*
 * Two workers, and the API apart from them, on one database. Whoever of them finds a file, whoever reads it, and
 * whatever becomes of the queue's hints: each event is there once.
 */

vi.setConfig({ testTimeout: 60_000 });

const bucket = generatedBucket({ files: 400, recordsPerFile: 25, accounts: 3 });
const truth = bucket.flatMap(recordsOf).sort();

let directory: string;

beforeAll(async () => {
  directory = await createTestDirectory();
  await writeBucket(join(directory, 'bucket'), bucket);
  await cp(join(directory, 'bucket'), join(directory, 'copy'), { recursive: true });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('with the queue on Postgres', () => suite(() => undefined));

describeRedis('with the queue on Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  suite(() => redis.url);
});

function suite(redisUrl: () => string | undefined): void {
  let test: TestDatabase;
  let api: Awaited<ReturnType<typeof openTestApp>>;
  let workers: Awaited<ReturnType<typeof openTestApp>>[];

  beforeEach(async () => {
    test = await createTestDatabase();
    const url = redisUrl();
    const settings = { databaseUrl: test.url, ...(url === undefined ? {} : { redisUrl: url }) };
    api = await openTestApp('api', settings);
    workers = [await openTestApp('worker', settings), await openTestApp('worker', settings)];
  });
  afterEach(async () => {
    for (const app of [...workers, api]) await app.stop();
    await test.drop();
  });

  /** Every hint that waits is lost, as when Redis comes back empty. */
  async function drain(): Promise<void> {
    const queue = await createQueue({ databaseUrl: test.url, redisUrl: redisUrl(), log: silentLog });
    await queue.drain();
    await queue.stop();
  }

  async function expectTruth(): Promise<void> {
    const listed = await everyNode<{ rawText: string }>(api.url, 'events', 'rawText');
    expect(listed.map(({ rawText }) => rawText).sort()).toEqual(truth);
    const fed = await everyFeedEvent<{ rawText: string }>(api.url, 'rawText');
    expect(fed.map(({ rawText }) => rawText).sort()).toEqual(truth);
    expect(await countedEvents(api.url)).toBe(truth.length);
  }

  it('a bucket that two sources share and a third one copies is read once, and its copy is all duplicates', async () => {
    const accountIds = [...new Set(bucket.map(({ key }) => key.split('/')[1]))];
    await Promise.all([
      connectDirectory(api.url, join(directory, 'bucket')),
      connectDirectory(api.url, join(directory, 'copy')),
      ask(api.url, 'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { name } } }', {
        input: {
          accountId: '999999999999',
          sources: [{ type: 'DIRECTORY', path: join(directory, 'bucket'), accountIds }],
        },
      }),
    ]);
    await allRead(api.url, 2 * bucket.length);
    await expectTruth();
    const files = await everyNode<{ events: number; duplicates: number }>(api.url, 'logFiles', 'events duplicates');
    const total = (of: 'events' | 'duplicates') => files.reduce((sum, file) => sum + file[of], 0);
    expect([total('events'), total('duplicates')]).toEqual([truth.length, truth.length]);
  });

  it('the queue is emptied in mid-run, and files come back that no hint speaks of: the sweep finds them', async () => {
    await connectDirectory(api.url, join(directory, 'bucket'));
    await eventually(
      () => countedEvents(api.url),
      (events) => events > 0,
    );
    await drain();
    await allRead(api.url, bucket.length);
    // As a worker leaves them that was killed: leased by nobody who lives, and the lease has ended.
    const left = await test.database.query(
      `UPDATE log_file SET state = 'INGESTING', lease = gen_random_uuid(), due_at = now() - interval '1 second'
       WHERE id % 3 = 0 RETURNING id`,
    );
    await drain();
    expect(left.length).toBeGreaterThan(100);
    await allRead(api.url, bucket.length);
    await expectTruth();
  });
}
