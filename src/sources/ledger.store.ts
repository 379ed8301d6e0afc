import type { Sql } from '../platform/database/database.js';
import type { ClaimLimits, FoundFile, IngestResult, LedgerFile, ReleasedFile } from './ledger.port.js';
import { livePriority, maxAttempts } from './ledger.port.js';

/** The source still speaks for the account of the file. Expects `log_file AS file`. */
const isGranted = `EXISTS (
  SELECT FROM source_account
  WHERE source_account.source_id = file.source_id AND source_account.account_id = file.account_id)`;

/**
 * A file may be claimed: it is due, its source still speaks for its account, and nobody paused the account.
 * Expects `log_file AS file`.
 */
const claimable = `
  file.state = 'DISCOVERED' AND file.due_at <= now()
  AND EXISTS (
    SELECT FROM source_account JOIN account USING (account_id)
    WHERE source_account.source_id = file.source_id AND source_account.account_id = file.account_id
      AND NOT account.paused)`;

/**
 * One statement, so that it needs no transaction of its own. `known` locks the rows in the order of their ids and
 * sees their latest version: of two writers with the same change, the second finds nothing left to change.
 * A known file also goes on under this source when the source that found it first was deleted, no longer speaks for
 * its account, or has given up.
 */
export async function writeFound(
  sql: Sql,
  source: { readonly id: string; readonly bucketId: number },
  files: readonly FoundFile[],
): Promise<{ added: number; changed: number }> {
  const [row] = await sql.query<{ added: number; changed: number }>(
    `WITH found AS (
       SELECT DISTINCT ON (key) *
       FROM unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[], $8::text[], $9::smallint[])
         AS found (key, account_id, aws_region, delivered_at, size, etag, priority)
       ORDER BY key
     ), known AS (
       SELECT file.*, found.size AS new_size, found.etag AS new_etag
       FROM found JOIN log_file AS file ON file.bucket_id = $2 AND file.key = found.key
       WHERE file.etag <> found.etag
         OR file.state = 'MISSING'
         OR (file.state = 'QUARANTINED' AND file.attempts >= ${maxAttempts} AND file.source_id <> $1)
         OR (file.state = 'DISCOVERED' AND file.source_id <> $1 AND NOT ${isGranted})
       ORDER BY file.id
       FOR UPDATE OF file
     ), archived AS (
       INSERT INTO log_file_revision
         (log_file_id, revision, etag, size, state, error, records, events, duplicates, discovered_at, ingested_at)
       SELECT id, revision, etag, size, state, error, records, events, duplicates, discovered_at, ingested_at
       FROM known WHERE etag <> new_etag
       ON CONFLICT DO NOTHING
     ), changed AS (
       UPDATE log_file AS file
       SET source_id = $1, etag = known.new_etag, size = known.new_size, state = 'DISCOVERED', due_at = now(),
         revision = known.revision + (known.etag <> known.new_etag)::integer,
         integrity = CASE WHEN known.etag = known.new_etag THEN known.integrity ELSE 'UNVERIFIED' END,
         attempts = 0, lease = NULL, error = NULL, discovered_at = now()
       FROM known WHERE file.id = known.id
       RETURNING file.delivered_at
     ), added AS (
       INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, priority)
       SELECT $2, key, $1, account_id, aws_region, delivered_at, size, etag, priority
       FROM found
       WHERE NOT EXISTS (SELECT FROM log_file AS file WHERE file.bucket_id = $2 AND file.key = found.key)
       ORDER BY key
       ON CONFLICT (bucket_id, key) DO NOTHING
       RETURNING delivered_at
     ), newest AS (
       UPDATE source SET last_file_at = greatest(last_file_at, (SELECT max(delivered_at) FROM added))
       WHERE id = $1 AND EXISTS (SELECT FROM added WHERE delivered_at > coalesce(source.last_file_at, '-infinity'))
     )
     SELECT (SELECT count(*) FROM added)::integer AS added, (SELECT count(*) FROM changed)::integer AS changed`,
    [
      source.id,
      source.bucketId,
      files.map((file) => file.key),
      files.map((file) => file.accountId),
      files.map((file) => file.awsRegion),
      files.map((file) => new Date(file.deliveredAt).toISOString()),
      files.map((file) => file.size),
      files.map((file) => file.etag),
      files.map((file) => file.priority ?? livePriority),
    ],
  );
  return row ?? { added: 0, changed: 0 };
}

