import pMap from 'p-map';
import { startOfDay } from '../lib/time.js';
import type { BatchedEvent, ChunkRow } from './event-copy.js';
import { chunkSize, ordinalOf, packChunk } from './record-chunk.js';

/** A chunk that still takes records: those of one account and day. */
interface OpenChunk {
  readonly chunk: number;
  readonly accountId: string;
  readonly day: number;
  readonly records: Buffer[];
  packed?: Promise<Buffer>;
}

/** As many as Node has threads for it; each takes a third of a megabyte beside its records. */
const packedAtOnce = 4;

/** Gives out the chunk numbers of one batch. */
export interface ChunkNumbers {
  next: number;
}

/**
 * A part of a batch that is written at once: at most as many records as memory may hold. Records of one account and day
 * are put in chunks together, whichever file of the segment they came in.
 */
export class Segment {
  readonly events: BatchedEvent[] = [];
  /** Bytes of the records held. */
  bytes = 0;
  readonly #chunks: OpenChunk[] = [];
  readonly #open = new Map<string, OpenChunk>();

  constructor(private readonly numbers: ChunkNumbers) {}

  add(input: Omit<BatchedEvent, 'ordinal'>, raw: Buffer): void {
    const chunk = this.#chunkFor(input.accountId, startOfDay(input.event.eventTime));
    const ordinal = ordinalOf(chunk.chunk, chunk.records.push(raw) - 1);
    // Written out: a spread costs a microsecond, which is much for what is done with every event.
    const { event, accountId, logFileId, recordHash } = input;
    this.events.push({ event, accountId, logFileId, recordHash, ordinal });
    this.bytes += raw.length;
  }

  /**
   * Orders the rows by their unique key. Batches that share events then wait for each other in one direction only.
   * The order in which a batch is read is that of its ordinals and stays as it was.
   */
  sortByKey(): void {
    this.events.sort(
      (a, b) =>
        compare(a.accountId, b.accountId) ||
        a.event.eventTime - b.event.eventTime ||
        compare(a.event.eventId, b.event.eventId),
    );
  }

  /** The chunks, or only those numbered in `wanted`, packed; each is packed once. */
  async packChunks(wanted?: ReadonlySet<number>): Promise<ChunkRow[]> {
    const chunks = wanted ? this.#chunks.filter(({ chunk }) => wanted.has(chunk)) : this.#chunks;
    return pMap(
      chunks,
      async (open) => {
        open.packed ??= packChunk(open.records);
        return { chunk: open.chunk, accountId: open.accountId, day: open.day, data: await open.packed };
      },
      { concurrency: packedAtOnce },
    );
  }

  #chunkFor(accountId: string, day: number): OpenChunk {
    const key = `${accountId} ${day}`;
    const open = this.#open.get(key);
    if (open && open.records.length < chunkSize) return open;
    const chunk: OpenChunk = { chunk: this.numbers.next++, accountId, day, records: [] };
    this.#open.set(key, chunk);
    this.#chunks.push(chunk);
    return chunk;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
