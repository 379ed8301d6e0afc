import type { Sql } from '../platform/database/database.js';
import { isGranted } from './claimable.js';
import type { FoundFile, IngestResult, ReleasedFile } from './ledger.port.js';
import { livePriority, maxAttempts } from './ledger.port.js';

/**
 * One statement, so that it needs no transaction of its own. `known` locks the rows in the order of their ids and
 * sees their latest version: of two writers with the same change, the second finds nothing left to change.
 * A known file also goes on under this source when the source that found it first was deleted, no longer speaks for
 * its account, or has given up.
 * An empty ETag is one that is not known yet, as in CloudTrail's own notifications: it is filled in once it is seen, which
 * is no change, and takes nothing back that is known.
 */
export async function writeFound(
  sql: Sql,
  source: { readonly id: string; readonly bucketId: number },
  files: readonly FoundFile[],
): Promise<{ added: number; changed: number }> {
  const [row] = await sql.query<{ added: number; changed: number }>(
    `WITH found AS (
       SELECT DISTINCT ON (key) *
       FROM unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[], $8::text[], $9::smallint[],
           $10::integer[])
         AS found (key, account_id, aws_region, delivered_at, size, etag, priority, backfill)
       ORDER BY key, etag = ''
     ), known AS (
       SELECT file.*, is_revised, is_taken_up,
         CASE WHEN found.etag = '' THEN file.etag ELSE found.etag END AS new_etag,
         CASE WHEN found.etag = '' THEN greatest(file.size, found.size) ELSE found.size END AS new_size
       FROM found JOIN log_file AS file ON file.bucket_id = $2 AND file.key = found.key
       CROSS JOIN LATERAL (SELECT
         file.etag <> '' AND found.etag <> '' AND file.etag <> found.etag AS is_revised,
         file.state = 'MISSING'
           OR (file.state = 'QUARANTINED' AND file.attempts >= ${maxAttempts} AND file.source_id <> $1)
           OR (file.state = 'DISCOVERED' AND file.source_id <> $1 AND NOT ${isGranted}) AS is_taken_up
       ) AS change
       WHERE is_revised OR is_taken_up OR (file.etag = '' AND found.etag <> '')
       ORDER BY file.id
       FOR UPDATE OF file
     ), archived AS (
       INSERT INTO log_file_revision
         (log_file_id, revision, etag, size, state, error, records, events, duplicates, discovered_at, ingested_at)
       SELECT id, revision, etag, size, state, error, records, events, duplicates, discovered_at, ingested_at
       FROM known WHERE is_revised
       ON CONFLICT DO NOTHING
     ), changed AS (
       UPDATE log_file AS file
       SET source_id = $1, etag = known.new_etag, size = known.new_size, state = 'DISCOVERED', due_at = now(),
         revision = known.revision + known.is_revised::integer,
         integrity = CASE WHEN known.is_revised OR known.integrity = 'MISSING' THEN 'UNVERIFIED' ELSE known.integrity END,
         sha256 = CASE WHEN NOT known.is_revised THEN known.sha256 END,
         attempts = 0, lease = NULL, error = NULL, discovered_at = now(), parked = false
       FROM known WHERE file.id = known.id AND (is_revised OR is_taken_up)
       RETURNING file.delivered_at, file.digest_id
     ), unproven AS (
       INSERT INTO digest_change (digest_id) SELECT DISTINCT digest_id FROM changed WHERE digest_id IS NOT NULL
     ), region AS (
       INSERT INTO account_region (account_id, aws_region)
       SELECT DISTINCT account_id, aws_region FROM found
       WHERE NOT EXISTS (SELECT FROM account_region AS known
         WHERE known.account_id = found.account_id AND known.aws_region = found.aws_region)
       ORDER BY account_id, aws_region
       ON CONFLICT DO NOTHING
     ), filled AS (
       UPDATE log_file AS file SET etag = known.new_etag, size = known.new_size
       FROM known WHERE file.id = known.id AND NOT (is_revised OR is_taken_up)
     ), added AS (
       INSERT INTO log_file
         (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, priority, backfill)
       SELECT $2, key, $1, account_id, aws_region, delivered_at, size, etag, priority, backfill
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
      files.map((file) => file.backfill ?? 0),
    ],
  );
  return row ?? { added: 0, changed: 0 };
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

/**
 * The ledger says what was read, not what was listed before: an object may change in between, and change back. A store that
 * tells of one object by two ETags would have it read for ever; after a few revisions the listed one stays.
 */
const isAsRead = `result.etag <> '' AND (file.etag = '' OR file.revision <= 4)`;

/**
 * A file that a digest names already is held against it here; any other, when its digest comes.
 * What a backfill has brought is added up where its events are stored: nobody can see one without the other.
 */
export async function closeIngested(sql: Sql, lease: string, results: readonly IngestResult[]): Promise<void> {
  await sql.query(
    `WITH closed AS (
       UPDATE log_file AS file
       SET state = CASE WHEN result.quarantined IS NULL THEN 'INGESTED' ELSE 'QUARANTINED' END,
         error = result.quarantined, records = result.records, events = result.events,
         duplicates = result.duplicates, ingested_at = now(), lease = NULL, sha256 = result.sha256,
         etag = CASE WHEN ${isAsRead} THEN result.etag ELSE file.etag END,
         size = CASE WHEN ${isAsRead} THEN result.size ELSE file.size END,
         integrity = CASE WHEN file.digest_sha256 IS NULL THEN file.integrity
           WHEN file.digest_sha256 = result.sha256 THEN 'VERIFIED' ELSE 'TAMPERED' END
       FROM unnest($2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::text[], $7::bytea[],
         $8::text[], $9::bigint[]) AS result (id, records, events, duplicates, quarantined, sha256, etag, size)
       WHERE file.id = result.id AND file.lease = $1 AND file.state = 'INGESTING'
       RETURNING file.backfill, file.events, file.digest_id
     ), proof AS (
       INSERT INTO digest_change (digest_id) SELECT DISTINCT digest_id FROM closed WHERE digest_id IS NOT NULL
     ), held AS (
       SELECT number FROM backfill WHERE number IN (SELECT backfill FROM closed WHERE backfill <> 0)
       ORDER BY number FOR UPDATE
     )
     UPDATE backfill SET files_ingested = backfill.files_ingested + brought.files,
       events = backfill.events + brought.events
     FROM held JOIN (SELECT backfill, count(*) AS files, sum(events) AS events FROM closed GROUP BY 1) AS brought
       ON brought.backfill = held.number
     WHERE backfill.number = held.number`,
    [
      lease,
      results.map((result) => result.id),
      results.map((result) => result.records),
      results.map((result) => result.events),
      results.map((result) => result.duplicates),
      results.map((result) => result.quarantined),
      results.map((result) => result.sha256 ?? noContent),
      results.map((result) => result.object?.etag ?? null),
      results.map((result) => result.object?.size ?? null),
    ],
  );
}

/** In place of the hash of a file whose gzip is damaged: no hash equals it. */
const noContent = Buffer.alloc(0);

/**
 * A failed file waits between half and all of 5 s × 2^(attempts − 1), one hour at most: ten attempts span
 * about an hour, and files that failed together do not come back together. Where the source is to blame, its files wait for
 * as long as it rests, and none comes nearer to being given up.
 */
export async function releaseLeased(sql: Sql, lease: string, files: readonly ReleasedFile[]): Promise<void> {
  await sql.query(
    `WITH changed AS (
     UPDATE log_file AS file
     SET state = CASE WHEN released.gone THEN 'MISSING'
         WHEN released.error IS NOT NULL AND released.after IS NULL AND file.attempts >= ${maxAttempts} THEN 'QUARANTINED'
         ELSE 'DISCOVERED' END,
       error = CASE WHEN released.error IS NULL THEN file.error
         WHEN file.attempts >= ${maxAttempts} AND released.after IS NULL AND NOT released.gone
           THEN 'given up after ' || file.attempts || ' attempts: ' || released.error
         ELSE released.error END,
       attempts = CASE WHEN released.error IS NULL OR released.after IS NOT NULL THEN file.attempts - 1
         ELSE file.attempts END,
       due_at = CASE WHEN released.after IS NOT NULL THEN now() + make_interval(secs => released.after)
         WHEN released.error IS NULL THEN now()
         ELSE now() + make_interval(secs => least(3600, 5 * 2 ^ (file.attempts - 1)) * (0.5 + random() / 2)) END,
       integrity = CASE WHEN released.gone AND file.digest_sha256 IS NOT NULL THEN 'MISSING' ELSE file.integrity END,
       lease = NULL
     FROM unnest($2::bigint[], $3::text[], $4::boolean[], $5::float8[]) AS released (id, error, gone, after)
     WHERE file.id = released.id AND file.lease = $1 AND file.state = 'INGESTING'
     RETURNING file.state, file.digest_id
     )
     INSERT INTO digest_change (digest_id)
     SELECT DISTINCT digest_id FROM changed WHERE digest_id IS NOT NULL AND state <> 'DISCOVERED'`,
    [
      lease,
      files.map((file) => file.id),
      files.map((file) => file.error ?? (file.gone ? 'the object is no longer in the bucket' : null)),
      files.map((file) => file.gone ?? false),
      files.map((file) => file.after ?? null),
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
    `UPDATE log_file AS file
     SET state = 'DISCOVERED', due_at = now(), attempts = 0, error = NULL, parked = false,
       integrity = CASE integrity WHEN 'MISSING' THEN 'UNVERIFIED' ELSE integrity END
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
