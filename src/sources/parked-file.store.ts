import type { Sql } from '../platform/database/database.js';
import { isReadable } from './claimable.js';

/**
 * Files that wait but cannot be read now (`isReadable`) are parked, which takes them out of the indexes that claims go
 * along: half a million of them took each claim 1.4 s. Nothing rests on it but time: a claim looks at the reasons itself,
 * so what is parked late is passed over, and what should not be parked any more is found here by its reasons, whoever
 * changed them.
 *
 * Files that wait for the same reasons make a queue: of one source, account and backfill. Its distinct values are found
 * by going from one to the next in the index, however many files each has.
 *
 * @param limit files that one call moves at most
 * @returns how many it moved
 */
export async function parkFiles(sql: Sql, limit: number): Promise<number> {
  const [row] = await sql.query<{ moved: number }>(
    `WITH RECURSIVE queue AS (
       (SELECT parked, source_id, account_id, backfill FROM log_file WHERE state = 'DISCOVERED'
        ORDER BY parked, source_id, account_id, backfill LIMIT 1)
       UNION ALL
       SELECT next.* FROM queue CROSS JOIN LATERAL (
         SELECT file.parked, file.source_id, file.account_id, file.backfill FROM log_file AS file
         WHERE file.state = 'DISCOVERED' AND (file.parked, file.source_id, file.account_id, file.backfill)
           > (queue.parked, queue.source_id, queue.account_id, queue.backfill)
         ORDER BY file.parked, file.source_id, file.account_id, file.backfill LIMIT 1) AS next
     ), wrong AS (
       SELECT * FROM queue AS file WHERE file.parked = ${isReadable}
     ), moving AS (
       SELECT file.id FROM wrong CROSS JOIN LATERAL (
         SELECT id FROM log_file
         WHERE log_file.state = 'DISCOVERED' AND log_file.parked = wrong.parked
           AND log_file.source_id = wrong.source_id AND log_file.account_id = wrong.account_id
           AND log_file.backfill = wrong.backfill
         LIMIT $1 FOR UPDATE SKIP LOCKED) AS file
       LIMIT $1
     ), moved AS (
       UPDATE log_file SET parked = NOT parked FROM moving WHERE log_file.id = moving.id RETURNING 1
     )
     SELECT count(*)::integer AS moved FROM moved`,
    [limit],
  );
  return row?.moved ?? 0;
}
