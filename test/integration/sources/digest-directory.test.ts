import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeDigest } from '../../../src/sources/verified-digest.store.js';
import { A, admin } from '../../support/collection.js';
import { makeDigestChain, signDigest } from '../../support/digest-chain.js';
import { chain, digest, files, five, options, SignedBucket, six } from '../../support/signed-bucket.js';

const bucket = new SignedBucket();
let root: string;

beforeAll(() => bucket.start());
afterAll(() => bucket.stop());
beforeEach(async () => {
  await bucket.reset();
  root = await realpath(await mkdtemp(join(tmpdir(), 'crosstrail-digests-')));
  bucket.source = await bucket.collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A] });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put({ key, body }: { key: string; body: Buffer }, folder = ''): Promise<void> {
  const path = join(root, folder, key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, body);
}

async function putAll(folder = ''): Promise<void> {
  for (const object of [...files, ...chain]) await put(object, folder);
}

describe('a copy of a bucket in a directory', () => {
  it.each(['filesFirst', 'digestsFirst'] as const)(
    'is verified by the signatures that the next digests repeat (%s)',
    async (collect) => {
      await putAll();
      await bucket[collect]();
      expect(await bucket.digestStates()).toBe(six({ 6: 'DISCOVERED' }));
      expect(await bucket.integrities()).toBe(five());
      expect(await bucket.spans()).toEqual([[0, 5]]);
      const [waiting] = await bucket.collection.database.query(`SELECT error FROM digest WHERE state = 'DISCOVERED'`);
      expect(waiting).toEqual({ error: expect.stringContaining('waits for the digest after it') });
    },
  );

  it('is verified in whatever folders it lies', async () => {
    await putAll('copies/of-central');
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(six({ 6: 'DISCOVERED' }));
    expect([await bucket.integrities(), await bucket.spans()]).toEqual([five(), [[0, 5]]]);
  });

  it('is seen at once: a digest that comes has the one before it verified', async () => {
    for (const object of chain.slice(0, 3)) await put(object);
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe('VERIFIED VERIFIED DISCOVERED');
    await put(digest(4));
    await bucket.collection.directoryDiscovery.scan(bucket.source, new AbortController().signal);
    await bucket.verify();
    expect(await bucket.digestStates()).toBe('VERIFIED VERIFIED VERIFIED DISCOVERED');
  });

  it('is verified when the next digest is read while another process looks for it', async () => {
    for (const object of chain.slice(0, 2)) await put(object);
    await bucket.discover(['digest']);
    const { database } = bucket.collection;
    // The other process holds the first digest, and has found nobody who repeats its signature.
    const other = '00000000-0000-4000-8000-000000000001';
    const [held] = await database.query<{ id: string }>(
      `UPDATE digest SET lease = $1, due_at = now() + interval '2 minutes' WHERE key = $2 RETURNING id`,
      [other, digest(1).key],
    );
    await bucket.collection.digestVerifier.verifyDue(new AbortController().signal);
    const verdict = { state: 'DISCOVERED', error: 'waits', etag: null } as const;
    await closeDigest(database, other, String(held?.id), verdict, null);
    await bucket.verify();
    expect(await bucket.digestStates()).toBe('VERIFIED DISCOVERED');
  });

  it('shows a digest that was changed, once the one after it is verified', async () => {
    await putAll();
    const changed = { ...digest(2).content, logFiles: [] };
    await put({ key: digest(2).key, body: gzipSync(JSON.stringify(changed)) });
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(six({ 2: 'INVALID', 6: 'DISCOVERED' }));
    expect(await bucket.spans()).toEqual([
      [0, 1],
      [2, 5],
    ]);
  });

  it('does not show a digest as changed for what a forged one after it says', async () => {
    await putAll();
    const lie = digest(4).metadata.signature ?? '';
    const forged = signDigest({ ...digest(3).content, previousDigestSignature: lie }, options.signer);
    await put({ key: forged.key, body: forged.body });
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(six({ 2: 'UNVERIFIABLE', 3: 'INVALID', 6: 'DISCOVERED' }));
  });

  it('shows a digest that was put in place of another; the one before it cannot be verified without it', async () => {
    await putAll();
    await put({ ...digest(2), key: digest(3).key });
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(six({ 2: 'DISCOVERED', 3: 'INVALID', 6: 'DISCOVERED' }));
  });

  it('shows a digest that is gone, once the one after it is verified', async () => {
    await putAll();
    await rm(join(root, digest(2).key));
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(six({ 1: 'DISCOVERED', 2: 'MISSING', 6: 'DISCOVERED' }));
  });

  it('can be of a bucket whose digests lie under a prefix', async () => {
    const prefixed = makeDigestChain({ ...options, root: 'audit/AWSLogs/', windows: [{}, {}] });
    for (const { key, body } of prefixed) await put({ key: key.replace('audit/', ''), body });
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe('VERIFIED DISCOVERED');
  });
});
