import { parseArgs } from 'node:util';
import { alarmsBenchmark } from './alarms/alarms.bench.js';
import { deliveriesBenchmark } from './deliveries/deliveries.bench.js';
import { type Benchmark, formatFigure } from './figures.js';
import { ingestBenchmark, storageBenchmark } from './ingest/ingest.bench.js';
import { peersBenchmark } from './ingest/peers.bench.js';
import { stopDecoding } from './ingest/product.js';
import { rulesBenchmark } from './ingest/rules.bench.js';
import { listingBenchmark } from './listing/listing.bench.js';
import { memoryBenchmark } from './memory/memory.bench.js';
import { metricsBenchmark } from './metrics/metrics.bench.js';
import { filtersBenchmark } from './patterns/filters.bench.js';
import { patternsBenchmark } from './patterns/patterns.bench.js';
import { investigateBenchmark } from './read/investigate.bench.js';
import { readBenchmark } from './read/read.bench.js';

/** Every benchmark: adding one is a file and a line here. */
const benchmarks: readonly Benchmark[] = [
  ingestBenchmark,
  peersBenchmark,
  storageBenchmark,
  memoryBenchmark,
  listingBenchmark,
  readBenchmark,
  investigateBenchmark,
  patternsBenchmark,
  filtersBenchmark,
  rulesBenchmark,
  metricsBenchmark,
  deliveriesBenchmark,
  alarmsBenchmark,
];

const usage = `npm run bench [-- NAME …] [--scale N] [--runs N]

Names: ${benchmarks.map(({ name }) => name).join(', ')}; all when left out.
--scale  size of the data; 1 is the size that docs/benchmarks.md speaks of (default 1)
--runs   runs of each thing measured, taken in turn; the median counts (default 5)

BENCH_EXPLAIN=1 has metrics print the plans of its statements as well.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      runs: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) throw new Error(`no benchmark is called ${unknown.join(', ')}\n\n${usage}`);
  const [scale, runs] = [Number(values.scale), Number(values.runs)];
  if (!(scale > 0) || !Number.isInteger(runs) || runs < 1)
    throw new Error(`--scale and --runs must be above 0\n\n${usage}`);
  const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const benchmark of chosen) {
    process.stdout.write(`# ${benchmark.name}: ${benchmark.description}\n`);
    const note = (line: string) => void process.stderr.write(`  ${line}\n`);
    for await (const figure of benchmark.run({ scale, runs, note })) process.stdout.write(`${formatFigure(figure)}\n`);
  }
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  })
  .finally(stopDecoding);
