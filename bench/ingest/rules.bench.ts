import type { Database } from '../../src/platform/database/database.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { plantFilters } from '../metrics/planted-filters.js';
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
const filterCount = 100;

/** What is on while the files come in. */
interface Watchers {
  readonly patterns: readonly object[];
  readonly filters: number;
}

interface Subject extends Watchers {
  readonly name: string;
  readonly seconds: number[];
  /** What came of it, as shares of the events. */
  outcome: string;
}

export const rulesBenchmark: Benchmark = {
  name: 'rules',
  description: `ingest of shape L with ${ruleCount} event rules and ${filterCount} metric filters on, and without`,
  async *run(options) {
    yield* await withBenchServer((server) => measure(server, options));
  },
};

async function measure(server: BenchServer, options: BenchmarkOptions): Promise<Figure[]> {
  options.note('writing the files of shape L');
  const dataset = await writeDataset(server.folder('L'), 'L', options.scale);
  const subject = (name: string, patterns: readonly object[], filters: number): Subject => {
    return { name, patterns, filters, seconds: [], outcome: '' };
  };
  const without = subject('none', [], 0);
  const watching = [
    subject(`${ruleCount} rules that match nothing`, rulesWith([]), 0),
    subject(`${ruleCount} rules`, rulesWith(watched), 0),
    subject(`${filterCount} metric filters`, [], filterCount),
    subject(`${ruleCount} rules and ${filterCount} metric filters`, rulesWith(watched), filterCount),
  ];
  for (let run = 1; run <= options.runs; run++) {
    options.note(`run ${run} of ${options.runs}`);
    for (const one of [without, ...watching]) await ingest(server, dataset, one);
  }
  const seconds = median(without.seconds);
  const against = { name: 'the time without', value: rate(dataset.records, seconds), goal: 1.25 };
  return watching.map((one) => ({
    name: `ingest L, ${one.name}${one.outcome}`,
    value: rate(dataset.records, median(one.seconds)),
    against: { ...against, ratio: median(one.seconds) / seconds },
  }));
}

function rulesWith(matching: readonly object[]): object[] {
  const everyday = ruleMixes['everyday mix'] as PatternOf;
  return [...matching, ...Array.from({ length: ruleCount - matching.length }, (_, index) => everyday(index))];
}

async function ingest(server: BenchServer, dataset: Dataset, subject: Subject): Promise<void> {
  await server.withDatabase(async (database) => {
    if (subject.patterns.length > 0) await plantRules(database, subject.patterns);
    await plantFilters(database, subject.filters);
    const run = await prepareProduct(database, dataset);
    const started = performance.now();
    await run();
    subject.seconds.push((performance.now() - started) / 1000);
    subject.outcome = await outcomeOf(database, subject, dataset.records);
  });
}

async function outcomeOf(database: Database, { patterns, filters }: Watchers, records: number): Promise<string> {
  const [row] = await database.query<{ deliveries: number; samples: number; points: number }>(
    `SELECT (SELECT count(*) FROM delivery)::integer AS deliveries,
       coalesce(sum(sample_count), 0)::float8 AS samples, count(*)::integer AS points
     FROM data_point WHERE output_id IS NOT NULL`,
  );
  const { deliveries = 0, samples = 0, points = 0 } = row ?? {};
  const share = (count: number) => `${((100 * count) / records).toFixed(2)} %`;
  const delivered = patterns.length === 0 ? '' : `, ${share(deliveries)} of events delivered`;
  return `${delivered}${filters === 0 ? '' : `, ${share(samples)} samples in ${points} data points`}`;
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
