import type { Condition, DelimitedField, FieldComparison, FilterPattern } from './filter-pattern.js';
import { parseCondition } from './parse-condition.js';
import { parseValueTest } from './parse-value-test.js';
import { isLetter, isWordCharacter, type PatternReader } from './pattern-reader.js';

/**
 * Reads `[name, name = value && name != value, , ..., name]`: fields have a name and conditions on it, or neither; `...`
 * stands once for any number of them.
 */
export function parseDelimitedPattern(reader: PatternReader): FilterPattern {
  const open = reader.at;
  const fields: DelimitedField[] = [];
  const names = new Set<string>();
  let ellipsis: number | null = null;
  reader.take('[');
  reader.skipBlanks();
  // `[]` declares no fields at all, so a message may have any number.
  let isMore = !reader.take(']');
  if (!isMore) ellipsis = 0;
  while (isMore) {
    reader.skipBlanks();
    const { at } = reader;
    if (reader.take('...')) {
      if (ellipsis !== null) reader.fail('"..." may stand once only', at);
      ellipsis = fields.length;
    } else {
      fields.push(parseField(reader, names));
    }
    reader.skipBlanks();
    isMore = reader.take(',');
    if (!isMore && !reader.take(']')) failToEnd(reader, open);
  }
  reader.skipBlanks();
  if (!reader.isAtEnd) reader.fail(`nothing may follow "]", but ${reader.shown} does`);
  return { kind: 'delimited', fields, ellipsis };
}

function failToEnd(reader: PatternReader, open: number): never {
  if (reader.isAtEnd) reader.fail(`"]" is missing for "[" at position ${open}`);
  reader.fail(`"," or "]" was expected instead of ${reader.shown}`);
}

function parseField(reader: PatternReader, names: Set<string>): DelimitedField {
  if (reader.next === ',' || reader.next === ']') return { name: null, condition: null };
  const from = reader.at;
  const name = parseName(reader);
  if (names.has(name)) reader.fail(`the name "${name}" is taken by a field before`, from);
  names.add(name);
  reader.skipBlanks();
  if (reader.isAtEnd || reader.next === ',' || reader.next === ']') return { name, condition: null };
  reader.at = from;
  return { name, condition: parseFieldCondition(reader, name) };
}

function parseFieldCondition(reader: PatternReader, name: string): Condition<FieldComparison> {
  return parseCondition(reader, () => {
    const { at } = reader;
    if (parseName(reader) !== name) reader.fail(`conditions of a field speak of itself: "${name}" was expected`, at);
    reader.skipBlanks();
    return { kind: 'compare', test: parseValueTest(reader, ', "," or "]"') };
  });
}

function parseName(reader: PatternReader): string {
  const first = reader.text.charCodeAt(reader.at);
  if (!isLetter(first) && first !== 0x5f) {
    reader.fail(`the name of a field, which begins with a letter, was expected instead of ${reader.shown}`);
  }
  return reader.takeWhile((code) => isWordCharacter(code) || code === 0x2d);
}
