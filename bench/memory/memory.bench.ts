import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { minuteMs } from '../../src/lib/time.js';
import type { Benchmark } from '../figures.js';
import { writeFiles } from '../ingest/dataset.js';
import { benchmarkSpan, withBenchServer } from '../server.js';

const worker = fileURLToPath(new URL('worker.js', import.meta.url));

/** What a file holds the events of, however many they are. */
const quarterHour = { from: benchmarkSpan.to - 15 * minuteMs, to: benchmarkSpan.to };

export const memoryBenchmark: Benchmark = {
  name: 'memory',
  description: 'peak memory of a process that ingests one file of 250,000 records, about 400 MB of JSON',
  async *run({ scale, note }) {
    const records = Math.round(250_000 * scale);
    const peak = await withBenchServer(async (server) => {
      note('writing the file');
      const { files, directory } = await writeFiles(server.folder('large'), 1, records, quarterHour);
      let megabytes = 0;
      await server.withDatabase(async (_database, url) => {
        const { stdout } = await promisify(execFile)(process.execPath, [worker, url, directory, JSON.stringify(files)]);
        megabytes = Number(stdout);
      });
      return megabytes;
    });
    yield { name: `peak memory, one file of ${records.toLocaleString('en')} records`, value: `${peak} MB (goal 300)` };
  },
};
