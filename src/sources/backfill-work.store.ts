import type { Sql } from '../platform/database/database.js';
import { maxFolderAttempts } from './backfill.store.js';
import type { BackfillSample } from './backfill-eta.js';
import { isGranted } from './claimable.js';

export interface RunningBackfill {
  readonly number: number;
  readonly accountIds: readonly string[];
  readonly regions: readonly string[] | null;
  readonly fromDay: string;
  readonly toDay: string;
}

/** A region folder of which days are to be listed; or, with an empty prefix, an account whose folders are not known yet. */
export interface BackfillFolder {
  readonly sourceId: string;
  readonly accountId: string;
  readonly prefix: string;
  /** The next one, `YYYY-MM-DD`. */
  readonly day: string;
  readonly attempts: number;
}

/** What became of a folder. */
export interface FolderOutcome extends BackfillFolder {
  /** The day to list after this; null when there is none left. The same as `day` where it was not come to. */
  next: string | null;
  files: number;
  bytes: number;
  /** Why it could not go on; null where it could. */
  error: string | null;
}

export async function runningBackfills(sql: Sql): Promise<RunningBackfill[]> {
  return sql.query<RunningBackfill>(
    `SELECT number, account_ids AS "accountIds", regions, from_day::text AS "fromDay", to_day::text AS "toDay"
     FROM backfill WHERE state = 'RUNNING' ORDER BY number`,
  );
}

/** Leases the next folders of one source, newest day first; what other workers hold is passed over. */
export async function takeFolders(
  sql: Sql,
  number: number,
  lease: string,
  { folders, leaseSeconds, now }: { folders: number; leaseSeconds: number; now: Date },
): Promise<BackfillFolder[]> {
  const due = `folder.backfill = $1 AND folder.day IS NOT NULL AND folder.due_at <= $3
    AND folder.attempts < ${maxFolderAttempts}
    AND EXISTS (SELECT FROM account WHERE account.account_id = folder.account_id AND NOT account.paused)
    AND EXISTS (SELECT FROM backfill WHERE backfill.number = $1 AND backfill.state = 'RUNNING')`;
  return sql.query<BackfillFolder>(
    `WITH first AS (
       SELECT source_id, prefix = '' AS is_root FROM backfill_folder AS folder
       WHERE ${due} ORDER BY day DESC, prefix LIMIT 1 FOR UPDATE SKIP LOCKED
     ), next AS (
       SELECT folder.source_id, folder.account_id, folder.prefix FROM backfill_folder AS folder, first
       WHERE ${due} AND folder.source_id = first.source_id AND (folder.prefix = '') = first.is_root
       ORDER BY folder.day DESC, folder.prefix LIMIT $5 FOR UPDATE OF folder SKIP LOCKED
     )
     UPDATE backfill_folder AS folder SET lease = $2, due_at = $3::timestamptz + make_interval(secs => $4)
     FROM next
     WHERE folder.backfill = $1 AND folder.source_id = next.source_id AND folder.account_id = next.account_id
       AND folder.prefix = next.prefix
     RETURNING folder.source_id AS "sourceId", folder.account_id AS "accountId", folder.prefix,
       folder.day::text AS day, folder.attempts`,
    [number, lease, now, leaseSeconds, folders],
  );
}

