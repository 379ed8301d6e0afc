import type { EffectiveSegment, EffectsPart, EncodedEvents } from '../../events/segment.port.js';
import type { SegmentFile } from '../../events/segment-builder.service.js';
import type { Reading } from './batch-decoding.js';
import type { Decoder, WriteSegment } from './decoder.js';
import type { FromThread, ToThread } from './messages.js';

export interface ThreadDecoderDeps {
  readonly batch: number;
  readonly write: WriteSegment;
  readonly post: (message: ToThread, transfer: ArrayBuffer[]) => void;
  /** Called once: the thread may decode another batch. */
  readonly onClosed: () => void;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Pieces of files that are on their way to the thread. */
const maxUntaken = 8;
/** A piece that is larger is cut, so that as little is on its way whatever it was read from. */
const pieceBytes = 256 * 1024;

/** One batch as the main thread has it: bytes go to the thread that decodes, segments come back and are written. */
export class ThreadDecoder implements Decoder {
  readonly #readings: Waiting<Reading>[] = [];
  readonly #encodings = new Map<number, Waiting<EncodedEvents>>();
  readonly #effects = new Map<number, Waiting<EffectsPart>>();
  #finished: Waiting<void> | null = null;
  #sending: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();
  #untaken = 0;
  #wake: () => void = () => undefined;
  #failure: { readonly error: unknown } | null = null;
  #isClosed = false;

  constructor(private readonly deps: ThreadDecoderDeps) {}

  async read(file: SegmentFile, bytes: AsyncIterable<Uint8Array>): Promise<Reading> {
    const reading = this.#expect<Reading>((waiting) => this.#readings.push(waiting));
    this.#sending = this.#sending.then(() => this.#send(file, bytes)).catch((error: unknown) => this.fail(error));
    return reading;
  }

  async finish(): Promise<void> {
    const finished = this.#expect<void>((waiting) => {
      this.#finished = waiting;
    });
    await this.#sending;
    this.#post({ type: 'finish' });
    await finished;
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.fail(new Error('the batch was given up'));
      this.#isClosed = true;
      // A thread that has ended takes no message, and needs none.
      this.#post({ type: 'close' });
    }
    await Promise.all([this.#sending, this.#writing]);
    this.deps.onClosed();
  }

  take(message: FromThread): void {
    if (message.batch !== this.deps.batch || this.#failure) return;
    switch (message.type) {
      case 'taken':
        this.#taken();
        break;
      case 'read':
        this.#taken();
        this.#readings.shift()?.resolve(message.reading);
        break;
      case 'segment':
        this.#writing = this.#writing.then(() => this.#write(message)).catch((error: unknown) => this.fail(error));
        break;
      case 'encoded':
        this.#encodings.get(message.segment)?.resolve(message.encoded);
        this.#encodings.delete(message.segment);
        break;
      case 'effects':
        this.#effects.get(message.segment)?.resolve(message.part);
        this.#effects.delete(message.segment);
        break;
      case 'finished':
        this.#finished?.resolve();
        this.#finished = null;
        break;
      case 'failed':
        this.fail(message.error);
        break;
    }
  }

  /** Whoever waits for anything of the batch learns why it will not come. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#readings.splice(0)) reject(error);
    for (const answers of [this.#encodings, this.#effects]) {
      for (const { reject } of answers.values()) reject(error);
      answers.clear();
    }
    this.#finished?.reject(error);
    this.#finished = null;
    this.#wake();
  }

  #expect<T>(add: (waiting: Waiting<T>) => void): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      if (this.#failure) reject(this.#failure.error);
      else add({ resolve, reject });
    });
    // Of many files that fail together only the first may be looked at.
    promise.catch(() => undefined);
    return promise;
  }

  #taken(): void {
    this.#untaken -= 1;
    this.#wake();
  }

  /** Each piece waits for the next one to come, to be told from the last. */
  async #send(file: SegmentFile, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#failure) return;
    let head: SegmentFile | null = file;
    let waiting: Uint8Array<ArrayBuffer> | null = null;
    for await (const part of bytes) {
      for (let at = 0; at < part.length; at += pieceBytes) {
        if (waiting !== null) {
          await this.#sendPiece(head, waiting, false);
          head = null;
        }
        // A copy: the bytes may be asked for once more, and may stand in memory that others share.
        waiting = new Uint8Array(part.subarray(at, at + pieceBytes));
      }
      if (this.#failure) return;
    }
    await this.#sendPiece(head, waiting ?? new Uint8Array(), true);
  }

  async #sendPiece(file: SegmentFile | null, bytes: Uint8Array<ArrayBuffer>, isLast: boolean): Promise<void> {
    while (this.#untaken >= maxUntaken && !this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) return;
    this.#untaken += 1;
    this.#post({ type: 'piece', file, bytes, isLast }, [bytes.buffer]);
  }

  async #write({ segment, keys, encoded }: Extract<FromThread, { type: 'segment' }>): Promise<void> {
    if (this.#failure) return;
    const encode: EffectiveSegment['encode'] = (part) => {
      const result = this.#expect<EncodedEvents>((waiting) => this.#encodings.set(segment, waiting));
      this.#post({ type: 'encode', segment, part });
      return result;
    };
    const effectsOf: EffectiveSegment['effectsOf'] = (left) => {
      const result = this.#expect<EffectsPart>((waiting) => this.#effects.set(segment, waiting));
      this.#post({ type: 'makeEffects', segment, left });
      return result;
    };
    const { expectsDuplicates } = await this.deps.write({ keys, encoded, encode, effectsOf });
    this.#post({ type: 'written', segment, expectsDuplicates });
  }

  #post(message: WithoutBatch, transfer: ArrayBuffer[] = []): void {
    this.deps.post({ ...message, batch: this.deps.batch } as ToThread, transfer);
  }
}

type WithoutBatch = ToThread extends infer Message
  ? Message extends ToThread
    ? Omit<Message, 'batch'>
    : never
  : never;
