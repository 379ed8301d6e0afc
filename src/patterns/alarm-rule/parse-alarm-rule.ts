import type { AlarmRule, AlarmRuleNode, AtLeast } from './alarm-rule.js';
import { AlarmRuleError } from './alarm-rule-error.js';
import type { AlarmState } from './alarm-state.js';
import { RuleReader } from './rule-reader.js';

/** Source: `AlarmRule` of PutCompositeAlarm, CloudWatch API Reference. */
const maxLength = 10_240;
const maxChildren = 100;

/** Mentions of alarms, constants, and pairs of parentheses around parts. Source: as above. It bounds the nesting too. */
const maxElements = 500;

const states: ReadonlySet<string> = new Set<AlarmState>(['ALARM', 'OK', 'INSUFFICIENT_DATA']);
const keywords: ReadonlySet<string> = new Set([...states, 'AND', 'OR', 'NOT', 'AT_LEAST']);

/**
 * Reads the rule of a composite alarm: `ALARM(cpu) AND NOT (OK("disk space") OR AT_LEAST(50%, NOT OK, (a, b, c)))`.
 *
 * `NOT` binds tighter than `AND`, `AND` tighter than `OR`. Alarms are named by name or ARN, in double quotes or, where
 * there is no blank, parenthesis or comma in it, without. Of an ARN the name counts. Single quotes are part of a name.
 *
 * Where AWS is silent: keywords are upper case, as everywhere in AWS's guide, but `TRUE` and `FALSE` may be written in
 * any case, since the API Reference itself writes `False`; within quotes a backslash stands before a quotation mark or
 * a backslash, and is itself elsewhere; an alarm that `AT_LEAST` names twice counts once; a percentage is never rounded,
 * so 50 % of three alarms are two.
 *
 * Source: "Composite alarms", Amazon CloudWatch User Guide; the bounds of `AT_LEAST`: AtLeastThreshold, AWS CDK.
 *
 * @throws AlarmRuleError
 */
export function parseAlarmRule(text: string): AlarmRule {
  if (text.length > maxLength) throw new AlarmRuleError(`a rule has ${maxLength} characters at most`, maxLength);
  return new AlarmRuleParser(text).parse();
}

class AlarmRuleParser {
  readonly #reader: RuleReader;
  readonly #children = new Set<string>();
  #elements = 0;

  constructor(text: string) {
    this.#reader = new RuleReader(text);
  }

  parse(): AlarmRule {
    if (this.#reader.isAtEnd) throw new AlarmRuleError('a rule is missing', 0);
    const root = this.#or();
    if (!this.#reader.isAtEnd) throw this.#unexpected('"AND", "OR" or the end');
    return { root, children: [...this.#children] };
  }

  #or(): AlarmRuleNode {
    const first = this.#and();
    const operands = [first];
    while (this.#reader.takeWord('OR')) operands.push(this.#and());
    return operands.length === 1 ? first : { type: 'or', operands };
  }

  #and(): AlarmRuleNode {
    const first = this.#not();
    const operands = [first];
    while (this.#reader.takeWord('AND')) operands.push(this.#not());
    return operands.length === 1 ? first : { type: 'and', operands };
  }

  /** Any number of `NOT` is one or none: they are no elements, and would nest without a bound. */
  #not(): AlarmRuleNode {
    let isNegated = false;
    while (this.#reader.takeWord('NOT')) isNegated = !isNegated;
    const operand = this.#part();
    return isNegated ? { type: 'not', operand } : operand;
  }

  #part(): AlarmRuleNode {
    const reader = this.#reader;
    const { position, word } = reader;
    if (reader.take('(')) {
      this.#countElement(position);
      const inner = this.#or();
      if (!reader.take(')')) throw this.#unexpected('"AND", "OR" or ")"');
      return inner;
    }
    if (reader.takeWord('AT_LEAST')) return this.#atLeast();
    if (states.has(word)) return this.#stateFunction();
    const constant = word.toUpperCase();
    if (constant !== 'TRUE' && constant !== 'FALSE') {
      throw this.#unexpected('"(", NOT, ALARM, OK, INSUFFICIENT_DATA, AT_LEAST, TRUE or FALSE');
    }
    this.#countElement(position);
    reader.takeWord(word);
    return { type: 'constant', value: constant === 'TRUE' };
  }

  #stateFunction(): AlarmRuleNode {
    const state = this.#state('ALARM, OK or INSUFFICIENT_DATA');
    this.#reader.expect('(');
    const alarm = this.#alarm();
    this.#reader.expect(')');
    return { type: 'state', alarm, state };
  }

  #atLeast(): AtLeast {
    const reader = this.#reader;
    reader.expect('(');
    const { position } = reader;
    const threshold = reader.takeBare();
    reader.expect(',');
    const isNegated = reader.takeWord('NOT');
    const state = this.#state('ALARM, OK or INSUFFICIENT_DATA, with or without NOT,');
    reader.expect(',');
    const alarms = this.#alarms();
    reader.expect(')');
    return { type: 'atLeast', needed: neededOf(threshold, alarms.length, position), state, isNegated, alarms };
  }

  #state(expected: string): AlarmState {
    const { word } = this.#reader;
    if (!states.has(word)) throw this.#unexpected(expected);
    this.#reader.takeWord(word);
    return word as AlarmState;
  }

