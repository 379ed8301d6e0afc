import type { DelimitedPattern } from './filter-pattern.js';
import { isBlank } from './pattern-reader.js';

/** A place among the words of a message: counted from the first, from the last, or from there to the end of the text. */
export interface WordPlace {
  readonly from: 'start' | 'end' | 'rest';
  /** From 0. */
  readonly index: number;
}

/** Where the fields of a pattern are found, in their order. */
export function placesOf({ fields, ellipsis }: DelimitedPattern): WordPlace[] {
  const last = fields.length - 1;
  return fields.map((_, index) => {
    if (ellipsis !== null && index >= ellipsis) return { from: 'end', index: last - index };
    return { from: ellipsis === null && index === last ? 'rest' : 'start', index };
  });
}

/** A blank is far and away the most frequent. */
const rareBlanks = ['\t', '\n', '\v', '\f', '\r'];

/**
 * The words of a message: what blanks part, where `"…"` and `[…]` are one word, without their marks. The text is gone
 * through as far as somebody asks for words.
 */
export class DelimitedWords {
  readonly #text: string;
  /** Offset of each word's first character, marks included; and of its content's first and behind its last. */
  readonly #outers: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #at = 0;
  /** The next blank that is no space. */
  #rareBlank = -1;
  /** Marks that do not come any more. */
  readonly #missing = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  get count(): number {
    this.has(Infinity);
    return this.#starts.length;
  }

  /** Whether there are so many words at least. */
  has(count: number): boolean {
    while (this.#starts.length < count) if (!this.#readWord()) return false;
    return true;
  }

  /** The word from the start; it must be there. */
  word(index: number): string {
    return this.#text.slice(this.#starts[index], this.#ends[index]);
  }

  /** Undefined where there is no such word. */
  at({ from, index }: WordPlace): string | undefined {
    if (from === 'end') return index < this.count ? this.word(this.count - 1 - index) : undefined;
    if (!this.has(index + 1)) return undefined;
    if (from === 'start' || !this.has(index + 2)) return this.word(index);
    return this.#text.slice(this.#outers[index]).trimEnd();
  }

  #readWord(): boolean {
    const text = this.#text;
    let at = this.#at;
    while (isBlank(text.charCodeAt(at))) at++;
    if (at >= text.length) {
      this.#at = at;
      return false;
    }
    const first = text.charAt(at);
    const close = first === '"' || first === '[' ? this.#find(first === '"' ? '"' : ']', at + 1) : -1;
    let end = close;
    if (close < 0) end = this.#nextBlank(at);
    this.#outers.push(at);
    this.#starts.push(close < 0 ? at : at + 1);
    this.#ends.push(end);
    this.#at = close < 0 ? end : close + 1;
    return true;
  }

  /** Looking for each kind by itself finds many characters at a time. What was found stays true until it is passed. */
  #nextBlank(from: number): number {
    if (this.#rareBlank < from) {
      const found = rareBlanks.map((blank) => this.#text.indexOf(blank, from)).filter((at) => at >= 0);
      this.#rareBlank = found.length === 0 ? Infinity : Math.min(...found);
    }
    const blank = this.#text.indexOf(' ', from);
    return Math.min(blank < 0 ? this.#text.length : blank, this.#rareBlank, this.#text.length);
  }

  /** A mark that was not found once is not looked for again: a text of marks alone would take a search for each. */
  #find(mark: string, from: number): number {
    if (this.#missing.has(mark)) return -1;
    const found = this.#text.indexOf(mark, from);
    if (found < 0) this.#missing.add(mark);
    return found;
  }
}
