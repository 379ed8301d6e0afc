import { EventPatternError } from './event-pattern.js';
import type { JsonNode } from './json-text.js';

/**
 * The texts between the asterisks of a wildcard; `\*` and `\\` stand for the characters themselves. AWS refuses
 * wildcards that its automaton finds too complex; here their cost is linear, so none is.
 *
 * @throws EventPatternError
 */
export function parseWildcardParts(text: string, { node, label }: { node: JsonNode; label: string }): string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at++) {
    const mark = text[at] as string;
    const next = text[at + 1];
    if (mark === '*') {
      if (next === '*') throw new EventPatternError('Two asterisks cannot follow each other.', node.at, label);
      parts.push(part);
      part = '';
    } else if (mark === '\\') {
      if (next !== '*' && next !== '\\') {
        throw new EventPatternError('A backslash must stand before an asterisk or a backslash.', node.at, label);
      }
      part += next;
      at++;
    } else part += mark;
  }
  return [...parts, part];
}
