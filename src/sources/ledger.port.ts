import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';

/** A file that a source has found, as its key and its listing describe it. */
export interface FoundFile {
  readonly key: string;
  readonly accountId: string;
  readonly awsRegion: string;
  /** Milliseconds since 1970 UTC. */
  readonly deliveredAt: number;
  /** Bytes as stored, so of the gzip. */
  readonly size: number;
  /** '' where it is not known yet; `size` is 0 then, unless that is. */
  readonly etag: string;
  /** Lower is ingested first; `livePriority` when left out. */
  readonly priority?: FilePriority;
  /** The number of the backfill that found it. */
  readonly backfill?: number;
}

export const livePriority = 0;
export const backfillPriority = 100;
export type FilePriority = typeof livePriority | typeof backfillPriority;

/** A row of the ledger that a worker holds for the length of its lease. */
export interface LedgerFile {
  readonly id: string;
  readonly bucketId: number;
  readonly key: string;
  readonly sourceId: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly deliveredAt: Date;
  readonly size: number;
  readonly etag: string;
  /** Counts up when the bytes under the key change. */
  readonly revision: number;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
}

export interface ClaimLimits {
  readonly maxFiles: number;
  /** Stored bytes of all files together; one file is always claimed, however large. */
  readonly maxBytes: number;
  readonly leaseSeconds: number;
  /** How much of a backfill where nothing live waits; null for none of it, as much as of live files when left out. */
  readonly backfill?: Pick<ClaimLimits, 'maxFiles' | 'maxBytes'> | null;
  readonly passOver?: PassOver;
}

/** Ids of sources whose files are not claimed although they are due. */
export interface PassOver {
  /** In no case. */
  readonly resting: readonly string[];
  /** Only where another source has a file as urgent. */
  readonly busy: readonly string[];
}

export interface IngestResult {
  readonly id: string;
  readonly records: number;
  readonly events: number;
  readonly duplicates: number;
  /** Why the file, or a part of it, could not be read; null when all of it was. */
  readonly quarantined: string | null;
  /** Of the whole uncompressed content; null where there is none, because the gzip is damaged or cut short. */
  readonly sha256: Uint8Array | null;
  /** What the store said of the object as it was read; a file that was only told of has neither yet. */
  readonly object?: { readonly etag: string; readonly size: number } | null;
}

export interface ReleasedFile {
  readonly id: string;
  /** Why reading failed. Left out: handed back untried. */
  readonly error?: string;
  /** The object is no longer there. */
  readonly gone?: boolean;
  /** Seconds. It is the source that fails: the file is due then, and no attempt is counted. */
  readonly after?: number;
}

/** The one record of every file seen, whichever way it was found. */
export interface Ledger {
  /**
   * Writes what a source has found. A new key makes a row; another ETag under a known key opens a revision, to be
   * ingested again; an ETag that was not known is filled in; everything else changes nothing. Wakes ingest when there is something to do.
   */
  discovered(
    source: { readonly id: string; readonly bucketId: number },
    files: readonly FoundFile[],
  ): Promise<{ added: number; changed: number }>;

  /**
   * Leases due files of one source to the caller: live ones, or where none waits those of backfills, never both.
   * Nobody else gets them until the lease ends.
   *
   * @returns no files when nothing is due
   */
  claim(limits: ClaimLimits): Promise<{ lease: string; files: LedgerFile[]; isBackfill: boolean }>;

  /** Lets the lease end `seconds` from now. */
  extend(lease: string, seconds: number): Promise<void>;

  /**
   * Locks the rows that the lease still holds, until the transaction ends. A file that is not among those returned
   * was taken over, or its bytes have changed: nothing of it may be written.
   */
  lock(transaction: Sql, lease: string, fileIds: readonly string[]): Promise<Set<string>>;

  /** Closes files in the transaction that stores their events. */
  ingested(transaction: Sql, lease: string, results: readonly IngestResult[]): Promise<void>;

  /**
   * Gives files back. Failed ones are tried again after a growing while and quarantined after `maxAttempts`;
   * those that are gone become MISSING; the others are due at once, and the attempt is not counted.
   */
  release(lease: string, files: readonly ReleasedFile[]): Promise<void>;

  /**
   * Makes a file that was given up due again, at once.
   *
   * @param record writes down who did it, in the same transaction
   * @throws NOT_FOUND outside the scope; CONFLICT when there is nothing to retry
   */
  retry(
    scope: AccountScope,
    fileId: string,
    record?: (transaction: Sql, accountId: string) => Promise<void>,
  ): Promise<void>;

  /** Takes back the files of all leases. Only for a process that knows itself alone, as it starts. */
  takeBackAll(): Promise<void>;

  /**
   * Takes back the files of leases that have ended, and keeps files that nobody may claim out of the way of claims:
   * of a paused account or backfill, or of a source that is gone. What may be claimed again comes back the same way.
   *
   * @returns `due`: whether any file waits to be claimed now
   */
  sweep(): Promise<{ expired: number; due: boolean }>;
}

/** Claims after which a file that cannot be fetched is given up. */
export const maxAttempts = 10;
