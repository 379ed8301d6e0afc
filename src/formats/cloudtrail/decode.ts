import { createHash } from 'node:crypto';
import { Gunzip, GunzipError } from '../../lib/gunzip.js';
import { type JsonSlice, JsonSlicer, JsonStructureError } from '../../lib/json-slice.js';

/** A record as AWS wrote it, and parsed. */
export interface RecordSlice {
  /** The record's bytes, without white space around them. Shares memory with its neighbours of the same batch only. */
  readonly raw: Buffer;
  readonly record: Record<string, unknown>;
}

/** An element of `Records` that is no record. The others of its file are not touched by it. */
export interface RecordProblem {
  /** Place in the file's `Records`, from 0. */
  readonly index: number;
  /** Bytes of JSON (decompressed) before it. */
  readonly position: number;
  readonly reason: string;
}

/**
 * A log file that cannot be read, or not to its end.
 *
 * `reason` is a sentence about the file for the person who looks at it; `position` is how many bytes of its JSON
 * (decompressed) stand before the fault.
 */
export class LogFileError extends Error {
  override readonly name = 'LogFileError';

  constructor(
    readonly reason: string,
    readonly position: number,
    options?: ErrorOptions,
    /** Of all of its JSON, where that could be had although it is none: whether AWS wrote it so is for digests to say. */
    readonly sha256: Uint8Array | null = null,
  ) {
    super(`${reason} (at byte ${position})`, options);
  }
}

export interface DecodeLimits {
  /** Bytes of JSON a file may hold. */
  readonly maxFileBytes: number;
  readonly maxRecordBytes: number;
  /** Levels of objects and arrays in a record. */
  readonly maxRecordDepth: number;
}

export interface DecodeSummary {
  /** Records given out. */
  readonly records: number;
  /** The first 20 problems. */
  readonly problems: readonly RecordProblem[];
  /** All of them counted. */
  readonly problemCount: number;
  /** SHA-256 of the JSON, as digests have it. */
  readonly sha256: Uint8Array;
}

/** AWS's records stay under 256 KB, and their depth under 30; the limits leave room without being an invitation. */
const defaultLimits: DecodeLimits = {
  maxFileBytes: 4 * 1024 ** 3,
  maxRecordBytes: 16 * 1024 ** 2,
  maxRecordDepth: 200,
};

const maxProblemsKept = 20;

/** JSON looked at in one go. A batch that is still in use keeps this much memory alive, however large the input's pieces. */
const windowBytes = 128 * 1024;

/**
 * Reads the records of one log file: `{"Records":[…]}` as gzip (also of several members) or as plain JSON, told apart
 * by the first bytes. Batches come in the order of the file. Memory is bounded by one record, one batch, and 8 MiB of
 * compressed input (see {@link Gunzip}). The input's buffers may be reused once the next one is asked for.
 *
 * @throws LogFileError once every intact record before the fault was given out; errors of `bytes` pass unchanged
 */
export async function* decodeLogFile(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: Partial<DecodeLimits> = {},
): AsyncGenerator<RecordSlice[], DecodeSummary> {
  const reader = new RecordReader({ ...defaultLimits, ...limits });
  const pieces = decompress(bytes);
  try {
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      reader.hash(next.value);
      for (let at = 0; at < next.value.length; at += windowBytes) {
        yield* reader.read(next.value.subarray(at, at + windowBytes));
      }
    }
    return reader.end();
  } catch (error) {
    throw explain(error, reader, error instanceof JsonStructureError ? await reader.hashToEnd(pieces) : null);
  } finally {
    await pieces.return();
  }
}

