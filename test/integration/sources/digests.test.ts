import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { DigestResolver } from '../../../src/sources/digest.resolver.js';
import { A, admin, B, callerOf, logKey } from '../../support/collection.js';
import { makeDigestChain, signDigest } from '../../support/digest-chain.js';
import {
  allSix,
  chain,
  digest,
  files,
  five,
  logFile,
  options,
  SignedBucket,
  signer,
  six,
} from '../../support/signed-bucket.js';

const { signal } = new AbortController();
const bucket = new SignedBucket();
beforeAll(() => bucket.start());
afterAll(() => bucket.stop());
beforeEach(() => bucket.reset());

describe('a digest file', () => {
  it('that names the one before the oldest collected does not miss it, and does miss one within', async () => {
    for (const object of chain.slice(0, 3)) bucket.remove(object.key);
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(`VERIFIED VERIFIED VERIFIED`);
    expect(await bucket.spans()).toEqual([[3, 6]]);
    bucket.put(digest(1));
    await bucket.discover();
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(`VERIFIED MISSING VERIFIED VERIFIED VERIFIED`);
  });

  it('that names one before it on a day that was listed misses it, though nothing older is known', async () => {
    for (const object of chain.slice(0, 3)) bucket.remove(object.key);
    const prefix = `AWSLogs/${A}/CloudTrail-Digest/eu-west-1/`;
    await bucket.collection.database.query(
      `INSERT INTO listing_region (source_id, prefix, account_id, aws_region) VALUES ($1, $2, $3, 'eu-west-1')`,
      [bucket.source.id, prefix, A],
    );
    await bucket.collection.database.query(
      `INSERT INTO listing (source_id, region_prefix, day, listed_at, due_at) VALUES ($1, $2, '2026-11-20', now(), now())`,
      [bucket.source.id, prefix],
    );
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(`MISSING VERIFIED VERIFIED VERIFIED`);
  });

  it('that was missing and turns up is verified, and joins what it had parted', async () => {
    bucket.remove(digest(2).key);
    await bucket.filesFirst();
    bucket.put(digest(2));
    await bucket.discover();
    await bucket.verify();
    expect([await bucket.digestStates(), await bucket.integrities()]).toEqual([six(), five()]);
    expect(await bucket.spans()).toEqual([[0, 6]]);
  });

  it('is read again when it is overwritten, and proves nothing any more', async () => {
    await bucket.filesFirst();
    bucket.put({ ...digest(2), body: gzipSync('{}') });
    await bucket.discover();
    await bucket.collection.provenSpans.settle();
    expect((await bucket.spans())[0]).toEqual([0, 1]);
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(six({ 2: 'INVALID' }));
    expect(await bucket.integrities()).toBe(five({ 1: 'UNVERIFIABLE', 2: 'UNVERIFIABLE' }));
    expect(await bucket.spans()).toEqual([
      [0, 1],
      [2, 6],
    ]);
  });

  it('that is found again, or in between was fetched with another ETag, changes nothing', async () => {
    await bucket.filesFirst();
    const calls = bucket.aws.calls.length;
    await bucket.discover(['digest']);
    expect(await bucket.collection.digests.isAnyDue()).toBe(false);
    expect(bucket.aws.calls.slice(calls).every(({ operation }) => operation === 'list')).toBe(true);
  });

  it('cannot have other accounts read, nor files elsewhere, and says so', async () => {
    const foreign = logFile(7, 1, B);
    const content = structuredClone(digest(1).content);
    const named = (s3Bucket: string, s3Object: string) => ({ ...content.logFiles[0], s3Bucket, s3Object });
    Object.assign(content, {
      logFiles: [
        named(options.bucket, foreign.key),
        named(options.bucket, '../../etc/passwd'),
        named('other', files[0].key),
      ],
    });
    bucket.aws.buckets.clear();
    bucket.put(signDigest(content, signer));
    await bucket.filesFirst();
    expect(await bucket.collection.database.query('SELECT key FROM log_file')).toEqual([]);
    expect(await bucket.digestRow('state, files, proven, error')).toEqual({
      state: 'VERIFIED',
      files: 3,
      proven: false,
      error: expect.stringMatching(
        /1 file in another bucket.*such as s3:\/\/other\/.*; it names 2 files that cannot be/,
      ),
    });
    expect(await bucket.spans()).toEqual([]);
  });
});

