/** A digest file that a source has found, as its key describes it. */
export interface FoundDigest {
  readonly key: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly isBackfill: boolean;
  /** Milliseconds since 1970 UTC: the end of its window, as its name has it. */
  readonly namedAt: number;
  /** '' where it is not known. */
  readonly etag: string;
}

/** The one record of every digest file seen, whichever way it was found. */
export interface DigestLedger {
  /**
   * Writes what a source has found. A new key makes a row; another ETag under a known key has it verified anew;
   * everything else changes nothing. Wakes verification when there is something to do.
   */
  discovered(
    source: { readonly id: string; readonly bucketId: number },
    digests: readonly FoundDigest[],
  ): Promise<{ added: number }>;
}