/** Leases the most urgent files of the source whose file is the most urgent of all. */
export async function claimDue(sql: Sql, lease: string, limits: ClaimLimits): Promise<LedgerFile[]> {
  const rows = await sql.query<LedgerFile>(
    `WITH first AS (
       SELECT file.source_id FROM log_file AS file
       WHERE ${claimable}
       ORDER BY file.priority, file.due_at, file.id
       LIMIT 1 FOR UPDATE OF file SKIP LOCKED
     ), candidate AS (
       SELECT file.id, file.size, file.priority, file.due_at FROM log_file AS file
       WHERE file.source_id = (SELECT source_id FROM first) AND ${claimable}
       ORDER BY file.priority, file.due_at, file.id
       LIMIT $2 FOR UPDATE OF file SKIP LOCKED
     ), chosen AS (
       SELECT id, sum(size) OVER running AS total, row_number() OVER running AS place
       FROM candidate WINDOW running AS (ORDER BY priority, due_at, id)
     )
     UPDATE log_file AS file
     SET state = 'INGESTING', lease = $1, due_at = now() + make_interval(secs => $4), attempts = attempts + 1
     FROM chosen
     WHERE file.id = chosen.id AND (chosen.place = 1 OR chosen.total <= $3)
     RETURNING file.id::text AS id, file.bucket_id AS "bucketId", file.key, file.source_id AS "sourceId",
       file.account_id AS "accountId", file.aws_region AS "awsRegion", file.delivered_at AS "deliveredAt",
       file.size::float8 AS size, file.etag, file.revision, file.attempts`,
    [lease, limits.maxFiles, limits.maxBytes, limits.leaseSeconds],
  );
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Rows that the ingest transaction holds locked are passed over: nobody can take those. */
export async function extendLease(sql: Sql, lease: string, seconds: number): Promise<void> {
  await sql.query(
    `UPDATE log_file SET due_at = now() + make_interval(secs => $2)
     WHERE id IN (SELECT id FROM log_file WHERE lease = $1 AND state = 'INGESTING' ORDER BY id FOR UPDATE SKIP LOCKED)`,
    [lease, seconds],
  );
}

/** In the order of ids, as every writer here locks them: two transactions cannot wait for each other. */
export async function lockLeased(sql: Sql, lease: string, fileIds: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT id::text AS id FROM log_file
     WHERE id = ANY ($2::bigint[]) AND lease = $1 AND state = 'INGESTING'
     ORDER BY log_file.id FOR UPDATE`,
    [lease, fileIds],
  );
  return rows.map((row) => row.id);
}

export async function closeIngested(sql: Sql, lease: string, results: readonly IngestResult[]): Promise<void> {
  await sql.query(
    `UPDATE log_file AS file
     SET state = CASE WHEN result.quarantined IS NULL THEN 'INGESTED' ELSE 'QUARANTINED' END,
       error = result.quarantined, records = result.records, events = result.events,
       duplicates = result.duplicates, ingested_at = now(), lease = NULL
     FROM unnest($2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::text[])
       AS result (id, records, events, duplicates, quarantined)
     WHERE file.id = result.id AND file.lease = $1 AND file.state = 'INGESTING'`,
    [
      lease,
      results.map((result) => result.id),
      results.map((result) => result.records),
      results.map((result) => result.events),
      results.map((result) => result.duplicates),
      results.map((result) => result.quarantined),
    ],
  );
}

/**
 * A failed file waits between half and all of 5 s × 2^(attempts − 1), one hour at most: ten attempts span
 * about an hour, and files that failed together do not come back together.
 */
export async function releaseLeased(sql: Sql, lease: string, files: readonly ReleasedFile[]): Promise<void> {
  await sql.query(
    `UPDATE log_file AS file
     SET state = CASE WHEN released.gone THEN 'MISSING'
         WHEN released.error IS NOT NULL AND file.attempts >= ${maxAttempts} THEN 'QUARANTINED'
         ELSE 'DISCOVERED' END,
       error = CASE WHEN released.error IS NULL THEN file.error
         WHEN file.attempts >= ${maxAttempts} AND NOT released.gone
           THEN 'given up after ' || file.attempts || ' attempts: ' || released.error
         ELSE released.error END,
       attempts = CASE WHEN released.error IS NULL THEN file.attempts - 1 ELSE file.attempts END,
       due_at = CASE WHEN released.error IS NULL THEN now()
         ELSE now() + make_interval(secs => least(3600, 5 * 2 ^ (file.attempts - 1)) * (0.5 + random() / 2)) END,
       lease = NULL
     FROM unnest($2::bigint[], $3::text[], $4::boolean[]) AS released (id, error, gone)
     WHERE file.id = released.id AND file.lease = $1 AND file.state = 'INGESTING'`,
    [
      lease,
      files.map((file) => file.id),
      files.map((file) => file.error ?? (file.gone ? 'the object is no longer in the bucket' : null)),
      files.map((file) => file.gone ?? false),
    ],
  );
}

export async function findState(sql: Sql, fileId: string): Promise<{ accountId: string; state: string } | undefined> {
  const [file] = await sql.query<{ accountId: string; state: string }>(
    'SELECT account_id AS "accountId", state FROM log_file WHERE id = $1',
    [fileId],
  );
  return file;
}

/** Makes a given-up or waiting file due; false when its state, or its source, leaves nothing to retry. */
export async function makeDue(sql: Sql, fileId: string): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE log_file AS file SET state = 'DISCOVERED', due_at = now(), attempts = 0, error = NULL
     WHERE id = $1 AND state IN ('QUARANTINED', 'MISSING', 'DISCOVERED') AND ${isGranted}
     RETURNING id`,
    [fileId],
  );
  return rows.length > 0;
}

