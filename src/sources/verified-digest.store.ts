import type { Digest } from '../formats/digest/digest-file.js';
import type { Sql } from '../platform/database/database.js';
import { type ClaimedDigest, maxDigestAttempts, unknownKeyAttempts } from './digest.store.js';
import { backfillPriority, livePriority } from './ledger.port.js';

/** What is known of a digest once it was read. */
export interface ReadDigest {
  readonly digest: Digest;
  readonly sha256: Buffer;
  readonly signature: Buffer | null;
  /** The digest before it, as its key is in the store; null where there is none in this bucket. */
  readonly previousKey: string | null;
  /** Log files that it names, each counted once. */
  readonly files: number;
}

/** A log file that a digest names, with a row in the ledger or with all that such a row needs. */
export interface NamedFile {
  readonly bucketId: number;
  readonly key: string;
  readonly sha256: Buffer;
  /** Null where it cannot be a file that the source collects: it is looked for in the ledger, but not made. */
  readonly collectable: { readonly accountId: string; readonly awsRegion: string; readonly deliveredAt: number } | null;
}

export interface Verdict {
  readonly state: 'VERIFIED' | 'INVALID' | 'UNVERIFIABLE' | 'MISSING' | 'DISCOVERED';
  readonly error: string | null;
  /** As the store gave it; null leaves it as it is. */
  readonly etag: string | null;
}

/**
 * Writes down what a digest was found to be. Nothing more is to be done with it until something changes, but for one that
 * cannot be verified, which is tried again as in `retryLater`, and for an invalid one: after an hour and after a day it is
 * read again, since log files that it names may come after it. Those readings are counted on from the attempts that are
 * enough for an unknown key, however often it was tried before: a failed fetch takes none of them away.
 *
 * @returns false when the lease no longer holds it: nothing was written
 */
