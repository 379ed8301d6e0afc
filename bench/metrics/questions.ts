import { createCursorCodec } from '../../src/lib/cursor.js';
import { dayMs, hourMs } from '../../src/lib/time.js';
import type { MetricDataQuery, MetricInput } from '../../src/metrics/metric.inputs.js';
import { MetricDataService } from '../../src/metrics/metric-data.service.js';
import { keptMs } from '../../src/metrics/retention-tiers.js';
import type { Database } from '../../src/platform/database/database.js';
import { benchCaller } from './bench-caller.js';
import type { PlantedMetrics } from './planted-metrics.js';
import type { Timed } from './timing.js';

/** As many queries as a request may have. */
const most = 500;

/** What dashboards and alarms ask for. */
export function questions(database: Database, now: number, planted: PlantedMetrics): Timed[] {
  const service = new MetricDataService({
    database,
    cursors: createCursorCodec(Buffer.alloc(32)),
    now: () => new Date(now),
  });
  const { signal } = new AbortController();
  const ask = (milliseconds: number, metricDataQueries: MetricDataQuery[]) => async () => {
    const [startTime, endTime] = [new Date(now - milliseconds), new Date(now)];
    const results = await service.read(benchCaller.accounts, { startTime, endTime, metricDataQueries }, signal);
    if (results.every(({ values }) => values.length === 0)) throw new Error('nothing was found');
  };
  const plain = (milliseconds: number, period: number, metricIds: readonly string[]) => () =>
    database.reads.query(
      `SELECT metric_id, extract(epoch FROM date_bin(make_interval(secs => $4), time, 'epoch'))::float8, sum(sum)::float8
       FROM data_point WHERE metric_id = ANY ($1::bigint[]) AND time >= $2 AND time < $3 GROUP BY 1, 2 ORDER BY 1, 2`,
      [metricIds, new Date(now - milliseconds), new Date(now), period],
    );
  const { distributed, fleet, filtered, unfiltered, ids } = planted;
  const year = [stat('a', distributed, 'Sum', 3600)];
  const all = fleet.slice(0, most).map((metric, index) => stat(`m${index}`, metric, 'Sum', 300));
  const searched = `SEARCH('{${fleet[0]?.namespace},Number} MetricName="${fleet[0]?.metricName}"', 'Sum', 300)`;
  const plainly = { year: 'plain SQL for it', hours: 'plain SQL for these 3 hours', day: 'plain SQL for this day' };
  return [
    { name: plainly.year, run: plain(keptMs, 3600, ids.distributed) },
    { name: 'Sum of one metric by the hour, 455 days', against: plainly.year, run: ask(keptMs, year) },
    {
      name: 'p99 of it by the hour, 455 days',
      against: 'Sum of one metric by the hour, 455 days',
      run: ask(keptMs, [stat('a', distributed, 'p99', 3600)]),
    },
    {
      name: 'Sum of it by the day, 455 days',
      against: 'Sum of one metric by the hour, 455 days',
      run: ask(keptMs, [stat('a', distributed, 'Sum', 86_400)]),
    },
    {
      name: 'p99 of it by the day, 455 days',
      against: 'Sum of it by the day, 455 days',
      run: ask(keptMs, [stat('a', distributed, 'p99', 86_400)]),
    },
    { name: plainly.hours, run: plain(3 * hourMs, 300, ids.fleet) },
    { name: `Sum of ${all.length} metrics, 3 hours by 5 minutes`, against: plainly.hours, run: ask(3 * hourMs, all) },
    { name: plainly.day, run: plain(dayMs, 300, ids.fleet) },
    { name: `Sum of ${all.length} metrics, a day by 5 minutes`, against: plainly.day, run: ask(dayMs, all) },
    {
      name: `one SEARCH for ${all.length} metrics, 3 hours by 5 minutes`,
      against: `Sum of ${all.length} metrics, 3 hours by 5 minutes`,
      run: ask(3 * hourMs, [expression('e', searched)]),
    },
    {
      name: `SUM(SEARCH) of ${all.length} metrics, 3 hours by 5 minutes`,
      against: `Sum of ${all.length} metrics, 3 hours by 5 minutes`,
      run: ask(3 * hourMs, [expression('e', `SUM(${searched})`)]),
    },
    {
      name: `SUM(METRICS()) of ${all.length - 1} metrics, 3 hours by 5 minutes`,
      against: `Sum of ${all.length} metrics, 3 hours by 5 minutes`,
      run: ask(3 * hourMs, [
        ...all.slice(1).map((query) => ({ ...query, returnData: false })),
        expression('e', 'SUM(METRICS())'),
      ]),
    },
    {
      name: 'Sum by 5 minutes over 15 days, without a default',
      run: ask(15 * dayMs, [stat('a', unfiltered, 'Sum', 300)]),
    },
    {
      name: 'the same with a default over 100 accounts and 3 regions',
      against: 'Sum by 5 minutes over 15 days, without a default',
      run: ask(15 * dayMs, [stat('a', filtered, 'Sum', 300)]),
    },
  ];
}

function stat(id: string, metric: MetricInput, statistic: string, period: number): MetricDataQuery {
  return { id, metricStat: { metric, stat: statistic, period } };
}

function expression(id: string, text: string): MetricDataQuery {
  return { id, expression: text, period: 300 };
}
