import type { Sql } from '../platform/database/database.js';
import { isReadable } from './claimable.js';
import { backfillPriority, type ClaimLimits, type FilePriority, type LedgerFile, livePriority } from './ledger.port.js';

/** A file may be claimed now. Expects `log_file AS file`. */
const claimable = `file.state = 'DISCOVERED' AND NOT file.parked AND file.due_at <= now() AND ${isReadable}`;

/** What is claimed of one source at a time. */
export type SourceClaim = Omit<ClaimLimits, 'backfill'>;

const firstOfAll = `
  SELECT file.source_id FROM log_file AS file
  WHERE file.priority = $5 AND ${claimable}
  ORDER BY file.due_at, file.id
  LIMIT 1 FOR UPDATE OF file SKIP LOCKED`;

/** Looks at one file of each source: going along all that is due would step over the whole backlog of those passed over. */
const firstOfOthers = `
  SELECT source.id AS source_id FROM source CROSS JOIN LATERAL (
    SELECT file.due_at, file.id FROM log_file AS file
    WHERE file.source_id = source.id AND file.priority = $5 AND ${claimable}
    ORDER BY file.due_at, file.id LIMIT 1) AS head
  WHERE source.id <> ALL ($6::uuid[])
  ORDER BY head.due_at, head.id LIMIT 1`;

/**
 * Of the files of a priority, leases the most urgent ones of the source whose file is the most urgent of all.
 *
 * @param passedOver sources that nothing is claimed of
 */
export async function claimDue(
  sql: Sql,
  lease: string,
  priority: FilePriority,
  limits: SourceClaim,
  passedOver: readonly string[],
): Promise<LedgerFile[]> {
  const rows = await sql.query<LedgerFile>(
    `WITH first AS (${passedOver.length === 0 ? firstOfAll : firstOfOthers}
     ), candidate AS (
       SELECT file.id, file.size, file.due_at FROM log_file AS file
       WHERE file.source_id = (SELECT source_id FROM first) AND file.priority = $5 AND ${claimable}
       ORDER BY file.due_at, file.id
       LIMIT $2 FOR UPDATE OF file SKIP LOCKED
     ), chosen AS (
       SELECT id, sum(size) OVER running AS total, row_number() OVER running AS place
       FROM candidate WINDOW running AS (ORDER BY due_at, id)
     )
     UPDATE log_file AS file
     SET state = 'INGESTING', lease = $1, due_at = now() + make_interval(secs => $4), attempts = attempts + 1
     FROM chosen
     WHERE file.id = chosen.id AND (chosen.place = 1 OR chosen.total <= $3)
     RETURNING file.id::text AS id, file.bucket_id AS "bucketId", file.key, file.source_id AS "sourceId",
       file.account_id AS "accountId", file.aws_region AS "awsRegion", file.delivered_at AS "deliveredAt",
       file.size::float8 AS size, file.etag, file.revision, file.attempts`,
    [
      ...[lease, limits.maxFiles, limits.maxBytes, limits.leaseSeconds, priority],
      ...(passedOver.length === 0 ? [] : [passedOver]),
    ],
  );
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

export async function isAnyDue(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ due: boolean }>(
    `SELECT EXISTS (SELECT FROM log_file AS file WHERE file.priority = $1 AND ${claimable})
       OR EXISTS (SELECT FROM log_file AS file WHERE file.priority = $2 AND ${claimable}) AS due`,
    [livePriority, backfillPriority],
  );
  return row?.due ?? false;
}
