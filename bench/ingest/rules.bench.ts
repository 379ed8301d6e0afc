import type { Database } from '../../src/platform/database/database.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { type PatternOf, ruleMixes } from '../patterns/rule-mixes.js';
import { type BenchServer, withBenchServer } from '../server.js';
import { type Dataset, writeDataset } from './dataset.js';
import { prepareProduct } from './product.js';

/** What people watch for: the few rules that match, here and there. */
const watched: readonly object[] = [
  { source: ['aws.signin'], detail: { eventName: ['ConsoleLogin'] } },
  { detail: { eventName: [{ prefix: 'Delete' }], readOnly: [false] } },
  { detail: { errorCode: [{ suffix: 'UnauthorizedOperation' }] } },
  {
    detail: { errorCode: [{ wildcard: 'AccessDenied*' }], userIdentity: { type: [{ 'anything-but': 'AWSService' }] } },
  },
];

const ruleCount = 100;

export const rulesBenchmark: Benchmark = {
  name: 'rules',
  description: `ingest of shape L with ${ruleCount} event rules on, and without`,
  async *run(options) {
    yield* await withBenchServer((server) => measure(server, options));
  },
};

async function measure(server: BenchServer, options: BenchmarkOptions): Promise<Figure[]> {
  options.note('writing the files of shape L');
  const dataset = await writeDataset(server.folder('L'), 'L', options.scale);
  const [without, quiet, busy]: [number[], number[], number[]] = [[], [], []];
  let deliveries = 0;
  for (let run = 1; run <= options.runs; run++) {
    options.note(`run ${run} of ${options.runs}`);
    without.push((await ingest(server, dataset, [])).seconds);
    quiet.push((await ingest(server, dataset, rulesWith([]))).seconds);
    const matching = await ingest(server, dataset, rulesWith(watched));
    busy.push(matching.seconds);
    deliveries = matching.deliveries;
  }
  const share = ((100 * deliveries) / dataset.records).toFixed(2);
  const against = (seconds: readonly number[]) => ({
    name: 'the time without rules',
    value: rate(dataset.records, median(without)),
    ratio: median(seconds) / median(without),
    goal: 1.25,
  });
  const figure = (name: string, seconds: readonly number[]): Figure => ({
    name,
    value: rate(dataset.records, median(seconds)),
    against: against(seconds),
  });
  return [
    figure(`ingest L, ${ruleCount} rules that match nothing`, quiet),
    figure(`ingest L, ${ruleCount} rules, ${share} % of events delivered`, busy),
  ];
}

function rulesWith(matching: readonly object[]): object[] {
  const everyday = ruleMixes['everyday mix'] as PatternOf;
  return [...matching, ...Array.from({ length: ruleCount - matching.length }, (_, index) => everyday(index))];
}

async function ingest(
  server: BenchServer,
  dataset: Dataset,
  patterns: readonly object[],
): Promise<{ seconds: number; deliveries: number }> {
  let result = { seconds: 0, deliveries: 0 };
  await server.withDatabase(async (database) => {
    await plantRules(database, patterns);
    const run = await prepareProduct(database, dataset);
    const started = performance.now();
    await run();
    const seconds = (performance.now() - started) / 1000;
    const [row] = await database.query<{ count: number }>('SELECT count(*)::integer AS count FROM delivery');
    result = { seconds, deliveries: row?.count ?? 0 };
  });
  return result;
}

async function plantRules(database: Database, patterns: readonly object[]): Promise<void> {
  await database.query(
    `WITH made AS (
       INSERT INTO target (name, type, settings, secrets, is_ordered, max_concurrency, max_age_seconds, timeout_seconds)
       VALUES ('bench', 'WEBHOOK', '{}', '', false, 8, 86400, 10) RETURNING id
     ), rules AS (
       INSERT INTO rule (name, event_bus_name, event_pattern, state, missed_times)
       SELECT 'rule-' || place, 'default', pattern, 'ENABLED', 'LATEST'
       FROM unnest($1::text[]) WITH ORDINALITY AS rule (pattern, place) RETURNING id
     ), raised AS (UPDATE rule_version SET version = version + 1)
     INSERT INTO rule_target (rule_id, id, target_id) SELECT rules.id, 'a', made.id FROM rules, made`,
    [patterns.map((pattern) => JSON.stringify(pattern))],
  );
}
