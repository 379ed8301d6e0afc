import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { Backfill } from './backfill.entity.js';
import type { BackfillSpan } from './backfill.inputs.js';
import type { BackfillFigures, BackfillSample } from './backfill-eta.js';

/** Tries after which a folder that cannot be listed is given up: five hours or so. */
export const maxFolderAttempts = 10;

const selected = `
  SELECT backfill.id, backfill.number, backfill.account_ids AS "accountIds", backfill.regions,
    backfill.from_day::timestamp AT TIME ZONE 'UTC' AS "from",
    (backfill.to_day + 1)::timestamp AT TIME ZONE 'UTC' AS "to", backfill.state,
    backfill.created_at AS "createdAt", backfill.finished_at AS "finishedAt", backfill.worked_at AS "workedAt"
  FROM backfill`;

/** A backfill exists for a scope that covers all of its accounts. */
function visible(scope: AccountScope, parameters: Parameters): string {
  return scope.accountIds === null ? 'true' : `account_ids <@ ${parameters.add(scope.accountIds, 'text[]')}`;
}

/** @returns the id; the accounts' folders are looked for first */
export async function insertBackfill(
  sql: Sql,
  accountIds: readonly string[],
  { fromDay, toDay, regions }: BackfillSpan,
  now: Date,
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `WITH made AS (
       INSERT INTO backfill (account_ids, regions, from_day, to_day, created_at) VALUES ($1, $2, $3, $4, $5)
       RETURNING id, number
     ), roots AS (
       INSERT INTO backfill_folder (backfill, source_id, account_id, prefix, day, due_at)
       SELECT made.number, source_account.source_id, source_account.account_id, '', $4, $5
       FROM made, source_account JOIN source ON source.id = source_account.source_id
       WHERE source_account.account_id = ANY ($1::text[])
         AND source.type IN ('S3_LISTING', 'S3_NOTIFICATIONS', 'DIRECTORY')
     )
     SELECT id FROM made`,
    [accountIds, regions, fromDay, toDay, now],
  );
  return (row as { id: string }).id;
}

export async function findBackfill(sql: Sql, scope: AccountScope, id: string): Promise<Backfill | null> {
  const parameters = new Parameters();
  const where = `id = ${parameters.add(id, 'uuid')} AND ${visible(scope, parameters)}`;
  const [backfill] = await sql.query<Backfill>(`${selected} WHERE ${where}`, parameters.values);
  return backfill ?? null;
}

/** Newest first. `after`: the time of making and the id of the last one seen. */
export async function listBackfills(
  sql: Sql,
  scope: AccountScope,
  after: readonly [string, string] | null,
  limit: number,
): Promise<Backfill[]> {
  const parameters = new Parameters();
  const where = visible(scope, parameters);
  const beyond =
    after === null
      ? ''
      : `AND (created_at, id) < (${parameters.add(after[0], 'timestamptz')}, ${parameters.add(after[1], 'uuid')})`;
  return sql.query<Backfill>(
    `${selected} WHERE ${where} ${beyond} ORDER BY created_at DESC, id DESC LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countBackfills(sql: Sql, scope: AccountScope): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM backfill WHERE ${visible(scope, parameters)}`,
    parameters.values,
  );
  return row?.count ?? 0;
}

/** Those that are not done, of everybody. */
export async function countOpen(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM backfill WHERE state <> 'DONE'`,
  );
  return row?.count ?? 0;
}

export async function pauseRunning(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE backfill SET state = 'PAUSED' WHERE id = $1 AND state = 'RUNNING' RETURNING id`,
    [id],
  );
  return rows.length > 0;
}

/** One that is paused, or has given up folders. Whatever failed is tried anew, at once. */
export async function resumeStopped(sql: Sql, id: string, now: Date): Promise<boolean> {
  const rows = await sql.query(
    `WITH resumed AS (
       UPDATE backfill SET state = 'RUNNING', finished_at = NULL, samples = '[]'
       WHERE id = $1 AND (state = 'PAUSED' OR (state = 'DONE' AND EXISTS (
         SELECT FROM backfill_folder AS folder WHERE folder.backfill = backfill.number AND folder.day IS NOT NULL)))
       RETURNING number
     ), again AS (
       UPDATE backfill_folder SET attempts = 0, due_at = $2 FROM resumed
       WHERE backfill = resumed.number AND day IS NOT NULL AND lease IS NULL
     )
     SELECT number FROM resumed`,
    [id, now],
  );
  return rows.length > 0;
}

export interface BackfillStanding extends BackfillFigures {
  readonly number: number;
  readonly filesIngested: number;
  readonly events: number;
  readonly samples: readonly BackfillSample[];
}

/** Of each of the backfills. Files that wait are few: listing rests while there are many. */
export async function standings(sql: Sql, numbers: readonly number[]): Promise<BackfillStanding[]> {
  return sql.query<BackfillStanding>(
    `SELECT backfill.number, backfill.files_ingested::float8 AS "filesIngested", backfill.events::float8 AS events,
       backfill.samples, done.*, waiting.*
     FROM backfill
     CROSS JOIN LATERAL (
       SELECT (count(*) FILTER (WHERE prefix <> '') * (backfill.to_day - backfill.from_day + 1))::float8 AS folders,
         coalesce(sum(CASE WHEN day IS NULL THEN backfill.to_day - backfill.from_day + 1
           ELSE backfill.to_day - day END) FILTER (WHERE prefix <> ''), 0)::float8 AS "foldersListed",
         coalesce(sum(files), 0)::float8 AS files, coalesce(sum(bytes), 0)::float8 AS bytes,
         coalesce(bool_or(prefix = '' AND day IS NOT NULL AND attempts < ${maxFolderAttempts}), false) AS "isMapping"
       FROM backfill_folder WHERE backfill_folder.backfill = backfill.number
     ) AS done
     CROSS JOIN LATERAL (
       SELECT count(*)::float8 AS "filesPending", coalesce(sum(size), 0)::float8 AS "bytesPending"
       FROM log_file
       WHERE log_file.backfill = backfill.number AND log_file.backfill <> 0 AND state IN ('DISCOVERED', 'INGESTING')
     ) AS waiting
     WHERE backfill.number = ANY ($1::integer[])`,
    [numbers],
  );
}

export interface FailingAccount {
  readonly number: number;
  readonly accountId: string;
  readonly error: string;
  readonly retryAt: Date | null;
  /** The accounts of the source, or null for a source that discovers them: whoever reads the error must see all. */
  readonly reach: readonly string[] | null;
}

/** The accounts of the backfills that failed at the last try, each with one reason. */
export async function failingAccounts(sql: Sql, numbers: readonly number[]): Promise<FailingAccount[]> {
  return sql.query<FailingAccount>(
    `SELECT failing.number, failing."accountId", failing.error, failing."retryAt",
       CASE WHEN NOT source.discover_accounts THEN ARRAY(
         SELECT account_id FROM source_account WHERE source_id = source.id) END AS reach
     FROM (
       SELECT DISTINCT ON (backfill, account_id) backfill AS number, account_id AS "accountId", error, source_id,
         CASE WHEN attempts < ${maxFolderAttempts} THEN due_at END AS "retryAt"
       FROM backfill_folder
       WHERE backfill = ANY ($1::integer[]) AND error IS NOT NULL AND day IS NOT NULL
       ORDER BY backfill, account_id, attempts DESC, due_at
     ) AS failing JOIN source ON source.id = failing.source_id
     ORDER BY failing.number, failing."accountId"`,
    [numbers],
  );
}