describe('a log file', () => {
  it('that is changed after it was verified is tampered with, and what was proven ends there', async () => {
    await bucket.filesFirst();
    bucket.put({ ...files[0], body: gzipSync('{"Records":[2]}') });
    await bucket.discover();
    await bucket.verify();
    expect([await bucket.integrities(), await bucket.spans()]).toEqual([five({ 0: 'UNVERIFIED' }), [[1, 6]]]);
    await bucket.ingest();
    await bucket.verify();
    expect(await bucket.integrities()).toBe(five({ 0: 'TAMPERED' }));
    bucket.put(files[0]);
    await bucket.discover();
    await bucket.ingest();
    await bucket.verify();
    expect([await bucket.integrities(), await bucket.spans()]).toEqual([five(), [[0, 6]]]);
  });

  it('that was missing and turns up is fetched, and what is proven grows by it', async () => {
    bucket.remove(files[4].key);
    await bucket.filesFirst();
    bucket.put(files[4]);
    await bucket.discover();
    expect(await bucket.integrities()).toBe(five({ 4: 'UNVERIFIED' }));
    await bucket.ingest();
    await bucket.verify();
    expect([await bucket.integrities(), await bucket.spans()]).toEqual([five(), [[0, 6]]]);
  });

  it('that cannot be read as CloudTrail signed it is verified, and yet its hour is not proven', async () => {
    const odd = { key: files[0].key, body: gzipSync('{"Records":[') };
    for (const object of makeDigestChain({ ...options, windows: [{ files: [odd] }] })) bucket.put(object);
    for (const { key } of chain.slice(1)) bucket.remove(key);
    bucket.put(odd);
    await bucket.filesFirst();
    const rows = await bucket.collection.database.query('SELECT state, integrity FROM log_file WHERE key = $1', [
      odd.key,
    ]);
    expect(rows).toEqual([{ state: 'QUARANTINED', integrity: 'VERIFIED' }]);
    expect(await bucket.spans()).toEqual([]);
  });

  it('that was listed, and is gone before it is read, is missing once its digest names it', async () => {
    await bucket.discover(['collect']);
    bucket.remove(files[3].key);
    await bucket.ingest();
    expect(await bucket.integrities()).toBe(Array(5).fill('UNVERIFIED').join(' '));
    await bucket.discover(['digest']);
    await bucket.verify();
    expect(await bucket.integrities()).toBe(five({ 3: 'MISSING' }));
  });

  it('that only a digest tells of goes before others when it is of today, and behind them when it is old', async () => {
    const now = new Date();
    const recent = { key: logKey(A, now, 'recent'), body: files[0].body };
    for (const { key } of files) bucket.remove(key);
    for (const object of makeDigestChain({ ...options, start: now, windows: [{ files: [recent] }] }))
      bucket.put(object);
    for (const { key } of chain.slice(1)) bucket.remove(key);
    await bucket.discover(['digest']);
    await bucket.verify();
    const rows = await bucket.collection.database.query('SELECT key, priority FROM log_file ORDER BY priority');
    expect(rows).toEqual([
      { key: recent.key, priority: 0 },
      { key: files[0].key, priority: 100 },
    ]);
  });

  it('notes the region of its account, once', async () => {
    await bucket.discover();
    await bucket.discover();
    const rows = await bucket.collection.database.query('SELECT account_id, aws_region FROM account_region');
    expect(rows).toEqual([{ account_id: A, aws_region: 'eu-west-1' }]);
  });

  it('that goes with its source is named again when another source finds it', async () => {
    await bucket.discover();
    await bucket.verify();
    await bucket.collection.sources.delete(admin, bucket.source.id);
    bucket.source = await bucket.connect();
    await bucket.filesFirst();
    expect([await bucket.integrities(), await bucket.spans()]).toEqual([five(), [[0, 6]]]);
  });
});

