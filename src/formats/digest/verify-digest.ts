import { createPublicKey, verify } from 'node:crypto';
import type { Digest, DigestFile, PreviousDigest } from './digest-file.js';
import { type DigestKey, parseDigestKey } from './digest-key.js';

/** The one algorithm that CloudTrail signs with: RSASSA-PKCS1-v1_5 over SHA-256. */
const signatureAlgorithm = 'SHA256withRSA';

/**
 * What CloudTrail signs. CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation":
 * the end time as it stands in the digest, its own place, the hash of its content, and the signature of the digest
 * before it, `null` for the first of a chain.
 */
export function stringToSign({ digest, sha256 }: DigestFile): string {
  const place = `${digest.bucket}/${digest.key}`;
  return [digest.signed.endTime, place, sha256.toString('hex'), digest.signed.previousSignature ?? 'null'].join('\n');
}

/** Whether the signature is CloudTrail's. @param publicKey as ListPublicKeys gives it: PKCS#1, DER */
export function isSignatureValid(file: DigestFile, signature: Buffer, publicKey: Buffer): boolean {
  if (file.digest.signatureAlgorithm !== signatureAlgorithm) return false;
  try {
    const key = createPublicKey({ key: publicKey, format: 'der', type: 'pkcs1' });
    return verify('sha256', Buffer.from(stringToSign(file)), key, signature);
  } catch {
    // A key that is no key, or a signature of another length.
    return false;
  }
}

/**
 * Where the digest was found. `bucket` is null for a copy in a directory, which may lie in other folders than the
 * bucket that it was copied from: there, only what follows those folders must be the same.
 */
export interface DigestPlace {
  readonly bucket: string | null;
  readonly key: string;
}

/** Turns keys as a digest spells them into keys of the store that it was found in. */
export type KeyInStore = (key: string) => string | null;

/**
 * Whether a digest lies where it says, in words where it does not. One that was moved or swapped for another proves
 * nothing of the place where it is, though its signature holds.
 */
export function checkPlace(digest: Digest, place: DigestPlace): { problem: string } | { toStore: KeyInStore } {
  const found = parseDigestKey(place.key);
  const said = parseDigestKey(digest.key);
  if (found === null || said === null) return { problem: 'its key is not that of a digest' };
  if (digest.accountId !== said.accountId) return { problem: `it is of the account ${digest.accountId}` };
  if (place.bucket === null ? !isSameBelow(found, said) : place.key !== digest.key || place.bucket !== digest.bucket) {
    return { problem: `it was moved from its original place, s3://${digest.bucket}/${digest.key}` };
  }
  const toStore = (key: string) => (key.startsWith(said.prefix) ? found.prefix + key.slice(said.prefix.length) : null);
  return { toStore };
}

function isSameBelow(found: DigestKey, said: DigestKey): boolean {
  return JSON.stringify({ ...found, prefix: '' }) === JSON.stringify({ ...said, prefix: '' });
}

/** A digest as far as the one after it speaks of it. */
export interface DigestBefore {
  readonly key: string;
  readonly sha256: Buffer;
  readonly signature: Buffer;
}

/** Whether `previous`, as a digest names it, is this one. */
export function isPrevious(previous: Omit<PreviousDigest, 'bucket'>, before: DigestBefore): boolean {
  return (
    previous.key === before.key && previous.sha256.equals(before.sha256) && previous.signature.equals(before.signature)
  );
}
