import { setTimeout as delay } from 'node:timers/promises';
import { EventWriter, PartitionsMissing } from '../events/event-writer.service.js';
import type { Partitions } from '../events/partition.service.js';
import type { EffectiveSegment } from '../events/segment.port.js';
import type { SegmentFile } from '../events/segment-builder.service.js';
import { dayMs } from '../lib/time.js';
import { FilterRun } from '../metrics/filter-run.service.js';
import type { FilterSets } from '../metrics/filter-set.service.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { touchWatchersOfDefaults } from '../metrics/metric-watch.service.js';
import { PointWriter } from '../metrics/point-writer.service.js';
import { advisoryLocks, lockShared, tryLock } from '../platform/database/advisory-lock.js';
import type { Database, Transaction } from '../platform/database/database.js';
import { failpoint } from '../platform/failpoint.js';
import { RuleRun } from '../rules/rule-run.service.js';
import type { RuleSets } from '../rules/rule-set.service.js';
import type { IngestResult, Ledger, LedgerFile } from '../sources/ledger.port.js';
import type { Reading } from './decoding/batch-decoding.js';
import type { BatchEffects } from './decoding/batch-effects.js';
import type { Decoders } from './decoding/decoder.js';
import type { DuplicateGuesses } from './duplicate-guesses.js';
import { ingestFigures } from './ingest-figures.js';

/** A file whose bytes can be read from the start, more than once. */
export interface ReadableFile {
  readonly file: LedgerFile;
  open(): Promise<AsyncIterable<Uint8Array>>;
  /** What the store said of the bytes that were opened last. */
  object?(): { readonly etag: string; readonly size: number } | null;
}

export interface IngestDeps {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly partitions: Partitions;
  readonly decoders: Decoders;
  readonly guesses: DuplicateGuesses;
  readonly rules: RuleSets;
  readonly filters: FilterSets;
  readonly registry: MetricRegistry;
  readonly now: () => Date;
}

/** What became of a batch; `files` leaves out those that another worker had taken over. */
export interface Ingested {
  readonly position: string | null;
  readonly files: readonly IngestResult[];
  /** What rules caused to be delivered. */
  readonly deliveries: number;
  /** Metrics of filters that have too many dimensions: what was of new ones was left out. */
  readonly crowded: readonly string[];
}

/**
 * Stores the events of some files in one transaction, with their counts, the ledger's word on each file, and the position
 * at which readers find them. Nothing of it is seen before all of it is.
 *
 * @param isHistory whether a backfill asked for them: what alarms make of them is no news
 */
export async function ingestBatch(
  deps: IngestDeps,
  lease: string,
  files: readonly ReadableFile[],
  signal: AbortSignal,
  isHistory = false,
): Promise<Ingested> {
  await deps.partitions.ensure(expectedDays(files));
  let attempts = 0;
  for (;;) {
    try {
      const ingested = await deps.database.transaction(async (transaction) => {
        // A process that is frozen in the midst of a COPY is not idle for the server: this ends its locks.
        await transaction.query(`SET LOCAL statement_timeout = '10min'`);
        await standInLine(transaction, attempts++);
        return store(deps, transaction, { lease, isHistory }, files, signal);
      });
      failpoint('ingest.after-commit');
      return ingested;
    } catch (error) {
      // Events of other days than their file's: rare, so the work is done again rather than planned for.
      if (!(error instanceof PartitionsMissing)) throw error;
      await deps.partitions.ensure(error.eventTimes);
      attempts = 0;
    }
  }
}

/** What rules and metric filters make of the events of one transaction. */
interface Runs {
  readonly rules: RuleRun;
  readonly filters: FilterRun;
}

/** How long a batch that lost a deadlock waits to be alone: about five seconds. */
const triesToBeAlone = 50;
const betweenTriesMs = 100;

/**
 * Rows are written in the order of their keys within a segment, not over all segments of a batch: two batches with many
 * events in common can still lock each other out. The one that loses runs again, with no other beside it if that can be
 * had soon. It tries, and does not queue: whoever waits for a lock alone makes all wait who come after, and among those
 * before may be one that is fed by a slow download.
 */
