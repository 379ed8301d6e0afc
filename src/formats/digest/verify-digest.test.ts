import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { DigestSigner, makeDigestChain, type SignedDigest, signDigest } from '../../../test/support/digest-chain.js';
import { readDigestFile } from './digest-file.js';
import { checkPlace, isPrevious, isSignatureValid, stringToSign } from './verify-digest.js';

const signer = new DigestSigner();
const options = {
  signer,
  bucket: 'logs',
  accountId: '111122223333',
  start: new Date('2026-11-20T10:07:31Z'),
  windows: [{}, { files: [{ key: 'a', body: gzipSync('one') }] }, {}],
};
const [first, second, third] = makeDigestChain(options) as [SignedDigest, SignedDigest, SignedDigest];
const [backfill] = makeDigestChain({ ...options, isBackfill: true }) as [SignedDigest];

const signatureOf = (digest: SignedDigest) => Buffer.from(digest.metadata.signature ?? '', 'hex');
const tampered = (digest: SignedDigest, changes: Partial<SignedDigest['content']>): SignedDigest => ({
  ...digest,
  body: gzipSync(JSON.stringify({ ...digest.content, ...changes })),
});

// Truth: CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation".
it('signs the end, the place, the hash and the signature before', async () => {
  const file = await readDigestFile(second.body);
  const hash = file.sha256.toString('hex');
  expect(stringToSign(file)).toBe(`2026-11-20T12:07:31Z\nlogs/${second.key}\n${hash}\n${first.metadata.signature}`);
  expect(stringToSign(await readDigestFile(first.body))).toMatch(/\nnull$/);
});

it.each<[string, boolean, SignedDigest, Buffer, Buffer]>([
  ['a digest', true, second, signatureOf(second), signer.publicKey],
  ['the first digest of a chain', true, first, signatureOf(first), signer.publicKey],
  ['a digest of an hour without log files', true, third, signatureOf(third), signer.publicKey],
  ['a backfill digest', true, backfill, signatureOf(backfill), signer.publicKey],
  ['a digest with another log file', false, tampered(second, { logFiles: [] }), signatureOf(second), signer.publicKey],
  [
    'a digest with another window',
    false,
    tampered(second, { digestStartTime: '2026-11-20T10:07:31Z' }),
    signatureOf(second),
    signer.publicKey,
  ],
  ['the signature of another digest', false, second, signatureOf(third), signer.publicKey],
  ['another key', false, second, signatureOf(second), new DigestSigner().publicKey],
  [
    'a digest that somebody else signed',
    false,
    second,
    signatureOf(signDigest(second.content, new DigestSigner())),
    signer.publicKey,
  ],
  ['a signature with one bit changed', false, second, flipped(signatureOf(second)), signer.publicKey],
  ['half a signature', false, second, signatureOf(second).subarray(0, 128), signer.publicKey],
  ['no signature', false, second, Buffer.alloc(0), signer.publicKey],
  ['a key that is none', false, second, signatureOf(second), Buffer.from('key')],
  [
    'another algorithm',
    false,
    signDigest({ ...second.content, digestSignatureAlgorithm: 'MD5withRSA' }, signer),
    signatureOf(signDigest({ ...second.content, digestSignatureAlgorithm: 'MD5withRSA' }, signer)),
    signer.publicKey,
  ],
])('%s: %s', async (_, holds, digest, signature, key) => {
  expect(isSignatureValid(await readDigestFile(digest.body), signature, key)).toBe(holds);
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[7] = (copy[7] ?? 0) ^ 1;
  return copy;
}

it.each<[string, { bucket: string | null; key: string }, string | null]>([
  ['where it was delivered', { bucket: 'logs', key: second.key }, null],
  ['in another bucket', { bucket: 'other', key: second.key }, 'it was moved'],
  ['in place of another', { bucket: 'logs', key: third.key }, 'it was moved'],
  ['under a prefix', { bucket: 'logs', key: `copy/${second.key}` }, 'it was moved'],
  ['in a directory', { bucket: null, key: second.key }, null],
  ['in other folders of a directory', { bucket: null, key: `copy/${second.key}` }, null],
  ['in a directory in place of another', { bucket: null, key: third.key }, 'it was moved'],
  ['under a name that is none', { bucket: null, key: 'x' }, 'its key is not that of a digest'],
])('a digest %s', async (_, place, problem) => {
  const checked = checkPlace((await readDigestFile(second.body)).digest, place);
  if (problem === null) expect(checked).toHaveProperty('toStore');
  else expect(checked).toMatchObject({ problem: expect.stringContaining(problem) });
});

it('keys of a copy are turned into those of the directory', async () => {
  const [moved] = makeDigestChain({ ...options, root: 'audit/AWSLogs/' }) as [SignedDigest];
  const { digest } = await readDigestFile(moved.body);
  const place = checkPlace(digest, { bucket: null, key: moved.key.replace('audit/', 'copies/of/') });
  if ('problem' in place) throw new Error(place.problem);
  expect(place.toStore('audit/AWSLogs/a')).toBe('copies/of/AWSLogs/a');
  expect(place.toStore('AWSLogs/a')).toBeNull();
});

it.each<[string, boolean, Partial<{ key: string; sha256: Buffer; signature: Buffer }>]>([
  ['the digest that is named', true, {}],
  ['another key', false, { key: third.key }],
  ['another content', false, { sha256: Buffer.alloc(32) }],
  ['another signature', false, { signature: signatureOf(third) }],
])('the one before: %s', async (_, is, changes) => {
  const { digest } = await readDigestFile(second.body);
  const { sha256 } = await readDigestFile(first.body);
  if (digest.previous === null) throw new Error('no previous digest');
  expect(isPrevious(digest.previous, { key: first.key, sha256, signature: signatureOf(first), ...changes })).toBe(is);
});
