import type { Condition, FilterPattern, JsonComparison, Selector } from './filter-pattern.js';
import { parseCondition } from './parse-condition.js';
import { hasWildcard, parseSelector } from './parse-selector.js';
import { parseValueTest } from './parse-value-test.js';
import { isBlank, type PatternReader } from './pattern-reader.js';

/** A quota of AWS. */
const maxWildcardSelectors = 3;

/** Deeper than anybody nests, and no deeper than a stack can be relied on. */
const maxDepth = 100;

const isValues = new Map([
  ['NULL', null],
  ['TRUE', true],
  ['FALSE', false],
]);

/** Reads `{ condition }`. */
export function parseJsonPattern(reader: PatternReader): FilterPattern {
  const open = reader.at;
  reader.take('{');
  const condition = new JsonConditionParser(reader).parse(0);
  if (!reader.take('}')) failToJoin(reader, '}', open);
  reader.skipBlanks();
  if (!reader.isAtEnd) reader.fail(`nothing may follow "}", but ${reader.shown} does`);
  return { kind: 'json', condition };
}

function failToJoin(reader: PatternReader, close: string, open: number): never {
  if (reader.isAtEnd) reader.fail(`"${close}" is missing for "${reader.text.charAt(open)}" at position ${open}`);
  reader.fail(`"&&", "||" or "${close}" was expected instead of ${reader.shown}`);
}

class JsonConditionParser {
  readonly #reader: PatternReader;
  #wildcardSelectors = 0;

  constructor(reader: PatternReader) {
    this.#reader = reader;
  }

  parse(depth: number): Condition<JsonComparison> {
    return parseCondition(this.#reader, () => this.#parseOne(depth));
  }

  #parseOne(depth: number): Condition<JsonComparison> {
    const reader = this.#reader;
    const open = reader.at;
    if (!reader.take('(')) return this.#parseComparison();
    if (depth === maxDepth) reader.fail(`parentheses may be ${maxDepth} deep at most`, open);
    const condition = this.parse(depth + 1);
    if (!reader.take(')')) failToJoin(reader, ')', open);
    return condition;
  }

  #parseComparison(): JsonComparison {
    const reader = this.#reader;
    const selector = this.#parseSelector();
    reader.skipBlanks();
    const { at } = reader;
    if (takeKeyword(reader, 'NOT')) {
      reader.skipBlanks();
      if (!takeKeyword(reader, 'EXISTS')) reader.fail(`"EXISTS" was expected behind "NOT" instead of ${reader.shown}`);
      return { kind: 'not-exists', selector };
    }
    if (takeKeyword(reader, 'IS')) return this.#parseIs(selector);
    if (takeKeyword(reader, 'EXISTS')) {
      reader.fail('there is no EXISTS: what exists is found by "= *", what does not by "NOT EXISTS"', at);
    }
    return { kind: 'compare', selector, test: parseValueTest(reader, ', IS NULL, IS TRUE, IS FALSE or NOT EXISTS') };
  }

  #parseIs(selector: Selector): JsonComparison {
    const reader = this.#reader;
    reader.skipBlanks();
    for (const [keyword, value] of isValues) {
      if (takeKeyword(reader, keyword)) return { kind: 'is', selector, value };
    }
    return reader.fail(`NULL, TRUE or FALSE was expected behind "IS" instead of ${reader.shown}`);
  }

  #parseSelector(): Selector {
    const { at } = this.#reader;
    const selector = parseSelector(this.#reader);
    if (hasWildcard(selector) && ++this.#wildcardSelectors > maxWildcardSelectors) {
      this.#reader.fail(`a pattern may have ${maxWildcardSelectors} selectors with a wildcard at most`, at);
    }
    return selector;
  }
}

/** Keywords are in capitals, and end where a word would. */
function takeKeyword(reader: PatternReader, keyword: string): boolean {
  const end = reader.at + keyword.length;
  if (!reader.text.startsWith(keyword, reader.at)) return false;
  const follower = reader.text.charAt(end);
  if (follower !== '' && !isBlank(follower.charCodeAt(0)) && !'&|)}'.includes(follower)) return false;
  reader.at = end;
  return true;
}
