import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { readBatch, readRecordsOf, type StoredEvent } from '../events/stored-batch.service.js';
import { hourMs, startOfHour } from '../lib/time.js';
import { LogMessage } from '../patterns/filter-pattern/log-message.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, conflict, notFound, storedReason } from '../platform/errors.js';
import { failpoint } from '../platform/failpoint.js';
import { timeRange } from '../platform/graphql/time-range.js';
import { failureFields, type Logger } from '../platform/log.js';
import { CompiledFilters, gatherSamples, type Sample } from './filter-matching.service.js';
import { FilterRun } from './filter-run.service.js';
import type { FilterDefinition, FilterSet } from './filter-set.port.js';
import * as store from './metric-backfill.store.js';
import type { MetricBackfill } from './metric-filter.entity.js';
import type { BackfillMetricFilterInput } from './metric-filter.inputs.js';
import type { MetricFilterService } from './metric-filter.service.js';
import { findFilterOfOutput } from './metric-filter.store.js';
import type { MetricRegistry } from './metric-registry.service.js';
import { PointWriter } from './point-writer.service.js';

export interface MetricBackfillDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly filters: MetricFilterService;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  readonly now: () => Date;
  /** Told that one was started. */
  readonly onDue: () => Promise<void>;
}

/** Events of one transaction: a second or so. */
const eventsAtOnce = 8192;
/** Four chunks where all of their records are wanted. */
const recordsAtOnce = 256;
const batchesAtOnce = 200;
const afterFailureMs = 60_000;
const whileUnsettledMs = 1000;

/**
 * Runs metric filters over stored events, a part in each transaction, so that any number of workers share the work and
 * whatever is killed goes on where it was. Each event is counted once: a batch knows which filters have seen it as it came,
 * and a run knows what other runs of the same filter have been through.
 */
export class MetricBackfills {
  constructor(private readonly deps: MetricBackfillDeps) {}

  /** @throws CONFLICT where a run of the filter is not at its end */
  async start(caller: Caller, input: BackfillMetricFilterInput): Promise<MetricBackfill> {
    const { database, audit, filters, onDue } = this.deps;
    const range = timeRange('input', input);
    const hours = {
      from: range.from && new Date(startOfHour(range.from.getTime())),
      to: range.to && new Date(startOfHour(range.to.getTime() + hourMs - 1)),
    };
    const started = await database.transaction(async (sql) => {
      const { outputId, accountIds } = await filters.require(caller.accounts, input.name, sql);
      const backfill = await store.insertBackfill(sql, outputId, hours);
      if (backfill === null) throw conflict(`a backfill of metric filter "${input.name}" runs already`);
      await audit.record(caller, { action: 'backfillMetricFilter', target: input.name, accountIds }, sql);
      return backfill;
    });
    await onDue();
    return started;
  }

  /** @throws NOT_FOUND where none of it runs */
  async cancel(caller: Caller, name: string): Promise<MetricBackfill> {
    const { database, audit, filters } = this.deps;
    return database.transaction(async (sql) => {
      const { outputId, accountIds } = await filters.require(caller.accounts, name, sql);
      const backfill = await store.cancelBackfills(sql, outputId);
      if (backfill === null) throw notFound(`a running backfill of metric filter "${name}"`);
      await audit.record(caller, { action: 'cancelMetricBackfill', target: name, accountIds }, sql);
      return backfill;
    });
  }

  /** The last runs of some filters, the newest first, in the order of what they count. */
  async last(outputIds: readonly string[], limit: number): Promise<MetricBackfill[][]> {
    if (limit < 1 || limit > 100) throw badInput('last', 'must be between 1 and 100');
    const rows = await store.lastBackfills(this.deps.database, outputIds, limit);
    return outputIds.map((id) => rows.filter(({ outputId }) => outputId === id));
  }

