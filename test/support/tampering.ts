import { gzipSync } from 'node:zlib';
import { DigestSigner, makeDigestChain } from './digest-chain.js';
import { digest, files, options, type SignedBucket, windows } from './signed-bucket.js';

/** A way to tamper with a signed bucket, and what is to be said of it. */
export interface Tampering {
  readonly kind: string;
  readonly tamper: (bucket: SignedBucket) => void;
  /** Keys of the files that are invalid. */
  readonly invalid: readonly string[];
  /** AWS's validator says that they are valid: it hashes what zlib makes of the bytes, whether they end well or not. */
  readonly isSeenByAws?: boolean;
  /** States of the six windows. */
  readonly coverage: string;
}

const complete = 'COMPLETE';
/** The states of the six windows: all complete but for these. */
const windowStates = (changes: Record<number, string> = {}) =>
  [1, 2, 3, 4, 5, 6].map((number) => changes[number] ?? complete).join(' ');

function resign(bucket: SignedBucket, signer: DigestSigner): readonly string[] {
  const chain = makeDigestChain({ ...options, signer });
  for (const object of chain) bucket.put(object);
  return chain.map(({ key }) => key);
}

const everyDigest = [1, 2, 3, 4, 5, 6].map((number) => digest(number).key);
const unverifiable = windowStates({
  1: 'UNVERIFIABLE',
  2: 'UNVERIFIABLE',
  3: 'UNVERIFIABLE',
  4: 'UNVERIFIABLE',
  5: 'UNVERIFIABLE',
  6: 'UNVERIFIABLE',
});

/** Whoever can write to the bucket, or who holds another key, can do these. */
export const tamperings: readonly Tampering[] = [
  { kind: 'nothing', tamper: () => undefined, invalid: [], coverage: windowStates() },
  {
    kind: 'a log file changed',
    tamper: (bucket) => bucket.put({ ...files[1], body: gzipSync('{"Records":[]}') }),
    invalid: [files[1].key],
    coverage: windowStates({ 2: 'TAMPERED' }),
  },
  {
    kind: 'a log file truncated',
    tamper: (bucket) => bucket.put({ ...files[4], body: files[4].body.subarray(0, files[4].body.length / 2) }),
    invalid: [files[4].key],
    coverage: windowStates({ 5: 'TAMPERED' }),
  },
  {
    kind: 'the checksum at the end of a log file cut off',
    tamper: (bucket) => bucket.put({ ...files[4], body: files[4].body.subarray(0, -8) }),
    invalid: [files[4].key],
    isSeenByAws: false,
    coverage: windowStates({ 5: 'TAMPERED' }),
  },
  {
    kind: 'records appended to a log file, compressed by themselves',
    tamper: (bucket) => bucket.put({ ...files[4], body: Buffer.concat([files[4].body, gzipSync('{"Records":[]}')]) }),
    invalid: [files[4].key],
    isSeenByAws: false,
    coverage: windowStates({ 5: 'TAMPERED' }),
  },
  {
    kind: 'a log file deleted',
    tamper: (bucket) => bucket.remove(files[3].key),
    invalid: [files[3].key],
    coverage: windowStates({ 4: 'MISSING' }),
  },
  {
    kind: 'a digest changed',
    tamper: (bucket) =>
      bucket.put({ ...digest(2), body: gzipSync(JSON.stringify({ ...digest(2).content, logFiles: [] })) }),
    invalid: [digest(2).key],
    coverage: windowStates({ 2: 'UNVERIFIABLE' }),
  },
  {
    kind: 'a digest truncated',
    tamper: (bucket) => bucket.put({ ...digest(2), body: digest(2).body.subarray(0, -9) }),
    invalid: [digest(2).key],
    coverage: windowStates({ 2: 'UNVERIFIABLE' }),
  },
  {
    kind: 'the signature of a digest changed',
    tamper: (bucket) =>
      bucket.put({ ...digest(4), metadata: { ...digest(4).metadata, signature: digest(5).metadata.signature ?? '' } }),
    invalid: [digest(4).key],
    coverage: windowStates({ 4: 'UNVERIFIABLE' }),
  },
  {
    kind: 'the signature of a digest removed',
    tamper: (bucket) => bucket.put({ ...digest(4), metadata: {} }),
    invalid: [digest(4).key],
    coverage: windowStates({ 4: 'UNVERIFIABLE' }),
  },
  {
    kind: 'a digest deleted',
    tamper: (bucket) => bucket.remove(digest(2).key),
    invalid: [digest(2).key],
    coverage: windowStates({ 2: 'MISSING' }),
  },
  {
    kind: 'two digests in a row deleted',
    tamper: (bucket) => {
      bucket.remove(digest(2).key);
      bucket.remove(digest(3).key);
    },
    invalid: [digest(3).key],
    coverage: windowStates({ 2: 'MISSING', 3: 'MISSING' }),
  },
  {
    kind: 'two digests swapped',
    tamper: (bucket) => {
      bucket.put({ ...digest(2), key: digest(4).key });
      bucket.put({ ...digest(4), key: digest(2).key });
    },
    invalid: [digest(2).key, digest(4).key],
    coverage: windowStates({ 2: 'UNVERIFIABLE', 4: 'UNVERIFIABLE' }),
  },
  {
    kind: 'the chain signed again with another key',
    tamper: (bucket) => void resign(bucket, new DigestSigner()),
    invalid: everyDigest,
    coverage: unverifiable,
  },
  {
    kind: 'the chain signed again under the fingerprint of the true key',
    tamper: (bucket) =>
      void resign(bucket, Object.assign(new DigestSigner(), { fingerprint: options.signer.fingerprint })),
    invalid: everyDigest,
    coverage: unverifiable,
  },
  {
    kind: 'logging stopped for an hour',
    tamper: (bucket) => {
      const start = new Date(options.start.getTime() + 3 * 3_600_000);
      for (const { key } of [digest(3), digest(4), digest(5), digest(6)]) bucket.remove(key);
      for (const object of makeDigestChain({ ...options, start, windows: windows.slice(3) })) bucket.put(object);
    },
    invalid: [],
    coverage: windowStates({ 3: 'UNVERIFIABLE' }),
  },
  {
    kind: 'the newest digest deleted',
    tamper: (bucket) => bucket.remove(digest(6).key),
    invalid: [],
    coverage: windowStates({ 6: 'OPEN' }),
  },
];
