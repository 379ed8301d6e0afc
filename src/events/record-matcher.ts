import pMap from 'p-map';
import type { Sql } from '../platform/database/database.js';
import type { ChunkAddress } from './chunk-address.js';
import { readChunks, type StoredChunk } from './record.store.js';
import { chunkOf, openChunk, ordinalOf, slotOf } from './record-chunk.js';
import type { RecordTest } from './record-test.js';

/** Chunks read at once: about 1.3 MB as they are stored, 6.4 MB opened. While some are looked through, the next come. */
const chunksPerRead = 64;
/** As many as Node has threads to inflate them. */
const openedAtOnce = 4;

/** Some of the records of a chunk. */
export interface ChunkSlots extends ChunkAddress {
  /** A bit for each slot, the lowest for slot 0. */
  readonly slots: bigint;
}

/** A record by its place. */
export interface RecordPlace {
  readonly batchId: string;
  readonly ordinal: number;
}

/**
 * Holds records against a test. Each chunk is read once, however often its records are asked for: a walk in the
 * order of time comes to the chunks of many files in turn. What stays of a chunk is which of its records matched.
 */
export class RecordMatcher {
  readonly #verdicts = new Map<string, bigint>();

  constructor(
    private readonly sql: Sql,
    private readonly matches: RecordTest,
    private readonly signal: AbortSignal,
  ) {}

  /** The records among these that pass the test, in no order. */
  async find(candidates: readonly ChunkSlots[]): Promise<RecordPlace[]> {
    await this.#look(candidates.filter((chunk) => !this.#verdicts.has(keyOf(chunk))));
    return candidates.flatMap((chunk) => {
      const hits = (this.#verdicts.get(keyOf(chunk)) ?? 0n) & chunk.slots;
      return hits === 0n ? [] : placesOf(chunk, hits);
    });
  }

  /** The events among these whose records pass the test, in the order given. */
  async filter<E extends RecordPlace>(events: readonly E[], addressOf: (event: E) => ChunkAddress): Promise<E[]> {
    const chunks = new Map(events.map((event) => [keyOf(placeOf(event)), { ...addressOf(event), slots: 0n }]));
    await this.#look([...chunks.values()].filter((chunk) => !this.#verdicts.has(keyOf(chunk))));
    return events.filter(
      (event) => ((this.#verdicts.get(keyOf(placeOf(event))) ?? 0n) & slotBit(event.ordinal)) !== 0n,
    );
  }

  async #look(chunks: readonly ChunkAddress[]): Promise<void> {
    const accountOf = new Map(chunks.map((chunk) => [keyOf(chunk), chunk.accountId]));
    let next = this.#read(chunks, 0);
    for (let start = 0; start < chunks.length; start += chunksPerRead) {
      const read = await next;
      next = this.#read(chunks, start + chunksPerRead);
      // Should looking fail first, a failure to read must not go unheard.
      next.catch(() => undefined);
      await pMap(read, (chunk) => this.#judge(chunk, accountOf.get(keyOf(chunk)) as string), {
        concurrency: openedAtOnce,
      });
      this.signal.throwIfAborted();
    }
  }

  async #read(chunks: readonly ChunkAddress[], start: number): Promise<StoredChunk[]> {
    const wanted = chunks.slice(start, start + chunksPerRead);
    return wanted.length === 0 ? [] : readChunks(this.sql, wanted);
  }

  async #judge(chunk: StoredChunk, accountId: string): Promise<void> {
    let verdict = 0n;
    for (const [slot, record] of (await openChunk(chunk.data)).entries()) {
      if (this.matches(record, accountId)) verdict |= slotBit(slot);
    }
    this.#verdicts.set(keyOf(chunk), verdict);
  }
}

function keyOf({ batchId, chunk }: Pick<ChunkAddress, 'batchId' | 'chunk'>): string {
  return `${batchId}/${chunk}`;
}

function placeOf({ batchId, ordinal }: RecordPlace): Pick<ChunkAddress, 'batchId' | 'chunk'> {
  return { batchId, chunk: chunkOf(ordinal) };
}

function slotBit(ordinal: number): bigint {
  return 1n << BigInt(slotOf(ordinal));
}

function placesOf({ batchId, chunk }: ChunkAddress, hits: bigint): RecordPlace[] {
  const places: RecordPlace[] = [];
  for (let slot = 0; hits >> BigInt(slot) > 0n; slot++) {
    if ((hits >> BigInt(slot)) & 1n) places.push({ batchId, ordinal: ordinalOf(chunk, slot) });
  }
  return places;
}
