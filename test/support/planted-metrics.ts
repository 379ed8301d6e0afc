import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { PointWriter } from '../../src/metrics/point-writer.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { ask } from './app.js';
import { noon } from './events.js';

/* Metrics, their data points, and metric filters with runs over stored events. */

interface Place {
  readonly accountId: string;
  readonly which: 'own' | 'canary';
}

/** A metric of this name is there of each reach: what a token may not see must not be in its sums. */
export const commonMetric = { namespace: 'common-namespace', metricName: 'common-metric' };

/** One filter with a default, which runs over stored events and has done so, and one with dimensions; a metric of each kind. */
export async function plantMetrics(database: Database, url: string, { accountId, which }: Place): Promise<void> {
  const region = `eu-${which}-5`;
  const transformation = { metricNamespace: `${which}-namespace`, metricName: `${which}-metric`, unit: 'Count' };
  await putMetricFilter(url, {
    name: `${which}-filter-name`,
    filterPattern: `{ $.eventName = "${which}-filter-pattern" }`,
    accountIds: [accountId],
    regions: [region],
    metricTransformations: [{ ...transformation, metricValue: `$.${which}-metric-value`, defaultValue: 3 }],
  });
  await putMetricFilter(url, {
    name: `${which}-spare-filter`,
    filterPattern: '{ $.eventName = * }',
    accountIds: [accountId],
    metricTransformations: [
      {
        ...transformation,
        metricName: `${which}-spare-metric`,
        metricValue: '1',
        dimensions: { [`${which}-filter-dimension`]: `$.${which}-filter-field` },
      },
    ],
  });
  await plantRuns(database, which);
  const dimensions = { [`${which}-dimension`]: `${which}-dimension-value` };
  const metric = { namespace: `${which}-namespace`, metricName: `${which}-metric`, dimensions };
  const reach = { accountId, awsRegion: region, accountIds: [accountId] };
  await plantPoints(database, [
    { ...metric, ...reach, value: which === 'own' ? 1 : 1000 },
    { ...commonMetric, dimensions: {}, ...reach, value: which === 'own' ? 2 : 2000 },
  ]);
  // Kept by the hour: too coarsely for a shorter period.
  await database.query(
    `UPDATE data_point SET resolution = 3600, time = time - interval '1 day' FROM metric
     WHERE metric.id = metric_id AND namespace = $1 AND sum = ANY ('{1, 1000}') AND time > $2`,
    [`${which}-namespace`, new Date(noon - 1)],
  );
  await plantPoints(database, [{ ...metric, ...reach, value: which === 'own' ? 3 : 3000 }]);
}

/** What is for the eyes of those who see both accounts, or all. */
export async function plantSharedMetrics(
  database: Database,
  url: string,
  accountIds: readonly string[],
): Promise<void> {
  for (const { which, reach } of [
    { which: 'canary-shared', reach: accountIds },
    { which: 'canary-every', reach: null },
  ]) {
    await putMetricFilter(url, {
      name: `${which}-filter`,
      filterPattern: '"canary-filter-pattern"',
      accountIds: reach,
      metricTransformations: [
        { metricNamespace: 'canary-namespace', metricName: `${which}-metric`, metricValue: '1', defaultValue: 9 },
      ],
    });
    const whose = { accountId: null, awsRegion: null, accountIds: reach };
    await plantPoints(database, [
      { ...commonMetric, dimensions: {}, ...whose, value: 40_000 },
      { namespace: 'canary-namespace', metricName: `${which}-metric`, dimensions: {}, ...whose, value: 50_000 },
    ]);
  }
}

export async function uprootMetrics(database: Database, accountId: string): Promise<void> {
  const filters = 'SELECT output_id FROM metric_filter WHERE $1 = ANY (account_ids)';
  for (const table of ['metric_backfill', 'metric_default']) {
    await database.query(`DELETE FROM ${table} WHERE output_id IN (${filters})`, [accountId]);
  }
  await database.query('DELETE FROM metric_filter WHERE $1 = ANY (account_ids)', [accountId]);
  await database.query('DELETE FROM metric_output WHERE id NOT IN (SELECT output_id FROM metric_filter)');
  await database.query(
    'DELETE FROM data_point WHERE metric_id IN (SELECT id FROM metric WHERE $1 = ANY (account_ids))',
    [accountId],
  );
  await database.query('DELETE FROM metric WHERE $1 = ANY (account_ids)', [accountId]);
  await database.query('DELETE FROM event_activity WHERE account_id = $1', [accountId]);
}

const putMetricFilter = (url: string, input: object) =>
  ask(url, 'mutation ($input: PutMetricFilterInput!) { putMetricFilter(input: $input) { metricFilter { name } } }', {
    input,
  });

/** One that is done, and one that runs and has failed; of a filter that was installed with a pack. */
async function plantRuns(database: Database, which: string): Promise<void> {
  await database.query('UPDATE metric_filter SET pack = $2 WHERE name = $1', [`${which}-filter-name`, `${which}-pack`]);
  await database.query(
    `INSERT INTO metric_backfill (output_id, from_time, to_time, versions, filter_version, horizon, state, events, matched, batches,
       total_batches, error, due_at, started_at, ended_at)
     SELECT output_id, '2026-11-01', '2026-11-02', '{}', 1, '{}', run.state, 10, 5, 1, 2,
       CASE run.state WHEN 'RUNNING' THEN $2 END, '2200-01-01', '2026-11-03', CASE run.state WHEN 'DONE' THEN now() END
     FROM metric_filter, unnest('{DONE, RUNNING}'::text[]) AS run (state) WHERE name = $1`,
    [`${which}-filter-name`, `${which}-run-error`],
  );
}

interface PlantedPoint {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly accountId: string | null;
  readonly awsRegion: string | null;
  readonly accountIds: readonly string[] | null;
  readonly value: number;
}

/** At noon. */
async function plantPoints(database: Database, points: readonly PlantedPoint[]): Promise<void> {
  const now = () => new Date(noon);
  await database.transaction(async (sql) => {
    const writer = new PointWriter(sql, new MetricRegistry(now), now());
    await writer.add(
      points.map(({ value, ...metric }) => ({
        metric,
        ...{ outputId: null, time: noon, storageResolution: 60, unit: 'Count' },
        samples: { values: [value], counts: [1] },
      })),
    );
    await writer.finish();
  });
}
