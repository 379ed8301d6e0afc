import { expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import type { Scalar } from './event-pattern.js';
import { parseEventPattern } from './parse-event-pattern.js';
import { ValueIndex } from './value-index.js';
import { compileTests } from './value-test.js';

const alphabets = ['ab', 'abAB/', '01.:', 'aéÉΣσ漢'];

type Make = (random: Random, text: (longest: number) => string) => unknown;

const makers: readonly Make[] = [
  (_, text) => text(4),
  (_, text) => ({ prefix: text(5) }),
  (_, text) => ({ suffix: text(5) }),
  (_, text) => ({ prefix: { 'equals-ignore-case': text(5) } }),
  (_, text) => ({ suffix: { 'equals-ignore-case': text(5) } }),
  (_, text) => ({ 'equals-ignore-case': text(4) }),
  (_, text) => ({ wildcard: `*${text(6)}*`.replace('**', '*') }),
  (_, text) => ({ wildcard: `${text(3)}*x${text(3)}*${text(5)}` }),
  (_, text) => ({ 'anything-but': { wildcard: [`*${text(6)}`, text(3)] } }),
  (random) => ({ cidr: `10.0.${random.below(2)}.${random.below(256)}/${random.between(15, 31)}` }),
  (random) => ({ cidr: `2001:db8:${random.below(3)}::/${random.between(30, 64)}` }),
  (random) => ({ numeric: ['>=', random.between(-9, 0), '<', random.between(1, 9)] }),
  (random) => ({ numeric: [random.pick(['<', '<=', '>', '>=', '=']), random.between(-9, 9)] }),
  (random) => random.between(-9, 9),
];

const valueMakers: readonly ((random: Random, text: (longest: number) => string) => Scalar)[] = [
  (_, text) => text(12),
  (_, text) => text(4),
  (random) => `10.0.${random.below(3)}.${random.below(256)}`,
  (random) => `2001:db8:${random.below(4)}::${random.hex(2)}`,
  (random) => random.between(-20, 20) / 2,
  (random) => random.pick([null, true, 6e9]),
];

/** Against each test tried alone. */
it.each(Array.from({ length: 24 }, (_, seed) => seed))(
  'finds each test that a value passes, and no other (seed %i)',
  (seed) => {
    const random = new Random(`value-index/${seed}`);
    const alphabet = random.pick(alphabets);
    const text = (longest: number) => random.text(alphabet, random.below(longest + 1));
    const lists = Array.from({ length: 150 }, () => [random.pick(makers)(random, text)]);
    const distinct = [...new Map(lists.map((list) => [JSON.stringify(list), list])).values()];
    const filed = distinct.flatMap((list, id) => {
      const [condition] = parseEventPattern({ a: list }).alternatives[0] ?? [];
      return (condition?.tests ?? []).map((test) => ({ test, ids: [id] }));
    });
    const index = new ValueIndex(filed);
    for (let count = 0; count < 200; count++) {
      const value = random.pick(valueMakers)(random, text);
      const found: number[] = [];
      index.find(value, (ids) => found.push(...ids));
      const expected = filed.filter(({ test }) => compileTests([test])(value)).flatMap(({ ids }) => ids);
      expect({ value, found: found.sort((a, b) => a - b) }).toEqual({ value, found: expected });
    }
  },
);
