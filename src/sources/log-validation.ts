import type { DigestBefore } from '../formats/digest/verify-digest.js';
import type { Span } from '../lib/spans.js';

/** What somebody wants to be validated. */
export interface ValidationRequest {
  readonly accountId: string;
  readonly from: Date;
  readonly to: Date;
  /** Null for every region that has digests. */
  readonly region: string | null;
  /** Null for every source that speaks for the account. */
  readonly sourceId: string | null;
}

/** `unknown`: it could not be read, or nothing is there to verify it with. */
export type FileVerdict = 'valid' | 'invalid' | 'unknown';

/** A file that is not valid, a stretch of time without digests, or a file about which the ledger says something else. */
export type Finding =
  | {
      readonly kind: 'digest' | 'logFile';
      readonly url: string;
      readonly region: string;
      readonly trail: string;
      readonly isBackfill: boolean;
      readonly verdict: FileVerdict;
      /** In the words of AWS's own validator, where it has any. */
      readonly reason: string;
    }
  | {
      readonly kind: 'gap';
      readonly region: string;
      readonly trail: string;
      readonly from: Date;
      readonly to: Date;
      readonly reason: string;
    }
  | {
      readonly kind: 'ledger';
      readonly url: string;
      /** What the ledger says of it. */
      readonly ledger: string;
      /** What it is in the bucket now. */
      readonly now: string;
    };

export interface VerdictCounts {
  valid: number;
  invalid: number;
  unknown: number;
}

export interface ValidationSummary {
  readonly digests: VerdictCounts;
  readonly backfillDigests: VerdictCounts;
  readonly logFiles: VerdictCounts;
  /** Files about which the ledger says something else. */
  disagreements: number;
  /** What the valid digests speak of, within the request. */
  found: Span | null;
}

/** The words that AWS's validator (`aws cloudtrail validate-logs`) has for the same. */
export const reasons = {
  notFound: 'not found',
  hash: "hash value doesn't match",
  format: 'invalid format',
} as const;

/** A digest as it was judged. */
export type JudgedDigest =
  | (DigestBefore &
      Span & {
        readonly verdict: 'valid';
        /** Null where the chain begins; its key is null where the digest before lies in another bucket. */
        readonly previous: { readonly key: string | null; readonly sha256: Buffer; readonly signature: Buffer } | null;
        readonly logFiles: readonly NamedLogFile[];
      })
  | {
      readonly verdict: 'invalid' | 'unknown';
      readonly reason: string;
      /** What it says of the digest before it, if it could be read at all: a directory keeps signatures nowhere else. */
      readonly previous: { readonly key: string | null; readonly signature: Buffer } | null;
    };

export interface NamedLogFile {
  readonly bucket: string;
  /** As the digest spells it. */
  readonly key: string;
  /** In the store that the digest was found in; null where it lies elsewhere. */
  readonly keyInStore: string | null;
  readonly sha256: Buffer;
}
