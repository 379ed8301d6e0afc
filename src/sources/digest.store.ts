import type { Sql } from '../platform/database/database.js';
import type { FoundDigest } from './digest-ledger.port.js';

/** Digests after which nobody waits for a key or for an object: ten attempts span about an hour, as for log files. */
export const maxDigestAttempts = 10;
/** A fingerprint that AWS does not list may be of a key that is minutes old. */
export const unknownKeyAttempts = 3;

/** A row of the ledger of digests that a worker holds for the length of its lease. */
export interface ClaimedDigest {
  readonly id: string;
  readonly chainId: string;
  readonly bucketId: number;
  readonly endpoint: string;
  readonly key: string;
  readonly sourceId: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly isBackfill: boolean;
  readonly namedAt: Date;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
}

/** Makes rows of chains that are new. */
export async function writeChains(sql: Sql, bucketId: number, digests: readonly FoundDigest[]): Promise<void> {
  await sql.query(
    `INSERT INTO digest_chain (bucket_id, account_id, aws_region, trail, home_region, is_backfill)
     SELECT DISTINCT $1::integer, account_id, aws_region, trail, home_region, is_backfill
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
       AS found (account_id, aws_region, trail, home_region, is_backfill)
     WHERE NOT EXISTS (
       SELECT FROM digest_chain AS known
       WHERE known.bucket_id = $1 AND known.account_id = found.account_id AND known.aws_region = found.aws_region
         AND known.trail = found.trail AND known.home_region = found.home_region
         AND known.is_backfill = found.is_backfill)
     ORDER BY account_id, aws_region, trail, home_region, is_backfill
     ON CONFLICT DO NOTHING`,
    [bucketId, ...chainColumns(digests)],
  );
}

/**
 * Writes digests whose chains have rows. One that is known is read anew when its bytes have changed, when it was missing,
 * or when the source that was to read it no longer speaks for its account. An ETag that was not known is filled in.
 */
export async function writeFoundDigests(
  sql: Sql,
  source: { readonly id: string; readonly bucketId: number },
  digests: readonly FoundDigest[],
): Promise<{ added: number; changed: number }> {
  const [row] = await sql.query<{ added: number; changed: number }>(
    `WITH found AS (
       SELECT DISTINCT ON (found.key) found.key, found.named_at, found.etag, found.account_id, found.aws_region,
         chain.id AS chain_id
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::timestamptz[], $10::text[])
         AS found (account_id, aws_region, trail, home_region, is_backfill, key, named_at, etag)
       JOIN digest_chain AS chain ON chain.bucket_id = $2 AND chain.account_id = found.account_id
         AND chain.aws_region = found.aws_region AND chain.trail = found.trail
         AND chain.home_region = found.home_region AND chain.is_backfill = found.is_backfill
       ORDER BY found.key, found.etag = ''
     ), known AS (
       SELECT digest.id, found.etag AS new_etag, is_changed
       FROM found JOIN digest ON digest.bucket_id = $2 AND digest.key = found.key
       CROSS JOIN LATERAL (SELECT
         digest.state = 'MISSING' OR (digest.etag <> '' AND found.etag <> '' AND digest.etag <> found.etag)
           OR (digest.state <> 'VERIFIED' AND digest.source_id <> $1 AND NOT EXISTS (
             SELECT FROM source_account AS granted
             WHERE granted.source_id = digest.source_id AND granted.account_id = found.account_id)) AS is_changed
       ) AS change
       WHERE is_changed OR (digest.etag = '' AND found.etag <> '')
       ORDER BY digest.id
       FOR UPDATE OF digest
     ), written AS (
       UPDATE digest SET etag = CASE WHEN known.new_etag = '' THEN digest.etag ELSE known.new_etag END,
         source_id = CASE WHEN is_changed THEN $1 ELSE digest.source_id END,
         state = CASE WHEN is_changed THEN 'DISCOVERED' ELSE digest.state END,
         due_at = CASE WHEN is_changed THEN now() ELSE digest.due_at END,
         attempts = CASE WHEN is_changed THEN 0 ELSE digest.attempts END,
         lease = CASE WHEN is_changed THEN NULL ELSE digest.lease END,
         error = CASE WHEN is_changed THEN NULL ELSE digest.error END
       FROM known WHERE digest.id = known.id
       RETURNING digest.id, is_changed
     ), unproven AS (
       INSERT INTO digest_change (digest_id) SELECT id FROM written WHERE is_changed
     ), region AS (
       INSERT INTO account_region (account_id, aws_region)
       SELECT DISTINCT account_id, aws_region FROM found
       WHERE NOT EXISTS (SELECT FROM account_region AS known
         WHERE known.account_id = found.account_id AND known.aws_region = found.aws_region)
       ORDER BY account_id, aws_region
       ON CONFLICT DO NOTHING
     ), added AS (
       INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag)
       SELECT chain_id, $2, key, $1, named_at, etag FROM found
       WHERE NOT EXISTS (SELECT FROM digest WHERE digest.bucket_id = $2 AND digest.key = found.key)
       ORDER BY key
       ON CONFLICT (bucket_id, key) DO NOTHING
       RETURNING id
     )
     SELECT (SELECT count(*) FROM added)::integer AS added,
       (SELECT count(*) FROM written WHERE is_changed)::integer AS changed`,
    [
      source.id,
      source.bucketId,
      ...chainColumns(digests),
      digests.map((digest) => digest.key),
      digests.map((digest) => new Date(digest.namedAt).toISOString()),
      digests.map((digest) => digest.etag),
    ],
  );
  return row ?? { added: 0, changed: 0 };
}

