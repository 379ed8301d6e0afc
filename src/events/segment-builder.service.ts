import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';
import { type RecordContext, toCloudTrailEvent } from '../formats/cloudtrail/record-to-event.js';
import { startOfDay } from '../lib/time.js';
import { writeUuid } from '../lib/uuid.js';
import { ChunkBuilder, type ChunkEntry, encodeChunks } from './chunk-builder.js';
import { CopyBuffer } from './copy-buffer.js';
import { writeEventRow } from './event-row.js';
import { HourlyCounts } from './hourly-counts.js';
import { chunkOf, chunkSize, ordinalOf, slotOf } from './record-chunk.js';
import type { Effect, EffectMaker, EffectsPart, EncodedEvents, SegmentKeys, SegmentPart } from './segment.port.js';
import { repeatsIn } from './segment-keys.js';

/** The file of a record. */
export interface SegmentFile extends RecordContext {
  readonly id: string;
  readonly accountId: string;
}

/** A record on its way into a segment. */
export interface SegmentRecord {
  readonly raw: Buffer;
  readonly eventTime: number;
  readonly eventId: string;
  readonly recordHash: bigint;
  readonly record: Readonly<Record<string, unknown>>;
  /** Its columns, where it is taken for new; null where it is taken for a duplicate, which needs none. */
  readonly event: CloudTrailEvent | null;
}

/** What the segments of one batch have in common. */
export interface BatchInHand {
  readonly id: bigint;
  /** The metric filters that see its events. */
  readonly filterVersion: string;
  nextChunk: number;
}

/** Large enough that a statement's fixed cost is lost, small enough that three of them fit into memory. */
const limits = { events: 8192, bytes: 16 * 1024 * 1024 };
const expectedRowBytes = 480;

/**
 * A part of a batch that is written at once: at most as many records as memory may hold. Records of one account and day
 * are put in chunks together, whichever file of the segment they came in. Everything here is computing: it may run on
 * any thread.
 *
 * What is taken for new is encoded as it comes, so that nothing but bytes and numbers is kept of it: a thousand parsed
 * records in waiting cost more in collecting garbage than all encoding does.
 */
export class SegmentBuilder {
  #count = 0;
  #bytes = 0;
  readonly #files: SegmentFile[] = [];
  readonly #fileOf = new Uint16Array(limits.events);
  readonly #eventTimes = new Float64Array(limits.events);
  readonly #eventIds = new Uint8Array(16 * limits.events);
  readonly #recordHashes = new BigInt64Array(limits.events);
  readonly #ordinals = new Int32Array(limits.events);
  /** Where each row ends in `#rows`. */
  readonly #rowEnds = new Int32Array(limits.events);
  readonly #rows = new CopyBuffer(limits.events * expectedRowBytes);
  readonly #counts = new HourlyCounts();
  /** Of what was taken for new, by place. */
  readonly #effects = new Map<number, Effect>();
  readonly #chunks = new Map<number, ChunkBuilder>();
  readonly #open = new Map<string, ChunkBuilder>();
  #lastFileId = 0n;
  #hasRows = true;
  /** Places of the records in the order of their keys. */
  #order: Uint32Array | null = null;

