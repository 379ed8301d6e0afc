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

/** Points that were merged, and when the last of each came: milliseconds since 1970 UTC. */
export type MergedPointRow = MetricPointRow & { readonly arrivedAt: number };

/** Appends points that come now. */
export async function insertPoints(sql: Sql, points: readonly MetricPointRow[], now: Date): Promise<void> {
  await insert(
    sql,
    points.map((point) => ({ ...point, arrivedAt: now.getTime() })),
    true,
  );
}

/** Writes what came of points that were taken out to be merged. */
export async function insertMerged(sql: Sql, points: readonly MergedPointRow[]): Promise<void> {
  await insert(sql, points, false);
}

async function insert(sql: Sql, points: readonly MergedPointRow[], isDelta: boolean): Promise<void> {
  if (points.length === 0) return;
  await sql.query(
    `INSERT INTO data_point (time, arrived_at, metric_id, output_id, minutes, minimum, maximum, resolution, unit,
       is_delta, sample_count, sum, distribution)
     SELECT to_timestamp(time), to_timestamp(arrived_at), metric_id, output_id, minutes, minimum, maximum, resolution,
       unit, $13, sample_count, sum, distribution
     FROM unnest($1::float8[], $2::bigint[], $3::bigint[], $4::bigint[], $5::float8[], $6::float8[], $7::smallint[],
       $8::smallint[], $9::numeric[], $10::numeric[], $11::bytea[], $12::float8[])
       AS point (time, metric_id, output_id, minutes, minimum, maximum, resolution, unit, sample_count, sum,
         distribution, arrived_at)`,
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
      points.map(({ arrivedAt }) => arrivedAt / 1000),
      isDelta,
    ],
  );
}

/** Rows put together. */
export interface SummedRow extends ExactSummary {
  /** Some of its values are not known. */
  readonly isUnknown: boolean;
  /** Sketches of values, one after the other, each behind its length in four bytes: an array of them is slow to read. */
  readonly distributions: Buffer | null;
  /** Of rows in which all samples have one value: this, and how often it was there, in eight bytes each. */
  readonly evens: Buffer | null;
}

/** Rows of a metric that become one. */
export interface MergedGroup extends SummedRow {
  readonly metricId: string;
  readonly outputId: string | null;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  readonly arrivedAt: number;
  readonly resolution: number;
  readonly unit: number;
  readonly minutes: string;
}

/**
 * What is left of the rows of a group when they are put together.
 *
 * @param isDistributed whether the values themselves are wanted: SQL
 */
const groupColumns = (isDistributed: string) => `
  sum(sample_count)::text AS "sampleCount", sum(sum)::text AS sum, min(minimum) AS minimum, max(maximum) AS maximum,
  bool_or(distribution IS NULL AND minimum <> maximum) AS "isUnknown",
  string_agg(int4send(length(distribution)) || distribution, '') 
    FILTER (WHERE ${isDistributed} AND distribution IS NOT NULL) AS distributions,
  string_agg(float8send(minimum) || float8send(sample_count::float8), '') 
    FILTER (WHERE ${isDistributed} AND minimum = maximum) AS evens`;

/** What takes the rows of a time together: those of one resolution, or all up to it. */
const mergeDue = `
     ), taken AS (
       DELETE FROM data_point USING due
       WHERE data_point.metric_id = due.metric_id AND data_point.time >= due.start
         AND data_point.time < due.start + make_interval(secs => due.resolution)
         AND (data_point.resolution = due.resolution OR (due.folds AND data_point.resolution < due.resolution))
       RETURNING data_point.*, due.start, due.resolution AS new_resolution
     )
     SELECT metric_id AS "metricId", output_id AS "outputId", extract(epoch FROM start)::float8 * 1000 AS time,
       extract(epoch FROM max(arrived_at))::float8 * 1000 AS "arrivedAt", new_resolution AS resolution, unit,
       bit_or(minutes)::text AS minutes, ${groupColumns('true')}
     FROM taken GROUP BY metric_id, output_id, start, new_resolution, unit
     -- Rows that are read together then stand together.
     ORDER BY metric_id, start`;

/**
 * Takes rows that were appended out of the table, put together with those of their time that were merged before. What came
 * so late that its time is kept in a coarser resolution joins that.
 *
 * @param limit rows that are looked at
 */
export async function takeDeltas(sql: Sql, before: Date, limit: number): Promise<MergedGroup[]> {
  return sql.query<MergedGroup>(
    `WITH candidate AS (
       SELECT DISTINCT metric_id, time, resolution FROM (
         SELECT metric_id, time, resolution FROM data_point
         WHERE is_delta AND arrived_at < $1 ORDER BY arrived_at LIMIT $2) AS delta
     ), placed AS (
       SELECT candidate.metric_id, candidate.time, coalesce(coarser.resolution, candidate.resolution) AS resolution,
         coarser.resolution IS NOT NULL AS folds
       FROM candidate LEFT JOIN LATERAL (
         SELECT max(other.resolution) AS resolution FROM data_point AS other
         WHERE other.metric_id = candidate.metric_id AND other.resolution > 60 AND other.resolution > candidate.resolution
           AND other.time BETWEEN date_bin('1 hour', candidate.time, 'epoch') AND candidate.time
           AND other.time + make_interval(secs => other.resolution) > candidate.time
       ) AS coarser ON true
     ), due AS (
       SELECT metric_id, resolution, bool_or(folds) AS folds,
         date_bin(make_interval(secs => resolution), time, 'epoch') AS start
       FROM placed GROUP BY metric_id, resolution, start
     ${mergeDue}`,
    [before, limit],
  );
}

