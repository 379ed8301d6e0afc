import { addressBits } from './address-bits.js';
import type { Bound, Scalar, ValueTest } from './event-pattern.js';
import { foldCase } from './fold-case.js';
import { greatestComparable } from './parse-numeric-test.js';
import { compileWildcard } from './wildcard.js';

export type Predicate = (value: Scalar) => boolean;

/** A predicate that is true of a value that passes any of the tests. */
export function compileTests(tests: readonly ValueTest[]): Predicate {
  const exact = new Set<Scalar>();
  const others: Predicate[] = [];
  for (const test of tests) {
    if (test.op === 'equals') exact.add(test.value);
    else others.push(compileTest(test));
  }
  const [single] = exact;
  if (others.length === 0) return exact.size === 1 ? (value) => value === single : (value) => exact.has(value);
  const [only] = others;
  if (only !== undefined && others.length === 1 && exact.size === 0) return only;
  return (value) => exact.has(value) || others.some((predicate) => predicate(value));
}

function compileTest(test: ValueTest): Predicate {
  switch (test.op) {
    case 'equals':
      return (value) => value === test.value;
    case 'exists':
      return () => true;
    case 'anything-but': {
      const excluded = compileTests(test.tests);
      return (value) => !excluded(value);
    }
    case 'numeric':
      return (value) => typeof value === 'number' && isWithin(value, test.low, test.high);
    default: {
      const passes = compileTextTest(test);
      return (value) => typeof value === 'string' && passes(value);
    }
  }
}

type TextTest = Exclude<ValueTest, { readonly op: 'equals' | 'exists' | 'anything-but' | 'numeric' }>;

function compileTextTest(test: TextTest): (text: string) => boolean {
  switch (test.op) {
    case 'equals-ignore-case':
      return (text) => foldCase(text) === test.text;
    case 'prefix':
      return (text) => text.startsWith(test.text);
    case 'prefix-ignore-case':
      return (text) => foldCase(text).startsWith(test.text);
    case 'suffix':
      return (text) => text.endsWith(test.text);
    case 'suffix-ignore-case':
      return (text) => foldCase(text).endsWith(test.text);
    case 'wildcard':
      return compileWildcard(test.parts);
    case 'cidr':
      return (text) => addressBits(text)?.startsWith(test.bits) === true;
  }
}

function isWithin(value: number, low: Bound | null, high: Bound | null): boolean {
  if (value > greatestComparable || value < -greatestComparable) return false;
  if (low !== null && (low.included ? value < low.value : value <= low.value)) return false;
  return high === null || (high.included ? value <= high.value : value < high.value);
}
