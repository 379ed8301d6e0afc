import { expect, it, vi } from 'vitest';
import { generatedAccounts, generateLogFiles } from '../../../src/demo/generator/log-files.js';
import { parseLogKey } from '../../../src/formats/cloudtrail/log-key.js';
import { Random } from '../../../src/lib/random.js';
import { dayMs, hourMs } from '../../../src/lib/time.js';
import type { MetricDataInput } from '../../../src/metrics/metric.inputs.js';
import { logFileOf, recordsOf } from '../../support/buckets.js';
import { noon } from '../../support/events.js';
import {
  filterInput,
  type MetricWorld,
  namespace,
  openMetricWorld,
  queryOf,
  type WorldFile,
} from '../../support/metric-world.js';
import { type NaiveSample, naiveSeries, naiveStatistics } from '../../support/naive-metrics.js';

/*
 * The same day of log files in whichever order, by however many workers, some of them twice: the same metrics. The truth is
 * reckoned from the records one by one, with nothing of the program's.
 */

vi.setConfig({ testTimeout: 120_000 });

const seed = 'order';
const accounts = generatedAccounts(seed, 4);
const [busiest = '', second = ''] = accounts;

interface DayRecord {
  readonly accountId: string;
  readonly awsRegion: string;
  readonly time: number;
  readonly record: Readonly<Record<string, unknown>>;
}

const records: DayRecord[] = [];
const files = dayOfFiles();

/** Everyday work of a day, with a number in most records: whole, in quarters, as text, or none at all. */
function dayOfFiles(): WorldFile[] {
  const random = new Random('order/bytes');
  const shape = { files: 90, recordsPerFile: 45, accounts: 4, regions: 3, from: noon - dayMs, to: noon };
  return [...generateLogFiles({ seed, ...shape })].map((file) => {
    const { accountId = '', awsRegion = '' } = parseLogKey(file.key) ?? {};
    const texts = recordsOf(file).map((text) => {
      const bytes = random.pick([undefined, random.below(5), random.below(4_000_000) / 4, String(random.below(900))]);
      const record: Record<string, unknown> = { ...(JSON.parse(text) as object), bytes };
      records.push({ accountId, awsRegion, time: Date.parse(String(record['eventTime'])), record });
      return JSON.stringify(record);
    });
    return { ...logFileOf(file.key, texts), accountId, awsRegion };
  });
}

interface Metric {
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly samples: readonly NaiveSample[];
}

const sampled = (value: (one: DayRecord) => number | null, of: readonly DayRecord[] = records): NaiveSample[] =>
  of.flatMap((one) => {
    const number = value(one);
    return number === null ? [] : [{ time: one.time, value: number }];
  });

/** One sample of the default for each minute that had events of which none matched. */
function withDefault(matching: readonly NaiveSample[], value: number, seen: readonly DayRecord[]): NaiveSample[] {
  const minuteOf = (time: number) => time - (time % 60_000);
  const matched = new Set(matching.map(({ time }) => minuteOf(time)));
  const active = new Set(seen.map(({ time }) => minuteOf(time)));
  return [...matching, ...[...active].filter((minute) => !matched.has(minute)).map((time) => ({ time, value }))];
}

const filters = [
  filterInput('Calls', ''),
  filterInput('Bytes', '{ $.eventName = * }', { metricValue: '$.bytes', unit: 'Bytes' }),
  filterInput('Errors', '{ $.errorCode = * }', { defaultValue: 0 }),
  filterInput('OfTwo', '{ $.errorCode = * }', {
    accountIds: [busiest, second],
    regions: ['us-east-1', 'eu-central-1'],
    defaultValue: 2.5,
    metricValue: '3',
  }),
  filterInput('ByService', '{ $.readOnly IS TRUE }', {
    dimensions: { Service: '$.eventSource', Region: '$.awsRegion', Bytes: '$.bytes' },
  }),
  filterInput('Words', '"AccessDenied"'),
];

function expectedMetrics(): Metric[] {
  const hasError = ({ record }: DayRecord) => (record['errorCode'] === undefined ? null : 1);
  const seenByTwo = records.filter(
    ({ accountId, awsRegion }) =>
      [busiest, second].includes(accountId) && ['us-east-1', 'eu-central-1'].includes(awsRegion),
  );
  const ofTwo = sampled((one) => hasError(one) && 3, seenByTwo);
  const byService = new Map<string, Metric & { readonly samples: NaiveSample[] }>();
  for (const { record, time } of records) {
    if (record['readOnly'] !== true) continue;
    const dimensions = {
      Service: String(record['eventSource']),
      Region: String(record['awsRegion']),
      // A dimension that an event has not, its sample has not either.
      ...(record['bytes'] === undefined ? {} : { Bytes: String(record['bytes']) }),
    };
    const key = JSON.stringify(dimensions);
    const metric = byService.get(key) ?? { name: 'ByService', dimensions, samples: [] as NaiveSample[] };
    metric.samples.push({ time, value: 1 });
    byService.set(key, metric);
  }
  const most = [...byService.values()].sort((a, b) => b.samples.length - a.samples.length).slice(0, 60);
  return [
    { name: 'Calls', samples: sampled(() => 1) },
    {
      name: 'Bytes',
      samples: sampled(({ record }) => (record['bytes'] === undefined ? null : Number(record['bytes']))),
    },
    { name: 'Errors', samples: withDefault(sampled(hasError), 0, records) },
    { name: 'OfTwo', samples: withDefault(ofTwo, 2.5, seenByTwo) },
    {
      name: 'Words',
      samples: sampled(({ record }) => (JSON.stringify(record).includes('AccessDenied') ? 1 : null)),
    },
    ...most,
  ];
}

