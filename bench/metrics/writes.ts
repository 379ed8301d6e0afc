import { createCursorCodec } from '../../src/lib/cursor.js';
import { hourMs, minuteMs } from '../../src/lib/time.js';
import { insertPoints, type MetricPointRow } from '../../src/metrics/data-point.store.js';
import type { MetricDatumInput } from '../../src/metrics/metric.inputs.js';
import { MetricService } from '../../src/metrics/metric.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { mergePoints } from '../../src/metrics/point-merge.service.js';
import { keptMs, tiers } from '../../src/metrics/retention-tiers.js';
import type { Database } from '../../src/platform/database/database.js';
import { type BenchmarkOptions, type Figure, median } from '../figures.js';
import { benchCaller } from './bench-caller.js';
import { type PlantedSpan, plantMetrics, plantPoints } from './planted-points.js';

const namespace = 'Written';
const dataOfCall = 1000;
const callsOfRun = 20;
const metricsOfCall = 200;
const valuesOfDatum = 20;

type Options = Pick<BenchmarkOptions, 'runs' | 'note' | 'scale'>;

/** Calls of putMetricData one behind the other, beside the inserts that they come to. */
export async function putFigures(database: Database, now: number, { runs, note }: Options): Promise<Figure[]> {
  const time = new Date(now);
  const registry = new MetricRegistry(() => time);
  const cursors = createCursorCodec(Buffer.alloc(32));
  const service = new MetricService({ database, cursors, registry, now: () => time });
  const put = (values: number) => () =>
    service.put(benchCaller, {
      namespace,
      metricData: Array.from({ length: dataOfCall }, (_, at) => datumOf(at, values, now)),
    });
  const ready = await readyRows(database, now);
  const insert = () => database.transaction((sql) => insertPoints(sql, ready, time));
  const works = [
    { name: 'inserts of ready rows', run: insert, seconds: [] as number[] },
    { name: `putMetricData of ${dataOfCall} data, a value each`, run: put(1), seconds: [] as number[] },
    { name: `putMetricData of ${dataOfCall} data, ${valuesOfDatum} values each`, run: put(valuesOfDatum), seconds: [] },
  ];
  note('putting data');
  for (let run = 0; run <= runs; run++) {
    for (const work of works) {
      const started = performance.now();
      for (let call = 0; call < callsOfRun; call++) await work.run();
      if (run > 0) work.seconds.push((performance.now() - started) / 1000 / callsOfRun);
    }
  }
  const inserted = median(works[0]?.seconds ?? []);
  const shown = (seconds: number) => `${(1 / seconds).toFixed(1)} calls/s, ${perSecond(dataOfCall, seconds)} data/s`;
  return works.map(({ name, seconds }, index) => {
    const own = median(seconds);
    if (index === 0) return { name: `${name}, ${dataOfCall} at once`, value: shown(own) };
    return { name, value: shown(own), against: { name: 'inserts', value: shown(inserted), ratio: inserted / own } };
  });
}

function datumOf(at: number, values: number, now: number): MetricDatumInput {
  return {
    metricName: 'Latency',
    dimensions: [{ name: 'Number', value: String(at % metricsOfCall) }],
    timestamp: new Date(now - Math.floor(at / metricsOfCall) * minuteMs),
    unit: 'Milliseconds',
    ...(values === 1
      ? { value: at }
      : { values: Array.from({ length: values }, (_, value) => (at * 31 + value * 17) % 997) }),
  };
}

async function readyRows(database: Database, now: number): Promise<MetricPointRow[]> {
  const ids = await plantWritten(database, now, 'Ready', metricsOfCall);
  return Array.from({ length: dataOfCall }, (_, at) => ({
    metricId: ids[at % metricsOfCall] as string,
    outputId: null,
    time: now - Math.floor(at / metricsOfCall) * minuteMs,
    resolution: 60,
    unit: 2,
    minutes: 0n,
    minimum: at,
    maximum: at,
    sampleCount: '1',
    sum: String(at),
    distribution: null,
  }));
}

