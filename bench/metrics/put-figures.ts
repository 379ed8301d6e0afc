import { createCursorCodec } from '../../src/lib/cursor.js';
import { minuteMs } from '../../src/lib/time.js';
import { insertPoints, type MetricPointRow } from '../../src/metrics/data-point.store.js';
import type { MetricDatumInput } from '../../src/metrics/metric.inputs.js';
import { MetricService } from '../../src/metrics/metric.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { type BenchmarkOptions, type Figure, median } from '../figures.js';
import { benchCaller } from './bench-caller.js';
import { plantMetrics } from './planted-points.js';

const namespace = 'Written';
const dataOfCall = 1000;
const callsOfRun = 20;
const metricsOfCall = 200;
const valuesOfDatum = 20;

/** Calls of putMetricData one behind the other, beside the inserts that they come to. */
export async function putFigures(database: Database, now: number, { runs, note }: BenchmarkOptions): Promise<Figure[]> {
  const time = new Date(now);
  const registry = new MetricRegistry(() => time);
  const cursors = createCursorCodec(Buffer.alloc(32));
  const service = new MetricService({ database, cursors, registry, onData: async () => undefined, now: () => time });
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
  const metrics = Array.from({ length: metricsOfCall }, (_, index) => {
    return { namespace, metricName: 'Ready', dimensions: { Number: String(index) } };
  });
  const ids = await plantMetrics(database, new Date(now), metrics);
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

function perSecond(count: number, seconds: number): string {
  return Math.round(count / seconds).toLocaleString('en');
}
