import type { EffectMaker, EncodedEvents, SegmentKeys } from '../../events/segment.port.js';
import type { SegmentBuilder, SegmentFile } from '../../events/segment-builder.service.js';
import { BatchDecoding, type OpenedBatch } from './batch-decoding.js';
import { type FromThread, memoryOf, type ToThread } from './messages.js';

/** Segments that were handed over and are not written yet. One more is being filled. */
const maxUnwritten = 2;

class BatchClosed extends Error {}

/** One batch as the decoding thread has it. */
export class ThreadBatch {
  readonly #decoding: BatchDecoding;
  readonly #pieces: Extract<ToThread, { type: 'piece' }>[] = [];
  readonly #unwritten = new Map<number, SegmentBuilder>();
  #segments = 0;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(
    readonly number: number,
    decoded: OpenedBatch,
    maker: EffectMaker,
    private readonly post: (message: FromThread, transfer: ArrayBuffer[]) => void,
  ) {
    this.#decoding = new BatchDecoding(decoded, maker, (segment) => this.#emit(segment));
  }

  take(message: ToThread): void {
    switch (message.type) {
      case 'piece': {
        this.#pieces.push(message);
        const { file } = message;
        if (file !== null) this.#inTurn(() => this.#read(file));
        break;
      }
      case 'finish':
        this.#inTurn(() => this.#finish());
        break;
      case 'encode':
        this.#encode(message);
        break;
      case 'makeEffects':
        this.#makeEffects(message);
        break;
      case 'written':
        this.#unwritten.delete(message.segment);
        this.#decoding.expectsDuplicates = message.expectsDuplicates;
        break;
      case 'close':
        this.close();
        break;
      case 'open':
        break;
    }
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #inTurn(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      // Whoever closed it has stopped listening.
      if (!(error instanceof BatchClosed)) this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    this.close();
    this.post(
      { batch: this.number, type: 'failed', error: error instanceof Error ? error : new Error(String(error)) },
      [],
    );
  }

  async #read(file: SegmentFile): Promise<void> {
    const reading = await this.#decoding.read(file, this.#piecesOfFile());
    this.post({ batch: this.number, type: 'read', reading }, []);
  }

  /** Reads the file to its end even where the decoder stops early: the next file's pieces follow. */
  async *#piecesOfFile(): AsyncGenerator<Uint8Array, void> {
    let isLast = false;
    try {
      while (!isLast) {
        const piece = await this.#nextPiece();
        isLast = piece.isLast;
        yield piece.bytes;
      }
    } finally {
      while (!isLast) ({ isLast } = await this.#nextPiece());
    }
  }

  async #nextPiece(): Promise<Extract<ToThread, { type: 'piece' }>> {
    await this.#until(() => this.#pieces.length > 0);
    const piece = this.#pieces.shift() as Extract<ToThread, { type: 'piece' }>;
    if (!piece.isLast) this.post({ batch: this.number, type: 'taken' }, []);
    return piece;
  }

  async #emit(segment: SegmentBuilder): Promise<void> {
    const keys = segment.keys();
    const encoded = segment.encodeAll(keys);
    const number = this.#segments++;
    this.#unwritten.set(number, segment);
    this.post(
      { batch: this.number, type: 'segment', segment: number, keys, encoded },
      memoryOf(partsOf(keys, encoded)),
    );
    await this.#until(() => this.#unwritten.size < maxUnwritten);
  }

  async #finish(): Promise<void> {
    await this.#decoding.finish();
    await this.#until(() => this.#unwritten.size === 0);
    this.post({ batch: this.number, type: 'finished' }, []);
  }

  #encode({ segment, part }: Extract<ToThread, { type: 'encode' }>): void {
    try {
      const encoded = (this.#unwritten.get(segment) as SegmentBuilder).encode(part);
      this.post({ batch: this.number, type: 'encoded', segment, encoded }, memoryOf(partsOf(null, encoded)));
    } catch (error) {
      this.#fail(error);
    }
  }

  #makeEffects({ segment, left }: Extract<ToThread, { type: 'makeEffects' }>): void {
    try {
      const part = (this.#unwritten.get(segment) as SegmentBuilder).effectsOf(left);
      this.post({ batch: this.number, type: 'effects', segment, part }, memoryOf([part.left]));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (;;) {
      if (this.#isClosed) throw new BatchClosed();
      if (isSo()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function partsOf(keys: SegmentKeys | null, encoded: EncodedEvents | null): (ArrayBufferView | null)[] {
  const ofKeys = keys
    ? [keys.accountOf, keys.fileOf, keys.eventTimes, keys.eventIds, keys.recordHashes, keys.ordinals]
    : [];
  return [
    ...ofKeys,
    ...(encoded ? [encoded.events, encoded.chunks, encoded.counts, encoded.activity, encoded.left] : []),
  ];
}
