import { startOfDay } from '../lib/time.js';
import type { Transaction } from '../platform/database/database.js';
import type { BatchedEvent } from './event-copy.js';
import { nextBatchId, takePosition } from './event-write.store.js';
import { insertSegment } from './insert-segment.js';
import { type ChunkNumbers, Segment } from './segment.js';

/** What a file brought. */
export interface FileCounts {
  /** Events that are new. */
  events: number;
  /** Records whose event was stored already, or came twice. */
  duplicates: number;
}

export interface BatchResult {
  /** Events that are new. */
  readonly events: number;
  /** By log file id. */
  readonly files: ReadonlyMap<string, FileCounts>;
}

/** Thrown before anything is written of events whose partitions are missing. Make them outside, and run again. */
export class PartitionsMissing extends Error {
  constructor(readonly eventTimes: readonly number[]) {
    super('partitions are missing');
  }
}

/** About 20 MB of rows and records: large enough that a statement's fixed cost is lost, small enough to hold three. */
const segmentLimits = { events: 8192, bytes: 16 * 1024 * 1024 };

/**
 * Stores the events of one batch of files inside a transaction, in segments of bounded memory: while one is being sent,
 * the next is filled.
 */
export class EventWriter {
  #segment: Segment;
  #sending: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  readonly #numbers: ChunkNumbers = { next: 0 };
  readonly #files = new Map<string, FileCounts>();
  #events = 0;
  #minTime = Number.POSITIVE_INFINITY;
  #maxTime = Number.NEGATIVE_INFINITY;
  /** Once a duplicate was met the rest of the batch expects more of them. */
  #expectDuplicates = false;

  private constructor(
    private readonly transaction: Transaction,
    private readonly hasPartitions: (eventTimes: Iterable<number>) => boolean,
    private readonly batchId: string,
  ) {
    this.#segment = new Segment(this.#numbers);
  }

  static async open(
    transaction: Transaction,
    hasPartitions: (eventTimes: Iterable<number>) => boolean,
  ): Promise<EventWriter> {
    return new EventWriter(transaction, hasPartitions, await nextBatchId(transaction));
  }

  /** Adds a record. Await it when it returns a promise: the database is behind. */
  add(input: Omit<BatchedEvent, 'ordinal'>, raw: Buffer): Promise<void> | undefined {
    this.#segment.add(input, raw);
    const isFull = this.#segment.events.length >= segmentLimits.events || this.#segment.bytes >= segmentLimits.bytes;
    return isFull ? this.#send() : undefined;
  }

  /** Writes what is left. */
  async finish(): Promise<BatchResult> {
    await this.#send();
    await this.settled();
    if (this.#failure) throw this.#failure.error;
    return { events: this.#events, files: this.#files };
  }

  /**
   * Takes the batch's position: the last statement of the transaction.
   *
   * @returns null when nothing new was stored and readers have nothing to see
   */
  async takePosition(): Promise<string | null> {
    if (this.#events === 0) return null;
    return takePosition(this.transaction, {
      batchId: this.batchId,
      minTime: this.#minTime,
      maxTime: this.#maxTime,
      events: this.#events,
    });
  }

  /** Resolves when nothing is being sent any more, also after a failure: only then may the transaction be rolled back. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    await this.#sending;
    if (this.#failure) throw this.#failure.error;
    const segment = this.#segment;
    if (segment.events.length === 0) return;
    this.#segment = new Segment(this.#numbers);
    this.#sending = this.#write(segment).catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  async #write(segment: Segment): Promise<void> {
    const days = new Set(segment.events.map(({ event }) => startOfDay(event.eventTime)));
    if (!this.hasPartitions(days)) throw new PartitionsMissing([...days]);
    segment.sortByKey();
    const duplicates = await insertSegment(this.transaction, this.batchId, segment, this.#expectDuplicates);
    this.#expectDuplicates ||= duplicates.length > 0;
    this.#count(segment, new Set(duplicates.map(({ ordinal }) => ordinal)));
  }

  #count(segment: Segment, duplicates: ReadonlySet<number>): void {
    for (const row of segment.events) {
      const file = this.#files.get(row.logFileId) ?? { events: 0, duplicates: 0 };
      this.#files.set(row.logFileId, file);
      if (duplicates.has(row.ordinal)) {
        file.duplicates += 1;
        continue;
      }
      file.events += 1;
      this.#events += 1;
      this.#minTime = Math.min(this.#minTime, row.event.eventTime);
      this.#maxTime = Math.max(this.#maxTime, row.event.eventTime);
    }
  }
}
