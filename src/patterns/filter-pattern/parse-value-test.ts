import type { Operand, ValueTest } from './filter-pattern.js';
import { parseNumber } from './number-text.js';
import { parseQuoted } from './parse-quoted.js';
import { parseRegex } from './parse-regex.js';
import { isWordCharacter, type PatternReader } from './pattern-reader.js';

/** Longer ones first. */
const operators = ['!=', '<=', '>=', '=', '<', '>'] as const;

/**
 * Reads an operator and what stands behind it: `= "text*"`, `!= word`, `= %regex%`, `>= 4.5e2`.
 *
 * @param expected what else might have stood in the operator's place, for the message
 */
export function parseValueTest(reader: PatternReader, expected = ''): ValueTest {
  const op = operators.find((operator) => reader.take(operator));
  if (op === undefined) {
    reader.fail(`an operator was expected instead of ${reader.shown}: =, !=, <, >, <= or >=${expected}`);
  }
  if (reader.next === '=') reader.fail('"==" is no operator: equality is written "="', reader.at - 1);
  reader.skipBlanks();
  const { at } = reader;
  const operand = parseOperand(reader);
  if (op === '=' || op === '!=') return { op, operand };
  if (operand.kind !== 'number') reader.fail(`a number was expected behind "${op}"`, at);
  return { op, number: operand.number };
}

function parseOperand(reader: PatternReader): Operand {
  if (reader.next === '"') return { kind: 'text', parts: parseQuoted(reader) };
  if (reader.next === '%') return { kind: 'regex', regex: parseRegex(reader) };
  const { at } = reader;
  const word = reader.takeWhile(isBareCharacter);
  if (word === '') reader.fail(`a word, a number, "text" or %regex% was expected instead of ${reader.shown}`);
  const number = parseNumber(word);
  if (number === null) return { kind: 'text', parts: word.split('*') };
  if (!Number.isFinite(number)) reader.fail('the number is too great', at);
  return { kind: 'number', number };
}

/** Of words without quotation marks: `iam.amazonaws.com`, `123.123.*`, `us-east-1`, `+1e3`. */
function isBareCharacter(code: number): boolean {
  return isWordCharacter(code) || code === 0x2e || code === 0x2a || code === 0x2d || code === 0x2b;
}
