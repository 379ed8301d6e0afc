import { storedReason } from '../platform/errors.js';
import { fetchDigest } from './digest-fetch.js';
import type { DigestKeys } from './digest-keys.service.js';
import { judgeCopy, judgeObject, type PlacedDigest, placeDigest, type SignatureVerdict } from './digest-verdict.js';
import { keyIdentities } from './digest-verifier.service.js';
import type { Successor } from './digest-walk.js';
import { type JudgedDigest, reasons } from './log-validation.js';
import type { ObjectStore } from './object-store.port.js';
import type { Source } from './source.entity.js';

/** What the ledger calls a digest that was judged so. */
const states = { valid: 'VERIFIED', invalid: 'INVALID', unknown: 'DISCOVERED' } as const;

/** Reads digests of one source and region and judges each by itself, without a word to the ledger. */
export class DigestReader {
  constructor(
    private readonly source: Source,
    private readonly store: ObjectStore,
    private readonly keys: DigestKeys,
    private readonly awsRegion: string,
    private readonly signal: AbortSignal,
  ) {}

  async judge(key: string, successor: Successor): Promise<JudgedDigest> {
    const fetched = await fetchDigest(this.store, key, this.signal);
    this.signal.throwIfAborted();
    if ('gone' in fetched) return { verdict: 'invalid', reason: reasons.notFound, previous: null };
    if ('error' in fetched) return unknown(fetched.error);
    const bucket = this.source.type === 'DIRECTORY' ? null : this.source.bucketName;
    const placed = await placeDigest({ key, bucket, body: fetched.body, metadata: fetched.metadata });
    if ('rejected' in placed) return { verdict: 'invalid', reason: placed.rejected, previous: null };
    const publicKey = await this.publicKey(placed);
    if (!Buffer.isBuffer(publicKey)) return { ...publicKey, previous: previousOf(placed) };
    return judgedAs(key, placed, this.signatureVerdict(placed, fetched.metadata, publicKey, successor));
  }

  private signatureVerdict(
    placed: PlacedDigest,
    metadata: Readonly<Record<string, string>>,
    publicKey: Buffer,
    successor: Successor,
  ): SignatureVerdict {
    if (this.source.type !== 'DIRECTORY') return judgeObject(placed, metadata, publicKey);
    const witnesses = successor === null ? [] : [{ ...successor, state: states[successor.verdict] }];
    return judgeCopy(placed, witnesses, publicKey);
  }

  private async publicKey({
    digest: { fingerprint },
    signedAt,
  }: PlacedDigest): Promise<Buffer | { verdict: 'invalid' | 'unknown'; reason: string }> {
    try {
      const found = await this.keys.find(keyIdentities(this.source), this.awsRegion, fingerprint, signedAt);
      if (found !== null) return found;
      const reason = `public key not found in region ${this.awsRegion} for fingerprint ${fingerprint}`;
      return { verdict: 'invalid', reason };
    } catch (error) {
      return { verdict: 'unknown', reason: storedReason(error) };
    }
  }
}

function unknown(error: unknown): JudgedDigest {
  return { verdict: 'unknown', reason: `it could not be read: ${storedReason(error)}`, previous: null };
}

function judgedAs(key: string, placed: PlacedDigest, judged: SignatureVerdict): JudgedDigest {
  const previous = previousOf(placed);
  if (judged.kind === 'invalid') return { verdict: 'invalid', reason: judged.reason, previous };
  if (judged.kind !== 'valid') return { verdict: 'unknown', reason: judged.reason, previous };
  const { digest, sha256, toStore } = placed;
  return {
    verdict: 'valid',
    ...{ key, sha256, signature: judged.signature, start: digest.startTime, end: digest.endTime },
    previous,
    logFiles: digest.logFiles.map((file) => ({
      ...file,
      keyInStore: file.bucket === digest.bucket ? toStore(file.key) : null,
    })),
  };
}

function previousOf({ digest: { previous, bucket }, toStore }: PlacedDigest) {
  if (previous === null) return null;
  const { sha256, signature } = previous;
  return { key: previous.bucket === bucket ? toStore(previous.key) : null, sha256, signature };
}