function plantWritten(database: Database, now: number, metricName: string, count: number): Promise<string[]> {
  const metrics = Array.from({ length: count }, (_, index) => ({
    namespace,
    metricName,
    dimensions: { Number: `${index}` },
  }));
  return plantMetrics(database, new Date(now), metrics);
}

const mergedMetrics = 500;

/** Rows a second that merging takes in, beside one statement that merges all of them by SQL alone. */
export async function mergeFigures(database: Database, now: number, { runs, note, scale }: Options): Promise<Figure[]> {
  await database.query('DELETE FROM data_point WHERE is_delta');
  const metricIds = await plantWritten(database, now, 'Merged', Math.max(1, Math.round(mergedMetrics * scale)));
  const [, minutes] = tiers;
  const old = now - (minutes?.keptMs ?? keptMs) - hourMs;
  const young = { metricIds, resolution: 60, deltas: 4, from: now - hourMs, to: now - 40 * minuteMs };
  const cases: { readonly name: string; readonly span: PlantedSpan; readonly seconds: number[] }[] = [
    { name: 'appended rows, four of a minute, a value each', span: { ...young, samples: 1 }, seconds: [] },
    { name: 'appended rows, four of a minute, 10 values each', span: { ...young, samples: 10 }, seconds: [] },
    {
      name: 'minutes that become 5 minutes, 10 values each',
      span: { metricIds, resolution: 60, samples: 10, from: old - 80 * minuteMs, to: old },
      seconds: [],
    },
  ];
  const plain: number[] = [];
  let rows = 0;
  for (let run = 0; run <= runs; run++) {
    note(`merging, run ${run} of ${runs}`);
    for (const { span, seconds } of cases) {
      await plantPoints(database, span);
      rows = await countOf(database, metricIds);
      const taken = await secondsOf(async () => {
        while ((await mergePoints(database, new Date(now))) > 0);
      });
      if ((await countOf(database, metricIds)) >= rows) throw new Error('nothing was merged');
      if (run > 0) seconds.push(taken / rows);
      await clear(database, metricIds);
    }
    await plantPoints(database, { ...young, samples: 1 });
    rows = await countOf(database, metricIds);
    const taken = await secondsOf(() => mergePlainly(database));
    if (run > 0) plain.push(taken / rows);
    await clear(database, metricIds);
  }
  const shown = (seconds: number) => `${perSecond(1, seconds)} rows/s`;
  const name = 'one statement for all appended rows, a value each';
  return [
    { name, value: shown(median(plain)) },
    ...cases.map((one) => ({
      name: `merging ${one.name}`,
      value: shown(median(one.seconds)),
      against: { name, value: shown(median(plain)), ratio: median(plain) / median(one.seconds) },
    })),
  ];
}

async function mergePlainly(database: Database): Promise<void> {
  await database.query(
    `WITH taken AS (DELETE FROM data_point WHERE is_delta RETURNING *)
     INSERT INTO data_point (time, arrived_at, metric_id, output_id, minutes, minimum, maximum, resolution, unit, is_delta,
       sample_count, sum)
     SELECT time, max(arrived_at), metric_id, output_id, bit_or(minutes), min(minimum), max(maximum), resolution, unit,
       false, sum(sample_count), sum(sum)
     FROM taken GROUP BY metric_id, time, resolution, output_id, unit`,
  );
}

async function countOf(database: Database, metricIds: readonly string[]): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM data_point WHERE metric_id = ANY ($1::bigint[])',
    [metricIds],
  );
  return row?.count ?? 0;
}

/** What the next one finds is the table as it was. */
async function clear(database: Database, metricIds: readonly string[]): Promise<void> {
  await database.query('DELETE FROM data_point WHERE metric_id = ANY ($1::bigint[])', [metricIds]);
  await database.query('VACUUM data_point');
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function perSecond(count: number, seconds: number): string {
  return Math.round(count / seconds).toLocaleString('en');
}
