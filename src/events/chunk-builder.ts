import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';
import { CopyBuffer } from './copy-buffer.js';
import { TermCollector } from './event-terms.js';
import { chunkColumns, chunkSize, openChunkSync, packChunk } from './record-chunk.js';

/** An event of a chunk. */
export interface ChunkEntry {
  readonly event: CloudTrailEvent;
}

/** Records of one account and day, which are packed together: at once when it is full, else when it is asked for. */
export class ChunkBuilder {
  #records: Buffer[] = [];
  #packed: Buffer | null = null;
  #opened: readonly Buffer[] | null = null;
  readonly #terms = new TermCollector();
  #minTime = Number.POSITIVE_INFINITY;
  #maxTime = Number.NEGATIVE_INFINITY;
  #isNew = true;
  count = 0;

  constructor(
    readonly number: number,
    readonly accountId: string,
    /** 00:00 UTC of the day of its events. */
    readonly day: number,
  ) {}

  /** @param event null for a record that is taken for a duplicate: its terms come with `addTerms`, if ever */
  add(raw: Buffer, eventTime: number, event: CloudTrailEvent | null): void {
    this.count += 1;
    this.#records.push(raw);
    if (eventTime < this.#minTime) this.#minTime = eventTime;
    if (eventTime > this.#maxTime) this.#maxTime = eventTime;
    if (event === null) this.#isNew = false;
    else this.#terms.add(event);
    // Whole chunks of duplicates are never packed.
    if (this.count === chunkSize && this.#isNew) this.#pack();
  }

  addTerms(event: CloudTrailEvent): void {
    this.#terms.add(event);
  }

  recordAt(slot: number): Buffer {
    if (this.#packed !== null) this.#opened ??= openChunkSync(this.#packed);
    return (this.#opened ?? this.#records)[slot] as Buffer;
  }

  writeRow(to: CopyBuffer, batchId: bigint): void {
    to.row(chunkColumns.length);
    to.timestamp(this.day);
    to.bigint(batchId);
    to.integer(this.number);
    to.text(this.accountId);
    to.timestamp(this.#minTime);
    to.timestamp(this.#maxTime);
    to.integerArray(this.#terms.terms, this.#terms.terms.size);
    to.bytea(this.#pack());
  }

  #pack(): Buffer {
    if (this.#packed === null) {
      this.#packed = packChunk(this.#records);
      this.#records = [];
    }
    return this.#packed;
  }
}

const expectedChunkBytes = 20 * 1024;

/** Rows of `record_chunk` in COPY's binary format. */
export function encodeChunks(chunks: readonly ChunkBuilder[], batchId: bigint): Uint8Array {
  const rows = new CopyBuffer(chunks.length * expectedChunkBytes);
  for (const chunk of chunks) chunk.writeRow(rows, batchId);
  return rows.finish();
}