  /**
   * Does the next part of the run that has waited longest.
   *
   * @returns false when none is due
   */
  async step(): Promise<boolean> {
    const { database, log, now } = this.deps;
    let taken: store.BackfillWork | null = null;
    try {
      await database.transaction(async (sql) => {
        taken = await store.takeBackfill(sql, now());
        if (taken !== null) await this.#goOn(sql, taken);
      });
      if (taken !== null) failpoint('metric-backfill.after-commit');
    } catch (error) {
      if (taken === null) throw error;
      const { id } = taken as store.BackfillWork;
      log.warn({ ...failureFields(error), backfill: id }, 'a metric filter could not be run over stored events');
      await store.noteFailure(database, id, storedReason(error), new Date(now().getTime() + afterFailureMs));
    }
    return taken !== null;
  }

  async #goOn(sql: Sql, work: store.BackfillWork): Promise<void> {
    const { registry, now } = this.deps;
    const filter = await findFilterOfOutput(sql, work.outputId);
    const batches = filter === null ? [] : await store.nextBatches(sql, work, batchesAtOnce);
    if (filter === null || batches.length === 0) {
      const due = work.isSettled ? null : new Date(now().getTime() + whileUnsettledMs);
      return store.noteEnd(sql, work.id, due);
    }
    const set: FilterSet = { version: '', filters: [filter] };
    const points = new PointWriter(sql, registry, now(), true);
    const run = new FilterRun(points, set);
    const part = new Part(sql, work, filter, new CompiledFilters(set));
    for (const batch of batches) {
      if (part.isFull) break;
      await part.read(batch);
    }
    await run.add(gatherSamples(part.samples));
    await points.finish();
    if (points.crowded.length > 0) {
      this.deps.log.warn(
        { metrics: points.crowded },
        'a metric filter has too many values of dimensions: new ones are left out',
      );
    }
    await store.noteStep(sql, work.id, part.step, now());
    failpoint('metric-backfill.before-commit');
  }
}

/** What one transaction goes through. */
class Part {
  readonly samples: Sample[] = [];
  #position: string;
  #ordinal: number;
  #batches = 0;
  #events = 0;

  constructor(
    private readonly sql: Sql,
    private readonly work: store.BackfillWork,
    private readonly filter: FilterDefinition,
    private readonly compiled: CompiledFilters,
  ) {
    this.#position = work.position;
    this.#ordinal = work.ordinal;
  }

  get isFull(): boolean {
    return this.#events >= eventsAtOnce;
  }

  get step(): store.BackfillStep {
    const [position, ordinal] = [this.#position, this.#ordinal];
    return { position, ordinal, batches: this.#batches, events: this.#events, matched: this.samples.length };
  }

  /** Reads the next of a batch: all of it, or as much as one transaction takes. */
  async read(batch: store.UncountedBatch): Promise<void> {
    const fromOrdinal = batch.position === this.#position ? this.#ordinal : 0;
    const { accountIds, regions } = this.filter;
    const which = { accountIds, regions, from: this.work.from, to: this.work.to };
    const limit = eventsAtOnce - this.#events;
    const events = await readBatch(this.sql, batch, which, fromOrdinal, limit);
    await this.#match(events.filter((event) => !isCovered(event, batch.covered)));
    this.#events += events.length;
    this.#position = batch.position;
    const last = events.at(-1);
    const isCut = last !== undefined && events.length === limit;
    this.#ordinal = isCut ? last.ordinal + 1 : store.wholeBatch;
    if (!isCut) this.#batches += 1;
  }

  /** A few at a time: a record may have 256 KB. */
  async #match(events: readonly StoredEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += recordsAtOnce)
      await this.#matchSome(events.slice(at, at + recordsAtOnce));
  }

  async #matchSome(events: readonly StoredEvent[]): Promise<void> {
    const records = await readRecordsOf(this.sql, events);
    for (const [index, { account, awsRegion, eventTime }] of events.entries()) {
      const raw = records[index] ?? null;
      if (raw === null) continue;
      const message = LogMessage.ofRecord(raw, JSON.parse(raw.toString()));
      const event = { message, accountId: account, awsRegion, eventTime: eventTime.getTime() };
      for (const sample of this.compiled.samplesOf(event)) this.samples.push(sample);
    }
  }
}

function isCovered({ eventTime, ordinal }: StoredEvent, spans: readonly store.CoveredSpan[]): boolean {
  const time = eventTime.getTime();
  return spans.some(
    ({ from, to, below }) => ordinal < below && (from === null || time >= from) && (to === null || time < to),
  );
}
