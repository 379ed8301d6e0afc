import type { PatternReader } from './pattern-reader.js';

/**
 * Reads `"…"`, in which `\"` and `\\` stand for the quote and the backslash, as CDK writes them; any other backslash is
 * one.
 *
 * @returns the texts between its asterisks
 */
export function parseQuoted(reader: PatternReader): readonly string[] {
  const open = reader.at;
  const parts: string[] = [];
  let part = '';
  reader.take('"');
  while (!reader.take('"')) {
    if (reader.isAtEnd) reader.fail('the quotation mark is not closed: " is missing', open);
    if (reader.next === '*') {
      parts.push(part);
      part = '';
    } else {
      if (reader.text.startsWith('\\"', reader.at) || reader.text.startsWith('\\\\', reader.at)) reader.at++;
      part += reader.next;
    }
    reader.at++;
  }
  parts.push(part);
  return parts;
}
