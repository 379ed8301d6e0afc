import type { FilterPattern } from './filter-pattern.js';
import { parseDelimitedPattern } from './parse-delimited-pattern.js';
import { parseJsonPattern } from './parse-json-pattern.js';
import { parseTermsPattern } from './parse-terms-pattern.js';
import { PatternReader } from './pattern-reader.js';

/** The limit of PutMetricFilter and TestMetricFilter. */
const maxLength = 1024;

/**
 * Reads a filter pattern of CloudWatch Logs: `{ … }` looks at JSON, `[ … ]` at words in their places, anything else at
 * text; blanks alone match everything.
 *
 * @throws FilterPatternError
 */
export function parseFilterPattern(text: string): FilterPattern {
  const reader = new PatternReader(text);
  if (text.length > maxLength) reader.fail(`a filter pattern has ${maxLength} characters at most`, maxLength);
  reader.skipBlanks();
  if (reader.next === '{') return parseJsonPattern(reader);
  if (reader.next === '[') return parseDelimitedPattern(reader);
  return parseTermsPattern(reader);
}