/**
 * Takes rows of a resolution that are old enough to be kept in the next one out of the table, put together. A time to which
 * something was added since waits until that is as old.
 *
 * @param limit rows that are looked at
 */
export async function takeOld(
  sql: Sql,
  { from, to }: { readonly from: number; readonly to: number },
  before: Date,
  limit: number,
): Promise<MergedGroup[]> {
  return sql.query<MergedGroup>(
    `WITH candidate AS (
       SELECT metric_id, date_bin(make_interval(secs => $4), time, 'epoch') AS start FROM data_point AS old
       WHERE resolution = $3 AND arrived_at < $1 AND time < $1::timestamptz - make_interval(secs => $4)
         AND NOT EXISTS (
           SELECT FROM data_point AS young
           WHERE young.metric_id = old.metric_id AND young.arrived_at >= $1
             AND young.time >= date_bin(make_interval(secs => $4), old.time, 'epoch')
             AND young.time < date_bin(make_interval(secs => $4), old.time, 'epoch') + make_interval(secs => $4))
       ORDER BY arrived_at LIMIT $2
     ), due AS (
       SELECT DISTINCT metric_id, $4::integer AS resolution, true AS folds, start FROM candidate
     ${mergeDue}`,
    [before, limit, from, to],
  );
}

/** Samples of some metrics that are put together, by the period. */
export interface PeriodRow extends SummedRow {
  /** Which of those that were wanted. */
  readonly index: number;
  /** The start of the period, or of what is kept too coarsely for it: milliseconds since 1970 UTC. */
  readonly time: number;
  /** Seconds, where it is kept too coarsely for the period; else null. */
  readonly coarse: number | null;
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
  const known = wanted.flatMap((one, index) => (one.metricIds.length === 0 ? [] : [{ ...one, index }]));
  if (known.length === 0) return [];
  const values = known.some(({ isDistributed }) => isDistributed)
    ? groupColumns('wanted.is_distributed')
    : `sum(sample_count)::text AS "sampleCount", sum(sum)::text AS sum, min(minimum) AS minimum, max(maximum) AS maximum,
       false AS "isUnknown", NULL AS distributions, NULL AS evens`;
  return sql.query<PeriodRow>(
    `SELECT wanted.index, extract(epoch FROM period.start)::float8 * 1000 AS time, coarse, "sampleCount", sum, minimum,
       maximum, "isUnknown", distributions, evens
     FROM unnest($1::integer[], $2::text[], $3::float8[], $4::float8[], $5::integer[], $6::smallint[], $7::boolean[])
       AS wanted (index, metric_ids, start, stop, seconds, unit, is_distributed)
     CROSS JOIN LATERAL (
       SELECT date_bin(make_interval(secs => wanted.seconds), time, 'epoch') AS start,
         CASE WHEN wanted.seconds % resolution <> 0 THEN resolution::integer END AS coarse, ${values}
       FROM data_point
       WHERE metric_id = ANY (string_to_array(wanted.metric_ids, ',')::bigint[])
         AND time >= to_timestamp(wanted.start) AND time < to_timestamp(wanted.stop)
         AND (wanted.unit IS NULL OR unit = wanted.unit)
       GROUP BY 1, 2
     ) AS period
     ORDER BY wanted.index, period.start`,
    [
      known.map(({ index }) => index),
      known.map(({ metricIds }) => metricIds.join(',')),
      known.map(({ from }) => from / 1000),
      known.map(({ to }) => to / 1000),
      known.map(({ period }) => period),
      known.map(({ unit }) => unit),
      known.map(({ isDistributed }) => isDistributed),
    ],
  );
}

/**
 * How many rows would be read, up to a limit.
 *
 * @returns `isMore` where there are more than the limit
 */
export async function countRows(
  sql: Sql,
  wanted: readonly PointsWanted[],
  limit: number,
): Promise<{ summed: number; distributed: number; isMore: boolean }> {
  const known = wanted.filter(({ metricIds }) => metricIds.length > 0);
  const [row] = await sql.query<{ summed: number; distributed: number }>(
    `SELECT count(*) FILTER (WHERE NOT is_distributed)::integer AS summed,
       count(*) FILTER (WHERE is_distributed)::integer AS distributed
     FROM (
       SELECT wanted.is_distributed
       FROM unnest($1::text[], $2::float8[], $3::float8[], $4::boolean[]) AS wanted (metric_ids, start, stop, is_distributed)
       CROSS JOIN LATERAL (
         SELECT FROM data_point WHERE metric_id = ANY (string_to_array(wanted.metric_ids, ',')::bigint[])
           AND time >= to_timestamp(wanted.start) AND time < to_timestamp(wanted.stop)
       ) AS point
       LIMIT $5) AS counted`,
    [
      known.map(({ metricIds }) => metricIds.join(',')),
      known.map(({ from }) => from / 1000),
      known.map(({ to }) => to / 1000),
      known.map(({ isDistributed }) => isDistributed),
      limit + 1,
    ],
  );
  const { summed = 0, distributed = 0 } = row ?? {};
  return { summed, distributed, isMore: summed + distributed > limit };
}

/** Deletes what is older than CloudWatch keeps anything. */
export async function deleteOldPoints(sql: Sql, before: Date, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `WITH gone AS (
       DELETE FROM data_point WHERE ctid IN (
         SELECT ctid FROM data_point WHERE resolution = 3600 AND arrived_at < $1 AND time < $1 ORDER BY arrived_at LIMIT $2) RETURNING 1)
     SELECT count(*)::integer AS count FROM gone`,
    [before, limit],
  );
  return row?.count ?? 0;
}
