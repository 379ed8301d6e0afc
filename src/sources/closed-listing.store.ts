import type { Sql } from '../platform/database/database.js';

/** The region folder is one of log files that digests name: `<root>CloudTrail/<region>/`. */
const isProvable = `right(region.prefix, length(region.aws_region) + 12) = 'CloudTrail/' || region.aws_region || '/'`;

/** Every trail of the account and region that has digests proves the day from its start to its end. */
const isProven = `EXISTS (
    SELECT FROM digest_chain AS chain
    WHERE chain.bucket_id = source.bucket_id AND chain.account_id = region.account_id
      AND chain.aws_region = region.aws_region AND NOT chain.is_backfill)
  AND NOT EXISTS (
    SELECT FROM digest_chain AS chain
    WHERE chain.bucket_id = source.bucket_id AND chain.account_id = region.account_id
      AND chain.aws_region = region.aws_region AND NOT chain.is_backfill
      AND NOT EXISTS (
        SELECT FROM proven_span AS span
        WHERE span.chain_id = chain.id AND span.start_time <= day.start_time AND span.end_time >= day.end_time))`;

/**
 * Two trails may write into one bucket, and only one of them digests. So its digests must lie beside the folder, under
 * the same root, and name every file that is known of the folder. What is not verified does not count: anybody who can
 * write there may have put it.
 */
const isSpokenFor = `EXISTS (
    SELECT FROM digest
    WHERE digest.bucket_id = source.bucket_id AND digest.state = 'VERIFIED'
      AND digest.key > folder.root || 'CloudTrail-Digest/' || region.aws_region || folder.day_path || '/'
      AND digest.key < folder.root || 'CloudTrail-Digest/' || region.aws_region || folder.day_path || '0')
  AND NOT EXISTS (
    SELECT FROM log_file AS file
    LEFT JOIN digest AS named_by ON named_by.id = file.digest_id AND named_by.state = 'VERIFIED'
    WHERE file.bucket_id = source.bucket_id AND named_by.id IS NULL
      AND file.key > folder.root || 'CloudTrail/' || region.aws_region || folder.day_path || '/'
      AND file.key < folder.root || 'CloudTrail/' || region.aws_region || folder.day_path || '0')`;

/**
 * Closes the day folders that are due and that digests prove: they are not listed again. What is not closed goes on to
 * be listed ever more rarely, up to the end of the lookback.
 *
 * @param before the first day that may still be open; only older ones are closed, once listed after their end
 * @returns how many were closed
 */
export async function closeProven(sql: Sql, sourceId: string, before: string, now: Date): Promise<number> {
  const rows = await sql.query(
    `UPDATE listing SET closed_at = $3, due_at = 'infinity'
     FROM source, listing_region AS region
     CROSS JOIN LATERAL (SELECT left(region.prefix, -length(region.aws_region) - 12) AS root) AS root
     WHERE source.id = $1 AND listing.source_id = $1 AND region.source_id = $1
       AND listing.region_prefix = region.prefix AND listing.due_at <= $3 AND listing.day < $2
       AND ${isProvable}
       AND EXISTS (
         SELECT FROM (SELECT listing.day::timestamp AT TIME ZONE 'UTC' AS start_time,
           (listing.day + 1)::timestamp AT TIME ZONE 'UTC' AS end_time) AS day,
           (SELECT root.root AS root, to_char(listing.day, '/YYYY/MM/DD') AS day_path) AS folder
         WHERE listing.listed_at >= day.end_time AND ${isProven} AND ${isSpokenFor})
     RETURNING 1`,
    [sourceId, before, now],
  );
  return rows.length;
}
