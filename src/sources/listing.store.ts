import type { Database, Sql } from '../platform/database/database.js';
import type { DayFolder } from './listing-plan.js';

export interface RegionFolder {
  /** `…/CloudTrail/eu-west-1/` */
  readonly prefix: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly isDigest: boolean;
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

/** Adds the folders found for an account, with their days, and says when it was looked at. */
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
     ), added AS (
       INSERT INTO listing_region (source_id, prefix, account_id, aws_region, is_digest)
       SELECT $1, found.prefix, mapped.account_id, found.aws_region, found.is_digest
       FROM mapped, unnest($4::text[], $5::text[], $6::boolean[]) AS found (prefix, aws_region, is_digest)
       ON CONFLICT DO NOTHING
       RETURNING prefix
     )
     INSERT INTO listing (source_id, region_prefix, day, due_at)
     SELECT $1, added.prefix, day, $3
     FROM added, source, generate_series(source.listing_from, source.listing_to, interval '1 day') AS day
     WHERE source.id = $1
     ON CONFLICT DO NOTHING`,
    [
      sourceId,
      accountId,
      at,
      regions.map((region) => region.prefix),
      regions.map((region) => region.awsRegion),
      regions.map((region) => region.isDigest),
    ],
  );
}

/**
 * Makes every region folder have exactly these days, where it has others; a day that is new to it is due at once.
 *
 * @param days without a gap, newest first
 */
export async function keepDays(database: Database, sourceId: string, days: readonly string[], now: Date) {
  const span = [days.at(-1), days[0]];
  await database.transaction(async (sql) => {
    const changed = await sql.query(
      `UPDATE source SET listing_from = $2, listing_to = $3
       WHERE id = $1 AND (listing_from, listing_to) IS DISTINCT FROM ($2::date, $3::date) RETURNING id`,
      [sourceId, ...span],
    );
    if (changed.length === 0) return;
    // A folder that was busy up to midnight is expected to be so after it.
    await sql.query(
      `INSERT INTO listing (source_id, region_prefix, day, due_at, newest_at)
       SELECT $1, region.prefix, day, $4,
         (SELECT max(newest_at) FROM listing WHERE source_id = $1 AND region_prefix = region.prefix)
       FROM listing_region AS region, generate_series($2::date, $3::date, interval '1 day') AS day
       WHERE region.source_id = $1
       ON CONFLICT DO NOTHING`,
      [sourceId, ...span, now],
    );
    await sql.query('DELETE FROM listing WHERE source_id = $1 AND day NOT BETWEEN $2 AND $3', [sourceId, ...span]);
  });
}

/** The folders that are due and wanted, newest day first. */
export async function dueFolders(sql: Sql, sourceId: string, now: Date): Promise<DueFolder[]> {
  return sql.query<DueFolder>(
    `SELECT listing.region_prefix AS "regionPrefix", listing.day::text AS day, listing.listed_at AS "listedAt",
       listing.fully_listed_at AS "fullyListedAt", listing.newest_at AS "newestAt", region.account_id AS "accountId"
     FROM listing
     JOIN listing_region AS region ON region.source_id = $1 AND region.prefix = listing.region_prefix
     JOIN account ON account.account_id = region.account_id AND NOT account.paused
       AND (account.regions = '{}' OR region.aws_region = ANY (account.regions))
     WHERE listing.source_id = $1 AND listing.due_at <= $2
     ORDER BY listing.day DESC, listing.region_prefix`,
    [sourceId, now],
  );
}

export interface ListedFolder {
  readonly regionPrefix: string;
  readonly day: string;
  /** From its first key. */
  readonly whole: boolean;
  /** When its newest object was written; null where it has none. */
  readonly newestAt: Date | null;
  readonly dueAt: Date;
}

/** @param openDays the days whose listings say how far their region folder was looked at */
export async function markListed(
  sql: Sql,
  sourceId: string,
  folders: readonly ListedFolder[],
  openDays: readonly string[],
  now: Date,
): Promise<void> {
  if (folders.length === 0) return;
  await sql.query(
    `UPDATE listing SET listed_at = $2, due_at = listed.due_at,
       fully_listed_at = CASE WHEN listed.whole THEN $2 ELSE listing.fully_listed_at END,
       newest_at = listed.newest_at
     FROM unnest($3::text[], $4::date[], $5::boolean[], $6::timestamptz[], $7::timestamptz[])
       AS listed (region_prefix, day, whole, due_at, newest_at)
     WHERE listing.source_id = $1 AND listing.region_prefix = listed.region_prefix AND listing.day = listed.day`,
    [
      sourceId,
      now,
      folders.map((folder) => folder.regionPrefix),
      folders.map((folder) => folder.day),
      folders.map((folder) => folder.whole),
      folders.map((folder) => folder.dueAt.toISOString()),
      folders.map((folder) => folder.newestAt),
    ],
  );
  const open = folders.filter(({ day }) => openDays.includes(day)).map(({ regionPrefix }) => regionPrefix);
  if (open.length > 0) await markLooked(sql, sourceId, [...new Set(open)], openDays);
}

/** A folder that was quiet, and so was not listed, holds its region back at what was seen then. */
async function markLooked(
  sql: Sql,
  sourceId: string,
  regionPrefixes: readonly string[],
  openDays: readonly string[],
): Promise<void> {
  await sql.query(
    `UPDATE listing_region AS region SET looked_at = greatest(region.looked_at, least(listed.at, mapped.mapped_at))
     FROM unnest($2::text[]) AS touched (folder)
     CROSS JOIN LATERAL (
       SELECT min(listed_at) AS at FROM listing
       WHERE source_id = $1 AND region_prefix = touched.folder AND day = ANY ($3::date[])
       HAVING count(listed_at) = cardinality($3::date[])
     ) AS listed, source_account AS mapped
     WHERE region.source_id = $1 AND region.prefix = touched.folder
       AND mapped.source_id = $1 AND mapped.account_id = region.account_id AND mapped.mapped_at IS NOT NULL`,
    [sourceId, regionPrefixes, openDays],
  );
}
