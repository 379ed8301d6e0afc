import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Finding, ValidationRequest } from '../../../src/sources/log-validation.service.js';
import { A, admin, B } from '../../support/collection.js';
import { makeDigestChain, type SignedDigest } from '../../support/digest-chain.js';
import { at, chain, digest, files, logFile, options, SignedBucket } from '../../support/signed-bucket.js';

const bucket = new SignedBucket();
let root: string;

beforeAll(async () => {
  await bucket.start();
  root = await realpath(await mkdtemp(join(tmpdir(), 'crosstrail-validation-')));
});
afterAll(async () => {
  await bucket.stop();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => bucket.reset());

/** What is said of the files themselves; the ledger's word is left out. */
async function validate(request: Partial<ValidationRequest> = {}, signal = new AbortController().signal) {
  const findings: string[] = [];
  let looks = 0;
  const onFinding = (finding: Finding) => {
    if (finding.kind === 'gap') findings.push(`gap: ${finding.reason}`);
    if ('verdict' in finding) findings.push(`${finding.kind} ${finding.url} ${finding.verdict}: ${finding.reason}`);
  };
  const asked = { accountId: A, from: at(0), to: at(6), region: null, sourceId: null, ...request };
  const listener = { onFinding, onProgress: () => void (looks += 1) };
  const { digests, backfillDigests, logFiles, found } = await bucket.collection.validation.validate(
    asked,
    listener,
    signal,
  );
  const counts = (kind: typeof digests) => `${kind.valid} ${kind.invalid} ${kind.unknown}`;
  return {
    findings,
    looks,
    digests: counts(digests),
    backfillDigests: counts(backfillDigests),
    logFiles: counts(logFiles),
    found: found && [found.start, found.end].map((time) => (time - at(0).getTime()) / 3_600_000),
  };
}

async function copyTo(folder: string, objects: readonly { key: string; body: Buffer }[]): Promise<string> {
  const path = join(root, folder);
  for (const { key, body } of objects) {
    await mkdir(dirname(join(path, key)), { recursive: true });
    await writeFile(join(path, key), body);
  }
  const input = { type: 'DIRECTORY' as const, path, accountIds: [A] };
  return (await bucket.collection.sources.create(admin, input)).id;
}

it('tells of its progress, and validates only what lies within the time asked for', async () => {
  expect(await validate()).toEqual({
    findings: [],
    looks: 11,
    digests: '6 0 0',
    backfillDigests: '0 0 0',
    logFiles: '5 0 0',
    found: [0, 6],
  });
  // As for AWS's validator, the digests that are named from the first moment to an hour after the last.
  const before = bucket.aws.calls.length;
  const some = await validate({ from: at(1.5), to: at(3) });
  expect([some.digests, some.logFiles, some.found]).toEqual(['3 0 0', '3 0 0', [1.5, 3]]);
  expect(bucket.aws.calls.slice(before).filter(({ operation }) => operation === 'get')).toHaveLength(6);
});

it('a region, a source and an account without digests', async () => {
  expect((await validate({ region: 'eu-west-1' })).digests).toBe('6 0 0');
  expect(await validate({ region: 'eu-central-1' })).toMatchObject({ digests: '0 0 0', found: null });
  expect((await validate({ sourceId: bucket.source.id })).digests).toBe('6 0 0');
  const missing = { sourceId: '00000000-0000-4000-8000-000000000000' };
  await expect(validate(missing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(validate({ accountId: B })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('two sources over one bucket are read once', async () => {
  const { aws, collection } = bucket;
  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111111111111/queue';
  await collection.sources.create(admin, { type: 'S3_NOTIFICATIONS', bucket: 'central', accountIds: [A], queueUrl });
  const before = aws.calls.length;
  expect((await validate()).digests).toBe('6 0 0');
  expect(aws.calls.slice(before).filter(({ operation }) => operation === 'get')).toHaveLength(11);
});

it('the digests of an organisation trail', async () => {
  bucket.aws.buckets.clear();
  const file = logFile(7, 1);
  const moved = { ...file, key: file.key.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/') };
  const ofOrganization = { ...options, root: 'AWSLogs/o-abcdefghij/', windows: [{ files: [moved] }, {}] };
  for (const object of [moved, ...makeDigestChain(ofOrganization)]) bucket.put(object);
  expect(await validate()).toMatchObject({ findings: [], digests: '2 0 0', logFiles: '1 0 0' });
});

it('backfill digests are counted by themselves, and what one names is read', async () => {
  const late = logFile(8, 2);
  const [backfill] = makeDigestChain({ ...options, start: at(1), windows: [{ files: [late] }], isBackfill: true });
  bucket.put(backfill as SignedDigest);
  expect(await validate()).toMatchObject({
    findings: [`logFile s3://central/${late.key} invalid: not found`],
    digests: '6 0 0',
    backfillDigests: '1 0 0',
    logFiles: '5 1 0',
  });
});

it('what cannot be read is neither valid nor invalid, and does not stop the rest', async () => {
  bucket.aws.fault = ({ key }) => (key === files[1].key ? { status: 403, code: 'AccessDenied' } : null);
  const denied = await validate();
  expect([denied.digests, denied.logFiles]).toEqual(['6 0 0', '4 0 1']);
  expect(denied.findings).toEqual([expect.stringMatching(/ unknown: it could not be read: .*AccessDenied/)]);
  bucket.aws.fault = () => null;
  bucket.aws.cloudTrail.fault = () => ({ status: 400, code: 'AccessDeniedException' });
  await bucket.collection.database.query('TRUNCATE digest_key');
  bucket.pass();
  expect(await validate()).toMatchObject({ digests: '0 0 6', logFiles: '0 0 0', found: null });
});

it('a validation that is stopped in the midst of a log file says nothing of it', async () => {
  const stopped = new AbortController();
  bucket.aws.fault = ({ key }) => {
    if (key !== files[4].key) return null;
    stopped.abort();
    return 'hang';
  };
  const found: Finding[] = [];
  const listener = { onFinding: (finding: Finding) => void found.push(finding), onProgress: () => undefined };
  const request = { accountId: A, from: at(0), to: at(6), region: null, sourceId: null };
  await expect(bucket.collection.validation.validate(request, listener, stopped.signal)).rejects.toThrow();
  // The call that was cut off ends after that.
  await setImmediate();
  expect(found.filter(({ kind }) => kind === 'logFile')).toEqual([]);
});

it('a stopped validation stops', async () => {
  const stopped = new AbortController();
  bucket.aws.fault = ({ operation }) => {
    if (operation === 'get') stopped.abort();
    return null;
  };
  await expect(validate({}, stopped.signal)).rejects.toThrow();
  expect(bucket.aws.calls.filter(({ operation }) => operation === 'get')).toHaveLength(1);
});

it('in a directory each digest is signed by the one after it; the newest has nothing to be verified with', async () => {
  const sourceId = await copyTo('intact', [...files, ...chain]);
  expect(await validate({ sourceId, to: at(4) })).toMatchObject({ findings: [], digests: '5 0 0', logFiles: '5 0 0' });
  const newest = await validate({ sourceId });
  expect(newest).toMatchObject({ digests: '5 0 1', logFiles: '5 0 0' });
  expect(newest.findings).toEqual([expect.stringContaining(`file://${root}/intact/${digest(6).key} unknown: waits`)]);
});

it('a directory whose files were changed', async () => {
  const changed = { ...files[1], body: gzipSync('{"Records":[]}') };
  const other = { ...digest(4), body: gzipSync(JSON.stringify({ ...digest(4).content, logFiles: [] })) };
  const sourceId = await copyTo('changed', [files[0], changed, files[2], files[3], files[4], ...chain, other]);
  const { findings } = await validate({ sourceId, to: at(4) });
  expect(findings).toEqual([
    expect.stringContaining(`${digest(4).key} invalid: its signature does not hold`),
    'gap: No valid digest speaks of the time',
    expect.stringContaining(`${files[1].key} invalid: hash value doesn't match`),
  ]);
});
