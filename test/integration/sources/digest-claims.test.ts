import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { B } from '../../support/collection.js';
import { deferred } from '../../support/deferred.js';
import { makeDigestChain, signDigest } from '../../support/digest-chain.js';
import { eventually } from '../../support/eventually.js';
import { at, digest, files, logFile, options, SignedBucket, signer } from '../../support/signed-bucket.js';

const { signal } = new AbortController();
const bucket = new SignedBucket();
beforeAll(() => bucket.start());
afterAll(() => bucket.stop());
beforeEach(() => bucket.reset());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a slow source', () => {
  it('keeps its digests for as long as it takes to fetch them', async () => {
    await bucket.discover(['digest']);
    const { digestVerifier, stores, database } = bucket.collection;
    const asked = deferred();
    const brokenOff = deferred();
    const open = async () => {
      asked.resolve();
      await brokenOff.promise;
      throw new Error('broken off');
    };
    vi.spyOn(stores, 'open').mockReturnValue({ open } as never);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const verified = digestVerifier.verifyDue(signal);
    await asked.promise;
    await database.query(`UPDATE digest SET due_at = now() + interval '1 second'`);
    vi.advanceTimersByTime(30_000);
    const isHeld = () => bucket.digestRow(`due_at > now() + interval '100 seconds' AS held`);
    await eventually(isHeld, (row) => row?.held === true, { seconds: 10 });
    brokenOff.resolve();
    await verified;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that fails is asked for no more digests, and passed over for a minute', async () => {
    const many = makeDigestChain({ ...options, windows: Array.from({ length: 100 }, () => ({})) });
    for (const object of many) bucket.put(object);
    await bucket.discover(['digest']);
    bucket.aws.calls.length = 0;
    bucket.aws.fault = ({ operation }) =>
      operation === 'list' ? null : { status: 400, code: 'ExpiredToken', message: 'no' };
    await bucket.verify();
    // Eight at once; the first that fails may still be answered while others are asked.
    expect(bucket.aws.calls.length).toBeLessThanOrEqual(16);
    const put = await bucket.collection.database.query<{ untried: number }>(
      `SELECT count(*)::integer AS untried FROM digest
       WHERE attempts = 0 AND lease IS NULL AND due_at BETWEEN now() + interval '30 seconds' AND now() + interval '1 minute'`,
    );
    expect(put[0]?.untried).toBeGreaterThanOrEqual(16);
    bucket.aws.fault = () => null;
    expect(await bucket.collection.digestVerifier.verifyDue(signal)).toBe(0);
    await bucket.wait();
    await bucket.verify();
    expect(await bucket.collection.database.query(`SELECT DISTINCT state FROM digest`)).toEqual([
      { state: 'VERIFIED' },
    ]);
  });
});

describe('what an account keeps no more', () => {
  /** Three days later, where a day is kept. */
  async function keepOneDay() {
    await bucket.collection.database.query('UPDATE account SET retention_days = 1');
    for (let hours = 0; hours < 72; hours += 1) bucket.pass();
  }

  it('does not come back with digests that are found', async () => {
    await keepOneDay();
    await bucket.filesFirst();
    expect([await bucket.digestStates(), await bucket.integrities()]).toEqual(['', '']);
  });

  it('does not come back with a younger digest that names it, which says so', async () => {
    await keepOneDay();
    const start = new Date(Date.now() + 20 * 86_400_000);
    bucket.aws.buckets.clear();
    for (const object of [files[0], ...makeDigestChain({ ...options, start, windows: [{ files: [files[0]] }] })])
      bucket.put(object);
    await bucket.digestsFirst();
    expect(await bucket.integrities()).toBe('');
    expect(await bucket.digestRow('state, files, error')).toEqual({
      state: 'VERIFIED',
      files: 1,
      error: expect.stringMatching(/^it names 1 file delivered before what is kept of its account, such as s3:/),
    });
  });
});

describe('a digest', () => {
  it.each([
    ['forged', new Map([['signature', '00']])],
    ['signed', new Map()],
  ])('that is %s says nothing of the files of another account', async (_, changes) => {
    const foreign = logFile(7, 1, B);
    const content = structuredClone(digest(1).content);
    Object.assign(content, { logFiles: [{ ...content.logFiles[0], s3Object: foreign.key }] });
    const object = signDigest(content, signer);
    bucket.put({ ...object, metadata: { ...object.metadata, ...Object.fromEntries(changes) } });
    await bucket.discover(['digest']);
    await bucket.collection.database.query(
      `INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag)
       VALUES ($1, $2, $3, $4, 'eu-west-1', $5, 1, 'e')`,
      [bucket.source.bucketId, foreign.key, bucket.source.id, B, at(0)],
    );
    await bucket.verify();
    const [row] = await bucket.collection.database.query('SELECT integrity, digest_id FROM log_file WHERE key = $1', [
      foreign.key,
    ]);
    expect(row).toEqual({ integrity: 'UNVERIFIED', digest_id: null });
    expect(await bucket.digestRow('files, proven')).toEqual({ files: 1, proven: false });
  });
});
