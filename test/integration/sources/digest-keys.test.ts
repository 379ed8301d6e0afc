import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { A, admin } from '../../support/collection.js';
import { DigestSigner, makeDigestChain, type SignedDigest } from '../../support/digest-chain.js';
import { allSix, at, digest, five, options, SignedBucket, six } from '../../support/signed-bucket.js';

const bucket = new SignedBucket();
beforeAll(() => bucket.start());
afterAll(() => bucket.stop());
beforeEach(() => bucket.reset());

describe('public keys', () => {
  it('are asked for once for a whole chain, where the digests are from, by the role of the source', async () => {
    bucket.source = await bucket.collection.sources.update(admin, {
      id: bucket.source.id,
      roleArn: `arn:aws:iam::${A}:role/reader`,
    });
    await bucket.filesFirst();
    expect(bucket.aws.cloudTrail.calls).toEqual([
      expect.objectContaining({ region: 'eu-west-1', accessKeyId: expect.stringContaining(`${A}:role.reader`) }),
    ]);
    expect(await bucket.digestStates()).toBe(six());
  });

  it('may be asked for by Crosstrail itself where the role may not', async () => {
    bucket.source = await bucket.collection.sources.update(admin, {
      id: bucket.source.id,
      roleArn: `arn:aws:iam::${A}:role/reader`,
    });
    bucket.aws.cloudTrail.fault = ({ accessKeyId }) =>
      accessKeyId === 'hub' ? null : { status: 400, code: 'AccessDeniedException' };
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(six());
  });

  it('that nobody may have are told of on the source; the digests wait, are given up, and are taken up again', async () => {
    bucket.aws.cloudTrail.fault = () => ({ status: 400, code: 'AccessDeniedException', message: 'no' });
    await bucket.filesFirst();
    expect(await bucket.digestStates()).toBe(allSix('DISCOVERED'));
    expect(await bucket.collection.sources.find(admin.accounts, bucket.source.id)).toMatchObject({
      digestError: expect.stringMatching(/cloudtrail:ListPublicKeys on eu-west-1 .*allow cloudtrail:ListPublicKeys/),
      status: 'ACTIVE',
    });
    expect(bucket.aws.cloudTrail.calls).toHaveLength(1);
    for (let attempt = 2; attempt <= 10; attempt += 1) {
      await bucket.wait();
      await bucket.verify();
    }
    expect(await bucket.digestRow('state, attempts')).toEqual({ state: 'UNVERIFIABLE', attempts: 10 });
    expect(await bucket.integrities()).toBe(Array(5).fill('UNVERIFIABLE').join(' '));
    bucket.aws.cloudTrail.fault = () => null;
    await bucket.collection.database.query(`UPDATE digest SET due_at = now() WHERE key = $1`, [digest(6).key]);
    bucket.pass();
    await bucket.verify();
    expect([await bucket.digestStates(), await bucket.integrities()]).toEqual([six(), five()]);
    expect((await bucket.collection.sources.find(admin.accounts, bucket.source.id))?.digestError).toBeNull();
  });

  it('of somebody else are none of CloudTrail: after three tries the digest is invalid', async () => {
    const stranger = new DigestSigner();
    bucket.aws.buckets.clear();
    for (const object of makeDigestChain({ ...options, signer: stranger, windows: [{}] })) bucket.put(object);
    await bucket.filesFirst();
    expect(await bucket.digestRow('state')).toEqual({ state: 'DISCOVERED' });
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      await bucket.wait();
      await bucket.verify();
    }
    expect(await bucket.digestRow('state, error')).toEqual({
      state: 'INVALID',
      error: `CloudTrail has no public key in eu-west-1 with its fingerprint, ${stranger.fingerprint}`,
    });
  });

  describe('that are not listed yet', () => {
    const fresh = new DigestSigner();
    const [signed] = makeDigestChain({ ...options, signer: fresh, windows: [{}] });
    const dueIn = `state, extract(epoch FROM due_at - now())::float AS seconds`;
    beforeEach(async () => {
      bucket.aws.buckets.clear();
      bucket.put(signed as SignedDigest);
      await bucket.filesFirst();
    });
    const tryAgain = async () => {
      await bucket.wait();
      await bucket.verify();
    };

    it('are asked for three times, each time after the answer before it has been forgotten', async () => {
      expect((await bucket.digestRow(dueIn))?.seconds).toBeGreaterThan(590);
      await tryAgain();
      expect((await bucket.digestRow(dueIn))?.seconds).toBeGreaterThan(590);
      await tryAgain();
      expect(await bucket.digestRow('state')).toEqual({ state: 'INVALID' });
      expect(bucket.aws.cloudTrail.calls).toHaveLength(3);
    });

    it('have an invalid digest read again as soon as another digest brings them', async () => {
      await tryAgain();
      await tryAgain();
      await bucket.collection.database.query('UPDATE digest SET due_at = NULL');
      bucket.aws.cloudTrail.trust('eu-west-1', fresh, at(1));
      const [other] = makeDigestChain({ ...options, signer: fresh, trail: 'other', windows: [{}] });
      bucket.put(other as SignedDigest);
      bucket.pass();
      await bucket.discover();
      await bucket.verify();
      expect(await bucket.digestStates()).toBe('VERIFIED VERIFIED');
    });

    it('leave the digest invalid; it is read after an hour and after a day, whatever failed before and between', async () => {
      await bucket.collection.database.query('UPDATE digest SET attempts = 8');
      await tryAgain();
      expect(await bucket.digestRow(dueIn)).toEqual({ state: 'INVALID', seconds: expect.closeTo(3600, -2) });
      bucket.aws.fault = () => ({ status: 403, code: 'AccessDenied' });
      for (const _ of [1, 2, 3]) {
        await tryAgain();
        expect(await bucket.digestRow(dueIn)).toEqual({ state: 'INVALID', seconds: expect.closeTo(3600, -2) });
      }
      bucket.aws.fault = () => null;
      await tryAgain();
      expect(await bucket.digestRow(dueIn)).toEqual({ state: 'INVALID', seconds: expect.closeTo(86_400, -2) });
      await tryAgain();
      expect(await bucket.digestRow('state, due_at')).toEqual({ state: 'INVALID', due_at: null });
    });
  });

  it('come in pages', async () => {
    bucket.aws.cloudTrail.pageLength = 1;
    await bucket.filesFirst();
    bucket.aws.cloudTrail.pageLength = 100;
    expect(await bucket.digestStates()).toBe(six());
    expect(bucket.aws.cloudTrail.calls).toHaveLength(2);
  });
});
