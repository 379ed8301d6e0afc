import { expect, it } from 'vitest';
import { oracleMatches } from '../../../test/support/event-pattern-oracle.js';
import { Random } from '../../lib/random.js';
import { EventMatcher, matchesEventPattern } from './event-matcher.js';
import { parseEventPattern } from './parse-event-pattern.js';

type Json = Record<string, unknown>;

/** What keys are drawn from: few of them meet each other in arrays, dots let one field lie in several places. */
const vocabularies: Readonly<Record<string, readonly string[]>> = {
  'plain keys': ['a', 'b', 'c'],
  'few keys': ['a', 'b'],
  'keys with dots': ['a', 'b', 'a.b', 'b.a'],
  'odd keys': ['a', 'b', 'c', 'a.b', 'b.c', 'a.b.c', 'a-b', '__proto__', 'constructor', ''],
};
const eventValues = ['x', 'xy', 'y', 'X', 'yx', '', 1, 2, 1.5, 6e9, null, true, '10.0.0.1', '10.0.1.1', 'xyxyx'];

/** A key that is set like any other, which `__proto__` otherwise is not. */
function set(object: Json, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function randomValue(random: Random, keys: readonly string[], depth: number): unknown {
  const kind = random.below(depth > 0 ? 7 : 1);
  if (kind < 1) return random.pick(eventValues);
  if (kind < 3) return randomEvent(random, keys, depth - 1);
  if (kind < 5) return Array.from({ length: random.between(1, 4) }, () => randomEvent(random, keys, depth - 1));
  return Array.from({ length: random.below(4) }, () => randomValue(random, keys, depth - 1));
}

function randomEvent(random: Random, keys: readonly string[], depth: number): Json {
  const event: Json = {};
  for (let count = random.between(1, 3); count > 0; count--) {
    set(event, random.pick(keys), randomValue(random, keys, depth));
  }
  return event;
}

const tests: readonly ((random: Random) => unknown)[] = [
  (random) => random.pick(eventValues),
  (random) => random.pick(eventValues),
  (random) => random.pick(eventValues),
  () => ({ exists: true }),
  () => ({ exists: false }),
  () => ({ exists: false }),
  (random) => ({ prefix: random.pick(['', 'x', 'xy', '1']) }),
  (random) => ({ suffix: random.pick(['', 'x', 'y', '.1']) }),
  (random) => ({ prefix: { 'equals-ignore-case': random.pick(['x', 'XY']) } }),
  (random) => ({ suffix: { 'equals-ignore-case': random.pick(['x', 'YX']) } }),
  (random) => ({ 'equals-ignore-case': random.pick(['x', 'XY', '']) }),
  (random) => ({ wildcard: random.pick(['*', 'x*', '*x', '*y*', 'x*y*x', 'xy', '', '*yxy*', 'x*x']) }),
  (random) => ({
    numeric: random.pick([
      ['>', 1],
      ['<=', 1.5],
      ['>=', 1, '<', 2],
      ['=', 2],
      ['>', 0, '<=', 5e9],
    ]),
  }),
  (random) => ({ cidr: random.pick(['10.0.0.0/24', '10.0.0.9/16', '0.0.0.0/0', '10.0.1.1/31']) }),
  (random) => ({ 'anything-but': random.pick<unknown>(['x', 1, ['x', 'y'], [1, 2]]) }),
  (random) => ({ 'anything-but': { prefix: random.pick<unknown>(['x', ['x', 'y']]) } }),
  (random) => ({ 'anything-but': { suffix: random.pick<unknown>(['x', ['x', 'y']]) } }),
  (random) => ({ 'anything-but': { wildcard: random.pick<unknown>(['x*', ['*y*', 'x']]) } }),
  (random) => ({ 'anything-but': { 'equals-ignore-case': random.pick<unknown>(['x', ['XY', 'y']]) } }),
];

function randomPattern(random: Random, keys: readonly string[], depth: number): Json {
  const pattern: Json = {};
  for (let count = random.between(1, 3); count > 0; count--) {
    const key = depth > 0 && random.chance(0.12) ? '$or' : random.pick(keys);
    if (key === '$or') {
      set(
        pattern,
        key,
        Array.from({ length: random.between(2, 3) }, () => randomPattern(random, keys, depth - 1)),
      );
    } else if (depth > 0 && random.chance(0.6)) set(pattern, key, randomPattern(random, keys, depth - 1));
    else
      set(
        pattern,
        key,
        Array.from({ length: random.between(1, 3) }, () => random.pick(tests)(random)),
      );
  }
  return pattern;
}

const cases = Object.keys(vocabularies).flatMap((vocabulary) =>
  Array.from({ length: 10 }, (_, seed) => [vocabulary, seed] as const),
);

it.each(cases)('finds what a search through all readings of an event finds: %s, seed %i', (vocabulary, seed) => {
  const random = new Random(`event-pattern/${vocabulary}/${seed}`);
  const keys = vocabularies[vocabulary] ?? [];
  for (let round = 0; round < 6; round++) {
    const patterns = Array.from({ length: random.pick([1, 10, 120]) }, () => randomPattern(random, keys, 2));
    const rules = patterns.map((pattern, rule) => ({ pattern: parseEventPattern(pattern), rule }));
    const matcher = new EventMatcher(rules);
    for (let count = 0; count < 6; count++) {
      const event = randomEvent(random, keys, 4);
      const expected = rules.filter(({ rule }) => oracleMatches(patterns[rule] as Json, event)).map(({ rule }) => rule);
      const found = matcher.match(event);
      const odd = rules.filter(({ rule }) => found.includes(rule) !== expected.includes(rule));
      expect(odd.map(({ rule }) => ({ pattern: patterns[rule], event, expected: expected.includes(rule) }))).toEqual(
        [],
      );
      expect(found).toEqual(expected);
      const [first] = rules;
      if (first) expect(matchesEventPattern(first.pattern, event)).toBe(expected.includes(0));
    }
  }
});

it('compares patterns that match, and such that only arrays keep from matching', () => {
  const random = new Random('event-pattern/shares');
  let [matched, keptApart] = [0, 0];
  for (let count = 0; count < 6000; count++) {
    const keys = random.pick(Object.values(vocabularies));
    const pattern = randomPattern(random, keys, 2);
    const matcher = new EventMatcher([{ pattern: parseEventPattern(pattern), rule: pattern }]);
    const isMatch = matcher.match(randomEvent(random, keys, 4)).length > 0;
    if (isMatch) matched++;
    else if (matcher.work.steps > 0) keptApart++;
  }
  expect(matched).toBeGreaterThan(300);
  expect(keptApart).toBeGreaterThan(20);
});
