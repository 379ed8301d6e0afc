import type { Sql } from '../platform/database/database.js';

/** What the ledger says of some files of a bucket, by key. */
export async function ledgerOfFiles(
  sql: Sql,
  bucketId: number,
  keys: readonly string[],
): Promise<Map<string, { state: string; integrity: string }>> {
  const rows = await sql.query<{ key: string; state: string; integrity: string }>(
    'SELECT key, state, integrity FROM log_file WHERE bucket_id = $1 AND key = ANY ($2::text[])',
    [bucketId, keys],
  );
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}

/** The chain whose digests are walked. */
export interface ChainName {
  readonly bucketId: number;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly isBackfill: boolean;
}

/** What the ledger says of the digests of a chain that are named within a span, by key. */
export async function ledgerOfDigests(
  sql: Sql,
  chain: ChainName,
  from: Date,
  to: Date,
): Promise<Map<string, { state: string; start: Date | null; end: Date | null }>> {
  const rows = await sql.query<{ key: string; state: string; start: Date | null; end: Date | null }>(
    `SELECT digest.key, digest.state, digest.start_time AS start, digest.end_time AS "end"
     FROM digest_chain AS chain JOIN digest ON digest.chain_id = chain.id
     WHERE chain.bucket_id = $1 AND chain.account_id = $2 AND chain.aws_region = $3 AND chain.trail = $4
       AND chain.home_region = $5 AND chain.is_backfill = $6 AND digest.named_at >= $7 AND digest.named_at <= $8`,
    [chain.bucketId, chain.accountId, chain.awsRegion, chain.trail, chain.homeRegion, chain.isBackfill, from, to],
  );
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}