const metrics = expectedMetrics();

/** What is asked: every statistic of every metric, by minute, hour and day; of those with dimensions only some. */
const asked = metrics.flatMap((metric) =>
  (metric.dimensions ? ['Sum', 'p50'] : naiveStatistics).flatMap((stat) =>
    (metric.dimensions ? [3600, 86_400] : [60, 3600, 86_400]).map((period) => ({ metric, stat, period })),
  ),
);

/** Some in each request: all of them together would cost too much. */
const atOnce = 40;
const requests = Array.from({ length: Math.ceil(asked.length / atOnce) }, (_, part) => requestOf(part * atOnce));

function requestOf(first: number): { readonly first: number; readonly input: MetricDataInput } {
  const metricDataQueries = asked
    .slice(first, first + atOnce)
    .map(({ metric: { name, dimensions = {} }, stat, period }, at) =>
      queryOf(`m${at}`, name, stat, { period, dimensions }),
    );
  const span = { startTime: new Date(noon - dayMs), endTime: new Date(noon + hourMs) };
  return { first, input: { ...span, metricDataQueries, scanBy: 'TimestampAscending' } };
}

type Answer = readonly (readonly [number, number])[];

async function answers(world: MetricWorld): Promise<Answer[]> {
  const found: [number, number][][] = asked.map(() => []);
  for (const { first, input } of requests) {
    let nextToken: string | null = null;
    do {
      const results = await world.read({ ...input, nextToken });
      for (const [place, { timestamps, values }] of results.entries()) {
        const into = found[first + place];
        for (const [at, time] of timestamps.entries()) into?.push([time.getTime(), values[at] as number]);
      }
      nextToken = results[0]?.nextToken ?? null;
    } while (nextToken !== null);
  }
  return found;
}

/** Data points as they are stored in the end, by what they are of. */
function rows(world: MetricWorld): Promise<object[]> {
  return world.database.query(
    `SELECT metric_name, metric.dimensions, metric.account_ids, filter_name, time, resolution, unit, minutes, minimum, maximum,
       sample_count::text, sum::text, encode(distribution, 'hex') AS distribution, is_delta
     FROM data_point JOIN metric ON metric.id = metric_id JOIN metric_output AS output ON output.id = output_id
     WHERE namespace = $1
     ORDER BY metric_name, metric.dimensions::text, filter_name, time, unit, sample_count, sum, minimum`,
    [namespace],
  );
}

function expectTruth(found: readonly Answer[]): void {
  for (const [index, { metric, stat, period }] of asked.entries()) {
    const expected = naiveSeries(metric.samples, stat, period);
    const label = `${metric.name} ${stat} ${period}`;
    const got = found[index] ?? [];
    expect(
      got.map(([time]) => time),
      label,
    ).toEqual(expected.map(([time]) => time));
    // More than 128 different values are kept in buckets, within 0.4 % of what they are.
    const isExact = !/^(p|tm)/.test(stat) || period === 60;
    const wrong = expected.flatMap(([time, value], at) => {
      const is = got[at]?.[1] ?? Number.NaN;
      const off = Math.abs(is - value) / Math.max(1e-9, Math.abs(value));
      return off <= (isExact ? 1e-12 : 0.004) ? [] : [{ label, time: new Date(time), is, value }];
    });
    expect(wrong).toEqual([]);
  }
}

/** Lets three workers store batches of files in a random order; merges at random moments where it is told to. */
async function ingestAll(world: MetricWorld, random: Random, merges: boolean): Promise<void> {
  const again = files.filter(() => random.chance(0.15)).map((file) => ({ ...file, key: `copy/${file.key}` }));
  const twice = files.filter(() => random.chance(0.1));
  const left = [...files, ...again, ...twice].map((file) => ({ file, place: random.fraction() }));
  const queue = left.sort((a, b) => a.place - b.place).map(({ file }) => file);
  const work = async () => {
    const worker = world.openWorker();
    while (queue.length > 0) {
      // A file is listed once in a batch.
      const batch = new Map(queue.splice(0, random.between(1, 9)).map((file) => [file.key, file]));
      await worker.ingest([...batch.values()]);
      if (merges && random.chance(0.4)) await world.merge(world.clock.time + hourMs);
    }
  };
  await Promise.all([work(), work(), work()]);
}

it('the day has something of everything', () => {
  const few = metrics
    .filter(({ samples, dimensions }) => samples.length < (dimensions ? 2 : 50))
    .map(({ name }) => name);
  expect(few).toEqual([]);
  expect(new Set(records.map(({ accountId }) => accountId)).size).toBe(4);
});

let known: { readonly answers: readonly Answer[]; readonly rows: readonly object[] } | undefined;

it.each(Array.from({ length: 10 }, (_, order) => order))(
  'in order %i, by three workers, with copies: the metrics of the day are as the records say, and as in any other order',
  async (order) => {
    const world = await openMetricWorld({ poolSize: 12 });
    try {
      for (const filter of filters) await world.putFilter(filter);
      await ingestAll(world, new Random(`order ${order}`), order % 2 === 1);
      const before = await answers(world);
      expectTruth(before);
      await world.merge(world.clock.time + hourMs);
      expect(await answers(world)).toEqual(before);
      const now = { answers: before, rows: await rows(world) };
      expect(now.rows.filter((row) => (row as { is_delta: boolean }).is_delta)).toEqual([]);
      known ??= now;
      expect(now.answers).toEqual(known.answers);
      expect(now.rows).toEqual(known.rows);
    } finally {
      await world.stop();
    }
  },
);
