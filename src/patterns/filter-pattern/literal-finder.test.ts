import { expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { LiteralFinder } from './literal-finder.js';

// Oracle: `includes` of strings.
it.each(Array.from({ length: 60 }, (_, seed) => seed))('finds what is there, seed %i', (seed) => {
  const random = new Random(`literals ${seed}`);
  const alphabet = random.pick(['ab', 'abc', 'abcdefgh', 'aé\u{1f600}']);
  const letters = [...alphabet];
  const textOf = (length: number) => Array.from({ length }, () => random.pick(letters)).join('');
  const least = random.between(1, 7);
  const literals = [...new Set(Array.from({ length: random.between(1, 30) }, () => textOf(least + random.below(6))))];
  const finder = new LiteralFinder(literals);
  for (let trial = 0; trial < 30; trial++) {
    const text = textOf(random.below(60));
    const found: number[] = [];
    finder.find(Buffer.from(text), (literal) => found.push(literal));
    const expected = literals.flatMap((literal, index) => (text.includes(literal) ? [index] : []));
    expect(found.sort((a, b) => a - b)).toEqual(expected);
  }
});
