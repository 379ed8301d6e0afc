import type { Sql } from '../platform/database/database.js';

/**
 * Sums up the deltas of hours that are over, or have many.
 *
 * @returns how many hours of accounts were summed up; call it again until it is 0
 */
export async function mergeActivity(sql: Sql, now: Date, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `WITH due AS (
       SELECT hour, account_id FROM (
         SELECT hour, account_id FROM event_activity WHERE is_delta ORDER BY hour LIMIT $2) AS delta
       GROUP BY hour, account_id
       HAVING hour < $1::timestamptz - interval '2 hours' OR count(*) >= 8
     ), taken AS (
       DELETE FROM event_activity USING due
       WHERE event_activity.hour = due.hour AND event_activity.account_id = due.account_id
       RETURNING event_activity.*
     ), before AS (
       DELETE FROM event_activity USING (SELECT DISTINCT hour FROM taken) AS hours
       WHERE event_activity.hour = hours.hour AND event_activity.account_id = ''
       RETURNING event_activity.*
     ), summed AS (
       INSERT INTO event_activity (hour, minutes, filter_version, arrived_at, is_delta, account_id, aws_region)
       SELECT hour, bit_or(minutes), filter_version, max(arrived_at), false, account_id, aws_region
       FROM taken GROUP BY hour, filter_version, account_id, aws_region
       UNION ALL
       -- Of all accounts and regions together, for filters that see them all.
       SELECT hour, bit_or(minutes), filter_version, max(arrived_at), false, '', ''
       FROM (SELECT * FROM taken UNION ALL SELECT * FROM before) AS everything GROUP BY hour, filter_version
     )
     SELECT count(*)::integer AS count FROM due`,
    [now, limit],
  );
  return row?.count ?? 0;
}

/** Deletes what data points are not kept of any longer: without these it would say that nothing matched. */
export async function deleteOldActivity(sql: Sql, before: Date): Promise<void> {
  await sql.query('DELETE FROM event_activity WHERE arrived_at < $1 AND hour < $1', [before]);
}

/** Minutes of an hour, a bit for each. */
export interface ActiveHour {
  readonly defaultId: string;
  /** Milliseconds since 1970 UTC. */
  readonly hour: number;
  readonly minutes: string;
}

/** What a filter reports for minutes that had events of which none matched. */
export interface DefaultValue {
  readonly id: string;
  readonly metricId: string;
  readonly outputId: string;
  readonly value: number;
  readonly unit: number;
}

export async function readDefaults(sql: Sql, metricIds: readonly string[]): Promise<DefaultValue[]> {
  return sql.query<DefaultValue>(
    `SELECT id, metric_id AS "metricId", output_id AS "outputId", value, unit
     FROM metric_default WHERE metric_id = ANY ($1::bigint[]) ORDER BY id`,
    [metricIds],
  );
}

/** A span of whole hours: milliseconds since 1970 UTC, [from, to). */
export interface HourSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * In which minutes filters saw events: those that came under versions in which they were in force, or that a backfill of
 * theirs has read since.
 *
 * @param spans apart from each other
 */
export async function readActiveHours(
  sql: Sql,
  defaultIds: readonly string[],
  spans: readonly HourSpan[],
): Promise<ActiveHour[]> {
  return sql.query<ActiveHour>(
    `WITH stated AS (
       SELECT * FROM metric_default WHERE id = ANY ($1::bigint[])
     ), seen AS (
       SELECT DISTINCT account_ids, regions, account_ids IS NULL AND regions IS NULL AS is_all FROM stated
     ), activity AS MATERIALIZED (
       -- Once for all that see the same: dashboards show many filters side by side.
       SELECT seen.account_ids, seen.regions, found.hour, found.filter_version, bit_or(found.minutes) AS minutes
       FROM seen CROSS JOIN unnest($2::timestamptz[], $3::timestamptz[]) AS span (start, stop) CROSS JOIN LATERAL (
         SELECT hour, minutes, filter_version FROM event_activity
         WHERE seen.is_all AND account_id = '' AND hour >= span.start AND hour < span.stop
         UNION ALL
         SELECT hour, minutes, filter_version FROM event_activity
         WHERE seen.is_all AND is_delta AND hour >= span.start AND hour < span.stop
         UNION ALL
         SELECT hour, minutes, filter_version FROM event_activity
         WHERE NOT seen.is_all AND account_id = ANY (seen.account_ids) AND hour >= span.start AND hour < span.stop
           AND (seen.regions IS NULL OR aws_region = ANY (seen.regions))
         UNION ALL
         SELECT hour, minutes, filter_version FROM event_activity
         WHERE NOT seen.is_all AND seen.account_ids IS NULL AND account_id <> '' AND hour >= span.start
           AND hour < span.stop AND aws_region = ANY (seen.regions)
       ) AS found
       GROUP BY 1, 2, 3, 4
     )
     SELECT stated.id AS "defaultId", extract(epoch FROM activity.hour)::float8 * 1000 AS hour,
       bit_or(activity.minutes)::text AS minutes
     FROM stated JOIN activity ON activity.account_ids IS NOT DISTINCT FROM stated.account_ids
       AND activity.regions IS NOT DISTINCT FROM stated.regions
     WHERE stated.in_force @> activity.filter_version
       OR EXISTS (
         SELECT FROM metric_backfill AS backfill
         WHERE backfill.output_id = stated.output_id AND backfill.state = 'DONE'
           AND stated.in_force @> backfill.filter_version
           AND backfill.versions @> activity.filter_version
           AND (backfill.from_time IS NULL OR backfill.from_time <= activity.hour)
           AND (backfill.to_time IS NULL OR activity.hour < backfill.to_time))
     GROUP BY 1, 2`,
    [defaultIds, spans.map(({ from }) => new Date(from)), spans.map(({ to }) => new Date(to))],
  );
}

/** The minutes in which a filter's metric has samples of it. */
export interface MatchedHour {
  readonly metricId: string;
  readonly outputId: string;
  readonly hour: number;
  readonly minutes: string;
}

export async function readMatchedHours(
  sql: Sql,
  metricIds: readonly string[],
  spans: readonly HourSpan[],
): Promise<MatchedHour[]> {
  return sql.query<MatchedHour>(
    `SELECT metric_id AS "metricId", output_id AS "outputId",
       extract(epoch FROM date_trunc('hour', time, 'UTC'))::float8 * 1000 AS hour, bit_or(minutes)::text AS minutes
     FROM unnest($2::timestamptz[], $3::timestamptz[]) AS span (start, stop)
     JOIN data_point ON metric_id = ANY ($1::bigint[]) AND output_id IS NOT NULL
       AND time >= span.start AND time < span.stop
     GROUP BY 1, 2, 3`,
    [metricIds, spans.map(({ from }) => new Date(from)), spans.map(({ to }) => new Date(to))],
  );
}