describe('verifying', () => {
  it('by several workers at once reads each digest once', async () => {
    const many = makeDigestChain({ ...options, windows: Array.from({ length: 100 }, () => ({})) });
    bucket.aws.buckets.clear();
    for (const object of many) bucket.put(object);
    await bucket.discover(['digest']);
    bucket.aws.calls.length = 0;
    await Promise.all([1, 2, 3, 4].map(() => bucket.verify()));
    await bucket.verify();
    expect(bucket.aws.calls).toHaveLength(100);
    expect(await bucket.spans()).toEqual([[0, 100]]);
  });

  it('that lost its lease writes nothing', async () => {
    await bucket.discover(['digest']);
    bucket.aws.fault = () => {
      void bucket.collection.database.query('UPDATE digest SET lease = NULL, due_at = NULL');
      return null;
    };
    await bucket.collection.digestVerifier.verifyDue(new AbortController().signal);
    expect(await bucket.digestStates()).toBe(allSix('DISCOVERED'));
  });

  it('that is stopped hands back what it had not done, and counts no attempt', async () => {
    await bucket.discover(['digest']);
    const stop = new AbortController();
    bucket.aws.fault = () => {
      stop.abort();
      return null;
    };
    await bucket.collection.digestVerifier.verifyDue(stop.signal);
    expect(await bucket.digestRow('state, attempts, lease, due_at <= now() AS due')).toEqual({
      state: 'DISCOVERED',
      attempts: 0,
      lease: null,
      due: true,
    });
  });

  it('goes on with the others when one cannot be read, and tries that again', async () => {
    await bucket.discover(['digest']);
    bucket.aws.fault = ({ key }) => (key === digest(3).key ? { status: 403, code: 'AccessDenied' } : null);
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(six({ 3: 'DISCOVERED' }));
    bucket.aws.fault = () => null;
    await bucket.wait();
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(six());
  });

  it('that comes cut short is fetched once more before it is taken for damaged', async () => {
    await bucket.discover(['digest']);
    bucket.aws.delivery = ({ key }) => (key === digest(3).key ? 'short' : null);
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(six({ 3: 'DISCOVERED' }));
    bucket.aws.delivery = () => null;
    await bucket.wait();
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(six());
  });

  it('waits for a paused account', async () => {
    await bucket.discover(['digest']);
    await bucket.collection.accounts.pause(admin, A);
    bucket.aws.calls.length = 0;
    await bucket.verify();
    expect(bucket.aws.calls).toEqual([]);
    await bucket.collection.accounts.resume(admin, A);
    await bucket.wait();
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(six());
  });
});

describe('what clients see', () => {
  it('of digests: latest first, in pages, by state, and only of their accounts', async () => {
    bucket.remove(digest(2).key);
    await bucket.filesFirst();
    const resolver = new DigestResolver(bucket.collection.database, createCursorCodec(Buffer.alloc(32, 1)));
    const see = (accounts: string[] | null, args: Parameters<DigestResolver['digests']>[1]) =>
      resolver.digests({ caller: callerOf(accounts), loaders: new Map(), signal }, args);
    const first = await see([A], { first: 4 });
    expect(first.nodes[0]).toMatchObject({
      key: digest(6).key,
      account: A,
      trail: 'trail',
      state: 'VERIFIED',
      proven: true,
      startTime: new Date('2026-11-20T11:07:31Z'),
      endTime: new Date('2026-11-20T12:07:31Z'),
    });
    expect(await first.totalCount()).toBe(6);
    const rest = await see([A], { first: 4, after: first.pageInfo.endCursor });
    expect(rest.nodes.map(({ key }) => key)).toEqual([digest(2).key, digest(1).key]);
    expect((await see(null, { filter: { states: ['MISSING'] } })).nodes).toMatchObject([{ error: expect.any(String) }]);
    expect((await see(null, { filter: { regions: ['us-east-1'] } })).nodes).toEqual([]);
    expect((await see([B], {})).nodes).toEqual([]);
    expect((await see([B], { filter: { accountIds: [A] } })).nodes).toEqual([]);
  });

  it('of log files, by what digests say of them', async () => {
    bucket.put({ ...files[1], body: gzipSync('{"Records":[]}') });
    await bucket.filesFirst();
    const found = await bucket.collection.logFiles.list(admin.accounts, { filter: { integrities: ['TAMPERED'] } });
    expect(found.nodes).toMatchObject([{ key: files[1].key, integrity: 'TAMPERED' }]);
  });
});
