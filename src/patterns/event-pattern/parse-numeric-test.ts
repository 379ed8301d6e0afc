import { type Bound, EventPatternError, type ValueTest } from './event-pattern.js';
import type { JsonNode } from './json-text.js';

/**
 * AWS compares numbers from -5 to 5 billion; values beyond take part in exact matching only. Source: README of
 * aws/event-ruler, "Numeric matching".
 */
export const greatestComparable = 5e9;

/**
 * Reads the list of `numeric`: one comparison, or a lower bound and an upper one in this order.
 *
 * @throws EventPatternError
 */
export function parseNumericTest({ node, label }: { node: JsonNode; label: string }): ValueTest {
  if (node.kind !== 'array') {
    throw new EventPatternError('"numeric" takes a list such as [">", 0, "<=", 5].', node.at, label);
  }
  const [sign, first, secondSign, second, extra] = node.items;
  const surplus = extra ?? (lowerSigns.has(textOf(sign) ?? '') ? undefined : secondSign);
  if (surplus !== undefined) {
    throw new EventPatternError('"numeric" takes one comparison, or a lower and an upper bound.', surplus.at, label);
  }
  const bound = { value: comparable(first, node, label), included: textOf(sign)?.endsWith('=') === true };
  const low = bound;
  switch (textOf(sign)) {
    case '=':
      return { op: 'numeric', low, high: bound };
    case '<':
    case '<=':
      return { op: 'numeric', low: null, high: bound };
    case '>':
    case '>=':
      return {
        op: 'numeric',
        low,
        high: secondSign === undefined ? null : upper(secondSign, second, node, label, low),
      };
    default:
      throw new EventPatternError('A comparison begins with =, <, <=, > or >=.', (sign ?? node).at, label);
  }
}

const lowerSigns = new Set(['>', '>=']);

function upper(sign: JsonNode, limit: JsonNode | undefined, list: JsonNode, label: string, low: Bound): Bound {
  const text = textOf(sign);
  if (text !== '<' && text !== '<=') {
    throw new EventPatternError('Behind a lower bound stands < or <=.', sign.at, label);
  }
  const value = comparable(limit, list, label);
  if (low.value >= value) {
    throw new EventPatternError('The lower bound must be less than the upper one.', (limit ?? sign).at, label);
  }
  return { value, included: text === '<=' };
}

function textOf(node: JsonNode | undefined): string | null {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}

function comparable(node: JsonNode | undefined, list: JsonNode, label: string): number {
  const value = node?.kind === 'scalar' ? node.value : null;
  if (typeof value !== 'number') {
    throw new EventPatternError('A number must follow the comparison.', (node ?? list).at, label);
  }
  if (Math.abs(value) > greatestComparable) {
    throw new EventPatternError('"numeric" compares numbers from -5e9 to 5e9.', (node ?? list).at, label);
  }
  return value;
}
