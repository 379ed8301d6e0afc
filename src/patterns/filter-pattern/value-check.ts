import { compileWildcard } from '../event-pattern/wildcard.js';
import type { Operand, ValueTest } from './filter-pattern.js';
import { parseNumber } from './number-text.js';
import { RegexMatcher } from './regex-matcher.js';

/** A check of what a selector or a field has: undefined for nothing. */
export type Check = (value: unknown) => boolean;

/**
 * Strings and numbers can be compared; objects, arrays, true, false and null fit no comparison, not even `!=`.
 *
 * A number that was written without quotation marks is compared as a number, also with a string that is one; everything
 * else is compared as text, also with a number.
 */
export function compileValueTest(test: ValueTest): Check {
  if ('operand' in test) {
    const equals = compileOperand(test.operand);
    return test.op === '=' ? equals : (value) => isComparable(value) && !equals(value);
  }
  const { op, number } = test;
  return (value) => {
    const found = numberOf(value);
    if (found === null) return false;
    if (op === '<') return found < number;
    if (op === '>') return found > number;
    return op === '<=' ? found <= number : found >= number;
  };
}

function compileOperand(operand: Operand): Check {
  if (operand.kind === 'number') return (value) => numberOf(value) === operand.number;
  if (operand.kind === 'regex') {
    const matcher = new RegexMatcher(operand.regex);
    return (value) => isComparable(value) && matcher.test(String(value));
  }
  const matches = compileWildcard(operand.parts);
  return (value) => isComparable(value) && matches(String(value));
}

export function isComparable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** The number that a value is, or that its text is; null for none. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : null;
}
