import { GrowingBuffer } from './growing-buffer.js';
import { isSpace, JsonValueScanner } from './json-value-scanner.js';

/** An element of the array. */
export interface JsonSlice {
  /** Place among all elements of the document, from 0. */
  readonly index: number;
  /** Bytes from the start of the document to the element's first one. */
  readonly position: number;
  /**
   * The element's own bytes, without white space around it. It stays valid when the buffer it came in is reused, and it
   * shares memory only with slices of the same `push`. Null where the element was given up.
   */
  readonly raw: Buffer | null;
  /** Why `raw` is null. */
  readonly fault: 'too-large' | 'too-deep' | null;
  /** What `read` made of it, where that was how its end was found; else undefined. */
  readonly value?: unknown;
}

/** The document is not what was announced; `position` counts bytes from its start. */
export class JsonStructureError extends Error {
  override readonly name = 'JsonStructureError';

  constructor(
    readonly reason: string,
    readonly position: number,
  ) {
    super(`${reason} (at byte ${position})`);
  }
}

export interface JsonSlicerOptions {
  /** Name of the top-level property that holds the array. */
  readonly property: string;
  readonly maxElementBytes: number;
  /** Levels of nesting in an element. What walks a document by recursion must be able to trust this. */
  readonly maxElementDepth: number;
  /**
   * Reads an element from bytes that may be one: its value, or undefined where they are not one whole JSON value, or one
   * that is to be followed byte by byte. With it, elements that begin alike are told apart by their beginnings: bytes
   * from the start of one element to where the next one seems to start are that element if they can be read, since no
   * JSON value goes on behind its end. It is how most of the bytes need not be looked at here.
   */
  readonly read?: (bytes: Uint8Array) => unknown;
}

/** Where in the document the next byte stands. */
type Place =
  | 'document'
  | 'first key'
  | 'key'
  | 'in key'
  | 'colon'
  | 'value'
  | 'in value'
  | 'after value'
  | 'first element'
  | 'element'
  | 'in element'
  | 'after element';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where single bytes lead. */
const punctuation: { readonly [place in Place]?: { readonly [byte: number]: Place } } = {
  'first key': { [closeBrace]: 'document' },
  colon: { [colon]: 'value' },
  'after value': { [comma]: 'key', [closeBrace]: 'document' },
  'first element': { [closeBracket]: 'after value' },
  'after element': { [comma]: 'element', [closeBracket]: 'after value' },
};

const expectedAt: { readonly [place in Place]?: string } = {
  colon: '":"',
  'after value': '"," or "}"',
  'after element': '"," or "]"',
};

/** A key that is longer is not the one looked for, so its bytes need not be kept. */
const maxKeyBytes = 256;

/**
 * Finds the elements of one array in a JSON object that arrives in pieces, e.g. each record in `{"Records":[…]}`.
 *
 * It follows strings, escapes and nesting only: whether an element is good JSON is for whoever parses it, and one that
 * is not does no harm to its neighbours as long as its brackets and quotes are paired. Several documents may follow each
 * other. Memory: one unfinished element and a copy of the elements that were finished in the latest piece.
 */
export class JsonSlicer {
  readonly #options: JsonSlicerOptions;
  readonly #partial = new GrowingBuffer();

  #place: Place = 'document';
  /** Position of the first byte of the piece in hand. */
  #base = 0;
  #index = 0;
  #opened = false;
  #found = false;

  /** What stands between two elements: a comma, and how the first of them begins. Null while there is no use in it. */
  #border: Buffer | null = null;
  /** The next border in the piece in hand, or its length when there is none: no byte of it is searched twice. */
  #borderAt = -1;

  // The value in hand, which may have begun in an earlier piece.
  readonly #value: JsonValueScanner;
  /** Its bytes were too many to keep. */
  #dropped = false;
  /** Position of its first byte. */
  #start = 0;

  constructor(options: JsonSlicerOptions) {
    this.#options = options;
    this.#value = new JsonValueScanner(options.maxElementDepth);
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#base;
  }

