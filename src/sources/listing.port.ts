/** What one look through a bucket cost, and what it found. */
export interface PassResult {
  /** LIST calls, as S3 bills them. */
  lists: number;
  /** Log files of collected accounts that the listings showed, known ones included. */
  found: number;
  added: number;
  changed: number;
  /** Digest files that were not known. */
  digests: number;
  /** By account: why it could not be listed; null where it could. */
  readonly accounts: Map<string, string | null>;
}