async function standInLine(transaction: Transaction, attempts: number): Promise<void> {
  for (let tries = 0; attempts > 0 && tries < triesToBeAlone; tries++) {
    if (await tryLock(transaction, advisoryLocks.ingest)) return;
    await delay(betweenTriesMs);
  }
  await lockShared(transaction, advisoryLocks.ingest);
}

/** A file holds events of the quarter of an hour before it, as a rule. */
function expectedDays(files: readonly ReadableFile[]): Set<number> {
  return new Set(files.flatMap(({ file }) => [file.deliveredAt.getTime(), file.deliveredAt.getTime() - dayMs / 24]));
}

async function store(
  { ledger, partitions, decoders, guesses, rules, filters, registry, now }: IngestDeps,
  transaction: Transaction,
  { lease, isHistory }: { readonly lease: string; readonly isHistory: boolean },
  files: readonly ReadableFile[],
  signal: AbortSignal,
): Promise<Ingested> {
  const held = await ledger.lock(
    transaction,
    lease,
    files.map(({ file }) => file.id),
  );
  const mine = files.filter(({ file }) => held.has(file.id));
  const [first] = mine;
  if (!first) return { position: null, files: [], deliveries: 0, crowded: [] };
  const { sourceId } = first.file;
  const writer = await EventWriter.open(transaction, partitions.has);
  const watchers = { rules: await rules.current(transaction), filters: await filters.current(transaction) };
  const points = new PointWriter(transaction, registry, now(), isHistory);
  const runs = { rules: new RuleRun(transaction, watchers.rules), filters: new FilterRun(points, watchers.filters) };
  const batch = {
    id: writer.batchId,
    expectsDuplicates: guesses.expects(sourceId),
    ingestionTime: now().toISOString(),
    watchers,
  };
  const decoder = decoders.open(batch, async (segment) => {
    const duplicates = await writeSegment(writer, runs, segment);
    failpoint('ingest.half-written');
    return { expectsDuplicates: guesses.learn(sourceId, { records: segment.keys.count, duplicates }) };
  });
  let readings: Reading[];
  try {
    const reading = mine.map(({ file, open }) => decoder.read(decodingOf(file), bytesOf(open, signal)));
    readings = await Promise.all(reading);
    await decoder.finish();
  } finally {
    // Only then may the transaction be rolled back.
    await decoder.close();
  }
  const { files: counts } = writer.result;
  const results = mine.map(({ file: { id }, object }, index) => ({
    id,
    object: object?.() ?? null,
    ...(readings[index] as Reading),
    ...(counts.get(id) ?? { events: 0, duplicates: 0 }),
  }));
  await ledger.ingested(transaction, lease, results);
  const ingested = mine.map(({ file }, index) => ({ file, result: results[index] as (typeof results)[number] }));
  await points.add([...ingestFigures(ingested, now()), ...runs.rules.figures(now())]);
  await points.finish();
  await touchWatchersOfDefaults(transaction, watchers.filters.version, isHistory);
  await runs.rules.seal();
  const position = await writer.takePosition(watchers.filters.version);
  failpoint('ingest.before-commit');
  return { position, files: results, deliveries: runs.rules.deliveries, crowded: points.crowded };
}

/**
 * Each part of the effects is stored before the next is made: all of them may be many times what the records are.
 *
 * @returns how many of its records are of events that were there already
 */
async function writeSegment(writer: EventWriter, runs: Runs, segment: EffectiveSegment): Promise<number> {
  let { duplicates, effects, left } = await writer.write(segment);
  await follow(runs, effects as BatchEffects | null);
  while (left.length > 0) {
    // Else they would stand in memory beside the next ones.
    effects = null;
    ({ effects, left } = await segment.effectsOf(left));
    await follow(runs, effects as BatchEffects | null);
  }
  return duplicates;
}

async function follow(runs: Runs, effects: BatchEffects | null): Promise<void> {
  if (effects === null) return;
  await runs.rules.add(effects.rules);
  await runs.filters.add(effects.samples);
}

function decodingOf({ id, accountId, awsRegion, deliveredAt }: LedgerFile): SegmentFile {
  return { id, accountId, awsRegion, deliveredAt: deliveredAt.getTime() };
}

async function* bytesOf(open: ReadableFile['open'], signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  signal.throwIfAborted();
  for await (const part of await open()) {
    yield part;
    signal.throwIfAborted();
  }
}
