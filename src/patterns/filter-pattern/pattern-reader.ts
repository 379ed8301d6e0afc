import { FilterPatternError } from './filter-pattern.js';

const maxShownLength = 20;

/** Goes through the text of a pattern from left to right. */
export class PatternReader {
  /** Offset of the next character. */
  at = 0;
  /** Regular expressions read so far. */
  regexes = 0;

  constructor(readonly text: string) {}

  /** The next character; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  skipBlanks(): void {
    while (isBlank(this.text.charCodeAt(this.at))) this.at++;
  }

  /** Whether the expected text came next; it is behind the reader then. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** The longest run of characters that pass. */
  takeWhile(passes: (code: number) => boolean): string {
    const from = this.at;
    while (this.at < this.text.length && passes(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(from, this.at);
  }

  fail(reason: string, position = this.at): never {
    throw new FilterPatternError(reason, position);
  }

  /** What comes next, as a message names it. */
  get shown(): string {
    if (this.isAtEnd) return 'the end';
    const word = this.text.slice(this.at, this.at + maxShownLength).split(/[\s,()&|]/, 1)[0];
    return `"${word || String.fromCodePoint(this.text.codePointAt(this.at) ?? 0)}"`;
  }
}

export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isLetter(code: number): boolean {
  const folded = code | 32;
  return code < 128 && folded >= 97 && folded <= 122;
}

/** ASCII letters, digits and the underscore. */
export function isWordCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 95;
}
