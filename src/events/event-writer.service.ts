import { startOfDay } from '../lib/time.js';
import type { Transaction } from '../platform/database/database.js';
import { nextBatchId, takePosition } from './event-write.store.js';
import { insertSegment } from './insert-segment.js';
import type { DecodedSegment, EffectsPart } from './segment.port.js';
import { logFileIdAt } from './segment-keys.js';

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

/** Stores the events of one batch of files inside a transaction, a segment at a time. */
export class EventWriter {
  readonly #files = new Map<string, FileCounts>();
  #events = 0;
  #minTime = Number.POSITIVE_INFINITY;
  #maxTime = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly transaction: Transaction,
    private readonly hasPartitions: (eventTimes: Iterable<number>) => boolean,
    readonly batchId: string,
  ) {}

  static async open(
    transaction: Transaction,
    hasPartitions: (eventTimes: Iterable<number>) => boolean,
  ): Promise<EventWriter> {
    return new EventWriter(transaction, hasPartitions, await nextBatchId(transaction));
  }

  /**
   * Writes a segment. Segments are written one after the other.
   *
   * @returns how many of its records are of events that were there already, and the first effects of those that were not
   * @throws PartitionsMissing
   */
  async write(segment: DecodedSegment): Promise<EffectsPart & { readonly duplicates: number }> {
    const days = new Set(Array.from(segment.keys.eventTimes, startOfDay));
    if (!this.hasPartitions(days)) throw new PartitionsMissing([...days]);
    const { duplicates, effects, left } = await insertSegment(this.transaction, this.batchId, segment);
    this.#count(segment, duplicates);
    return { duplicates: duplicates.size, effects, left };
  }

  get result(): BatchResult {
    return { events: this.#events, files: this.#files };
  }

  /**
   * Takes the batch's position: the last statement of the transaction.
   *
   * @param filterVersion the metric filters that saw its events
   * @returns null when nothing new was stored and readers have nothing to see
   */
  async takePosition(filterVersion: string): Promise<string | null> {
    if (this.#events === 0) return null;
    return takePosition(this.transaction, {
      batchId: this.batchId,
      filterVersion,
      minTime: this.#minTime,
      maxTime: this.#maxTime,
      events: this.#events,
    });
  }

  #count({ keys }: DecodedSegment, duplicates: ReadonlySet<number>): void {
    for (let index = 0; index < keys.count; index++) {
      const logFileId = logFileIdAt(keys, index);
      const file = this.#files.get(logFileId) ?? { events: 0, duplicates: 0 };
      this.#files.set(logFileId, file);
      if (duplicates.has(index)) {
        file.duplicates += 1;
        continue;
      }
      file.events += 1;
      this.#events += 1;
      const eventTime = keys.eventTimes[index] as number;
      this.#minTime = Math.min(this.#minTime, eventTime);
      this.#maxTime = Math.max(this.#maxTime, eventTime);
    }
  }
}