  constructor(
    private readonly batch: BatchInHand,
    private readonly maker: EffectMaker,
  ) {}

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#count === limits.events || this.#bytes >= limits.bytes;
  }

  add(file: SegmentFile, { raw, record, eventTime, eventId, recordHash, event }: SegmentRecord): void {
    const index = this.#count++;
    if (file !== this.#files.at(-1)) {
      this.#files.push(file);
      this.#lastFileId = BigInt(file.id);
    }
    const chunk = this.#chunkFor(file.accountId, startOfDay(eventTime));
    const ordinal = ordinalOf(chunk.number, chunk.count);
    chunk.add(raw, eventTime, event);
    this.#fileOf[index] = this.#files.length - 1;
    this.#eventTimes[index] = eventTime;
    writeUuid(this.#eventIds, eventId, 16 * index);
    this.#recordHashes[index] = recordHash;
    this.#ordinals[index] = ordinal;
    this.#bytes += raw.length;
    if (event === null) this.#forgetRows();
    if (!this.#hasRows || event === null) return;
    const { accountId } = file;
    writeEventRow(this.#rows, { event, accountId, logFileId: this.#lastFileId, recordHash, ordinal }, this.batch.id);
    this.#rowEnds[index] = this.#rows.length;
    this.#counts.add(accountId, event);
    const effect = this.maker.effectOf({ raw, record, accountId, awsRegion: event.awsRegion, eventId, eventTime });
    if (effect === null) return;
    this.#effects.set(index, effect);
    this.#bytes += effect.bytes;
  }

  /**
   * The keys of its records in their order. Batches that share events then wait for each other in one direction only.
   * Nothing may be added any more.
   */
  keys(): SegmentKeys {
    const order = this.#sorted();
    const count = this.#count;
    const accounts = new Places();
    const accountOfFile = this.#files.map(({ accountId }) => accounts.of(accountId));
    const keys: SegmentKeys = {
      count,
      accountIds: accounts.values,
      accountOf: new Uint16Array(count),
      logFileIds: this.#files.map(({ id }) => id),
      fileOf: new Uint16Array(count),
      eventTimes: new Float64Array(count),
      eventIds: new Uint8Array(16 * count),
      recordHashes: new BigInt64Array(count),
      ordinals: new Int32Array(count),
    };
    for (let place = 0; place < count; place++) {
      const index = order[place] as number;
      const file = this.#fileOf[index] as number;
      keys.fileOf[place] = file;
      keys.accountOf[place] = accountOfFile[file] as number;
      keys.eventTimes[place] = this.#eventTimes[index] as number;
      keys.recordHashes[place] = this.#recordHashes[index] as bigint;
      keys.ordinals[place] = this.#ordinals[index] as number;
      for (let at = 0; at < 16; at++) keys.eventIds[16 * place + at] = this.#eventIds[16 * index + at] as number;
    }
    return keys;
  }

  /** All events but those that repeat the key before them; null where it was filled with what is taken for duplicates. */
  encodeAll(keys: SegmentKeys): EncodedEvents | null {
    if (!this.#hasRows) return null;
    const repeats = repeatsIn(keys);
    const chunks = encodeChunks([...this.#chunks.values()], this.batch.id);
    if (repeats.size > 0) {
      const fresh = this.#sorted().filter((_, place) => !repeats.has(place));
      const counts = this.#encodeCounts(this.#countsOf(fresh));
      return { events: this.#rowsOf(fresh), chunks, ...counts, ...this.#knownEffects(fresh) };
    }
    const all = this.#sorted();
    return { events: this.#rowsOf(all), chunks, ...this.#encodeCounts(this.#counts), ...this.#knownEffects(all) };
  }

  encode({ fresh, keptOrdinals }: SegmentPart): EncodedEvents {
    const order = this.#sorted();
    const indexes = fresh.map((place) => order[place] as number);
    const wanted = new Set(keptOrdinals.map(chunkOf));
    for (const index of indexes) wanted.add(chunkOf(this.#ordinals[index] as number));
    const events = this.#hasRows ? this.#rowsOf(indexes) : this.#newRowsOf(indexes);
    const counts = this.#encodeCounts(this.#countsOf(indexes));
    const effects = this.#hasRows ? this.#knownEffects(indexes) : this.effectsOf(fresh);
    const chunks = [...wanted].map((number) => this.#chunks.get(number) as ChunkBuilder);
    return { events, chunks: encodeChunks(chunks, this.batch.id), ...counts, ...effects };
  }

  /**
   * Makes the effects of events that were taken for duplicates: as many as a segment may have bytes, and at least one.
   * Nothing is kept of them. The one that is too much is made once more for the part that it begins.
   *
   * @param places in the order of the keys
   */
  effectsOf(places: Uint32Array): EffectsPart {
    const order = this.#sorted();
    const effects: Effect[] = [];
    let bytes = 0;
    for (const [at, place] of places.entries()) {
      const effect = this.#newEffect(order[place] as number);
      if (effect === null) continue;
      bytes += effect.bytes;
      if (bytes > limits.bytes && effects.length > 0) return this.#partOf(effects, places.slice(at));
      effects.push(effect);
    }
    return this.#partOf(effects);
  }

  /** From the first record on that is taken for a duplicate, rows and effects are made when they are asked for. */
  #forgetRows(): void {
    this.#hasRows = false;
    this.#effects.clear();
  }

  /** The rows that were written as the records came, in another order. */
  #rowsOf(indexes: Uint32Array): Uint8Array {
    return this.#rows.pick(indexes, this.#rowEnds);
  }

  #newRowsOf(indexes: Uint32Array): Uint8Array {
    const rows = new CopyBuffer(indexes.length * expectedRowBytes);
    for (const index of indexes) {
      const { event, file, chunk } = this.#entry(index);
      const ordinal = this.#ordinals[index] as number;
      const recordHash = this.#recordHashes[index] as bigint;
      const row = { event, accountId: file.accountId, logFileId: BigInt(file.id), recordHash, ordinal };
      writeEventRow(rows, row, this.batch.id);
      chunk.addTerms(event);
    }
    return rows.finish();
  }

  /** Those that were worked out as the records came, and counted among the segment's bytes. */
  #knownEffects(indexes: Uint32Array): EffectsPart {
    const effects = this.#effects.size === 0 ? [] : Array.from(indexes, (index) => this.#effects.get(index));
    return this.#partOf(effects.filter((effect) => effect !== undefined));
  }

  #partOf(effects: readonly Effect[], left = new Uint32Array()): EffectsPart {
    return { effects: effects.length === 0 ? null : this.maker.gather(effects), left };
  }

  #newEffect(index: number): Effect | null {
    const { raw, record, event, file } = this.#entry(index);
    const { awsRegion, eventId, eventTime } = event;
    return this.maker.effectOf({ raw, record, accountId: file.accountId, awsRegion, eventId, eventTime });
  }

  #countsOf(indexes: Uint32Array): HourlyCounts {
    const counts = new HourlyCounts();
    for (const index of indexes) {
      const { event, file } = this.#entry(index);
      counts.add(file.accountId, event);
    }
    return counts;
  }

  /** In memory of its own: what stands in a pool cannot be handed to another thread. */
  #encodeCounts(counts: HourlyCounts): Pick<EncodedEvents, 'counts' | 'activity'> {
    const encoder = new TextEncoder();
    return {
      counts: encoder.encode(counts.copyText()),
      activity: encoder.encode(counts.activityText(this.batch.filterVersion)),
    };
  }

  /** A record of the segment, parsed once more: rare enough that nothing is kept for it. */
  #entry(index: number): SegmentEntry {
    const file = this.#files[this.#fileOf[index] as number] as SegmentFile;
    const ordinal = this.#ordinals[index] as number;
    const chunk = this.#chunks.get(chunkOf(ordinal)) as ChunkBuilder;
    const raw = chunk.recordAt(slotOf(ordinal));
    const record = JSON.parse(raw.toString()) as Record<string, unknown>;
    return { raw, record, event: toCloudTrailEvent({ raw, record }, file), file, chunk };
  }

  #sorted(): Uint32Array {
    if (this.#order !== null) return this.#order;
    const accounts = this.#files.map(({ accountId }) => accountId);
    const ids = this.#eventIds;
    this.#order = Uint32Array.from({ length: this.#count }, (_, index) => index).sort(
      (a, b) =>
        compare(accounts[this.#fileOf[a] as number] as string, accounts[this.#fileOf[b] as number] as string) ||
        (this.#eventTimes[a] as number) - (this.#eventTimes[b] as number) ||
        compareIds(ids, a, b),
    );
    return this.#order;
  }

  #chunkFor(accountId: string, day: number): ChunkBuilder {
    const key = `${accountId} ${day}`;
    const open = this.#open.get(key);
    if (open && open.count < chunkSize) return open;
    const chunk = new ChunkBuilder(this.batch.nextChunk++, accountId, day);
    this.#open.set(key, chunk);
    this.#chunks.set(chunk.number, chunk);
    return chunk;
  }
}

interface SegmentEntry extends ChunkEntry {
  readonly raw: Buffer;
  readonly record: Readonly<Record<string, unknown>>;
  readonly file: SegmentFile;
  readonly chunk: ChunkBuilder;
}

/** Numbers values in the order in which they turn up. */
class Places {
  readonly values: string[] = [];
  readonly #places = new Map<string, number>();

  of(value: string): number {
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.values.push(value) - 1;
      this.#places.set(value, place);
    }
    return place;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareIds(ids: Uint8Array, a: number, b: number): number {
  for (let at = 0; at < 16; at++) {
    const difference = (ids[16 * a + at] as number) - (ids[16 * b + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
