import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { hourMs, startOfHour } from '../../src/lib/time.js';
import type { Finding } from '../../src/sources/log-validation.service.js';
import { ask, openTestApp } from '../support/app.js';
import { A, logKey } from '../support/collection.js';
import { DigestSigner, makeDigestChain, type SignedDigest } from '../support/digest-chain.js';
import { eventually } from '../support/eventually.js';
import { FakeAws } from '../support/fake-aws.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/*
 * The whole program over a bucket as CloudTrail fills it: eight hours of digests, of which one is gone, and a log file
 * that a digest names and that is gone.
 */

const region = 'eu-west-1';
const bucket = 'trail-bucket';
const aws = new FakeAws();
/** Eight hours that are over. */
const start = startOfHour(Date.now()) - 9 * hourMs;
const at = (hours: number) => new Date(start + hours * hourMs);
let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;

function fileOf(window: number) {
  const time = at(window - 0.5);
  const record = {
    ...{ eventVersion: '1.08', eventTime: time.toISOString(), eventName: 'ListBuckets', awsRegion: region },
    ...{ eventID: `00000000-0000-4000-8000-00000000000${window}`, recipientAccountId: A },
  };
  return { key: logKey(A, time, `f${window}`, region), body: gzipSync(JSON.stringify({ Records: [record] })) };
}

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'hub');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  test = await createTestDatabase();
  const signer = new DigestSigner();
  aws.cloudTrail.trust(region, signer);
  const files = [1, 2, 3, 4, 5, 6, 7, 8].map(fileOf);
  const windows = files.map((file) => ({ files: [file] }));
  const chain = makeDigestChain({ signer, bucket, start: at(0), windows, accountId: A, awsRegion: region });
  for (const { key, body } of files) aws.put(bucket, key, body);
  for (const { key, body, metadata } of chain) aws.put(bucket, key, body, { ...metadata });
  aws.buckets.get(bucket)?.delete((chain[3] as SignedDigest).key);
  aws.buckets.get(bucket)?.delete((files[5] as (typeof files)[number]).key);
  app = await openTestApp('all', { databaseUrl: test.url, awsEndpointUrl: await aws.start() });
  const input = { type: 'S3_LISTING', bucket, region, accountIds: [A] };
  await ask(app.url, 'mutation ($input: SourceInput!) { createSource(input: $input) { source { id } } }', { input });
});

afterAll(async () => {
  await app.stop();
  await aws.stop();
  await test.drop();
  vi.unstubAllEnvs();
});

interface Answer {
  readonly account: { coverage: { start: string; end: string; state: string; files: number; events: number }[] };
  readonly all: { provenFrom: string; provenThrough: string; expectedThrough: string | null };
  readonly events: { completeness: Answer['all']; totalCount: number };
}

const isSettled = (spans: Answer['account']['coverage']) => spans.every(({ state }) => state !== 'OPEN');

it('says of an answer what is proven, what is only expected, and where it is broken', async () => {
  const query = `query ($account: AccountId!, $from: DateTime, $to: DateTime, $behind: DateTime) {
    account(accountId: $account) { coverage(from: $from, to: $to) { start end state files events } }
    all: completeness { provenFrom provenThrough expectedThrough }
    events(filter: { accountIds: [$account], eventTime: { from: $behind } }) {
      totalCount completeness { provenFrom provenThrough expectedThrough }
    }
  }`;
  const answer = await eventually(
    () => ask<Answer>(app.url, query, { account: A, from: at(0), to: at(8), behind: at(6.1) }),
    ({ account, all }) => account.coverage.length === 5 && isSettled(account.coverage) && all.expectedThrough !== null,
    { seconds: 60 },
  );
  const span = (from: number, to: number, state: string, files: number, events: number) => {
    return { start: at(from).toJSON(), end: at(to).toJSON(), state, files, events };
  };
  expect(answer.account.coverage).toEqual([
    span(0, 3, 'COMPLETE', 3, 3),
    span(3, 4, 'MISSING', 0, 0),
    span(4, 5, 'COMPLETE', 1, 1),
    span(5, 6, 'MISSING', 1, 0),
    span(6, 8, 'COMPLETE', 2, 2),
  ]);
  expect(answer.all).toMatchObject({ provenFrom: at(0).toJSON(), provenThrough: at(3).toJSON() });
  expect(answer.events.totalCount).toBe(2);
  expect(answer.events.completeness).toMatchObject({ provenFrom: at(6).toJSON(), provenThrough: at(8).toJSON() });
  // By the look at the bucket, which came after everything in it.
  expect(Date.parse(answer.all.expectedThrough ?? '')).toBeGreaterThan(at(8).getTime());
}, 90_000);

it('says the same when it reads the bucket again', async () => {
  const findings: string[] = [];
  const listener = {
    onFinding: (finding: Finding) => void findings.push('reason' in finding ? finding.reason : finding.kind),
    onProgress: () => undefined,
  };
  const request = { accountId: A, from: at(0), to: at(8), region: null, sourceId: null };
  const summary = await app.verify(request, listener, new AbortController().signal);
  expect(summary).toMatchObject({
    digests: { valid: 7, invalid: 1, unknown: 0 },
    logFiles: { valid: 6, invalid: 1, unknown: 0 },
    disagreements: 0,
  });
  expect(findings.sort()).toEqual(['No valid digest speaks of the time', 'not found', 'not found']);
});
