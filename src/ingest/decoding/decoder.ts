import type { EffectiveSegment } from '../../events/segment.port.js';
import type { SegmentFile } from '../../events/segment-builder.service.js';
import type { DecodedBatch, Reading } from './batch-decoding.js';

/** Decodes the files of one batch. */
export interface Decoder {
  /**
   * Reads a file. Several may be given at once: they are read in the order in which they were given.
   *
   * @throws what `bytes` throws, and what `write` has thrown
   */
  read(file: SegmentFile, bytes: AsyncIterable<Uint8Array>): Promise<Reading>;
  /** Resolves when every segment of every file was written. */
  finish(): Promise<void>;
  /** Ends it wherever it is, and resolves when nothing is being written any more. */
  close(): Promise<void>;
}

/**
 * Stores a segment; one at a time, in their order.
 *
 * @returns what is to be expected of the records that follow
 */
export type WriteSegment = (segment: EffectiveSegment) => Promise<{ expectsDuplicates: boolean }>;

export interface Decoders {
  open(batch: DecodedBatch, write: WriteSegment): Decoder;
  stop(): Promise<void>;
}
