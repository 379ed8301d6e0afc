import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Signs as CloudTrail does in one region. A new key each time: no private key lies in the repository. */
export class DigestSigner {
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  /** PKCS#1, DER, as ListPublicKeys gives it (there in base64). */
  readonly publicKey: Buffer = this.keys.publicKey.export({ type: 'pkcs1', format: 'der' });
  readonly fingerprint: string = createHash('md5').update(this.publicKey).digest('hex');

  sign(text: string): string {
    return sign('sha256', Buffer.from(text), this.keys.privateKey).toString('hex');
  }
}

export interface SignedFile {
  readonly key: string;
  readonly body: Buffer;
}

export interface DigestWindow {
  /** How long it is; an hour as a rule. */
  readonly minutes?: number;
  /** Log files that it names; none for an hour in which nothing was delivered. */
  readonly files?: readonly SignedFile[];
}

export interface DigestChainOptions {
  readonly signer: DigestSigner;
  readonly bucket: string;
  /** When the first window starts. */
  readonly start: Date;
  readonly windows: readonly DigestWindow[];
  readonly accountId: string;
  readonly awsRegion?: string;
  readonly homeRegion?: string;
  readonly trail?: string;
  /** What stands before the account's folder: `AWSLogs/` as a rule. */
  readonly root?: string;
  readonly isBackfill?: boolean;
  /** The digest that the first one follows; without it the chain begins here. */
  readonly previous?: SignedDigest;
}

/** A digest file as it lies in S3. */
export interface SignedDigest extends SignedFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly content: DigestContent;
}

/** The JSON of a digest. CloudTrail user guide, "CloudTrail digest file structure". */
export interface DigestContent {
  awsAccountId: string;
  digestStartTime: string;
  digestEndTime: string;
  digestS3Bucket: string;
  digestS3Object: string;
  digestPublicKeyFingerprint: string;
  digestSignatureAlgorithm: string;
  newestEventTime: string | null;
  oldestEventTime: string | null;
  previousDigestS3Bucket: string | null;
  previousDigestS3Object: string | null;
  previousDigestHashValue: string | null;
  previousDigestHashAlgorithm: string | null;
  previousDigestSignature: string | null;
  logFiles: {
    s3Bucket: string;
    s3Object: string;
    hashValue: string;
    hashAlgorithm: string;
    newestEventTime: string;
    oldestEventTime: string;
  }[];
}

/** Digests that follow each other without a gap, oldest first. */
export function makeDigestChain(options: DigestChainOptions): SignedDigest[] {
  const chain: SignedDigest[] = [];
  let start = options.start.getTime();
  for (const window of options.windows) {
    const end = start + (window.minutes ?? 60) * 60_000;
    const content = digestContent(options, new Date(start), new Date(end), window.files ?? [], chain.at(-1));
    chain.push(signDigest(content, options.signer, options.isBackfill));
    start = end;
  }
  return chain;
}

/** Signs a content as CloudTrail would; for digests that were made otherwise than in a chain. */
export function signDigest(content: DigestContent, signer: DigestSigner, isBackfill = false): SignedDigest {
  const text = JSON.stringify(content);
  const hash = createHash('sha256').update(text).digest('hex');
  const { digestEndTime, digestS3Bucket, digestS3Object, previousDigestSignature } = content;
  const toSign = `${digestEndTime}\n${digestS3Bucket}/${digestS3Object}\n${hash}\n${previousDigestSignature ?? 'null'}`;
  return {
    key: digestS3Object,
    body: gzipSync(text),
    content,
    metadata: {
      signature: signer.sign(toSign),
      'signature-algorithm': 'SHA256withRSA',
      ...(isBackfill ? { 'backfill-generation-timestamp': digestEndTime } : {}),
    },
  };
}

export function hashOf(gzip: Buffer): string {
  return createHash('sha256').update(gunzipSync(gzip)).digest('hex');
}

function digestContent(
  options: DigestChainOptions,
  start: Date,
  end: Date,
  files: readonly SignedFile[],
  before: SignedDigest | undefined = options.previous,
): DigestContent {
  const { bucket, signer, accountId } = options;
  return {
    awsAccountId: accountId,
    digestStartTime: seconds(start),
    digestEndTime: seconds(end),
    digestS3Bucket: bucket,
    digestS3Object: digestKeyAt(options, end),
    digestPublicKeyFingerprint: signer.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: files.length === 0 ? null : seconds(end),
    oldestEventTime: files.length === 0 ? null : seconds(start),
    previousDigestS3Bucket: before?.content.digestS3Bucket ?? null,
    previousDigestS3Object: before?.key ?? null,
    previousDigestHashValue: before === undefined ? null : hashOf(before.body),
    previousDigestHashAlgorithm: before === undefined ? null : 'SHA-256',
    previousDigestSignature: before?.metadata.signature ?? null,
    logFiles: files.map(({ key, body }) => ({
      s3Bucket: bucket,
      s3Object: key,
      hashValue: hashOf(body),
      hashAlgorithm: 'SHA-256',
      newestEventTime: seconds(end),
      oldestEventTime: seconds(start),
    })),
  };
}

/** The key of the digest of a window that ends then. */
export function digestKeyAt(options: Omit<DigestChainOptions, 'signer' | 'windows' | 'start'>, end: Date): string {
  const { accountId, awsRegion = 'eu-west-1', trail = 'trail', root = 'AWSLogs/', isBackfill = false } = options;
  const homeRegion = options.homeRegion ?? awsRegion;
  const day = end.toISOString().slice(0, 10).replaceAll('-', '/');
  const stamp = seconds(end).replace(/[-:]/g, '');
  const name = `${accountId}_CloudTrail-Digest_${awsRegion}_${trail}_${homeRegion}_${stamp}`;
  return `${root}${accountId}/CloudTrail-Digest/${awsRegion}/${day}/${name}${isBackfill ? '_backfill' : ''}.json.gz`;
}

function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
