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

/** Asks for the last so many milliseconds. */
interface Asking {
  ask(milliseconds: number, queries: readonly MetricDataQuery[]): () => Promise<void>;
  /** The sums alone, as SQL would be written by hand for them. */
  askPlainly(milliseconds: number, period: number, metricIds: readonly string[]): () => Promise<unknown>;
}

/** What dashboards and alarms ask for. */
export function questions(database: Database, now: number, planted: PlantedMetrics): Timed[] {
  const asking = askingOf(database, now);
  return [
    ...questionsOfOne(asking, planted),
    ...questionsOfMany(asking, planted),
    {
      name: 'Sum by 5 minutes over 15 days, without a default',
      run: asking.ask(15 * dayMs, [stat('a', planted.unfiltered, 'Sum', 300)]),
    },
    {
      name: 'the same with a default over 100 accounts and 3 regions',
      against: 'Sum by 5 minutes over 15 days, without a default',
      run: asking.ask(15 * dayMs, [stat('a', planted.filtered, 'Sum', 300)]),
    },
  ];
}

function questionsOfOne({ ask, askPlainly }: Asking, { distributed, ids }: PlantedMetrics): Timed[] {
  const of = (statistic: string, period: number) => ask(keptMs, [stat('a', distributed, statistic, period)]);
  const sums = 'Sum of one metric by the hour, 455 days';
  const plain = 'plain SQL for the hours of 455 days';
  return [
    { name: plain, run: askPlainly(keptMs, 3600, ids.distributed) },
    { name: sums, against: plain, run: of('Sum', 3600) },
    { name: 'p99 of it by the hour', against: sums, run: of('p99', 3600) },
    { name: 'Sum of it by the day', against: sums, run: of('Sum', 86_400) },
    { name: 'p99 of it by the day', against: sums, run: of('p99', 86_400) },
  ];
}

function questionsOfMany({ ask, askPlainly }: Asking, { fleet, ids }: PlantedMetrics): Timed[] {
  const queries = fleet.slice(0, most).map((metric, index) => stat(`m${index}`, metric, 'Sum', 300));
  const unseen = queries.slice(1).map((query) => ({ ...query, returnData: false }));
  const search = `SEARCH('{${fleet[0]?.namespace},Number} MetricName="${fleet[0]?.metricName}"', 'Sum', 300)`;
  const [plainHours, plainDay] = ['plain SQL for these 3 hours', 'plain SQL for this day'];
  const against = `Sum of ${queries.length} metrics, 3 hours by 5 minutes`;
  const ofHours = (name: string, asked: readonly MetricDataQuery[]): Timed => {
    return { name: `${name}, 3 hours by 5 minutes`, against, run: ask(3 * hourMs, asked) };
  };
  return [
    { name: plainHours, run: askPlainly(3 * hourMs, 300, ids.fleet) },
    { name: against, against: plainHours, run: ask(3 * hourMs, queries) },
    { name: plainDay, run: askPlainly(dayMs, 300, ids.fleet) },
    { name: `Sum of ${queries.length} metrics, a day by 5 minutes`, against: plainDay, run: ask(dayMs, queries) },
    ofHours(`one SEARCH for ${queries.length} metrics`, [expression(search)]),
    ofHours(`SUM(SEARCH) of ${queries.length} metrics`, [expression(`SUM(${search})`)]),
    ofHours(`SUM(METRICS()) of ${unseen.length} metrics`, [...unseen, expression('SUM(METRICS())')]),
  ];
}

function askingOf(database: Database, now: number): Asking {
  const cursors = createCursorCodec(Buffer.alloc(32));
  const service = new MetricDataService({ database, cursors, now: () => new Date(now) });
  const { signal } = new AbortController();
  return {
    ask: (milliseconds, queries) => async () => {
      const span = { startTime: new Date(now - milliseconds), endTime: new Date(now) };
      const input = { ...span, metricDataQueries: [...queries] };
      const results = await service.read(benchCaller.accounts, input, signal);
      if (results.every(({ values }) => values.length === 0)) throw new Error('nothing was found');
    },
    askPlainly: (milliseconds, period, metricIds) => () =>
      database.reads.query(
        `SELECT metric_id, extract(epoch FROM date_bin(make_interval(secs => $4), time, 'epoch'))::float8, sum(sum)::float8
         FROM data_point WHERE metric_id = ANY ($1::bigint[]) AND time >= $2 AND time < $3 GROUP BY 1, 2 ORDER BY 1, 2`,
        [metricIds, new Date(now - milliseconds), new Date(now), period],
      ),
  };
}

function stat(id: string, metric: MetricInput, statistic: string, period: number): MetricDataQuery {
  return { id, metricStat: { metric, stat: statistic, period } };
}

function expression(text: string): MetricDataQuery {
  return { id: 'e', expression: text, period: 300 };
}
