import { expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { FilterMatcher } from './filter-matcher.js';
import { LogMessage } from './log-message.js';
import { parseFilterPattern } from './parse-filter-pattern.js';

/** Says whether a message matches; written with the pattern, not read from it. */
interface Filter {
  readonly text: string;
  readonly matches: (message: string) => boolean;
}

type Test = readonly [text: string, passes: (value: string | number) => boolean];

const keys = ['a', 'b', 'c', 'constructor'] as const;
const words = ['x', 'xy', 'y', 'yx', 'xyx', '3', '3.0', '12', 'é', 'true'] as const;
const values: readonly unknown[] = [...words, '', 3, 12, -1, 2.5, null, true, false, [], {}];
/** Restricted regular expressions mean in JavaScript what they mean here, but for the flag. */
const regexes = [
  'x',
  '^x',
  'y$',
  'x.y',
  'x+y?',
  '[^x]',
  '\\d',
  '^\\w{2}$',
  'xx|yx',
  '^x|3$',
  'x{2,}',
  '\\W',
  'y*x',
] as const;

function randomTest(random: Random): Test {
  const kind = random.below(6);
  if (kind === 0) {
    const number = random.pick([3, 12, -1, 2.5]);
    const [op, compare] = random.pick([
      ['<', (value: number) => value < number],
      ['>', (value: number) => value > number],
      ['<=', (value: number) => value <= number],
      ['>=', (value: number) => value >= number],
      ['=', (value: number) => value === number],
    ] as const);
    return [
      `${op} ${number}`,
      (value) => String(value).trim() !== '' && !Number.isNaN(Number(value)) && compare(Number(value)),
    ];
  }
  const [text, passes] = randomEquality(random, kind);
  return random.chance(0.3) ? [`!= ${text}`, (value) => !passes(value)] : [`= ${text}`, passes];
}

function randomEquality(random: Random, kind: number): Test {
  if (kind === 1) {
    const regex = random.pick(regexes);
    return [`%${regex}%`, (value) => new RegExp(regex, 's').test(String(value))];
  }
  if (kind === 2) {
    const wildcard = random.pick(['*', 'x*', '*y', '*x*', 'x*x', '*y*x']);
    const whole = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`, 's');
    return [`"${wildcard}"`, (value) => whole.test(String(value))];
  }
  const word = random.pick(words);
  return [`"${word}"`, (value) => String(value) === word];
}

/** A selector, and all that it selects. */
function randomSelector(random: Random): readonly [text: string, select: (json: unknown) => unknown[]] {
  let text = '$';
  const steps: ((value: unknown) => unknown[])[] = [];
  let mayBeWild = random.chance(0.2);
  for (let count = random.between(1, 3); count > 0; count--) {
    const kind = text === '$' ? random.below(2) : random.below(3);
    const isWild = mayBeWild && random.chance(0.6);
    mayBeWild &&= !isWild;
    const key = random.pick(keys);
    const index = random.below(2);
    if (kind < 2) {
      text += isWild ? '.*' : `.${key}`;
      steps.push((value) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
        return isWild
          ? Object.values(value)
          : Object.entries(value).flatMap(([name, one]) => (name === key ? [one] : []));
      });
    } else {
      text += isWild ? '[*]' : `[${index}]`;
      steps.push((value) => {
        if (!Array.isArray(value)) return [];
        return isWild ? value : value.slice(index, index + 1);
      });
    }
  }
  return [text, (json) => steps.reduce<unknown[]>((found, step) => found.flatMap(step), [json])];
}

type JsonTest = readonly [text: string, passes: (json: unknown) => boolean];

function randomComparison(random: Random): JsonTest {
  const [selector, select] = randomSelector(random);
  const kind = random.below(10);
  if (kind === 0) return [`${selector} NOT EXISTS`, (json) => select(json).length === 0];
  if (kind === 1) {
    const value = random.pick([true, false, null]);
    return [`${selector} IS ${String(value).toUpperCase()}`, (json) => select(json).includes(value)];
  }
  const [test, passes] = randomTest(random);
  const comparable = (value: unknown) => typeof value === 'string' || typeof value === 'number';
  return [`${selector} ${test}`, (json) => select(json).some((value) => comparable(value) && passes(value as string))];
}

function randomCondition(random: Random, depth: number): JsonTest {
  if (depth === 0 || random.chance(0.4)) return randomComparison(random);
  const [left, leftPasses] = randomCondition(random, depth - 1);
  const [right, rightPasses] = randomCondition(random, depth - 1);
  if (random.chance(0.5)) return [`(${left}) && (${right})`, (json) => leftPasses(json) && rightPasses(json)];
  return [`(${left} || ${right})`, (json) => leftPasses(json) || rightPasses(json)];
}

function jsonFilter(random: Random): Filter {
  const [condition, passes] = randomCondition(random, 3);
  const matches = (message: string) => {
    try {
      return passes(JSON.parse(message));
    } catch {
      return false;
    }
  };
  return { text: `{ ${condition} }`, matches };
}

function termsFilter(random: Random): Filter {
  const parts = Array.from({ length: random.between(1, 3) }, () => {
    const sign = random.pick(['', '', '-', '?']);
    const phrase = random.pick(['x', 'xy', '"yx', '":3', '3.0', 'é', 'xyx', ',"', 'xyxyxy', 'a":"xy', ' ']);
    const regex = random.pick(regexes);
    if (random.chance(0.2))
      return { sign, text: `%${regex}%`, isIn: (text: string) => new RegExp(regex, 's').test(text) };
    const signed = phrase === ' ' && sign !== '' ? 'y' : phrase;
    return { sign, text: JSON.stringify(signed), isIn: (text: string) => signed === ' ' || text.includes(signed) };
  });
  const plain = parts.filter(({ sign }) => sign === '');
  const excluded = parts.filter(({ sign }) => sign === '-');
  const optional = parts.filter(({ sign }) => sign === '?');
  const isOr = excluded.length === 0 && plain.every(({ text }) => text === '" "') && optional.length > 0;
  return {
    text: parts.map(({ sign, text }) => sign + text).join(' '),
    matches: (text) =>
      plain.every(({ isIn }) => isIn(text)) &&
      excluded.every(({ isIn }) => !isIn(text)) &&
      (!isOr || optional.some(({ isIn }) => isIn(text))),
  };
}

function delimitedFilter(random: Random): Filter {
  const count = random.between(1, 4);
  const ellipsis = random.chance(0.5) ? random.below(count + 1) : null;
  const fields = Array.from({ length: count }, (_, index) => {
    const [test, passes] = random.chance(0.4) ? randomTest(random) : (['', () => true] as const);
    return { text: `f${index} ${test}`, passes };
  });
  const texts = fields.map(({ text }) => text);
  if (ellipsis !== null) texts.splice(ellipsis, 0, '...');
  const matches = (message: string) => {
    const found = [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|\S+/g)];
    if (found.length < count) return false;
    const wordOf = (match: RegExpMatchArray | undefined) => match?.[1] ?? match?.[2] ?? match?.[0] ?? '';
    return fields.every(({ passes }, index) => {
      if (ellipsis !== null && index >= ellipsis) return passes(wordOf(found[found.length - count + index]));
      const isRest = ellipsis === null && index === count - 1 && found.length > count;
      return passes(isRest ? message.slice(found[index]?.index).trimEnd() : wordOf(found[index]));
    });
  };
  return { text: `[${texts.join(', ')}]`, matches };
}

/** Within the quotas of regular expressions and wildcards. */
function randomFilter(random: Random): Filter {
  while (true) {
    const filter = random.pick([jsonFilter, jsonFilter, jsonFilter, termsFilter, delimitedFilter])(random);
    const marks = [...filter.text.matchAll(/%/g)].length;
    const wildcards = [...filter.text.matchAll(/\[\*\]|\.\*/g)].length;
    if (marks <= 4 && wildcards <= 3 && filter.text.length <= 1024) return filter;
  }
}

function randomValue(random: Random, depth: number): unknown {
  if (depth === 0 || random.chance(0.5)) return random.pick(values);
  if (random.chance(0.3)) return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1));
  const entries = Array.from({ length: random.between(1, 4) }, () => [
    random.pick(keys),
    randomValue(random, depth - 1),
  ]);
  return Object.fromEntries(entries);
}

function randomMessage(random: Random): string {
  if (random.chance(0.7)) return JSON.stringify(randomValue(random, 3));
  const pieces = [...words, '"x y"', '[x 3]', '"', '[', ' ', '\t'];
  return Array.from({ length: random.below(7) }, () => random.pick(pieces)).join(' ');
}

// Each pattern is made together with a function that says what it matches, with regular expressions of JavaScript and
// searches of strings; a matcher of many such patterns must say the same of every message.
it.each(Array.from({ length: 60 }, (_, seed) => seed))('matches what each filter matches alone, seed %i', (seed) => {
  const random = new Random(`filters ${seed}`);
  const filters = Array.from({ length: random.between(1, 60) }, () => randomFilter(random));
  const matcher = new FilterMatcher(filters.map(({ text }) => ({ pattern: parseFilterPattern(text), value: text })));
  for (let count = 0; count < 60; count++) {
    const text = randomMessage(random);
    const expected = filters.filter(({ matches }) => matches(text)).map((filter) => filter.text);
    expect({ text, matched: matcher.match(LogMessage.ofText(text)) }).toEqual({ text, matched: expected });
  }
});
