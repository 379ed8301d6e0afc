import type { EffectsPart, EncodedEvents, SegmentKeys, SegmentPart } from '../../events/segment.port.js';
import type { SegmentFile } from '../../events/segment-builder.service.js';
import type { OpenedBatch, Reading } from './batch-decoding.js';
import type { Watchers } from './batch-effects.js';

/** What a thread is told. Each batch has a number, so that nothing of one that was given up is taken for the next. */
export type ToThread = {
  readonly batch: number;
} /** Rules and filters go along only where they are others than those of the batch before. */ & (
  | {
      readonly type: 'open';
      readonly decoded: OpenedBatch;
      readonly watchers: { readonly [K in keyof Watchers]: Watchers[K] | null };
    }
  /** A piece of a file; its first one says which. Small files come in one. */
  | { readonly type: 'piece'; readonly file: SegmentFile | null; readonly bytes: Uint8Array; readonly isLast: boolean }
  | { readonly type: 'finish' }
  | { readonly type: 'encode'; readonly segment: number; readonly part: SegmentPart }
  /** The effects before these are stored. */
  | { readonly type: 'makeEffects'; readonly segment: number; readonly left: Uint32Array }
  | { readonly type: 'written'; readonly segment: number; readonly expectsDuplicates: boolean }
  | { readonly type: 'close' }
);

/** What a thread tells. */
export type FromThread = {
  readonly batch: number;
} /** A piece was taken: another may follow. Of the last piece of a file `read` says so. */ & (
  | { readonly type: 'taken' }
  | { readonly type: 'read'; readonly reading: Reading }
  | {
      readonly type: 'segment';
      readonly segment: number;
      readonly keys: SegmentKeys;
      readonly encoded: EncodedEvents | null;
    }
  | { readonly type: 'encoded'; readonly segment: number; readonly encoded: EncodedEvents }
  | { readonly type: 'effects'; readonly segment: number; readonly part: EffectsPart }
  | { readonly type: 'finished' }
  | { readonly type: 'failed'; readonly error: Error }
);

/** The memory of what is handed over, which the sender gives up. */
export function memoryOf(values: readonly (ArrayBufferView | null)[]): ArrayBuffer[] {
  const buffers = values.flatMap((value) => (value === null ? [] : [value.buffer as ArrayBuffer]));
  return [...new Set(buffers)];
}