  #alarms(): readonly string[] {
    this.#reader.expect('(');
    const alarms = new Set([this.#alarm()]);
    while (this.#reader.take(',')) alarms.add(this.#alarm());
    if (!this.#reader.take(')')) throw this.#reader.unexpected('"," or ")"');
    return [...alarms];
  }

  #alarm(): string {
    const reader = this.#reader;
    const { position } = reader;
    const quoted = reader.takeQuoted();
    const reference = quoted === '' ? reader.takeBare() : unquote(quoted);
    if (reference === '') {
      if (quoted !== '') throw new AlarmRuleError('the name of an alarm has at least one character', position);
      throw reader.unexpected('the name or ARN of an alarm');
    }
    const name = nameOf(reference);
    this.#countElement(position);
    this.#children.add(name);
    if (this.#children.size > maxChildren) {
      throw new AlarmRuleError(`a rule looks at ${maxChildren} alarms at most`, position);
    }
    return name;
  }

  #countElement(position: number): void {
    this.#elements++;
    if (this.#elements <= maxElements) return;
    const reason = `a rule has ${maxElements} elements at most: alarms, TRUE and FALSE, and pairs of parentheses`;
    throw new AlarmRuleError(reason, position);
  }

  #unexpected(expected: string): AlarmRuleError {
    const { word, position } = this.#reader;
    const keyword = word.toUpperCase();
    if (word !== keyword && keywords.has(keyword)) {
      return new AlarmRuleError(`write "${keyword}" in upper case`, position);
    }
    return this.#reader.unexpected(expected);
  }
}

/** The first argument of `AT_LEAST` as a number of alarms. */
function neededOf(threshold: string, alarmCount: number, position: number): number {
  if (!/^\d{1,5}%?$/.test(threshold)) {
    const reason = 'AT_LEAST begins with a whole number of alarms or a percentage, such as 2 or 50%';
    throw new AlarmRuleError(reason, position);
  }
  const value = Number.parseInt(threshold, 10);
  if (threshold.endsWith('%')) {
    if (value < 1 || value > 100) throw new AlarmRuleError('the percentage is from 1% to 100%', position);
    return Math.ceil((value * alarmCount) / 100);
  }
  if (value < 1 || value > alarmCount) {
    throw new AlarmRuleError(`the number is from 1 to that of the alarms, ${alarmCount}`, position);
  }
  return value;
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(["\\])/g, '$1');
}

/** Ours have neither region nor account in their ARNs. */
function nameOf(reference: string): string {
  return /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:([\s\S]+)$/.exec(reference)?.[1] ?? reference;
}
