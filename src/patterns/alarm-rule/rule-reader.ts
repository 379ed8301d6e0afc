import { AlarmRuleError } from './alarm-rule-error.js';

const maxShownLength = 20;

/** Goes through the text of an alarm rule from left to right. What it is asked for may have blanks before it. */
export class RuleReader {
  #at = 0;

  constructor(readonly text: string) {}

  /** Offset of what comes next. */
  get position(): number {
    this.#at += this.#match(/\s*/y).length;
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.position === this.text.length;
  }

  /** The word that comes next, and stays next; empty where there is none. */
  get word(): string {
    return this.#matchNext(/\w+/y);
  }

  /** Whether the word came next; the reader is behind it then. */
  takeWord(expected: string): boolean {
    if (this.word !== expected) return false;
    this.#at += expected.length;
    return true;
  }

  /** Whether the character came next; the reader is behind it then. */
  take(expected: string): boolean {
    if (this.text.charAt(this.position) !== expected) return false;
    this.#at++;
    return true;
  }

  expect(expected: string): void {
    if (!this.take(expected)) throw this.unexpected(`"${expected}"`);
  }

  /** Everything up to the next blank, parenthesis or comma; empty where one of them comes next. */
  takeBare(): string {
    const bare = this.#matchNext(/[^\s(),]*/y);
    this.#at += bare.length;
    return bare;
  }

  /** A text in double quotes, with its quotes; empty where none begins. */
  takeQuoted(): string {
    const { position } = this;
    const quoted = this.#match(/"(?:[^"\\]|\\[\s\S])*"/y);
    if (quoted === '' && this.text.charAt(position) === '"') {
      throw new AlarmRuleError('the quotation mark that begins here is not closed', position);
    }
    this.#at += quoted.length;
    return quoted;
  }

  unexpected(expected: string): AlarmRuleError {
    return new AlarmRuleError(`${expected} is expected where ${this.#shown()}`, this.position);
  }

  #shown(): string {
    if (this.isAtEnd) return 'the rule ends';
    const next = this.#matchNext(/[^\s(),]+|[(),]/y);
    const shown = next.length > maxShownLength ? `${next.slice(0, maxShownLength)}…` : next;
    return `there is ${next.startsWith('"') ? shown : `"${shown}"`}`;
  }

  #matchNext(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    return pattern.exec(this.text)?.[0] ?? '';
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text)?.[0] ?? '';
  }
}
