import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { CompletenessService } from '../../../src/sources/completeness.service.js';
import { CoverageService } from '../../../src/sources/coverage.service.js';
import { makeDue } from '../../../src/sources/ledger.store.js';
import { A, admin } from '../../support/collection.js';
import { makeDigestChain } from '../../support/digest-chain.js';
import { at, digest, files, logFile, options, SignedBucket, start } from '../../support/signed-bucket.js';

const bucket = new SignedBucket();
const all = everyAccount('a test reads all');
const changed = gzipSync('{"Records":[2]}');
/** Delivered late, and named by a backfill digest for the second hour only. */
const late = logFile(9, 2);

beforeAll(() => bucket.start());
afterAll(() => bucket.stop());
beforeEach(() => bucket.reset());

function backfillDigest(file: { key: string; body: Buffer }) {
  const [digest] = makeDigestChain({ ...options, isBackfill: true, start: at(1), windows: [{ files: [file] }] });
  if (!digest) throw new Error('a chain of one window has one digest');
  return digest;
}

/** Up to which hour all is proven, and the state of the second hour. */
async function told(hour = 1): Promise<[number | null, string | undefined]> {
  const deps = { database: bucket.collection.database, now: () => at(8) };
  const { provenThrough } = await new CompletenessService(deps).over(all, {});
  const spans = await new CoverageService(deps).spans(all, { accountId: A, from: at(0), to: at(8) });
  const state = spans.find((span) => span.start <= at(hour) && span.end >= at(hour + 1))?.state;
  return [provenThrough === null ? null : (provenThrough.getTime() - start.getTime()) / 3_600_000, state];
}

it('proves the whole chain where every file is in hand', async () => {
  bucket.put(late);
  bucket.put(backfillDigest(late));
  await bucket.filesFirst();
  expect(await told()).toEqual([6, 'COMPLETE']);
});

it('proves nothing past a file that a backfill digest names and that was never read', async () => {
  bucket.put(late);
  await bucket.filesFirst();
  await bucket.collection.database.query(
    `UPDATE log_file SET state = 'QUARANTINED', ingested_at = NULL, sha256 = NULL, attempts = 10, integrity = 'UNVERIFIED'
     WHERE key = $1`,
    [late.key],
  );
  bucket.put(backfillDigest(late));
  await bucket.discover(['digest']);
  await bucket.verify();
  expect(await told()).toEqual([1, 'OPEN']);
});

it('knows of a changed file after its source was deleted', async () => {
  bucket.put({ ...late, body: changed });
  bucket.put(backfillDigest(late));
  await bucket.filesFirst();
  await bucket.wait();
  await bucket.verify();
  expect(await told()).toEqual([1, 'TAMPERED']);
  await bucket.collection.sources.delete(admin, bucket.source.id);
  await bucket.collection.provenSpans.settle();
  expect(await told()).toEqual([1, 'TAMPERED']);
});

it('knows of a changed file of the trail itself after its source was deleted', async () => {
  const [, , , file] = files;
  bucket.put({ ...(file as typeof late), body: changed });
  await bucket.filesFirst();
  const before = await told(3);
  expect(before[1]).toBe('TAMPERED');
  await bucket.collection.sources.delete(admin, bucket.source.id);
  await bucket.collection.provenSpans.settle();
  expect(await told(3)).toEqual(before);
});

it('proves nothing past a missing file while it is looked for once more', async () => {
  bucket.put(backfillDigest(late));
  await bucket.filesFirst();
  await bucket.wait();
  await bucket.verify();
  expect(await told()).toEqual([1, 'MISSING']);
  const [row] = await bucket.collection.database.query<{ id: string }>(
    'SELECT id::text AS id FROM log_file WHERE key = $1',
    [late.key],
  );
  await makeDue(bucket.collection.database, row?.id ?? '');
  expect(await told()).toEqual([1, 'OPEN']);
});

it('takes a proof back at once when a file changes, before the spans are worked out anew', async () => {
  const [, , , file] = files;
  await bucket.filesFirst();
  expect(await told(3)).toEqual([6, 'COMPLETE']);
  bucket.put({ ...(file as typeof late), body: changed });
  await bucket.discover();
  expect(await told(3)).toEqual([3, 'OPEN']);
  await bucket.ingest();
  expect(await told(3)).toEqual([3, 'TAMPERED']);
});

it('takes a proof back at once when a digest is overwritten with what is none, and does not give it back meanwhile', async () => {
  await bucket.filesFirst();
  expect(await told(3)).toEqual([6, 'COMPLETE']);
  bucket.put({ ...digest(4), body: Buffer.from('no digest') });
  await bucket.discover(['digest']);
  expect((await told(3))[0]).toBe(3);
  await bucket.collection.digestVerifier.verifyDue(new AbortController().signal);
  expect((await told(3))[0]).toBe(3);
  await bucket.verify();
  expect((await told(3))[0]).toBe(3);
});
