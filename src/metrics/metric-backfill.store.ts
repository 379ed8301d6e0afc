import type { StoredBatch } from '../events/stored-batch.service.js';
import { advisoryLocks } from '../platform/database/advisory-lock.js';
import type { Sql } from '../platform/database/database.js';
import type { MetricBackfill } from './metric-filter.entity.js';
import { touchWatchersOfBackfill } from './metric-watch.store.js';

const columns = `
  backfill.id, backfill.state, backfill.from_time AS "from", backfill.to_time AS "to",
  CASE WHEN backfill.state = 'DONE' OR backfill.total_batches = 0 THEN 1
    ELSE least(1, backfill.batches::float8 / backfill.total_batches) END AS progress,
  backfill.events::float8 AS events, backfill.matched::float8 AS matched, backfill.error,
  backfill.started_at AS "startedAt", backfill.ended_at AS "endedAt"`;

/**
 * The transactions that write batches now: each holds this lock from before it reads the filters to its end. (Transaction ids
 * would be those of all databases of the server.)
 */
const writing = `
  SELECT virtualtransaction FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = hashtextextended('${advisoryLocks.ingest}', 0)`;

/**
 * Starts a run over what was not counted, unless one runs.
 *
 * @returns null where one runs
 */
export async function insertBackfill(
  sql: Sql,
  outputId: string,
  { from, to }: { readonly from: Date | null; readonly to: Date | null },
): Promise<MetricBackfill | null> {
  const [row] = await sql.query<MetricBackfill>(
    `WITH asked AS (
       SELECT int8multirange(int8range(0, NULL)) - counted AS versions FROM metric_output WHERE id = $1
     ), made AS (
       INSERT INTO metric_backfill (output_id, from_time, to_time, versions, filter_version, horizon, state, total_batches)
       SELECT $1, $2, $3, versions, (SELECT version FROM metric_filter_version), ARRAY(${writing}), 'RUNNING', (
         SELECT count(*) FROM batch WHERE batch.filter_version <@ asked.versions
           AND ($2::timestamptz IS NULL OR max_event_time >= $2) AND ($3::timestamptz IS NULL OR min_event_time < $3))
       FROM asked
       ON CONFLICT (output_id) WHERE state = 'RUNNING' DO NOTHING
       RETURNING *
     )
     SELECT ${columns} FROM made AS backfill`,
    [outputId, from, to],
  );
  return row ?? null;
}

/** The last runs of each of some filters, by what they count; the newest first. */
export async function lastBackfills(
  sql: Sql,
  outputIds: readonly string[],
  limit: number,
): Promise<(MetricBackfill & { readonly outputId: string })[]> {
  return sql.query(
    `SELECT output.id AS "outputId", ${columns}
     FROM unnest($1::bigint[]) AS output (id)
     CROSS JOIN LATERAL (
       SELECT * FROM metric_backfill WHERE output_id = output.id ORDER BY id DESC LIMIT $2) AS backfill
     ORDER BY output.id, backfill.id DESC`,
    [outputIds, limit],
  );
}

export async function cancelBackfills(sql: Sql, outputId: string): Promise<MetricBackfill | null> {
  const [row] = await sql.query<MetricBackfill>(
    `UPDATE metric_backfill AS backfill SET state = 'CANCELLED', ended_at = now()
     WHERE output_id = $1 AND state = 'RUNNING' RETURNING ${columns}`,
    [outputId],
  );
  return row ?? null;
}

/** A run that goes on. */
export interface BackfillWork {
  readonly id: string;
  readonly outputId: string;
  readonly from: Date | null;
  readonly to: Date | null;
  /** The batch that it is in, and how far. */
  readonly position: string;
  readonly ordinal: number;
  /** Whether all batches that were being written when it began have come to their end. */
  readonly isSettled: boolean;
}

/** Takes the run that has waited longest, and holds it to the end of the transaction. */
export async function takeBackfill(sql: Sql, now: Date): Promise<BackfillWork | null> {
  const [row] = await sql.query<BackfillWork>(
    `SELECT id, output_id AS "outputId", from_time AS "from", to_time AS "to", position, ordinal,
       NOT EXISTS (SELECT FROM (${writing}) AS still WHERE still.virtualtransaction = ANY (horizon)) AS "isSettled"
     FROM metric_backfill WHERE state = 'RUNNING' AND due_at <= $1
     ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [now],
  );
  return row ?? null;
}

/** What another run of the filter has been through, of a batch. */
export interface CoveredSpan {
  /** Milliseconds since 1970 UTC; null: open. */
  readonly from: number | null;
  readonly to: number | null;
  /** Events of the batch before this ordinal. */
  readonly below: number;
}

export type UncountedBatch = StoredBatch & { readonly covered: readonly CoveredSpan[] };

/** Beyond any ordinal: all of the batch. */
export const wholeBatch = 2_147_483_647;

/** The next batches whose events the filter has not seen, with what other runs of it have been through. */
export async function nextBatches(sql: Sql, work: BackfillWork, limit: number): Promise<UncountedBatch[]> {
  return sql.query<UncountedBatch>(
    `SELECT batch.id, batch.position, batch.filter_version AS "filterVersion", batch.events,
       batch.min_event_time AS "minTime", batch.max_event_time AS "maxTime",
       coalesce((
         SELECT json_agg(json_build_object(
           'from', extract(epoch FROM other.from_time) * 1000, 'to', extract(epoch FROM other.to_time) * 1000,
           'below', CASE WHEN other.state = 'DONE' OR batch.position < other.position THEN ${wholeBatch} ELSE other.ordinal END))
         FROM metric_backfill AS other
         WHERE other.output_id = run.output_id AND other.id <> run.id AND other.versions @> batch.filter_version
           AND (other.state = 'DONE' OR batch.position <= other.position)), '[]') AS covered
     FROM metric_backfill AS run
     JOIN batch ON run.versions @> batch.filter_version
       AND (run.from_time IS NULL OR batch.max_event_time >= run.from_time)
       AND (run.to_time IS NULL OR batch.min_event_time < run.to_time)
     WHERE run.id = $1 AND (batch.position > $2 OR (batch.position = $2 AND $3 < ${wholeBatch}))
     ORDER BY batch.position LIMIT $4`,
    [work.id, work.position, work.ordinal, limit],
  );
}

export interface BackfillStep {
  readonly position: string;
  readonly ordinal: number;
  readonly batches: number;
  readonly events: number;
  readonly matched: number;
}

export async function noteStep(sql: Sql, id: string, step: BackfillStep, now: Date): Promise<void> {
  await sql.query(
    `UPDATE metric_backfill SET position = $2, ordinal = $3, batches = batches + $4, events = events + $5,
       matched = matched + $6, due_at = $7, error = NULL WHERE id = $1`,
    [id, step.position, step.ordinal, step.batches, step.events, step.matched, now],
  );
}

/** @param due when it is looked at again; null: it is done */
export async function noteEnd(sql: Sql, id: string, due: Date | null): Promise<void> {
  if (due !== null) await sql.query('UPDATE metric_backfill SET due_at = $2 WHERE id = $1', [id, due]);
  else {
    await sql.query(`UPDATE metric_backfill SET state = 'DONE', ended_at = now(), error = NULL WHERE id = $1`, [id]);
    await touchWatchersOfBackfill(sql, id);
  }
}

export async function noteFailure(sql: Sql, id: string, error: string, due: Date): Promise<void> {
  await sql.query(`UPDATE metric_backfill SET error = $2, due_at = $3 WHERE id = $1 AND state = 'RUNNING'`, [
    id,
    error,
    due,
  ]);
}