  /**
   * Takes the next bytes and appends the elements that they complete to `slices`: an argument rather than a result, so
   * that those before a fault are there when it throws.
   *
   * @throws JsonStructureError
   */
  push(piece: Uint8Array, slices: JsonSlice[]): void {
    const finished: FinishedElement[] = [];
    this.#borderAt = -1;
    try {
      this.#scan(piece, finished);
    } finally {
      own(piece, finished, slices);
    }
    this.#base += piece.length;
  }

  /** Says that no more bytes come. @throws JsonStructureError */
  end(): void {
    if (this.#place !== 'document') throw new JsonStructureError('the JSON is cut short', this.#base);
    if (!this.#found) throw new JsonStructureError(`there is no "${this.#options.property}" array in it`, this.#base);
  }

  #scan(piece: Uint8Array, finished: FinishedElement[]): void {
    if (piece.length === 0) return;
    let at = this.#resume(piece, finished);
    while (at < piece.length) {
      const byte = piece[at] as number;
      if (isSpace(byte)) at++;
      else at = this.#step(piece, at, byte, finished);
    }
  }

  /** Goes on with a value or key that the last piece ended in. */
  #resume(piece: Uint8Array, finished: FinishedElement[]): number {
    const within = this.#place === 'in element' || this.#place === 'in value' || this.#place === 'in key';
    return within ? this.#continueValue(piece, 0, finished) : 0;
  }

  /** Takes one token, or one value as far as the piece reaches; returns the place after it. */
  #step(piece: Uint8Array, at: number, byte: number, finished: FinishedElement[]): number {
    const next = punctuation[this.#place]?.[byte];
    if (next) return this.#go(next, at);
    switch (this.#place) {
      case 'document':
        return this.#openDocument(at, byte);
      case 'first key':
      case 'key':
        if (byte === quote) return this.#startValue('in key', piece, at, finished);
        throw this.#unexpected(at, byte, 'a property name');
      case 'value':
        return this.#openValue(piece, at, byte, finished);
      case 'first element':
        this.#border = this.#options.read ? borderOf(piece, at) : null;
        this.#borderAt = -1;
        return this.#startValue('in element', piece, at, finished);
      case 'element':
        return this.#readElement(piece, at, finished) ?? this.#startValue('in element', piece, at, finished);
      default:
        throw this.#unexpected(at, byte, expectedAt[this.#place] ?? 'something else');
    }
  }