/** @returns whether the lease still holds folders of a backfill that goes on */
export async function extendFolders(sql: Sql, lease: string, seconds: number, now: Date): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE backfill_folder AS folder SET due_at = $2::timestamptz + make_interval(secs => $3) FROM backfill
     WHERE folder.lease = $1 AND backfill.number = folder.backfill AND backfill.state = 'RUNNING' RETURNING 1`,
    [lease, now, seconds],
  );
  return rows.length > 0;
}

/** How many files of a backfill wait to be read. */
export async function pendingFiles(sql: Sql, number: number): Promise<number> {
  const [row] = await sql.query<{ files: number }>(
    `SELECT count(*)::integer AS files FROM log_file
     WHERE backfill = $1 AND backfill <> 0 AND state IN ('DISCOVERED', 'INGESTING')`,
    [number],
  );
  return row?.files ?? 0;
}

/**
 * Writes down how far folders came, as long as the lease holds them. An account that failed waits between half and all
 * of 1 minute × 2^attempts, one hour at most, and with it all of its folders in the source; once one of them could be
 * listed, none waits.
 */
export async function writeOutcomes(
  sql: Sql,
  number: number,
  lease: string,
  outcomes: readonly FolderOutcome[],
  now: Date,
): Promise<void> {
  await sql.query(
    `WITH outcome AS (
       SELECT *, next IS DISTINCT FROM day AS went_on,
         $3::timestamptz + CASE WHEN error IS NULL THEN interval '0'
           ELSE make_interval(mins => 1) * least(60, 2 ^ attempts) * (0.5 + random() / 2) END AS due_at
       FROM unnest($4::uuid[], $5::text[], $6::text[], $7::date[], $8::date[], $9::float8[], $10::float8[], $11::text[],
           $12::integer[])
         AS outcome (source_id, account_id, prefix, day, next, files, bytes, error, attempts)
     ), written AS (
       UPDATE backfill_folder AS folder
       SET day = outcome.next, files = folder.files + outcome.files, bytes = folder.bytes + outcome.bytes,
         error = CASE WHEN outcome.error IS NOT NULL OR went_on THEN outcome.error ELSE folder.error END,
         attempts = CASE WHEN outcome.error IS NOT NULL THEN outcome.attempts + 1
           WHEN went_on THEN 0 ELSE folder.attempts END,
         due_at = outcome.due_at, lease = NULL
       FROM outcome
       WHERE folder.backfill = $1 AND folder.lease = $2 AND folder.source_id = outcome.source_id
         AND folder.account_id = outcome.account_id AND folder.prefix = outcome.prefix
     ), tried AS (
       SELECT source_id, account_id, max(error) AS error, max(due_at) AS due_at,
         CASE WHEN max(error) IS NULL THEN 0 ELSE max(attempts) + 1 END AS attempts
       FROM outcome WHERE error IS NOT NULL OR went_on GROUP BY 1, 2
     )
     UPDATE backfill_folder AS folder
     SET attempts = tried.attempts, error = tried.error, due_at = tried.due_at
     FROM tried
     WHERE folder.backfill = $1 AND folder.source_id = tried.source_id AND folder.account_id = tried.account_id
       AND folder.lease IS NULL AND folder.day IS NOT NULL
       AND (tried.error IS NOT NULL OR folder.error IS NOT NULL)`,
    [
      number,
      lease,
      now,
      outcomes.map(({ sourceId }) => sourceId),
      outcomes.map(({ accountId }) => accountId),
      outcomes.map(({ prefix }) => prefix),
      outcomes.map(({ day }) => day),
      outcomes.map(({ next }) => next),
      outcomes.map(({ files }) => files),
      outcomes.map(({ bytes }) => bytes),
      outcomes.map(({ error }) => error),
      outcomes.map(({ attempts }) => attempts),
    ],
  );
}

/** Adds the region folders of accounts, as they are known now, that the backfill wants. */
export async function addRegionFolders(
  sql: Sql,
  backfill: RunningBackfill,
  sourceId: string,
  accountIds: readonly string[],
  now: Date,
): Promise<void> {
  await sql.query(
    `INSERT INTO backfill_folder (backfill, source_id, account_id, prefix, day, due_at)
     SELECT $1, source_id, account_id, prefix, $2, $3 FROM listing_region JOIN account USING (account_id)
     WHERE source_id = $4 AND account_id = ANY ($5::text[]) AND ($6::text[] IS NULL OR aws_region = ANY ($6::text[]))
       AND (account.regions = '{}' OR aws_region = ANY (account.regions))
     ON CONFLICT DO NOTHING`,
    [backfill.number, backfill.toDay, now, sourceId, accountIds, backfill.regions],
  );
}

/** @param samples what the rate is told by from now on */
export async function noteWork(sql: Sql, number: number, samples: readonly BackfillSample[], now: Date): Promise<void> {
  await sql.query('UPDATE backfill SET worked_at = $2, samples = $3 WHERE number = $1', [
    number,
    now,
    JSON.stringify(samples),
  ]);
}

/**
 * Ends a backfill of which nothing is left to list or to read. Files that nobody may read any more, since their source
 * no longer speaks for their account, do not hold it up.
 */
export async function finishDone(sql: Sql, number: number, now: Date): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE backfill SET state = 'DONE', finished_at = $2
     WHERE number = $1 AND state = 'RUNNING'
       AND NOT EXISTS (
         SELECT FROM backfill_folder AS folder
         WHERE folder.backfill = $1 AND folder.day IS NOT NULL AND folder.attempts < ${maxFolderAttempts})
       AND NOT EXISTS (
         SELECT FROM log_file AS file
         WHERE file.backfill = $1 AND file.backfill <> 0 AND file.state IN ('DISCOVERED', 'INGESTING') AND ${isGranted})
     RETURNING number`,
    [number, now],
  );
  return rows.length > 0;
}
