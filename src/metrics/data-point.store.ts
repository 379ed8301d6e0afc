import type { Sql } from '../platform/database/database.js';
import type { ExactSummary } from './data-point.port.js';

/** A row of `data_point`, without its metric. */
export interface PointRow extends ExactSummary {
  readonly outputId: string | null;
  /** The start of the time that it stands for: milliseconds since 1970 UTC. */
  readonly time: number;
  /** Seconds. */
  readonly resolution: number;
  readonly unit: number;
  /** Which minutes of the hour have samples. */
  readonly minutes: bigint;
  readonly distribution: Uint8Array | null;
}

export type MetricPointRow = PointRow & { readonly metricId: string };

/** Appends points. Those that were merged are no deltas any more. */
export async function insertPoints(sql: Sql, points: readonly MetricPointRow[], isDelta = true): Promise<void> {
  if (points.length === 0) return;
  await sql.query(
    `INSERT INTO data_point (time, metric_id, output_id, minutes, minimum, maximum, resolution, unit, is_delta,
       sample_count, sum, distribution)
     SELECT to_timestamp(time), metric_id, output_id, minutes, minimum, maximum, resolution, unit, $12,
       sample_count, sum, distribution
     FROM unnest($1::float8[], $2::bigint[], $3::bigint[], $4::bigint[], $5::float8[], $6::float8[], $7::smallint[],
       $8::smallint[], $9::numeric[], $10::numeric[], $11::bytea[])
       AS point (time, metric_id, output_id, minutes, minimum, maximum, resolution, unit, sample_count, sum, distribution)`,
    [
      points.map(({ time }) => time / 1000),
      points.map(({ metricId }) => metricId),
      points.map(({ outputId }) => outputId),
      points.map(({ minutes }) => String(minutes)),
      points.map(({ minimum }) => minimum),
      points.map(({ maximum }) => maximum),
      points.map(({ resolution }) => resolution),
      points.map(({ unit }) => unit),
      points.map(({ sampleCount }) => sampleCount),
      points.map(({ sum }) => sum),
      points.map(({ distribution }) => distribution && Buffer.from(distribution)),
      isDelta,
    ],
  );
}

/** Rows put together. */
export interface SummedRow extends ExactSummary {
  /** Some of its values are not known. */
  readonly isUnknown: boolean;
  readonly distributions: readonly Buffer[] | null;
  /** Of rows in which all samples have one value: these, and how often each was there. */
  readonly evenValues: readonly number[] | null;
  readonly evenCounts: readonly number[] | null;
}

/** Rows of a metric that become one. */
export interface MergedGroup extends SummedRow {
  readonly metricId: string;
  readonly outputId: string | null;
  readonly time: number;
  readonly resolution: number;
  readonly unit: number;
  readonly minutes: string;
}

/** What is left of the rows of a group when they are put together. */
const groupColumns = `
  sum(sample_count)::text AS "sampleCount", sum(sum)::text AS sum, min(minimum) AS minimum, max(maximum) AS maximum,
  bool_or(distribution IS NULL AND minimum <> maximum) AS "isUnknown",
  array_agg(distribution) FILTER (WHERE distribution IS NOT NULL) AS distributions,
  array_agg(minimum) FILTER (WHERE minimum = maximum) AS "evenValues",
  array_agg(sample_count::float8) FILTER (WHERE minimum = maximum) AS "evenCounts"`;

/** The resolution in which a row is to be kept, as retention-tiers.ts has it, by the end of what it is merged into. */
const dueResolution = `
  CASE WHEN date_bin('1 hour', time, 'epoch') + interval '1 hour' <= $1::timestamptz - interval '63 days' THEN 3600
    WHEN date_bin('5 minutes', time, 'epoch') + interval '5 minutes' <= $1::timestamptz - interval '15 days' THEN 300
    WHEN date_bin('1 minute', time, 'epoch') + interval '1 minute' <= $1::timestamptz - interval '3 hours' THEN 60
    ELSE 1 END`;

/**
 * Takes rows that are to be merged out of the table, put together: what was appended, and what has come to an age at which
 * it is kept less finely.
 *
 * @param limit groups at most
 */
