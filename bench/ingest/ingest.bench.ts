import type { Database } from '../../src/platform/database/database.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { type BenchServer, withBenchServer } from '../server.js';
import { type Dataset, type RecordStorage, readyRows, rowsWithRecords, writeDataset } from './dataset.js';
import { copyDirectly, copyWithRecords, prepareStorage, storedBytes } from './direct-copy.js';
import { prepareProduct } from './product.js';

/** Seconds of each run, by what was run. */
type Times = Map<string, number[]>;

export const ingestBenchmark: Benchmark = {
  name: 'ingest',
  description: 'log files on disk to stored events, beside a direct COPY of ready rows into the same tables',
  async *run(options) {
    const figures = await withBenchServer((server) => measure(server, options));
    yield* figures;
  },
};

export const storageBenchmark: Benchmark = {
  name: 'storage',
  description: 'records in chunks, as text and as jsonb: direct COPY and bytes of each',
  async *run(options) {
    const figures = await withBenchServer((server) => measureStorage(server, options));
    yield* figures;
  },
};

async function measure(server: BenchServer, options: BenchmarkOptions): Promise<Figure[]> {
  const [small, large] = [await dataset(server, 'S', options), await dataset(server, 'L', options)];
  options.note('making ready rows');
  const ready = await readyRows(large);
  const times: Times = new Map();
  let bytes = 0;
  for (let run = 1; run <= options.runs; run++) {
    options.note(`run ${run} of ${options.runs}`);
    await server.withDatabase(async (database) => {
      await server.ensurePartitions(database);
      await timed(times, 'copy', () => copyDirectly(database, ready));
    });
    await server.withDatabase(async (database) => {
      const ingest = await prepareProduct(database, large);
      await timed(times, 'L', ingest);
      bytes = await storedBytes(database);
      await database.query("UPDATE log_file SET state = 'DISCOVERED', due_at = now()");
      await timed(times, 'again', ingest);
    });
    await server.withDatabase(async (database) => timed(times, 'S', await prepareProduct(database, small)));
  }
  const [l, s, copy, again] = ['L', 'S', 'copy', 'again'].map((name) => median(times.get(name) ?? [])) as [
    number,
    number,
    number,
    number,
  ];
  const [lRate, sRate] = [large.records / l, small.records / s];
  return [
    {
      name: 'ingest L',
      value: rate(large.records, l),
      against: { name: 'direct COPY', value: rate(large.records, copy), ratio: copy / l, goal: 0.8 },
    },
    {
      name: 'ingest S',
      value: rate(small.records, s),
      against: { name: 'ingest L', value: rate(large.records, l), ratio: sRate / lRate, goal: 0.85 },
    },
    {
      name: 'ingest L again, all duplicates',
      value: rate(large.records, again),
      against: { name: 'ingest L', value: rate(large.records, l), ratio: l / again, goal: 2 },
    },
    { name: 'disk per event', value: `${Math.round(bytes / large.records)} bytes (goal 1300)` },
  ];
}

async function measureStorage(server: BenchServer, options: BenchmarkOptions): Promise<Figure[]> {
  const large = await dataset(server, 'L', options);
  options.note('making ready rows');
  const storages: readonly RecordStorage[] = ['chunks', 'text', 'jsonb'];
  const ready = await readyRows(large);
  const [text, jsonb] = [await rowsWithRecords(large, 'text'), await rowsWithRecords(large, 'jsonb')];
  const copying = {
    chunks: (database: Database) => copyDirectly(database, ready),
    text: (database: Database) => copyWithRecords(database, text),
    jsonb: (database: Database) => copyWithRecords(database, jsonb),
  };
  const times: Times = new Map();
  const bytes = new Map<RecordStorage, number>();
  for (let run = 1; run <= options.runs; run++) {
    options.note(`run ${run} of ${options.runs}`);
    for (const storage of storages) {
      await server.withDatabase(async (database) => {
        await prepareStorage(database, storage);
        await server.ensurePartitions(database);
        await timed(times, storage, () => copying[storage](database));
        bytes.set(storage, await storedBytes(database));
      });
    }
  }
  return storages.map((storage) => storageFigure(storage, large.records, times, bytes));
}

function storageFigure(
  storage: RecordStorage,
  records: number,
  times: Times,
  bytes: ReadonlyMap<RecordStorage, number>,
): Figure {
  const seconds = median(times.get(storage) ?? []);
  const text = median(times.get('text') ?? []);
  const perEvent = Math.round((bytes.get(storage) ?? 0) / records);
  return {
    name: `COPY with records ${storage === 'chunks' ? 'in chunks' : `as ${storage}`}`,
    value: `${rate(records, seconds)}, ${perEvent} bytes an event`,
    against: { name: 'as text', value: rate(records, text), ratio: text / seconds },
  };
}

async function dataset(server: BenchServer, shape: 'S' | 'L', { scale, note }: BenchmarkOptions): Promise<Dataset> {
  note(`writing the files of shape ${shape}`);
  return writeDataset(server.folder(shape), shape, scale);
}

async function timed(times: Times, name: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  times.set(name, [...(times.get(name) ?? []), seconds]);
}
