import type { Sql } from '../platform/database/database.js';
import type { DayFolder } from './listing-plan.js';

export interface RegionFolder {
  /** `…/CloudTrail/eu-west-1/` */
  readonly prefix: string;
  readonly accountId: string;
  readonly awsRegion: string;
}

export interface DueFolder extends DayFolder {
  readonly accountId: string;
}

/** Those of the accounts whose folders have not been looked for since `before`. */
export async function unmapped(
  sql: Sql,
  sourceId: string,
  accountIds: readonly string[],
  before: Date,
): Promise<string[]> {
  const rows = await sql.query<{ account_id: string }>(
    `SELECT account_id FROM source_account
     WHERE source_id = $1 AND account_id = ANY ($2::text[]) AND (mapped_at IS NULL OR mapped_at < $3)
     ORDER BY mapped_at NULLS FIRST, account_id`,
    [sourceId, accountIds, before],
  );
  return rows.map((row) => row.account_id);
}

/** Adds the folders found for an account, and says when it was looked at. */
export async function writeMap(
  sql: Sql,
  sourceId: string,
  accountId: string,
  regions: readonly RegionFolder[],
  at: Date,
): Promise<void> {
  await sql.query(
    `WITH mapped AS (
       UPDATE source_account SET mapped_at = $3 WHERE source_id = $1 AND account_id = $2 RETURNING account_id
     )
     INSERT INTO listing_region (source_id, prefix, account_id, aws_region)
     SELECT $1, found.prefix, mapped.account_id, found.aws_region
     FROM mapped, unnest($4::text[], $5::text[]) AS found (prefix, aws_region)
     ON CONFLICT DO NOTHING`,
    [sourceId, accountId, at, regions.map((region) => region.prefix), regions.map((region) => region.awsRegion)],
  );
}

/** Makes every region folder have exactly these days; a day that is new to it is due at once. */
export async function keepDays(sql: Sql, sourceId: string, days: readonly string[], now: Date): Promise<void> {
  await sql.query('DELETE FROM listing WHERE source_id = $1 AND day <> ALL ($2::date[])', [sourceId, days]);
  await sql.query(
    `INSERT INTO listing (source_id, region_prefix, day, due_at)
     SELECT $1, listing_region.prefix, day, $3
     FROM listing_region CROSS JOIN unnest($2::date[]) AS day
     WHERE listing_region.source_id = $1 AND NOT EXISTS (
       SELECT FROM listing WHERE listing.source_id = $1
         AND listing.region_prefix = listing_region.prefix AND listing.day = day.day)
     ON CONFLICT DO NOTHING`,
    [sourceId, days, now],
  );
}

/** The folders that are due, newest day first. */
export async function dueFolders(sql: Sql, sourceId: string, now: Date): Promise<DueFolder[]> {
  return sql.query<DueFolder>(
    `SELECT listing.region_prefix AS "regionPrefix", listing.day::text AS day, listing.listed_at AS "listedAt",
       listing.fully_listed_at AS "fullyListedAt", listing_region.account_id AS "accountId"
     FROM listing
     JOIN listing_region ON listing_region.source_id = $1 AND listing_region.prefix = listing.region_prefix
     WHERE listing.source_id = $1 AND listing.due_at <= $2
     ORDER BY listing.day DESC, listing.region_prefix`,
    [sourceId, now],
  );
}

export async function regionFolders(sql: Sql, sourceId: string): Promise<RegionFolder[]> {
  return sql.query<RegionFolder>(
    `SELECT prefix, account_id AS "accountId", aws_region AS "awsRegion" FROM listing_region
     WHERE source_id = $1 ORDER BY prefix`,
    [sourceId],
  );
}

export interface ListedFolder {
  readonly regionPrefix: string;
  readonly day: string;
  /** From its first key. */
  readonly whole: boolean;
  readonly dueAt: Date;
}

export async function markListed(
  sql: Sql,
  sourceId: string,
  folders: readonly ListedFolder[],
  now: Date,
): Promise<void> {
  if (folders.length === 0) return;
  await sql.query(
    `UPDATE listing SET listed_at = $2, due_at = listed.due_at,
       fully_listed_at = CASE WHEN listed.whole THEN $2 ELSE listing.fully_listed_at END
     FROM unnest($3::text[], $4::date[], $5::boolean[], $6::timestamptz[]) AS listed (region_prefix, day, whole, due_at)
     WHERE listing.source_id = $1 AND listing.region_prefix = listed.region_prefix AND listing.day = listed.day`,
    [
      sourceId,
      now,
      folders.map((folder) => folder.regionPrefix),
      folders.map((folder) => folder.day),
      folders.map((folder) => folder.whole),
      folders.map((folder) => folder.dueAt.toISOString()),
    ],
  );
}