  #go(place: Place, at: number): number {
    this.#place = place;
    return at + 1;
  }

  #openValue(piece: Uint8Array, at: number, byte: number, finished: FinishedElement[]): number {
    if (byte !== openBracket || !this.#keyIsWanted()) return this.#startValue('in value', piece, at, finished);
    this.#found = true;
    return this.#go('first element', at);
  }

  #openDocument(at: number, byte: number): number {
    if (byte === openBrace) {
      this.#opened = true;
      return this.#go('first key', at);
    }
    if (byte === byteOrderMark[this.#base + at]) return at + 1;
    throw this.#unexpected(at, byte, this.#opened ? 'the end' : 'a JSON object');
  }

  /** Takes an element by where the next one begins; null where that tells nothing. */
  #readElement(piece: Uint8Array, at: number, finished: FinishedElement[]): number | null {
    const { read, maxElementBytes } = this.#options;
    if (read === undefined || this.#border === null) return null;
    if (this.#borderAt < at) {
      const found = asBuffer(piece).indexOf(this.#border, at);
      this.#borderAt = found < 0 ? piece.length : found;
    }
    const end = this.#borderAt;
    // White space before the border is no part of the element.
    if (end === piece.length || end - at > maxElementBytes || isSpace(piece[end - 1] as number)) return null;
    const value = read(piece.subarray(at, end));
    // The border stands within the element, or the element is none: those of this document are followed from here on.
    if (value === undefined) {
      this.#border = null;
      return null;
    }
    finished.push({ index: this.#index++, position: this.#base + at, from: at, end, value });
    this.#place = 'after element';
    return end;
  }

  #startValue(place: Place, piece: Uint8Array, at: number, finished: FinishedElement[]): number {
    this.#place = place;
    this.#start = this.#base + at;
    this.#dropped = false;
    this.#value.begin(piece[at] as number);
    this.#partial.clear();
    return this.#continueValue(piece, at, finished);
  }

  /** Follows the value from `from` on. Returns the place after it, or the piece's length where it goes on. */
  #continueValue(piece: Uint8Array, from: number, finished: FinishedElement[]): number {
    const end = this.#value.findEnd(piece, from);
    if (end < 0) {
      this.#keep(piece.subarray(from));
      return piece.length;
    }
    if (this.#place === 'in element') this.#finishElement(piece, from, end, finished);
    else if (this.#place === 'in key') this.#keep(piece.subarray(from, end));
    this.#place = afterPlace(this.#place);
    return end;
  }

  #finishElement(piece: Uint8Array, from: number, end: number, finished: FinishedElement[]): void {
    const index = this.#index++;
    const position = this.#start;
    const length = this.#base + end - position;
    if (length > this.#options.maxElementBytes) {
      finished.push({ index, position, fault: 'too-large' });
    } else if (this.#value.tooDeep) {
      finished.push({ index, position, fault: 'too-deep' });
    } else if (position >= this.#base) {
      finished.push({ index, position, from, end });
    } else {
      this.#partial.append(piece.subarray(from, end));
      finished.push({ index, position, raw: Buffer.from(this.#partial.view()) });
    }
  }

  /** Keeps what may be needed of an unfinished key or element; values of other properties are only followed. */
  #keep(bytes: Uint8Array): void {
    if (this.#place === 'in value') return;
    const limit = this.#place === 'in key' ? maxKeyBytes : this.#options.maxElementBytes;
    this.#dropped ||= this.#partial.length + bytes.length > limit;
    if (this.#dropped) this.#partial.clear();
    else this.#partial.append(bytes);
  }

  #keyIsWanted(): boolean {
    const text = this.#partial.view().toString();
    if (!text.includes('\\')) return text === `"${this.#options.property}"`;
    try {
      return JSON.parse(text) === this.#options.property;
    } catch {
      return false;
    }
  }

  #unexpected(at: number, byte: number, expected: string): JsonStructureError {
    const found = byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16)}`;
    return new JsonStructureError(`${found} stands where ${expected} was expected`, this.#base + at);
  }
}

type FinishedElement = { readonly index: number; readonly position: number } & (
  | { readonly from: number; readonly end: number; readonly value?: unknown }
  | { readonly raw: Buffer }
  | { readonly fault: 'too-large' | 'too-deep' }
);

/** Copies the stretch of the piece that holds finished elements, once for all of them, and cuts the slices out of it. */
function own(piece: Uint8Array, finished: readonly FinishedElement[], slices: JsonSlice[]): void {
  const inside = finished.filter((element) => 'from' in element);
  const start = inside[0]?.from ?? 0;
  const copy = Buffer.from(piece.subarray(start, inside.at(-1)?.end ?? start));
  for (const element of finished) {
    const { index, position } = element;
    if ('fault' in element) slices.push({ index, position, raw: null, fault: element.fault });
    else if ('raw' in element) slices.push({ index, position, raw: element.raw, fault: null });
    else {
      const raw = copy.subarray(element.from - start, element.end - start);
      slices.push({ index, position, raw, fault: null, value: element.value });
    }
  }
}

/** Longer than the name of a first property: what begins like this is hardly ever anything but an element. */
const borderBytes = 16;

function borderOf(piece: Uint8Array, at: number): Buffer | null {
  if (piece.length - at < borderBytes) return null;
  return Buffer.concat([Buffer.from(','), piece.subarray(at, at + borderBytes)]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function afterPlace(place: Place): Place {
  if (place === 'in key') return 'colon';
  return place === 'in element' ? 'after element' : 'after value';
}
