import { Random } from '../../src/lib/random.js';
import { dayMs } from '../../src/lib/time.js';
import { digestOf, type MetricIdentity } from '../../src/metrics/metric-identity.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { keptMs, tiers } from '../../src/metrics/retention-tiers.js';
import { ValueSketch } from '../../src/metrics/value-sketch.js';
import type { Database } from '../../src/platform/database/database.js';

/** Data points of some metrics in one resolution. Times are milliseconds since 1970 UTC. */
export interface PlantedSpan {
  readonly metricIds: readonly string[];
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly resolution: number;
  /** Samples in each data point; where there are several, their values differ, and are kept. */
  readonly samples: number;
  /** Rows of each time: those that were appended, and wait to be merged, are several. */
  readonly deltas?: number;
}

/** Different sets of samples: the data points take them in turn. */
const shapeCount = 64;
const samplesOfMinute = 10;

/** The ids of metrics with these names and dimensions, made where they are not there. */
export async function plantMetrics(
  database: Database,
  now: Date,
  metrics: readonly Pick<MetricIdentity, 'namespace' | 'metricName' | 'dimensions'>[],
): Promise<string[]> {
  const identities = metrics.map((metric) => ({ ...metric, accountId: null, awsRegion: null, accountIds: null }));
  const digests = identities.map(digestOf);
  const known = new Map(digests.map((digest, index) => [digest, identities[index] as MetricIdentity]));
  const ids = await new MetricRegistry(() => now).idsOf(database, known, new Map());
  return digests.map((digest) => ids.get(digest) as string);
}

/** Fifteen months as they are kept: minutes of 15 days, five minutes of 63, hours of 455. */
export async function plantHistory(
  database: Database,
  now: number,
  metricIds: readonly string[],
  isDistributed: boolean,
): Promise<void> {
  const [, minutes, fives] = tiers;
  if (minutes === undefined || fives === undefined) throw new Error('there are no such tiers');
  const bounds = [now, now - minutes.keptMs, now - fives.keptMs, now - keptMs];
  for (const [index, resolution] of [minutes.from, fives.from, fives.to].entries()) {
    const [to, from] = [bounds[index] as number, bounds[index + 1] as number];
    const samples = isDistributed ? (samplesOfMinute * resolution) / 60 : 1;
    for (const [start, end] of daysOf(from, to)) {
      await plantPoints(database, { metricIds, from: start, to: end, resolution, samples });
    }
  }
}

/** A day at a time, as rows of many metrics come to stand in a table. */
export function* daysOf(from: number, to: number): Generator<[number, number]> {
  for (let start = from; start < to; start += dayMs) yield [start, Math.min(start + dayMs, to)];
}

/** Rows of all metrics by time. */
export async function plantPoints(
  database: Database,
  { metricIds, from, to, resolution, samples, deltas }: PlantedSpan,
): Promise<void> {
  const shapes = shapesOf(samples);
  await database.query(
    `INSERT INTO data_point (time, arrived_at, metric_id, minimum, maximum, resolution, unit, is_delta, sample_count, sum,
       distribution)
     SELECT time, time + interval '1 minute', metric_id, minimum, maximum, $4, 14, $5, sample_count, sum, distribution
     FROM generate_series(to_timestamp($1), to_timestamp($2) - interval '1 second', make_interval(secs => $4::integer)) AS time
     CROSS JOIN unnest($3::bigint[]) AS metric_id
     CROSS JOIN generate_series(1, $6::integer) AS part
     JOIN unnest($7::float8[], $8::float8[], $9::numeric[], $10::numeric[], $11::bytea[]) WITH ORDINALITY
       AS shape (minimum, maximum, sample_count, sum, distribution, place)
       ON place = 1 + (extract(epoch FROM time)::bigint / $4 * 7 + metric_id * 5 + part) % $12
     ORDER BY time, part, metric_id`,
    [
      from / 1000,
      to / 1000,
      metricIds,
      resolution,
      deltas !== undefined,
      deltas ?? 1,
      shapes.map(({ values }) => Math.min(...values)),
      shapes.map(({ values }) => Math.max(...values)),
      shapes.map(({ values }) => values.length),
      shapes.map(({ values }) => values.reduce((sum, value) => sum + value, 0)),
      shapes.map(({ distribution }) => distribution),
      shapes.length,
    ],
  );
}

interface Shape {
  readonly values: readonly number[];
  readonly distribution: Buffer | null;
}

/** Durations in milliseconds: most of them short, a few of them long. One sample alone is a count of 1. */
function shapesOf(samples: number): Shape[] {
  if (samples === 1) return [{ values: [1], distribution: null }];
  const random = new Random(`shapes of ${samples}`);
  const durationOf = () => Math.max(1, Math.round(40 / (1 - random.fraction() * 0.999)));
  return Array.from({ length: shapeCount }, () => {
    const values = Array.from({ length: samples }, durationOf);
    return { values, distribution: Buffer.from(ValueSketch.of(values).encode()) };
  });
}

/** Hours of many accounts in which most minutes had events. */
export async function plantActivity(
  database: Database,
  { from, to, accounts, regions }: { from: number; to: number; accounts: number; regions: number },
): Promise<void> {
  await database.query(
    `INSERT INTO event_activity (hour, minutes, filter_version, is_delta, account_id, aws_region)
     SELECT hour, ((1::bigint << 60) - 1) & ~(1::bigint << ((account * 7 + extract(hour FROM hour)::integer) % 60)),
       version, false, lpad(account::text, 12, '1'), 'region-' || region
     FROM generate_series(to_timestamp($1), to_timestamp($2) - interval '1 second', interval '1 hour') AS hour
     CROSS JOIN generate_series(1, $3::integer) AS account CROSS JOIN generate_series(1, $4::integer) AS region
     CROSS JOIN metric_filter_version ORDER BY hour`,
    [from / 1000, to / 1000, accounts, regions],
  );
}

/** What a filter counted: one sample every so many minutes. */
export async function plantMatches(
  database: Database,
  { metricName, from, to, everyMinutes }: { metricName: string; from: number; to: number; everyMinutes: number },
): Promise<void> {
  await database.query(
    `INSERT INTO data_point (time, arrived_at, metric_id, output_id, minutes, minimum, maximum, resolution, unit, is_delta,
       sample_count, sum)
     SELECT time, time + interval '1 minute', metric.id, metric_default.output_id,
       1::bigint << extract(minute FROM time)::integer, 1, 1, 60, 14, false, 1, 1
     FROM generate_series(to_timestamp($1), to_timestamp($2) - interval '1 second', make_interval(mins => $3)) AS time
     CROSS JOIN metric JOIN metric_default ON metric_default.metric_id = metric.id
     WHERE metric.metric_name = $4 ORDER BY time`,
    [from / 1000, to / 1000, everyMinutes, metricName],
  );
}
