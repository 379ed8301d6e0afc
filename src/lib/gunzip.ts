import { constants, Gunzip as MinizlibGunzip } from 'minizlib';
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

/** What zlib makes at once at most. */
const outputBytes = 128 * 1024;
/** A step holds all that it makes: a thousand times its input at worst. */
const inputBytes = 16 * 1024;

/** How much input is kept so that what zlib swallowed with an error can be won back. */
const journalBytes = 8 * 1024 * 1024;

/** Steps of the search for the last byte of input before the damage, from coarse to exact. */
const searchSteps = [1024, 32, 1] as const;

/**
 * Decompresses gzip data of one or several members, on the thread that asks: what runs on threads of its own gains
 * nothing by waiting for zlib's. Output buffers are not reused.
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
  *write(input: Uint8Array): Generator<Buffer, void> {
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
  *finish(): Generator<Buffer, void> {
    yield* this.#count(this.#stream.finish());
  }

  destroy(): void {
    this.#stream.destroy();
  }

  *#count(outputs: readonly Buffer[]): Generator<Buffer, void> {
    for (const output of outputs) {
      this.#produced += output.length;
      yield output;
    }
  }

  #record(piece: Uint8Array): void {
    if (this.#journal && this.#journal.length + piece.length > journalBytes) this.#journal = null;
    this.#journal?.append(piece);
  }

  *#winBack(): Generator<Buffer, void> {
    if (!this.#journal) return;
    const input = this.#journal.view();
    let good = this.#accepted;
    let lost: Buffer[] = [];
    for (const step of searchSteps) ({ good, lost } = replay(input, good, step, this.#produced));
    yield* lost;
  }
}

/**
 * Feeds the input anew: up to `good`, then step by step until it fails.
 *
 * @returns how much input was good, and the output after the first `known` bytes
 */
function replay(input: Buffer, good: number, step: number, known: number): { good: number; lost: Buffer[] } {
  const stream = new GunzipStream();
  const lost: Buffer[] = [];
  let skip = known;
  let accepted = 0;
  try {
    while (accepted < input.length) {
      const next = accepted < good ? Math.min(good, accepted + inputBytes) : accepted + step;
      for (const output of stream.write(input.subarray(accepted, next))) {
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

/** `chunkSize` is handed on to zlib: minizlib's types leave it out, and would have a lone one for a mistake. */
const options = { chunkSize: outputBytes, flush: constants.Z_NO_FLUSH };

/** zlib, one step at a time. */
class GunzipStream {
  readonly #stream = new MinizlibGunzip(options);
  #outputs: Buffer[] = [];
  #error: Error | null = null;

  constructor() {
    this.#stream.on('data', (output) => this.#outputs.push(output as Buffer));
    this.#stream.on('error', (error) => {
      this.#error ??= error as Error;
    });
  }

  write(input: Uint8Array): Buffer[] {
    this.#stream.write(asBuffer(input));
    return this.#take();
  }

  finish(): Buffer[] {
    this.#stream.end();
    return this.#take();
  }

  destroy(): void {
    this.#stream.close();
  }

  #take(): Buffer[] {
    if (this.#error) throw fault(this.#error);
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function fault(error: NodeJS.ErrnoException): Error {
  const detail = error.cause instanceof Error ? error.cause.message : error.message;
  if (error.code === 'Z_BUF_ERROR') return new GunzipError('cut-short', detail, { cause: error });
  if (error.code === 'Z_DATA_ERROR') return new GunzipError('damaged', detail, { cause: error });
  return error;
}