/** The file's JSON. */
async function* decompress(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let head = Buffer.alloc(0);
  let gunzip: Gunzip | null = null;
  try {
    for await (const piece of bytes) {
      let input = piece;
      if (head.length < 2) {
        head = Buffer.concat([head, piece]);
        if (head.length < 2) continue;
        if (isGzip(head)) gunzip = new Gunzip();
        input = head;
      }
      if (gunzip) yield* gunzip.write(input);
      else yield input;
    }
    if (head.length === 0) throw new LogFileError('the file is empty', 0);
    if (gunzip) yield* gunzip.finish();
    else if (head.length < 2) yield head;
  } finally {
    gunzip?.destroy();
  }
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** JSON in pieces to batches of records, with the problems kept aside. */
class RecordReader {
  readonly #limits: DecodeLimits;
  readonly #slicer: JsonSlicer;
  readonly #problems: RecordProblem[] = [];
  readonly #hash = createHash('sha256');
  #hashed = 0;
  #records = 0;
  #problemCount = 0;
  /** The first bytes, to tell a person what the file is when it is no log file. */
  #start = Buffer.alloc(0);

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
    this.#slicer = new JsonSlicer({
      property: 'Records',
      maxElementBytes: limits.maxRecordBytes,
      maxElementDepth: limits.maxRecordDepth,
      read: (bytes) => {
        const value = parse(bytes);
        return isObject(value) && !isDeeperThan(value, limits.maxRecordDepth) ? value : undefined;
      },
    });
  }

  get position(): number {
    return this.#slicer.position;
  }

  get start(): Buffer {
    return this.#start;
  }

  *read(json: Uint8Array): Generator<RecordSlice[], void> {
    const allowed = this.#limits.maxFileBytes - this.#slicer.position;
    if (this.#start.length < 64) this.#start = Buffer.concat([this.#start, json.subarray(0, 64)]);
    const slices: JsonSlice[] = [];
    let fault: unknown;
    try {
      this.#slicer.push(json.length > allowed ? json.subarray(0, allowed) : json, slices);
    } catch (error) {
      fault = error;
    }
    const batch = this.#parseAll(slices);
    if (batch.length > 0) yield batch;
    if (fault !== undefined) throw fault;
    if (json.length > allowed) {
      throw new LogFileError(`the file holds more than ${this.#limits.maxFileBytes} bytes of JSON`, this.position);
    }
  }

  /** Takes JSON into the hash of the file. */
  hash(json: Uint8Array): void {
    this.#hashed += json.length;
    this.#hash.update(json);
  }

  /** The hash of the file, with the rest of it; null where the rest cannot be had, or is too long to be asked for. */
  async hashToEnd(rest: AsyncGenerator<Uint8Array, void>): Promise<Uint8Array | null> {
    try {
      for await (const json of rest) {
        this.hash(json);
        if (this.#hashed > this.#limits.maxFileBytes) return null;
      }
      return this.#hash.digest();
    } catch (error) {
      if (error instanceof GunzipError) return null;
      throw error;
    }
  }

  end(): DecodeSummary {
    this.#slicer.end();
    return {
      records: this.#records,
      problems: this.#problems,
      problemCount: this.#problemCount,
      sha256: this.#hash.digest(),
    };
  }

  #parseAll(slices: readonly JsonSlice[]): RecordSlice[] {
    const batch: RecordSlice[] = [];
    for (const slice of slices) {
      const { raw } = slice;
      const record = slice.value ?? (raw === null ? undefined : parse(raw));
      if (raw !== null && isObject(record)) batch.push({ raw, record });
      else this.#setAside(slice, record);
    }
    this.#records += batch.length;
    return batch;
  }

  #setAside({ index, position, raw, fault }: JsonSlice, value: unknown): void {
    this.#problemCount++;
    if (this.#problems.length >= maxProblemsKept) return;
    const reason =
      fault === 'too-large'
        ? `the record is larger than ${this.#limits.maxRecordBytes} bytes`
        : fault === 'too-deep'
          ? `the record is nested deeper than ${this.#limits.maxRecordDepth} levels`
          : raw?.length === 0
            ? 'there is nothing where a record should stand'
            : value === undefined
              ? 'the record is not valid JSON'
              : 'the record is not a JSON object';
    this.#problems.push({ index, position, reason });
  }
}

/** The value, or undefined where it is no JSON. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch {
    return undefined;
  }
}

/** Whether a value has more levels of objects and arrays. */
function isDeeperThan(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object' && inner !== null && isDeeperThan(inner, levels - 1)) return true;
  }
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function explain(error: unknown, reader: RecordReader, sha256: Uint8Array | null): unknown {
  if (error instanceof GunzipError) {
    const reason =
      error.kind === 'cut-short' ? 'the gzip data is cut short' : `the gzip data is damaged (${error.detail})`;
    return new LogFileError(reason, reader.position, { cause: error });
  }
  if (error instanceof JsonStructureError) {
    return new LogFileError(notALogFile(reader.start) ?? error.reason, error.position, { cause: error }, sha256);
  }
  return error;
}

/** What stands in a file that does not begin as a log file does; null for one that does. */
function notALogFile(start: Buffer): string | null {
  const text = start
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (text === '' && start.length > 0) return null;
  if (text.startsWith('{')) return null;
  if (start.length === 0) return 'the gzip data holds nothing';
  if (text.startsWith('<')) return 'the file is an HTML or XML page, not a log file';
  if (text.startsWith('[')) return 'the file is a JSON array, not an object with "Records"';
  if (isGzip(start)) return 'the file is gzip within gzip';
  return 'the file is neither gzip nor JSON';
}
