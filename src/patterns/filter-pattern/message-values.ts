import { DelimitedWords, placesOf, type WordPlace } from './delimited-words.js';
import { type DelimitedPattern, type FilterPattern, FilterPatternError, type Selector } from './filter-pattern.js';
import type { LogMessage } from './log-message.js';
import { parseNumber } from './number-text.js';
import { hasWildcard, parseSelector } from './parse-selector.js';
import { PatternReader } from './pattern-reader.js';
import { valueBelow } from './selector-tree.js';

/** A value that is read off messages. */
export interface MessageValue {
  /** Its text; null where the message has none, or an empty one. */
  of(message: LogMessage): string | null;
}

/** What a message that matches adds to a metric. */
export interface MetricValue {
  /** Null for nothing, where the message has no such number. */
  numberOf(message: LogMessage): number | null;
}

/**
 * What TestMetricFilter returns as `extractedValues` of a message that matches: of a delimited pattern all words, as
 * `$name` or, where they have none, by their place, `$1` being the first; of other patterns nothing.
 *
 * Source: "Extracted values", user guide, and the examples of TestMetricFilter, API reference.
 */
export function extractedValues(pattern: FilterPattern, message: LogMessage): Record<string, string> {
  if (pattern.kind !== 'delimited') return {};
  const { fields, ellipsis } = pattern;
  const words = new DelimitedWords(message.text);
  if (!words.has(fields.length)) return {};
  const places = placesOf(pattern);
  const before = ellipsis ?? fields.length;
  const count = ellipsis === null ? fields.length : words.count;
  const behind = count - fields.length + before;
  const values: Record<string, string> = {};
  for (let index = 0; index < count; index++) {
    const isUnnamed = index >= before && index < behind;
    const field = index < before ? index : index - behind + before;
    const name = isUnnamed ? null : (fields[field]?.name ?? null);
    const place = isUnnamed ? undefined : places[field];
    values[`$${name ?? index + 1}`] = place === undefined ? words.word(index) : (words.at(place) ?? '');
  }
  return values;
}

/**
 * Reads the value of a metric: a number, `$.selector` for a JSON pattern, `$name` or `$3` for a delimited one. A string
 * that is a number counts as one, as it must with words.
 *
 * @throws FilterPatternError
 */
export function parseMetricValue(text: string, pattern: FilterPattern): MetricValue {
  if (!text.startsWith('$')) {
    const number = parseNumber(text);
    if (number === null || !Number.isFinite(number)) {
      throw new FilterPatternError('a number, "$.selector" or "$field" was expected', 0);
    }
    return { numberOf: () => number };
  }
  const value = parseMessageValue(text, pattern);
  return {
    numberOf: (message) => {
      const number = parseNumber(value.of(message) ?? '');
      return number !== null && Number.isFinite(number) ? number : null;
    },
  };
}

/**
 * Reads the value of a dimension: `$.selector` for a JSON pattern, `$name` or `$3` for a delimited one.
 *
 * AWS publishes a dimension only where its value is found in the message: AWS::Logs::MetricFilter Dimension,
 * CloudFormation. A text of blanks is none, since no dimension may have it.
 *
 * @throws FilterPatternError
 */
export function parseDimensionValue(text: string, pattern: FilterPattern): MessageValue {
  if (!text.startsWith('$')) throw new FilterPatternError('"$.selector" or "$field" was expected', 0);
  return parseMessageValue(text, pattern);
}

function parseMessageValue(text: string, pattern: FilterPattern): MessageValue {
  if (pattern.kind === 'json') return jsonValue(parseWholeSelector(text));
  if (pattern.kind !== 'delimited') {
    throw new FilterPatternError('values are taken from messages by JSON and delimited patterns only', 0);
  }
  const place = placeOf(text, pattern);
  return { of: (message) => presentText(new DelimitedWords(message.text).at(place)) };
}

function parseWholeSelector(text: string): Selector {
  if (text.charAt(1) !== '.') throw new FilterPatternError('"$.selector" was expected: the pattern is a JSON one', 1);
  const reader = new PatternReader(text);
  const selector = parseSelector(reader);
  if (!reader.isAtEnd) reader.fail(`nothing may follow the selector, but ${reader.shown} does`);
  if (hasWildcard(selector)) reader.fail('a selector without a wildcard was expected: it takes one value', 0);
  return selector;
}

function jsonValue({ steps }: Selector): MessageValue {
  return {
    of: (message) => {
      const value = steps.reduce<unknown>(valueBelow, message.json);
      return typeof value === 'object' ? null : presentText(value);
    },
  };
}

function presentText(value: unknown): string | null {
  const text = value === undefined ? '' : String(value);
  return text.trim() === '' ? null : text;
}

function placeOf(text: string, pattern: DelimitedPattern): WordPlace {
  const { fields, ellipsis } = pattern;
  const name = text.slice(1);
  const places = placesOf(pattern);
  if (/^[1-9]\d{0,5}$/.test(name)) {
    const index = Number(name) - 1;
    if (ellipsis !== null) return { from: 'start', index };
    const place = places[index];
    if (place !== undefined) return place;
    throw new FilterPatternError(`the pattern has ${fields.length} fields only, and none of that number`, 1);
  }
  const place = places[fields.findIndex((field) => field.name === name)];
  if (place === undefined) {
    throw new FilterPatternError('the name of a field of the pattern, or a number from 1, was expected behind "$"', 1);
  }
  return place;
}
