import { type DigestFile, DigestFileError, readDigestFile } from '../formats/digest/digest-file.js';
import { checkPlace, isSignatureValid, type KeyInStore } from '../formats/digest/verify-digest.js';
import type { Witness } from './digest.store.js';

/** A digest as its store gave it. */
export interface FetchedDigest {
  readonly key: string;
  /** Null for a directory. */
  readonly bucket: string | null;
  readonly body: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A digest that lies where it says. What it claims is not believed yet. */
export interface PlacedDigest extends DigestFile {
  readonly toStore: KeyInStore;
  /** When it was signed: its end, but for a backfill digest. */
  readonly signedAt: Date;
}

/** Why a digest is none, or proves nothing; for whoever reads the row. */
export interface Rejection {
  readonly rejected: string;
  /** Its end is missing: so reads, too, a body that ended too soon in good order on its way. */
  readonly isCutShort?: boolean;
}

export async function placeDigest(fetched: FetchedDigest): Promise<PlacedDigest | Rejection> {
  let file: DigestFile;
  try {
    file = await readDigestFile(fetched.body);
  } catch (error) {
    if (!(error instanceof DigestFileError)) throw error;
    return { rejected: `it is no digest: ${error.message}`, isCutShort: error.isCutShort };
  }
  const place = checkPlace(file.digest, fetched);
  if ('problem' in place) return { rejected: place.problem };
  return { ...file, ...place, signedAt: signedAt(file, fetched.metadata) };
}

/**
 * A backfill digest is signed when it is made, which may be long after the hour that it speaks of, with the key of that
 * time: the object says when. AWS CLI 1.44.33 and 2.33.18 (pull requests 10058 and 10059), `cloudtrail validate-logs`.
 */
function signedAt({ digest }: DigestFile, metadata: Readonly<Record<string, string>>): Date {
  const made = Date.parse(metadata['backfill-generation-timestamp'] ?? '');
  return new Date(Number.isNaN(made) ? digest.endTime : made);
}

/** What is left to be known of a digest: `wait` until the digest after it tells. */
export type SignatureVerdict =
  | { readonly kind: 'valid'; readonly signature: Buffer }
  | { readonly kind: 'invalid' | 'unverifiable' | 'wait'; readonly reason: string };

/** In S3 the signature is in the object's metadata. */
export function judgeObject(
  file: DigestFile,
  metadata: Readonly<Record<string, string>>,
  publicKey: Buffer,
): SignatureVerdict {
  const signature = Buffer.from(metadata.signature ?? '', 'hex');
  if (signature.length === 0) {
    return { kind: 'invalid', reason: 'the object has no signature in its metadata (x-amz-meta-signature)' };
  }
  if (isSignatureValid(file, signature, publicKey)) return { kind: 'valid', signature };
  return { kind: 'invalid', reason: 'its signature does not hold' };
}

/**
 * A copy in a directory has lost the metadata; the digest after it repeats the signature. A signature that holds is
 * CloudTrail's, whoever hands it over. That one does not hold says nothing unless whoever handed it over is verified.
 */
export function judgeCopy(file: DigestFile, witnesses: readonly Witness[], publicKey: Buffer): SignatureVerdict {
  const witness = witnesses.find(({ signature }) => isSignatureValid(file, signature, publicKey));
  if (witness !== undefined) return { kind: 'valid', signature: witness.signature };
  const states = witnesses.map(({ state }) => state);
  if (states.includes('VERIFIED')) return { kind: 'invalid', reason: 'its signature does not hold' };
  if (states.length > 0 && states.every((state) => state === 'INVALID')) {
    return { kind: 'unverifiable', reason: 'the digest after it, which repeats its signature, is not valid itself' };
  }
  return {
    kind: 'wait',
    reason: 'waits for the digest after it: in a directory that is where its signature is found',
  };
}
