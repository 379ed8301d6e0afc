import { countOfUnits, type ExactCount } from './exact-count.js';
import { maxBucketKey, maxMagnitude } from './value-bucket.js';

/** What a sketch consists of, ascending by `key`: a value where it is exact, else the key of a bucket. */
export interface SketchParts {
  readonly isBucketed: boolean;
  readonly entries: readonly (readonly [key: number, count: ExactCount])[];
}

/** Beyond this many distinct values there are buckets. */
export const maxExactValues = 128;

const exactCodec = 1;
const bucketedCodec = 2;

/** Room for sums of the largest count, 2^400 in units of 2^-64: longer numbers are not ours. */
const maxVarintBytes = 72;

/** Their 49 bits fit a double. */
const smallVarintBytes = 7;

/**
 * Layout: a byte that names the codec (1 exact, 2 bucketed), the number of entries, then each entry's key and count.
 * A key is the value as a double, big-endian; or, of buckets, the difference to the key before, the first one
 * zigzagged. A count's lowest bit says whether the rest of it is a whole number (0) or one of 2^-64ths (1). Numbers
 * are LEB128 varints. Equal parts give equal bytes.
 *
 * A bucketed entry takes 2 to 4 bytes for counts below 8,192: at most 2.6 KB where the values spread over three powers
 * of ten. The most that there can be, with every bucket of both signs in use, is 184,323 entries or 0.6 MB.
 */
export function encodeParts({ isBucketed, entries }: SketchParts): Uint8Array {
  const bytes = [isBucketed ? bucketedCodec : exactCodec];
  writeVarint(bytes, entries.length);
  let previous: number | null = null;
  for (const [key, count] of entries) {
    if (!isBucketed) writeDouble(bytes, key);
    else writeVarint(bytes, previous === null ? zigzag(key) : key - previous);
    writeCount(bytes, count);
    previous = key;
  }
  return Uint8Array.from(bytes);
}

/** @throws Error when `encodeParts` cannot have written the bytes. The work is bounded by their number. */
export function decodeParts(bytes: Uint8Array): SketchParts {
  const reader = new Reader(bytes);
  const codec = reader.byte();
  if (codec !== exactCodec && codec !== bucketedCodec) throw malformed('an unknown codec');
  const isBucketed = codec === bucketedCodec;
  const length = reader.integer();
  if (length > (isBucketed ? 2 * maxBucketKey + 1 : maxExactValues)) throw malformed('too many entries');
  const entries: [number, ExactCount][] = [];
  let previous: number | null = null;
  for (let at = 0; at < length; at++) {
    const key: number = isBucketed ? bucketKeyOf(reader.integer(), previous) : reader.double();
    if (!isKey(key, isBucketed) || (previous !== null && key <= previous)) throw malformed('a wrong key');
    entries.push([key, readCount(reader)]);
    previous = key;
  }
  if (!reader.isAtEnd) throw malformed('bytes behind its end');
  return { isBucketed, entries };
}

function isKey(key: number, isBucketed: boolean): boolean {
  if (isBucketed) return Number.isInteger(key) && Math.abs(key) <= maxBucketKey;
  return Math.abs(key) <= maxMagnitude && !Object.is(key, -0);
}

function bucketKeyOf(number: number, previous: number | null): number {
  if (previous !== null) return previous + number;
  return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
}

function zigzag(key: number): number {
  return key < 0 ? -2 * key - 1 : 2 * key;
}

const scratch = new DataView(new ArrayBuffer(8));

function writeDouble(bytes: number[], value: number): void {
  scratch.setFloat64(0, value);
  for (let at = 0; at < 8; at++) bytes.push(scratch.getUint8(at));
}

function writeCount(bytes: number[], count: ExactCount): void {
  if (typeof count === 'number' && count < 2 ** 50) writeVarint(bytes, 2 * count);
  else writeBigVarint(bytes, typeof count === 'number' ? BigInt(count) << 1n : (count << 1n) | 1n);
}

function readCount(reader: Reader): ExactCount {
  const tagged = reader.varint();
  // Most are short, and numbers are much faster than bigints.
  const isWhole = typeof tagged === 'number' ? tagged % 2 === 0 : (tagged & 1n) === 0n;
  const number = typeof tagged === 'number' ? Math.floor(tagged / 2) : tagged >> 1n;
  const count = isWhole ? Number(number) : countOfUnits(BigInt(number));
  if (count === 0 || count === 0n) throw malformed('a count of 0');
  if (isWhole && !Number.isSafeInteger(count)) throw malformed('a wrong count');
  if (!isWhole && typeof count === 'number') throw malformed('a whole count written as a fraction');
  return count;
}

/** @param number a safe integer, not negative */
function writeVarint(bytes: number[], number: number): void {
  let rest = number;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function writeBigVarint(bytes: number[], number: bigint): void {
  let rest = number;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) + 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw malformed('an early end');
    return byte;
  }

  double(): number {
    const at = this.#at;
    this.#at += 8;
    if (this.#at > this.#bytes.length) throw malformed('an early end');
    return this.#view.getFloat64(at);
  }

  /** As `varint`, where no bigint can be meant. */
  integer(): number {
    const number = this.varint();
    if (typeof number === 'bigint') throw malformed('a number out of range');
    return number;
  }

  /** A number below 2^49, else a bigint. */
  varint(): number | bigint {
    let low = 0;
    let factor = 1;
    for (let read = 0; read < smallVarintBytes; read++) {
      const byte = this.byte();
      low += (byte % 0x80) * factor;
      factor *= 0x80;
      if (byte < 0x80) return unpadded(low, byte, read);
    }
    let number = BigInt(low);
    for (let read = smallVarintBytes; read < maxVarintBytes; read++) {
      const byte = this.byte();
      number |= BigInt(byte % 0x80) << BigInt(7 * read);
      if (byte < 0x80) return unpadded(number, byte, read);
    }
    throw malformed('a number out of range');
  }
}

/** Without this, one number could be written in many ways. */
function unpadded<N extends number | bigint>(number: N, lastByte: number, bytesBefore: number): N {
  if (lastByte === 0 && bytesBefore > 0) throw malformed('a padded number');
  return number;
}

function malformed(what: string): Error {
  return new Error(`this is no value sketch: it has ${what}`);
}
