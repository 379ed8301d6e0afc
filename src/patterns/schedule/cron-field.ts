import { ScheduleError } from './schedule-error.js';

/** A piece of an expression and where it begins in the whole of it. */
export interface Text {
  readonly text: string;
  readonly at: number;
}

/** What a field may hold. */
export interface FieldRule {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Of the values from `low` on. */
  readonly names?: readonly string[];
  /** Whether `/` may stand in it. */
  readonly steps: boolean;
}

/** The pieces between the separators, which are one character long. */
export function splitText({ text, at }: Text, separator: string): Text[] {
  let from = at;
  return text.split(separator).map((part) => {
    const piece = { text: part, at: from };
    from += part.length + 1;
    return piece;
  });
}

/** The values of a field, ascending. @throws ScheduleError */
export function parseField(rule: FieldRule, field: Text): number[] {
  const values = splitText(field, ',').flatMap((item) => parseItem(rule, item));
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Reads `*`, `5`, `5-9`, `5/3`, `5-9/3` or `*` with a step. @throws ScheduleError */
export function parseItem(rule: FieldRule, item: Text): number[] {
  const [range = item, step, ...more] = splitText(item, '/');
  if (more[0] !== undefined) throw new ScheduleError(`${rule.name} takes one "/" in an item`, more[0].at - 1);
  if (step !== undefined && !rule.steps) throw new ScheduleError(`${rule.name} takes no "/"`, step.at - 1);
  const [low, high] = parseRange(rule, range, step !== undefined);
  const by = step === undefined ? 1 : parseStep(rule, step);
  const values: number[] = [];
  for (let value = low; value <= high; value += by) values.push(value);
  return values;
}

function parseRange(rule: FieldRule, range: Text, isOpen: boolean): readonly [low: number, high: number] {
  if (range.text === '*') return [rule.low, rule.high];
  const [first = range, last, ...more] = splitText(range, '-');
  if (more[0] !== undefined) throw new ScheduleError(`${rule.name} takes one "-" in an item`, more[0].at - 1);
  const low = parseValue(rule, first);
  if (last === undefined) return [low, isOpen ? rule.high : low];
  const high = parseValue(rule, last);
  // AWS documents no ranges that wrap around.
  if (high < low) {
    throw new ScheduleError(`a range of ${rule.name} goes upwards; write what wraps around as two ranges`, range.at);
  }
  return [low, high];
}

function parseStep(rule: FieldRule, step: Text): number {
  if (!/^\d+$/.test(step.text) || Number(step.text) === 0) {
    throw new ScheduleError(`a step of ${rule.name} is a whole number above 0`, step.at);
  }
  return Number(step.text);
}

/** One number or name. @throws ScheduleError */
export function parseValue(rule: FieldRule, { text, at }: Text): number {
  const named = rule.names?.indexOf(text) ?? -1;
  if (named >= 0) return rule.low + named;
  const value = /^\d+$/.test(text) && text.length <= String(rule.high).length ? Number(text) : Number.NaN;
  if (value >= rule.low && value <= rule.high) return value;
  throw new ScheduleError(`${textOf(text)} is no value of ${rule.name}: ${valuesOf(rule)}`, at);
}

function textOf(text: string): string {
  return text === '' ? 'nothing' : `"${text.slice(0, 20)}"`;
}

function valuesOf({ low, high, names }: FieldRule): string {
  const named = names === undefined ? '' : ` or ${names[0]}-${names.at(-1)} in capitals`;
  return `${low}-${high}${named}`;
}