export async function closeDigest(
  sql: Sql,
  lease: string,
  digestId: string,
  { state, error, etag }: Verdict,
  read: ReadDigest | null,
): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE digest SET state = $3, error = $4, etag = coalesce($5, etag), lease = NULL,
       due_at = CASE WHEN $3 = 'UNVERIFIABLE' AND attempts < ${maxDigestAttempts} + 14 THEN now() + interval '12 hours'
         WHEN $3 = 'INVALID' AND state <> 'INVALID' THEN now() + interval '1 hour'
         WHEN $3 = 'INVALID' AND attempts <= ${unknownKeyAttempts} + 1 THEN now() + interval '24 hours' END,
       attempts = CASE WHEN $3 = 'DISCOVERED' THEN 0
         WHEN $3 = 'INVALID' AND state <> 'INVALID' THEN ${unknownKeyAttempts} ELSE attempts END,
       start_time = coalesce($6, start_time), end_time = coalesce($7, end_time), sha256 = $8, signature = $9, fingerprint = $10, previous_bucket = $11,
       previous_key = $12, previous_sha256 = $13, previous_signature = $14, files = $15,
       verified_at = CASE WHEN $3 = 'VERIFIED' THEN now() ELSE verified_at END
     WHERE id = $2 AND lease = $1
     RETURNING id`,
    [lease, digestId, state, error, etag, ...readColumns(read)],
  );
  if (rows.length === 0) return false;
  await sql.query('INSERT INTO digest_change (digest_id) VALUES ($1)', [digestId]);
  return true;
}

/**
 * The words of a digest that is no digest are null, but its window, once known, stays: it is what is in doubt. Those of
 * one that is not verified are what it claims.
 */
function readColumns(read: ReadDigest | null): unknown[] {
  if (read === null) return [null, null, null, null, null, null, null, null, null, 0];
  const { digest, sha256, signature, previousKey, files } = read;
  const time = (value: number) => new Date(value).toISOString();
  return [
    time(digest.startTime),
    time(digest.endTime),
    sha256,
    signature,
    digest.fingerprint,
    digest.previous?.bucket ?? null,
    previousKey,
    digest.previous?.sha256 ?? null,
    digest.previous?.signature ?? null,
    files,
  ];
}

/** Files that a digest named when it was read before. What it says now decides about them. */
export async function unlinkFiles(sql: Sql, digestId: string, isVerified: boolean): Promise<void> {
  await sql.query(
    `WITH file AS (SELECT id FROM log_file WHERE digest_id = $1 ORDER BY id FOR UPDATE)
     UPDATE log_file SET digest_sha256 = NULL, digest_id = CASE WHEN $2 THEN NULL ELSE log_file.digest_id END,
       integrity = CASE WHEN $2 THEN 'UNVERIFIED' ELSE 'UNVERIFIABLE' END
     FROM file WHERE log_file.id = file.id`,
    [digestId, isVerified],
  );
}

/**
 * Rows for files that a verified digest names and the ledger lacks: to be fetched, and found missing where they are gone.
 * Those of days gone by do not keep new files waiting: a backfill may find the digests of a year before their files.
 *
 * @returns how many were made
 */
export async function addLackingFiles(sql: Sql, digest: ClaimedDigest, named: readonly NamedFile[]): Promise<number> {
  const files = named.flatMap(({ collectable, ...file }) =>
    collectable === null ? [] : [{ ...file, ...collectable }],
  );
  if (files.length === 0) return 0;
  const rows = await sql.query(
    `INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, priority)
     SELECT bucket_id, key, $1::uuid, account_id, aws_region, delivered_at, 0, '',
       CASE WHEN delivered_at > now() - interval '1 day' THEN ${livePriority} ELSE ${backfillPriority} END
     FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       AS named (bucket_id, key, account_id, aws_region, delivered_at)
     WHERE NOT EXISTS (SELECT FROM log_file AS file WHERE file.bucket_id = named.bucket_id AND file.key = named.key)
     ORDER BY bucket_id, key
     ON CONFLICT DO NOTHING
     RETURNING id`,
    [
      digest.sourceId,
      files.map((file) => file.bucketId),
      files.map((file) => file.key),
      files.map((file) => file.accountId),
      files.map((file) => file.awsRegion),
      files.map((file) => new Date(file.deliveredAt).toISOString()),
    ],
  );
  return rows.length;
}

/**
 * Holds the files of a digest against it; those not read yet are, when they have been. A file that another verified digest
 * names stays with that one, unless that is a backfill digest and this is none.
 */
export async function linkFiles(
  sql: Sql,
  digest: ClaimedDigest,
  named: readonly NamedFile[],
  isVerified: boolean,
): Promise<void> {
  await sql.query(
    `WITH named AS (
       SELECT * FROM unnest($2::integer[], $3::text[], $4::bytea[]) AS named (bucket_id, key, sha256)
     ), known AS (
       SELECT file.id, named.sha256 AS named_sha256, other.id AS loser
       FROM named JOIN log_file AS file ON file.bucket_id = named.bucket_id AND file.key = named.key
       LEFT JOIN digest AS other ON other.id = file.digest_id AND other.id <> $1
       LEFT JOIN digest_chain AS chain ON chain.id = other.chain_id
       WHERE other.id IS NULL OR other.state <> 'VERIFIED' OR ($5 AND chain.is_backfill AND NOT $6)
       ORDER BY file.id
       FOR UPDATE OF file
     ), changed AS (
       INSERT INTO digest_change (digest_id) SELECT DISTINCT loser FROM known WHERE loser IS NOT NULL
     )
     UPDATE log_file AS file SET digest_id = $1, digest_sha256 = CASE WHEN $5 THEN known.named_sha256 END,
       integrity = CASE WHEN NOT $5 THEN 'UNVERIFIABLE'
         WHEN file.state = 'MISSING' THEN 'MISSING'
         WHEN file.sha256 = known.named_sha256 THEN 'VERIFIED'
         WHEN file.sha256 IS NOT NULL THEN 'TAMPERED'
         ELSE 'UNVERIFIED' END
     FROM known WHERE file.id = known.id`,
    [
      digest.id,
      named.map((file) => file.bucketId),
      named.map((file) => file.key),
      named.map((file) => file.sha256),
      isVerified,
      digest.isBackfill,
    ],
  );
}

/** The buckets of these names beside the digest's own, as far as files of them are known. */
export async function bucketIds(sql: Sql, endpoint: string, names: readonly string[]): Promise<Map<string, number>> {
  if (names.length === 0) return new Map();
  const rows = await sql.query<{ id: number; name: string }>(
    'SELECT id, name FROM log_bucket WHERE endpoint = $1 AND name = ANY ($2::text[])',
    [endpoint, names],
  );
  return new Map(rows.map(({ id, name }) => [name, id]));
}

/**
 * Has a digest read again whose signature is known now, or is better attested: unless it is verified. It is taken from
 * whoever else holds it, who may have looked for its signature just before. Under the same lease it is still to be judged.
 */
export async function wakePrevious(sql: Sql, lease: string, digest: ClaimedDigest, previousKey: string): Promise<void> {
  await sql.query(
    `UPDATE digest SET lease = NULL, due_at = now()
     WHERE bucket_id = $1 AND key = $2 AND chain_id = $3 AND state IN ('DISCOVERED', 'UNVERIFIABLE')
       AND (due_at IS NULL OR lease <> $4)`,
    [digest.bucketId, previousKey, digest.chainId, lease],
  );
}