function chainColumns(digests: readonly FoundDigest[]) {
  return [
    digests.map((digest) => digest.accountId),
    digests.map((digest) => digest.awsRegion),
    digests.map((digest) => digest.trail),
    digests.map((digest) => digest.homeRegion),
    digests.map((digest) => digest.isBackfill),
  ];
}

/** Leases due digests of the source whose digest has waited longest, but for sources to be passed over. */
export async function claimDueDigests(
  sql: Sql,
  lease: string,
  limits: { readonly digests: number; readonly leaseSeconds: number },
  passOver: readonly string[],
): Promise<ClaimedDigest[]> {
  return sql.query<ClaimedDigest>(
    `WITH first AS (
       SELECT source_id FROM digest WHERE due_at <= now() AND source_id <> ALL ($4::uuid[])
       ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
     ), chosen AS (
       SELECT id FROM digest WHERE source_id = (SELECT source_id FROM first) AND due_at <= now()
       ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     UPDATE digest SET lease = $1, due_at = now() + make_interval(secs => $3), attempts = attempts + 1
     FROM chosen, digest_chain AS chain, log_bucket
     WHERE digest.id = chosen.id AND chain.id = digest.chain_id AND log_bucket.id = digest.bucket_id
     RETURNING digest.id::text AS id, digest.chain_id::text AS "chainId", digest.bucket_id AS "bucketId",
       log_bucket.endpoint, digest.key, digest.source_id AS "sourceId", chain.account_id AS "accountId",
       chain.aws_region AS "awsRegion", chain.is_backfill AS "isBackfill", digest.named_at AS "namedAt",
       digest.attempts`,
    [lease, limits.digests, limits.leaseSeconds, passOver],
  );
}

/** Holds those of the digests that are still under the lease for so much longer. */
export async function extendDigests(
  sql: Sql,
  lease: string,
  digestIds: readonly string[],
  seconds: number,
): Promise<void> {
  await sql.query(
    `UPDATE digest SET due_at = now() + make_interval(secs => $3)
     WHERE id IN (SELECT id FROM digest WHERE id = ANY ($2::bigint[]) AND lease = $1 ORDER BY id FOR UPDATE SKIP LOCKED)`,
    [lease, digestIds, seconds],
  );
}

/** Gives digests back untried, for `seconds`. */
export async function putOffDigests(
  sql: Sql,
  lease: string,
  digestIds: readonly string[],
  seconds: number,
): Promise<void> {
  await sql.query(
    `UPDATE digest SET lease = NULL, due_at = now() + make_interval(secs => $3), attempts = attempts - 1
     WHERE id = ANY ($2::bigint[]) AND lease = $1`,
    [lease, digestIds, seconds],
  );
}

/**
 * Gives back a digest that could not be verified yet: after half to all of 5 s × 2^(attempts − 1), one hour at most. From
 * the tenth attempt on it shows as `givenUp`, and is tried twice a day for another week. One that was to be read again
 * since it is invalid stays so: in an hour it is tried again, as often as it takes to read it.
 *
 * @param leastSeconds before which another try would be of no use
 */
export async function retryLater(
  sql: Sql,
  lease: string,
  digestId: string,
  error: string,
  givenUp: 'INVALID' | 'UNVERIFIABLE' | null,
  leastSeconds = 0,
): Promise<void> {
  await sql.query(
    `WITH released AS (
       UPDATE digest SET lease = NULL, state = coalesce($4, state),
         error = CASE WHEN state = 'INVALID' THEN error ELSE $3 END,
         attempts = CASE WHEN state = 'INVALID' THEN attempts - 1 ELSE attempts END,
         due_at = CASE WHEN state = 'INVALID' THEN now() + interval '1 hour'
           WHEN $4::text IS NULL
             THEN now() + make_interval(secs => $5 + least(3600, 5 * 2 ^ (attempts - 1)) * (0.5 + random() / 2))
           WHEN attempts < ${maxDigestAttempts} + 14 THEN now() + interval '12 hours' END
       WHERE id = $2 AND lease = $1
       RETURNING id
     )
     INSERT INTO digest_change (digest_id) SELECT id FROM released WHERE $4::text IS NOT NULL`,
    [lease, digestId, error, givenUp, leastSeconds],
  );
}

export async function isAnyDigestDue(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ due: boolean }>(
    `SELECT EXISTS (SELECT FROM digest WHERE due_at <= now()) OR EXISTS (SELECT FROM digest_change) AS due`,
  );
  return row?.due ?? false;
}

/** What the digest after this one, which names it, says of it: in a directory, the only place of its signature. */
export interface Witness {
  readonly signature: Buffer;
  readonly state: string;
}

/** The windows of digests are hours: a digest that names this one ends within two days of it. */
export async function witnessesOf(sql: Sql, digest: ClaimedDigest): Promise<Witness[]> {
  return sql.query<Witness>(
    `SELECT previous_signature AS signature, state FROM digest
     WHERE chain_id = $1 AND previous_key = $2 AND previous_signature IS NOT NULL
       AND named_at > $3 AND named_at <= $3::timestamptz + interval '2 days'
     ORDER BY state = 'VERIFIED' DESC, named_at LIMIT 8`,
    [digest.chainId, digest.key, digest.namedAt],
  );
}