export async function takeMergeable(sql: Sql, now: Date, limit: number): Promise<MergedGroup[]> {
  return sql.query<MergedGroup>(
    `WITH candidate AS (
       (SELECT metric_id, time, resolution FROM data_point
        WHERE is_delta AND time < $1::timestamptz - interval '2 minutes' ORDER BY time LIMIT $2)
       UNION
       (SELECT metric_id, time, resolution FROM data_point
        WHERE resolution = 1 AND time < $1::timestamptz - interval '3 hours 1 minute' ORDER BY time LIMIT $2)
       UNION
       (SELECT metric_id, time, resolution FROM data_point
        WHERE resolution = 60 AND time < $1::timestamptz - interval '15 days 5 minutes' ORDER BY time LIMIT $2)
       UNION
       (SELECT metric_id, time, resolution FROM data_point
        WHERE resolution = 300 AND time < $1::timestamptz - interval '63 days 1 hour' ORDER BY time LIMIT $2)
     ), due AS (
       SELECT DISTINCT metric_id, resolution, start
       FROM (SELECT metric_id, time, greatest(resolution, ${dueResolution}) AS resolution FROM candidate) AS candidate
       CROSS JOIN LATERAL (SELECT date_bin(make_interval(secs => resolution), time, 'epoch') AS start) AS bucket
     ), taken AS (
       DELETE FROM data_point USING due
       WHERE data_point.metric_id = due.metric_id AND data_point.time >= due.start
         AND data_point.time < due.start + make_interval(secs => due.resolution)
         AND greatest(data_point.resolution, ${dueResolution}) = due.resolution
       RETURNING data_point.*, due.start, due.resolution AS new_resolution
     )
     SELECT metric_id AS "metricId", output_id AS "outputId", extract(epoch FROM start)::float8 * 1000 AS time,
       new_resolution AS resolution, unit, bit_or(minutes)::text AS minutes, ${groupColumns}
     FROM taken GROUP BY metric_id, output_id, start, new_resolution, unit`,
    [now, limit],
  );
}

/** Samples of some metrics that are put together, by the period. */
export interface PeriodRow extends SummedRow {
  /** Which of those that were wanted. */
  readonly index: number;
  /** The start of the period: milliseconds since 1970 UTC. */
  readonly time: number;
}

/** Data points of some metrics together, by period. */
export interface PointsWanted {
  readonly metricIds: readonly string[];
  /** Milliseconds since 1970 UTC: the start of the first period, and the end of the last. */
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly period: number;
  /** Null: any. */
  readonly unit: number | null;
  /** Whether the values themselves are wanted, or only what they add up to. */
  readonly isDistributed: boolean;
}

/** By what was wanted, and by time. A statement for all of them. */
export async function readPeriods(sql: Sql, wanted: readonly PointsWanted[]): Promise<PeriodRow[]> {
  const all = wanted.flatMap((one, index) => one.metricIds.map((metricId) => ({ ...one, index, metricId })));
  if (all.length === 0) return [];
  const values = wanted.some(({ isDistributed }) => isDistributed)
    ? groupColumns
    : `sum(sample_count)::text AS "sampleCount", sum(sum)::text AS sum, min(minimum) AS minimum, max(maximum) AS maximum,
       false AS "isUnknown", NULL AS distributions, NULL AS "evenValues", NULL AS "evenCounts"`;
  return sql.query<PeriodRow>(
    `SELECT wanted.index, floor(extract(epoch FROM time)::float8 / wanted.period) * wanted.period * 1000 AS time, ${values}
     FROM unnest($1::integer[], $2::bigint[], $3::float8[], $4::float8[], $5::integer[], $6::smallint[])
       AS wanted (index, metric_id, start, stop, period, unit)
     JOIN data_point ON data_point.metric_id = wanted.metric_id
       AND data_point.time >= to_timestamp(wanted.start) AND data_point.time < to_timestamp(wanted.stop)
       AND wanted.period % data_point.resolution = 0
       AND (wanted.unit IS NULL OR data_point.unit = wanted.unit)
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [
      all.map(({ index }) => index),
      all.map(({ metricId }) => metricId),
      all.map(({ from }) => from / 1000),
      all.map(({ to }) => to / 1000),
      all.map(({ period }) => period),
      all.map(({ unit }) => unit),
    ],
  );
}

/** Deletes what is older than CloudWatch keeps anything. */
export async function deleteOldPoints(sql: Sql, before: Date, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `WITH gone AS (
       DELETE FROM data_point WHERE ctid IN (
         SELECT ctid FROM data_point WHERE resolution = 3600 AND time < $1 ORDER BY time LIMIT $2) RETURNING 1)
     SELECT count(*)::integer AS count FROM gone`,
    [before, limit],
  );
  return row?.count ?? 0;
}
