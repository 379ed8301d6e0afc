import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { type BenchServer, withBenchServer } from '../server.js';
import { writeDataset } from './dataset.js';
import { prepareProduct } from './product.js';

/** From dist/bench/ingest. */
const peers = fileURLToPath(new URL('../../../bench/peers/', import.meta.url));

export const peersBenchmark: Benchmark = {
  name: 'peers',
  description: 'log files of shape L to stored events, beside DuckDB reading the same files',
  async *run(options) {
    if (!existsSync(`${peers}node_modules`)) {
      options.note('NOT RUN: DuckDB is not there; `npm install --prefix bench/peers` installs it');
      return;
    }
    yield await withBenchServer((server) => measure(server, options));
  },
};

async function measure(server: BenchServer, { scale, runs, note }: BenchmarkOptions): Promise<Figure> {
  note('writing the files of shape L');
  const large = await writeDataset(server.folder('L'), 'L', scale);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let run = 1; run <= runs; run++) {
    note(`run ${run} of ${runs}`);
    await server.withDatabase(async (database) => {
      const ingest = await prepareProduct(database, large);
      const started = performance.now();
      await ingest();
      ours.push((performance.now() - started) / 1000);
    });
    theirs.push(await duckdbSeconds(large.directory, server.folder('duck.db'), large.records));
  }
  return {
    name: 'ingest L',
    value: rate(large.records, median(ours)),
    against: {
      name: 'DuckDB',
      value: rate(large.records, median(theirs)),
      ratio: median(theirs) / median(ours),
      goal: 1.5,
    },
  };
}

async function duckdbSeconds(directory: string, database: string, records: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [`${peers}duckdb.mjs`, directory, database]);
  await rm(database);
  const { seconds, rows } = JSON.parse(stdout) as { seconds: number; rows: number };
  if (rows !== records) throw new Error(`DuckDB read ${rows} of ${records} records`);
  return seconds;
}
