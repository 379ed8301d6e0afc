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
  try {
    for await (const json of decompress(bytes)) {
      for (let at = 0; at < json.length; at += windowBytes) {
        yield* reader.read(json.subarray(at, at + windowBytes));
      }
    }
    return reader.end();
  } catch (error) {
    throw explain(error, reader);
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

  end(): DecodeSummary {
    this.#slicer.end();
    return { records: this.#records, problems: this.#problems, problemCount: this.#problemCount };
  }

  #parseAll(slices: readonly JsonSlice[]): RecordSlice[] {
    const batch: RecordSlice[] = [];
    for (const slice of slices) {
      const { raw } = slice;
      const record = raw === null ? undefined : parse(raw);
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
function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function explain(error: unknown, reader: RecordReader): unknown {
  if (error instanceof GunzipError) {
    const reason =
      error.kind === 'cut-short' ? 'the gzip data is cut short' : `the gzip data is damaged (${error.detail})`;
    return new LogFileError(reason, reader.position, { cause: error });
  }
  if (error instanceof JsonStructureError) {
    return new LogFileError(notALogFile(reader.start) ?? error.reason, error.position, { cause: error });
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
