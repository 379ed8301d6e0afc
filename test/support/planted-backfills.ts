import type { Database } from '../../src/platform/database/database.js';
import { logKey } from './collection.js';
import { noon } from './events.js';

/**
 * A backfill that runs, at a known rate, and one that is done and has given its account up; of an account's own source.
 *
 * @returns their ids, in this order
 */
export async function plantBackfills(
  database: Database,
  place: { readonly accountId: string; readonly which: string; readonly bucketSource: string },
): Promise<string[]> {
  const prefix = logKey(place.accountId, new Date(noon), '').split('/').slice(0, -4).join('/');
  const samples = [{ at: Date.now() - 60_000, folders: 0, bytes: 0 }];
  const rows = await database.query<{ id: string }>(
    `WITH made AS (
       INSERT INTO backfill
         (account_ids, regions, from_day, to_day, state, created_at, finished_at, worked_at, samples, files_ingested, events)
       SELECT ARRAY[$1], ARRAY[$2], '2026-01-01', '2026-01-31', state, created_at, finished_at, now(), $3, 2, 3
       FROM (VALUES ('RUNNING', now(), NULL), ('DONE', now() - interval '1 hour', now()))
         AS planted (state, created_at, finished_at)
       RETURNING id, number, state
     ), folder AS (
       INSERT INTO backfill_folder (backfill, source_id, account_id, prefix, day, files, bytes, attempts, error, due_at)
       SELECT number, $4, $1, $5, '2026-01-15', 5, 1000, CASE state WHEN 'RUNNING' THEN 1 ELSE 10 END, $6, now()
       FROM made
     )
     SELECT id FROM made ORDER BY state DESC`,
    [
      place.accountId,
      `eu-${place.which}-4`,
      JSON.stringify(samples),
      place.bucketSource,
      prefix,
      `${place.which}-backfill-error`,
    ],
  );
  return rows.map(({ id }) => id);
}
