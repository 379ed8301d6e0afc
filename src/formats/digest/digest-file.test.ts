import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type DigestContent, DigestSigner, makeDigestChain } from '../../../test/support/digest-chain.js';
import { maxCompressedBytes, maxContentBytes, parseDigestFile, readDigestFile } from './digest-file.js';

const key = 'AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/a.json.gz';
const start = new Date('2015-08-17T14:01:31Z');
const [first, second] = makeDigestChain({
  signer: new DigestSigner(),
  bucket: 'logs',
  accountId: '111122223333',
  awsRegion: 'us-east-2',
  start,
  windows: [{}, { files: [{ key, body: gzipSync('{"Records":[]}') }] }],
});
if (!first || !second) throw new Error('no chain');

const changed = (changes: Record<string, unknown>) => Buffer.from(JSON.stringify({ ...second.content, ...changes }));
const [logFile] = second.content.logFiles;

it('reads a digest as CloudTrail writes it', async () => {
  const { digest, sha256 } = await readDigestFile(second.body);
  expect(digest).toEqual({
    accountId: '111122223333',
    bucket: 'logs',
    key: second.key,
    startTime: start.getTime() + 3_600_000,
    endTime: start.getTime() + 7_200_000,
    fingerprint: second.content.digestPublicKeyFingerprint,
    signatureAlgorithm: 'SHA256withRSA',
    previous: {
      bucket: 'logs',
      key: first.key,
      sha256: createHash('sha256').update(gunzipSync(first.body)).digest(),
      signature: Buffer.from(first.metadata.signature ?? '', 'hex'),
    },
    logFiles: [{ bucket: 'logs', key, sha256: createHash('sha256').update('{"Records":[]}').digest() }],
    signed: { endTime: '2015-08-17T16:01:31Z', previousSignature: first.metadata.signature },
  });
  expect(sha256).toEqual(createHash('sha256').update(gunzipSync(second.body)).digest());
});

it('reads the first digest of a chain, in whose hour nothing was delivered', async () => {
  const { digest } = await readDigestFile(first.body);
  expect(digest).toMatchObject({ previous: null, logFiles: [], signed: { previousSignature: null } });
});

it.each<[string, Partial<Record<keyof DigestContent, unknown>>, string]>([
  ['without an account', { awsAccountId: undefined }, '`awsAccountId` is missing'],
  ['without its own key', { digestS3Object: '' }, '`digestS3Object` is missing'],
  ['with a NUL in a name', { digestS3Bucket: 'a\0' }, '`digestS3Bucket` is missing or no text'],
  ['with a key of a megabyte', { digestS3Object: 'a'.repeat(1_000_000) }, '`digestS3Object` is missing or no text'],
  ['with a time that does not exist', { digestStartTime: '2015-02-30T00:00:00Z' }, '`digestStartTime` is no time'],
  ['whose window is empty', { digestStartTime: '2015-08-17T16:01:31Z' }, 'its window ends before it starts'],
  ['with half a previous digest', { previousDigestS3Object: null }, '`previousDigestS3Object` is missing'],
  ['with a previous hash of another length', { previousDigestHashValue: 'ab' }, '`previousDigestHashValue` is not'],
  ['with a signature that is no number', { previousDigestSignature: 'zz' }, '`previousDigestSignature` is not'],
  ['without a list of log files', { logFiles: {} }, '`logFiles` is no list'],
  ['with a log file that is none', { logFiles: [null] }, '`logFiles` holds what is no object'],
  ['with an MD5', { logFiles: [{ ...logFile, hashAlgorithm: 'MD5' }] }, 'without a SHA-256 hash'],
  ['with a hash that is none', { logFiles: [{ ...logFile, hashValue: 'x' }] }, '`hashValue` is not'],
  ['with too many log files', { logFiles: Array(100_001).fill(logFile) }, 'more than 100000 log files'],
])('refuses a digest %s', (_, changes, message) => {
  expect(() => parseDigestFile(changed(changes))).toThrow(message);
});

it.each([
  ['no gzip', Buffer.from('{}'), 'it is not gzip'],
  ['a truncated gzip', second.body.subarray(0, -10), 'it is not gzip, or damaged'],
  ['no JSON', gzipSync('{"a":'), 'it is not JSON'],
  ['a list', gzipSync('[]'), 'it is no JSON object'],
  ['a bomb', gzipSync(Buffer.alloc(maxContentBytes + 1)), `it holds more than ${maxContentBytes} bytes`],
  ['more than a digest can have', Buffer.alloc(maxCompressedBytes + 1), 'it is larger than'],
])('refuses %s', async (_, body, message) => {
  await expect(readDigestFile(body)).rejects.toThrow(message);
});
