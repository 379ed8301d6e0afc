import type { CharacterSet, FilterRegex, RegexBranch, RegexItem } from './filter-pattern.js';
import { commonPrefix } from './required-literals.js';

const wordBits = 32;
const asciiSize = 128;
/** The class of all characters beyond ASCII. */
const beyondAscii = asciiSize;

/**
 * Finds a regular expression in texts. Each character costs the same small number of steps, whatever the expression: a
 * bit for each of its characters says whether that one may come next, and all bits move together. (Navarro and Raffinot,
 * "Fast and simple character classes and bounded gaps pattern matching", 2003.)
 */
export class RegexMatcher {
  readonly #words: number;
  /** By class of characters: the bits that take one. */
  readonly #taking: Int32Array;
  /** Bits that may take several in a row. */
  readonly #repeating: Int32Array;
  /** Bits that may be skipped. */
  readonly #skippable: Int32Array;
  /** Bits that are on before the first character, and before any. */
  readonly #first: Int32Array;
  readonly #always: Int32Array;
  /** Bits behind the branches: of those that may end anywhere, and of those that end with the text. */
  readonly #accepting: Int32Array;
  readonly #acceptingAtEnd: Int32Array;
  readonly #ready: Int32Array;
  readonly #prefix: string;
  #steps = 0;

  constructor(regex: FilterRegex) {
    const { branches } = regex;
    this.#prefix = commonPrefix(regex);
    const layouts = branches.map((branch) => ({ branch, positions: branch.items.flatMap(positionsOf) }));
    const size = layouts.reduce((sum, { positions }) => sum + positions.length + 1, 0);
    this.#words = Math.ceil(size / wordBits);
    const bits = () => new Int32Array(this.#words);
    this.#taking = new Int32Array(this.#words * (asciiSize + 1));
    this.#repeating = bits();
    this.#skippable = bits();
    this.#first = bits();
    this.#always = bits();
    this.#accepting = bits();
    this.#acceptingAtEnd = bits();
    this.#ready = bits();
    let bit = 0;
    for (const { branch, positions } of layouts) bit = this.#lay(branch, positions, bit);
    skip(this.#first, this.#skippable);
    skip(this.#always, this.#skippable);
  }

  /** Characters looked at so far, times the machine words of the expression. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean {
    if (this.#words === 1) return this.#testInOneWord(text);
    const ready = this.#ready;
    ready.set(this.#first);
    for (let word = 0; word < ready.length; word++) ready[word] = (ready[word] ?? 0) | (this.#always[word] ?? 0);
    let at = 0;
    let isFound = meets(ready, this.#accepting);
    while (!isFound && at < text.length) {
      const code = text.charCodeAt(at++);
      this.#step(code < asciiSize ? code : beyondAscii);
      // The two halves of a character beyond the first 65,536 are one character.
      if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(at))) at++;
      isFound = meets(ready, this.#accepting);
    }
    return this.#count(at, isFound || meets(ready, this.#acceptingAtEnd));
  }

  /** As `test`, for short expressions: most of them are. */
  #testInOneWord(text: string): boolean {
    const taking = this.#taking;
    const always = this.#always[0] as number;
    const repeating = this.#repeating[0] as number;
    const skippable = this.#skippable[0] as number;
    const accepting = this.#accepting[0] as number;
    let ready = (this.#first[0] as number) | always;
    let at = 0;
    while ((ready & accepting) === 0 && at < text.length) {
      if (ready === always && this.#prefix !== '') {
        at = text.indexOf(this.#prefix, at);
        if (at < 0) return this.#count(text.length, false);
      }
      const code = text.charCodeAt(at++);
      const taken = ready & (taking[code < asciiSize ? code : beyondAscii] as number);
      ready = (taken << 1) | (taken & repeating) | always;
      if (skippable !== 0) ready |= (skippable + (ready & skippable)) ^ skippable;
      if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(at))) at++;
    }
    return this.#count(at, (ready & (accepting | (this.#acceptingAtEnd[0] as number))) !== 0);
  }

  #count(characters: number, isFound: boolean): boolean {
    this.#steps += (characters + 1) * this.#words;
    return isFound;
  }

  #step(characterClass: number): void {
    const ready = this.#ready;
    const offset = characterClass * this.#words;
    let shifted = 0;
    let carry = 0;
    for (let word = 0; word < ready.length; word++) {
      const taken = (ready[word] as number) & (this.#taking[offset + word] as number);
      const skippable = this.#skippable[word] as number;
      const next =
        (taken << 1) | shifted | (taken & (this.#repeating[word] as number)) | (this.#always[word] as number);
      shifted = taken >>> (wordBits - 1);
      const sum = (skippable >>> 0) + ((next & skippable) >>> 0) + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      ready[word] = next | (sum ^ skippable);
    }
  }

  #lay(branch: RegexBranch, positions: readonly Position[], from: number): number {
    let bit = from;
    turnOn(branch.atStart ? this.#first : this.#always, 0, bit);
    for (const { set, isRepeating, isSkippable } of positions) {
      this.#layTaking(set, bit);
      if (isRepeating) turnOn(this.#repeating, 0, bit);
      if (isSkippable) turnOn(this.#skippable, 0, bit);
      bit++;
    }
    turnOn(branch.atEnd ? this.#acceptingAtEnd : this.#accepting, 0, bit);
    return bit + 1;
  }

  #layTaking({ ranges, beyondAscii: takesOthers }: CharacterSet, bit: number): void {
    for (const [low, high] of ranges) {
      for (let code = low; code <= high; code++) turnOn(this.#taking, code * this.#words, bit);
    }
    if (takesOthers) turnOn(this.#taking, beyondAscii * this.#words, bit);
  }
}

interface Position {
  readonly set: CharacterSet;
  readonly isRepeating: boolean;
  readonly isSkippable: boolean;
}

/** The characters that an item stands for, one position for each. */
function positionsOf({ set, least, most }: RegexItem): Position[] {
  const count = most ?? Math.max(least, 1);
  return Array.from({ length: count }, (_, index) => ({
    set,
    isRepeating: most === null && index === count - 1,
    isSkippable: index >= least,
  }));
}

/** From each bit that is on, turns on those behind it up to the first that may not be skipped: a carry runs through. */
function skip(bits: Int32Array, skippable: Int32Array): void {
  let carry = 0;
  for (let word = 0; word < bits.length; word++) {
    const mask = skippable[word] as number;
    const on = bits[word] as number;
    const sum = (mask >>> 0) + ((on & mask) >>> 0) + carry;
    carry = sum > 0xffffffff ? 1 : 0;
    bits[word] = on | (sum ^ mask);
  }
}

function turnOn(bits: Int32Array, offset: number, bit: number): void {
  const word = offset + Math.floor(bit / wordBits);
  bits[word] = (bits[word] ?? 0) | (1 << (bit % wordBits));
}

function meets(bits: Int32Array, mask: Int32Array): boolean {
  for (let word = 0; word < bits.length; word++) {
    if (((bits[word] as number) & (mask[word] as number)) !== 0) return true;
  }
  return false;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
