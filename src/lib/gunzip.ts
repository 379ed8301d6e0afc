import { createGunzip } from 'node:zlib';
import { GrowingBuffer } from './growing-buffer.js';

/** The gzip data ends too early or is damaged. */
export class GunzipError extends Error {
  override readonly name = 'GunzipError';

  constructor(
    readonly kind: 'cut-short' | 'damaged',
    /** zlib's own words, e.g. `incorrect data check`. */
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`gzip data ${kind}: ${detail}`, options);
  }
}

/** Output a call of zlib: below 128 KiB the way to its thread and back costs more than the work. */
const outputBytes = 128 * 1024;
const inputBytes = 64 * 1024;

/** How much input is kept so that what zlib swallowed with an error can be won back. */
const journalBytes = 8 * 1024 * 1024;

/** Steps of the search for the last byte of input before the damage, from coarse to exact. */
const searchSteps = [1024, 32, 1] as const;

/**
 * Decompresses gzip data of one or several members, one output buffer at a time: the next one is made while the caller
 * works on the last, and not before the caller asks. Output buffers are not reused.
 *
 * Everything that stands before a fault is given out before the GunzipError is thrown. zlib returns nothing of the call
 * that failed, so the input is kept, as long as it is under 8 MiB, and fed anew in ever smaller steps up to the damage.
 */
export class Gunzip {
  readonly #stream = new GunzipStream();
  #journal: GrowingBuffer | null = new GrowingBuffer();
  /** Bytes of input that zlib took without complaint. */
  #accepted = 0;
  #produced = 0;

  /** Takes more input. The iteration must be run to its end before the next call. @throws GunzipError */
  async *write(input: Uint8Array): AsyncGenerator<Buffer, void> {
    for (let at = 0; at < input.length; at += inputBytes) {
      const piece = input.subarray(at, at + inputBytes);
      this.#record(piece);
      try {
        yield* this.#count(this.#stream.write(piece));
      } catch (error) {
        if (error instanceof GunzipError && error.kind === 'damaged') yield* this.#winBack();
        throw error;
      }
      this.#accepted += piece.length;
    }
  }

  /** Says that no more input comes and gives out the rest. @throws GunzipError */
  async *finish(): AsyncGenerator<Buffer, void> {
    yield* this.#count(this.#stream.finish());
  }

  destroy(): void {
    this.#stream.destroy();
  }

  async *#count(outputs: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const output of outputs) {
      this.#produced += output.length;
      yield output;
    }
  }

  #record(piece: Uint8Array): void {
    if (this.#journal && this.#journal.length + piece.length > journalBytes) this.#journal = null;
    this.#journal?.append(piece);
  }

  async *#winBack(): AsyncGenerator<Buffer, void> {
    if (!this.#journal) return;
    const input = this.#journal.view();
    let good = this.#accepted;
    let lost: Buffer[] = [];
    for (const step of searchSteps) ({ good, lost } = await replay(input, good, step, this.#produced));
    yield* lost;
  }
}

/**
 * Feeds the input anew: whole up to `good`, then step by step until it fails.
 *
 * @returns how much input was good, and the output after the first `known` bytes
 */
async function replay(
  input: Buffer,
  good: number,
  step: number,
  known: number,
): Promise<{ good: number; lost: Buffer[] }> {
  const stream = new GunzipStream();
  const lost: Buffer[] = [];
  let skip = known;
  let accepted = 0;
  try {
    while (accepted < input.length) {
      const next = accepted < good ? good : accepted + step;
      for await (const output of stream.write(input.subarray(accepted, next))) {
        if (output.length > skip) lost.push(output.subarray(skip));
        skip = Math.max(0, skip - output.length);
      }
      accepted = next;
    }
  } catch (error) {
    if (!(error instanceof GunzipError)) throw error;
  } finally {
    stream.destroy();
  }
  return { good: accepted, lost };
}

/** Node's gunzip stream, one call at a time. */
class GunzipStream {
  // An output is larger than the stream's high-water mark, so the next one is made only when the last was taken: at
  // most one waits, and an error, which throws away what waits, finds nothing to throw away.
  readonly #stream = createGunzip({ chunkSize: outputBytes });
  #error: Error | null = null;
  #wake: () => void = ignore;

  constructor() {
    this.#stream.on('readable', () => this.#wake());
    this.#stream.on('error', (error) => this.#fail(error));
    this.#stream.on('close', () => this.#wake());
  }

  write(input: Uint8Array): AsyncGenerator<Buffer, void> {
    return this.#outputs((done) => this.#stream.write(input, done));
  }

  /** The end comes without input of its own: zlib would return nothing of a last call that finds the data cut short. */
  finish(): AsyncGenerator<Buffer, void> {
    return this.#outputs((done) => this.#stream.once('end', done).end());
  }

  destroy(): void {
    this.#stream.destroy();
  }

  async *#outputs(start: (done: (error?: Error | null) => void) => void): AsyncGenerator<Buffer, void> {
    let done = false;
    start((error) => {
      done = true;
      if (error) this.#fail(error);
      this.#wake();
    });
    for (;;) {
      const output: Buffer | null = this.#stream.read();
      if (output !== null) {
        yield output;
      } else if (this.#error) {
        throw fault(this.#error);
      } else if (done || this.#stream.destroyed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#wake();
  }
}

function ignore(): void {
  // Nobody waits yet.
}

function fault(error: NodeJS.ErrnoException): Error {
  if (error.code === 'Z_BUF_ERROR') return new GunzipError('cut-short', error.message, { cause: error });
  if (error.code === 'Z_DATA_ERROR') return new GunzipError('damaged', error.message, { cause: error });
  return error;
}
