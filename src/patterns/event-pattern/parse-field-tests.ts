import { addressBits } from './address-bits.js';
import {
  EventPatternError,
  type FieldCondition,
  type Scalar,
  type TextOperator,
  type ValueTest,
} from './event-pattern.js';
import { foldCase } from './fold-case.js';
import type { JsonArray, JsonNode, JsonObject, JsonScalar } from './json-text.js';
import { parseNumericTest } from './parse-numeric-test.js';
import { parseWildcardParts } from './parse-wildcard-parts.js';

/** A part of the pattern and what it is called in a message: `detail.state[0].prefix`. */
export interface Operand {
  readonly node: JsonNode;
  readonly label: string;
}

type OperatorParser = (operand: Operand) => ValueTest;

const operators: ReadonlyMap<string, OperatorParser> = new Map<string, OperatorParser>([
  ['exactly', (operand) => ({ op: 'equals', value: stringOf(operand) })],
  ['equals-ignore-case', (operand) => textTest('equals-ignore-case', foldCase(stringOf(operand)))],
  ['prefix', (operand) => affixTest('prefix', operand)],
  ['suffix', (operand) => affixTest('suffix', operand)],
  ['wildcard', (operand) => ({ op: 'wildcard', parts: parseWildcardParts(stringOf(operand), operand) })],
  ['numeric', parseNumericTest],
  ['cidr', (operand) => ({ op: 'cidr', bits: networkBits(stringOf(operand), operand) })],
  ['anything-but', parseAnythingBut],
]);

/** What cannot name a field in `$or` (event-ruler, Constants: RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP). */
export const reservedNames: ReadonlySet<string> = new Set([...operators.keys(), 'exists', '=', '<', '<=', '>', '>=']);

export function childPath(label: string, key: string): string {
  return label === '' ? key : `${label}.${key}`;
}

/** Reads the list of a field. @throws EventPatternError */
export function parseFieldTests(list: JsonArray, label: string): Pick<FieldCondition, 'tests' | 'orAbsent'> {
  if (list.items.length === 0) throw new EventPatternError('A list must not be empty.', list.at, label);
  const tests: ValueTest[] = [];
  let orAbsent = false;
  for (const [index, node] of list.items.entries()) {
    const test = parseTest({ node, label: `${label}[${index}]` });
    if (test === 'absent') orAbsent = true;
    else tests.push(test);
  }
  return { tests, orAbsent };
}

function parseTest({ node, label }: Operand): ValueTest | 'absent' {
  if (node.kind === 'array') throw new EventPatternError('A list cannot stand in a list of values.', node.at, label);
  if (node.kind === 'scalar') return { op: 'equals', value: finite(node, label) };
  const { key, operand } = onlyMember(node, label);
  if (key === 'exists') return existsTest(operand);
  const parse = operators.get(key);
  if (parse === undefined) {
    throw new EventPatternError(
      `"${key}" is no operator: use ${[...operators.keys(), 'exists'].join(', ')}.`,
      node.at,
      label,
    );
  }
  return parse(operand);
}

function finite({ value, at }: JsonScalar, label: string): Scalar {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new EventPatternError('The number is too large.', at, label);
}

function existsTest({ node, label }: Operand): ValueTest | 'absent' {
  if (node.kind !== 'scalar' || typeof node.value !== 'boolean') {
    throw new EventPatternError('"exists" must be true or false.', node.at, label);
  }
  return node.value ? { op: 'exists' } : 'absent';
}

function onlyMember(node: JsonObject, label: string): { key: string; operand: Operand } {
  const [member, second] = node.members;
  if (member === undefined) throw new EventPatternError('An operator is missing in the object.', node.at, label);
  if (second !== undefined) {
    throw new EventPatternError('An object in a list has one operator only.', second.at, label);
  }
  return { key: member.key, operand: { node: member.value, label: childPath(label, member.key) } };
}

function textTest(op: TextOperator, text: string): ValueTest {
  return { op, text };
}

function stringOf({ node, label }: Operand): string {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
  throw new EventPatternError('The value must be a string.', node.at, label);
}

function affixTest(op: 'prefix' | 'suffix', { node, label }: Operand): ValueTest {
  if (node.kind !== 'object') return textTest(op, stringOf({ node, label }));
  const { key, operand } = onlyMember(node, label);
  if (key !== 'equals-ignore-case') {
    throw new EventPatternError(
      `"${op}" takes a string or "equals-ignore-case", not "${key}".`,
      operand.node.at,
      label,
    );
  }
  return textTest(`${op}-ignore-case`, foldCase(stringOf(operand)));
}

/** Source: aws/event-ruler, CIDR: host bits are allowed and left out; masks end below the length of an address. */
function networkBits(text: string, { node, label }: Operand): string {
  const [address = '', mask = '', ...rest] = text.split('/');
  const bits = rest.length > 0 ? null : addressBits(address);
  if (bits === null || !/^[0-9]{1,3}$/.test(mask)) {
    throw new EventPatternError('"cidr" takes an address and the bits of its network: "10.0.0.0/24".', node.at, label);
  }
  const limit = bits.length - 1;
  if (Number(mask) >= limit) {
    throw new EventPatternError(
      `The bits of the network must be below ${limit}; list an address as a value.`,
      node.at,
      label,
    );
  }
  return bits.slice(0, Number(mask) + 1);
}

const butOperators: ReadonlyMap<string, (operand: Operand) => ValueTest> = new Map<string, OperatorParser>([
  ['equals-ignore-case', (operand) => textTest('equals-ignore-case', foldCase(stringOf(operand)))],
  ['prefix', (operand) => textTest('prefix', notEmpty(operand))],
  ['suffix', (operand) => textTest('suffix', notEmpty(operand))],
  ['wildcard', (operand) => ({ op: 'wildcard', parts: parseWildcardParts(stringOf(operand), operand) })],
]);

function notEmpty(operand: Operand): string {
  const text = stringOf(operand);
  if (text === '') throw new EventPatternError('The text must not be empty here.', operand.node.at, operand.label);
  return text;
}

function parseAnythingBut({ node, label }: Operand): ValueTest {
  if (node.kind !== 'object') return { op: 'anything-but', tests: excludedValues({ node, label }) };
  const { key, operand } = onlyMember(node, label);
  const parse = butOperators.get(key);
  if (parse === undefined) {
    const known = [...butOperators.keys()].join(', ');
    throw new EventPatternError(`"anything-but" takes values or ${known}, not "${key}".`, operand.node.at, label);
  }
  return { op: 'anything-but', tests: listed(operand).map(parse) };
}

/** Strings alone or numbers alone, as AWS has it. */
function excludedValues(operand: Operand): ValueTest[] {
  const types = new Set<string>();
  return listed(operand).map(({ node, label }) => {
    const value = node.kind === 'scalar' ? finite(node, label) : null;
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new EventPatternError('"anything-but" takes strings or numbers.', node.at, label);
    }
    if (types.add(typeof value).size > 1) {
      throw new EventPatternError('"anything-but" takes strings or numbers, not both in one list.', node.at, label);
    }
    return { op: 'equals', value };
  });
}

function listed({ node, label }: Operand): Operand[] {
  if (node.kind !== 'array') return [{ node, label }];
  if (node.items.length === 0) throw new EventPatternError('A list must not be empty.', node.at, label);
  return node.items.map((item, index) => ({ node: item, label: `${label}[${index}]` }));
}
