import type { SegmentBuilder, SegmentFile } from '../../events/segment-builder.service.js';
import { BatchDecoding, type DecodedBatch } from './batch-decoding.js';
import { CompiledWatchers } from './batch-effects.js';
import type { Decoder, Decoders, WriteSegment } from './decoder.js';

const compiled = new CompiledWatchers();

/** Decodes on the thread that asks: where the program runs from its TypeScript, which no other thread could load. */
export const localDecoders: Decoders = {
  open: (batch, write) => new LocalDecoder(batch, write),
  stop: async () => undefined,
};

class LocalDecoder implements Decoder {
  readonly #decoding: BatchDecoding;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(
    batch: DecodedBatch,
    private readonly write: WriteSegment,
  ) {
    compiled.update(batch.watchers);
    const opened = { ...batch, filterVersion: batch.watchers.filters.version };
    this.#decoding = new BatchDecoding(opened, compiled.effects(batch.ingestionTime), (segment) => this.#emit(segment));
  }

  read(file: SegmentFile, bytes: AsyncIterable<Uint8Array>) {
    return this.#inTurn(() => this.#decoding.read(file, bytes));
  }

  finish(): Promise<void> {
    return this.#inTurn(() => this.#decoding.finish());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#isClosed) throw new Error('the batch was given up');
      return work();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #emit(segment: SegmentBuilder): Promise<void> {
    if (this.#isClosed) throw new Error('the batch was given up');
    const keys = segment.keys();
    const { expectsDuplicates } = await this.write({
      keys,
      encoded: segment.encodeAll(keys),
      encode: async (part) => segment.encode(part),
      effectsOf: async (left) => segment.effectsOf(left),
    });
    this.#decoding.expectsDuplicates = expectsDuplicates;
  }
}
