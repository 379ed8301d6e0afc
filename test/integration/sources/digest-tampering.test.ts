import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DigestSigner, makeDigestChain, type SignedDigest } from '../../support/digest-chain.js';
import {
  allSix,
  at,
  chain,
  digest,
  files,
  five,
  logFile,
  options,
  SignedBucket,
  signer,
  six,
  windows,
} from '../../support/signed-bucket.js';

const bucket = new SignedBucket();
beforeAll(() => bucket.start());
afterAll(() => bucket.stop());
beforeEach(() => bucket.reset());

const cases: [string, () => unknown, string, string, number[][]][] = [
  ['nothing', () => undefined, six(), five(), [[0, 6]]],
  [
    'a log file changed',
    () => bucket.put({ ...files[1], body: gzipSync('{"Records":[]}') }),
    six(),
    five({ 1: 'TAMPERED' }),
    [
      [0, 1],
      [2, 6],
    ],
  ],
  [
    'a log file to which something was appended',
    () => bucket.put({ ...files[1], body: Buffer.concat([files[1].body, gzipSync('more')]) }),
    six(),
    five({ 1: 'TAMPERED' }),
    [
      [0, 1],
      [2, 6],
    ],
  ],
  [
    'a log file truncated',
    () => bucket.put({ ...files[4], body: files[4].body.subarray(0, -9) }),
    six(),
    five({ 4: 'TAMPERED' }),
    [
      [0, 4],
      [5, 6],
    ],
  ],
  [
    'a log file deleted',
    () => bucket.remove(files[3].key),
    six(),
    five({ 3: 'MISSING' }),
    [
      [0, 3],
      [4, 6],
    ],
  ],
  [
    'a digest changed',
    () =>
      bucket.put({
        ...digest(2),
        body: gzipSync(JSON.stringify({ ...digest(2).content, logFiles: [digest(2).content.logFiles[0]] })),
      }),
    six({ 2: 'INVALID' }),
    five({ 1: 'UNVERIFIABLE', 2: 'UNVERIFIED' }),
    [
      [0, 1],
      [2, 6],
    ],
  ],
  [
    'a digest truncated',
    () => bucket.put({ ...digest(2), body: digest(2).body.subarray(0, -9) }),
    six({ 2: 'INVALID' }),
    five({ 1: 'UNVERIFIED', 2: 'UNVERIFIED' }),
    [
      [0, 1],
      [2, 6],
    ],
  ],
  [
    'a digest deleted',
    () => bucket.remove(digest(2).key),
    six({ 2: 'MISSING' }),
    five({ 1: 'UNVERIFIED', 2: 'UNVERIFIED' }),
    [
      [0, 1],
      [2, 6],
    ],
  ],
  [
    'two digests in a row deleted: nothing names the first of them',
    () => [digest(2), digest(3)].map(({ key }) => bucket.remove(key)),
    `VERIFIED MISSING VERIFIED VERIFIED VERIFIED`,
    five({ 1: 'UNVERIFIED', 2: 'UNVERIFIED' }),
    [
      [0, 1],
      [3, 6],
    ],
  ],
  [
    'a signature changed',
    () =>
      bucket.put({ ...digest(4), metadata: { ...digest(4).metadata, signature: digest(5).metadata.signature ?? '' } }),
    six({ 4: 'INVALID' }),
    five({ 3: 'UNVERIFIABLE' }),
    [
      [0, 3],
      [4, 6],
    ],
  ],
  [
    'a signature removed',
    () => bucket.put({ ...digest(4), metadata: {} }),
    six({ 4: 'INVALID' }),
    five({ 3: 'UNVERIFIABLE' }),
    [
      [0, 3],
      [4, 6],
    ],
  ],
  [
    'a chain that somebody else signed under the fingerprint of CloudTrail',
    () => {
      const forged = Object.assign(new DigestSigner(), { fingerprint: signer.fingerprint });
      for (const object of makeDigestChain({ ...options, signer: forged })) bucket.put(object);
    },
    allSix('INVALID'),
    five({ 0: 'UNVERIFIABLE', 1: 'UNVERIFIABLE', 2: 'UNVERIFIABLE', 3: 'UNVERIFIABLE', 4: 'UNVERIFIABLE' }),
    [],
  ],
  [
    'two digests swapped',
    () => {
      bucket.put({ ...digest(2), key: digest(4).key });
      bucket.put({ ...digest(4), key: digest(2).key });
    },
    six({ 2: 'INVALID', 4: 'INVALID' }),
    five({ 1: 'UNVERIFIED', 2: 'UNVERIFIED', 3: 'UNVERIFIED' }),
    [
      [0, 1],
      [2, 3],
      [4, 6],
    ],
  ],
  [
    'a chain that began anew',
    () => {
      const next = makeDigestChain({ ...options, start: at(3), windows: windows.slice(3) });
      for (const object of next) bucket.put(object);
    },
    six(),
    five(),
    [
      [0, 3],
      [3, 6],
    ],
  ],
];

describe.each(['filesFirst', 'digestsFirst'] as const)('%s', (collect) => {
  it.each(cases)('%s', async (_name, tamper, digests, integrity, proven) => {
    await tamper();
    await bucket[collect]();
    // What came cut short is fetched once more.
    await bucket.wait();
    await bucket.verify();
    expect(await bucket.digestStates()).toBe(digests);
    expect(await bucket.integrities()).toBe(integrity);
    expect(await bucket.spans()).toEqual(proven);
  });

  it('a backfill digest is a chain of its own, under the key of when it was made', async () => {
    const late = logFile(9, 2);
    const key = new DigestSigner();
    const made = at(24 * 100);
    bucket.aws.cloudTrail.keys.set('eu-west-1', []);
    bucket.aws.cloudTrail.trust('eu-west-1', key, made);
    for (const listed of bucket.aws.cloudTrail.keys.get('eu-west-1') ?? [])
      Object.assign(listed, { validFrom: at(24 * 90) });
    const [signed] = makeDigestChain({
      ...options,
      signer: key,
      start: at(1),
      windows: [{ files: [late] }],
      isBackfill: true,
    });
    for (const object of chain) bucket.remove(object.key);
    bucket.put(late);
    bucket.put({
      ...(signed as SignedDigest),
      metadata: { ...signed?.metadata, 'backfill-generation-timestamp': made.toISOString() },
    });
    await bucket[collect]();
    expect(await bucket.digestStates()).toBe('VERIFIED');
    expect(await bucket.collection.database.query('SELECT is_backfill FROM digest_chain')).toEqual([
      { is_backfill: true },
    ]);
    const [row] = await bucket.collection.database.query('SELECT integrity FROM log_file WHERE key = $1', [late.key]);
    expect(row).toEqual({ integrity: 'VERIFIED' });
  });
});
