import type { Sql } from '../platform/database/database.js';

/** Times of which data points of a metric came. */
export interface TouchedMetric {
  readonly nameDigest: string;
  readonly accountId: string | null;
  readonly awsRegion: string | null;
  /** Milliseconds since 1970 UTC: the first, and the last. */
  readonly from: number;
  readonly to: number;
}

/** Leaves word for whoever watches these metrics: seen, as the data points are, if and only if the transaction commits. */
export async function touchWatchers(sql: Sql, touched: readonly TouchedMetric[], isHistory: boolean): Promise<void> {
  if (touched.length === 0) return;
  await sql.query(
    `INSERT INTO metric_touch (watcher_id, from_time, to_time, is_history, is_urgent)
     SELECT watch.watcher_id, to_timestamp(min(touched.start)), to_timestamp(max(touched.stop)), $6, true
     FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[])
       AS touched (name_digest, account_id, aws_region, start, stop)
     JOIN metric_watch AS watch ON watch.name_digest = touched.name_digest
       AND (watch.account_id IS NULL OR watch.account_id = touched.account_id)
       AND (watch.aws_region IS NULL OR watch.aws_region = touched.aws_region)
     GROUP BY watch.watcher_id, floor(touched.start / 3600)`,
    [
      touched.map(({ nameDigest }) => nameDigest),
      touched.map(({ accountId }) => accountId),
      touched.map(({ awsRegion }) => awsRegion),
      touched.map(({ from }) => from / 1000),
      touched.map(({ to }) => to / 1000),
      isHistory,
    ],
  );
}

/**
 * The same where events came of which none need have matched: then filters report their default values for these minutes.
 * For the events that this transaction has stored.
 */
export async function touchWatchersOfDefaults(sql: Sql, filterVersion: string, isHistory: boolean): Promise<void> {
  await sql.query(
    `INSERT INTO metric_touch (watcher_id, from_time, to_time, is_history, is_urgent)
     SELECT watch.watcher_id, activity.hour, activity.hour + interval '59 minutes', $2, false
     FROM metric_watch AS watch
     JOIN metric ON metric.name_digest = watch.name_digest
     JOIN metric_default AS stated ON stated.metric_id = metric.id AND stated.in_force @> $1::bigint
     JOIN event_activity AS activity ON activity.is_delta AND activity.arrived_at = now()
       AND (stated.account_ids IS NULL OR activity.account_id = ANY (stated.account_ids))
       AND (stated.regions IS NULL OR activity.aws_region = ANY (stated.regions))
     GROUP BY watch.watcher_id, activity.hour`,
    [filterVersion, isHistory],
  );
}

interface Watch {
  readonly watcherId: string;
  readonly nameDigest: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly accountId: string | null;
  readonly region: string | null;
}

/** Sets what some watchers watch. */
export async function replaceWatches(
  sql: Sql,
  watcherIds: readonly string[],
  watches: readonly Watch[],
): Promise<void> {
  await sql.query('DELETE FROM metric_watch WHERE watcher_id = ANY ($1::bigint[])', [watcherIds]);
  await sql.query(
    `INSERT INTO metric_watch (watcher_id, name_digest, namespace, metric_name, account_id, aws_region)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
     ON CONFLICT DO NOTHING`,
    [
      watches.map(({ watcherId }) => watcherId),
      watches.map(({ nameDigest }) => nameDigest),
      watches.map(({ namespace }) => namespace),
      watches.map(({ metricName }) => metricName),
      watches.map(({ accountId }) => accountId),
      watches.map(({ region }) => region),
    ],
  );
}

/** The same for a backfill that has come to its end: from now on the default values of what it has read are reported. */
export async function touchWatchersOfBackfill(sql: Sql, backfillId: string): Promise<void> {
  await sql.query(
    `INSERT INTO metric_touch (watcher_id, from_time, to_time, is_history, is_urgent)
     SELECT watch.watcher_id, activity.hour, activity.hour + interval '59 minutes', true, false
     FROM metric_backfill AS backfill
     JOIN metric_default AS stated ON stated.output_id = backfill.output_id
       AND stated.in_force @> backfill.filter_version
     JOIN metric ON metric.id = stated.metric_id
     JOIN metric_watch AS watch ON watch.name_digest = metric.name_digest
     JOIN event_activity AS activity ON activity.account_id <> '' AND backfill.versions @> activity.filter_version
       AND (backfill.from_time IS NULL OR backfill.from_time <= activity.hour)
       AND (backfill.to_time IS NULL OR activity.hour < backfill.to_time)
       AND (stated.account_ids IS NULL OR activity.account_id = ANY (stated.account_ids))
       AND (stated.regions IS NULL OR activity.aws_region = ANY (stated.regions))
     WHERE backfill.id = $1
     GROUP BY watch.watcher_id, activity.hour`,
    [backfillId],
  );
}