/** Takes back every leased file: for whoever knows that no worker lives. An attempt stays counted, should it have been the last. */
export async function takeBackAll(sql: Sql): Promise<void> {
  await sql.query(`UPDATE log_file SET state = 'DISCOVERED', lease = NULL, due_at = now() WHERE state = 'INGESTING'`);
}

/** A file whose lease ends again and again takes its worker down with it, so it is given up like any other. */
export async function takeBackExpired(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ expired: number }>(
    `WITH expired AS (
       SELECT id FROM log_file WHERE state = 'INGESTING' AND due_at <= now()
       ORDER BY id FOR UPDATE SKIP LOCKED
     ), taken AS (
       UPDATE log_file AS file
       SET lease = NULL, due_at = now(),
         state = CASE WHEN file.attempts >= ${maxAttempts} THEN 'QUARANTINED' ELSE 'DISCOVERED' END,
         error = CASE WHEN file.attempts >= ${maxAttempts}
           THEN 'given up: ' || file.attempts || ' workers stopped while they read it' ELSE file.error END
       FROM expired WHERE file.id = expired.id
       RETURNING file.id
     )
     SELECT count(*)::integer AS expired FROM taken`,
  );
  return row?.expired ?? 0;
}

export async function isAnyDue(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ due: boolean }>(
    `SELECT EXISTS (SELECT FROM log_file AS file WHERE ${claimable}) AS due`,
  );
  return row?.due ?? false;
}
