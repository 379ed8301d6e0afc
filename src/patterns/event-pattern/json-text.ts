/** A value of JSON text with the places of its parts: 0-based offsets in UTF-16 units. */
export type JsonNode = JsonObject | JsonArray | JsonScalar;

export interface JsonObject {
  readonly kind: 'object';
  readonly at: number;
  /** In the order of the text; a key that is written twice stands here twice. */
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly key: string;
  readonly at: number;
  readonly value: JsonNode;
}

export interface JsonArray {
  readonly kind: 'array';
  readonly at: number;
  readonly items: readonly JsonNode[];
}

export interface JsonScalar {
  readonly kind: 'scalar';
  readonly at: number;
  readonly value: string | number | boolean | null;
}

/** The text is not JSON; `position` is the offset of the first character that cannot stand there. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  constructor(
    readonly reason: string,
    readonly position: number,
  ) {
    super(`${reason} (at ${position})`);
  }
}

/**
 * Parses JSON (RFC 8259) and keeps where everything stands. For texts that people write: an event is read by
 * `JSON.parse`.
 *
 * @param maxDepth levels of objects and arrays
 * @throws JsonTextError
 */
export function parseJsonText(text: string, maxDepth: number): JsonNode {
  const reader = new JsonReader(text, maxDepth);
  return reader.document();
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class JsonReader {
  readonly #number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  readonly #word = /[A-Za-z]+/y;
  #at = 0;
  #depth = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): JsonNode {
    const value = this.#value('a JSON value');
    this.#skipSpace();
    if (this.#at < this.text.length) throw this.#unexpected('the end of the text');
    return value;
  }

  #value(expected: string): JsonNode {
    this.#skipSpace();
    const at = this.#at;
    const first = this.text[at];
    if (first === '{') return this.#nested(() => this.#object(at));
    if (first === '[') return this.#nested(() => this.#array(at));
    if (first === '"') return { kind: 'scalar', at, value: this.#string() };
    const number = this.#take(this.#number);
    if (number !== null) return { kind: 'scalar', at, value: Number(number) };
    const word = words.get(this.#take(this.#word) ?? '');
    if (word !== undefined) return { kind: 'scalar', at, value: word };
    this.#at = at;
    throw this.#unexpected(expected);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > this.maxDepth) {
      throw new JsonTextError(`The text is nested deeper than ${this.maxDepth} levels.`, this.#at);
    }
    const value = read();
    this.#depth--;
    return value;
  }

  #object(at: number): JsonObject {
    const members: JsonMember[] = [];
    this.#at++;
    if (this.#skip('}')) return { kind: 'object', at, members };
    do {
      this.#skipSpace();
      const keyAt = this.#at;
      if (this.text[keyAt] !== '"') throw this.#unexpected('a key in double quotes');
      const key = this.#string();
      if (!this.#skip(':')) throw this.#unexpected('":"');
      members.push({ key, at: keyAt, value: this.#value('a value') });
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#unexpected('"," or "}"');
    return { kind: 'object', at, members };
  }

  #array(at: number): JsonArray {
    const items: JsonNode[] = [];
    this.#at++;
    if (this.#skip(']')) return { kind: 'array', at, items };
    do {
      items.push(this.#value('a value'));
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('"," or "]"');
    return { kind: 'array', at, items };
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    if (end >= this.text.length) throw new JsonTextError('The string that begins here has no end.', start);
    this.#at = end + 1;
    try {
      return JSON.parse(this.text.slice(start, end + 1));
    } catch {
      throw new JsonTextError(
        'The string that begins here has a control character or an escape that JSON has not.',
        start,
      );
    }
  }

  #take(expression: RegExp): string | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  #skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.#at))) this.#at++;
  }

  #skip(mark: string): boolean {
    this.#skipSpace();
    if (this.text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #unexpected(expected: string): JsonTextError {
    const found = this.text.codePointAt(this.#at);
    if (found === undefined) return new JsonTextError(`The text ends where ${expected} was expected.`, this.#at);
    const shown = JSON.stringify(String.fromCodePoint(found));
    return new JsonTextError(`${shown} stands where ${expected} was expected.`, this.#at);
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
