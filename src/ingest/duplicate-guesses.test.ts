import { expect, it } from 'vitest';
import { DuplicateGuesses } from './duplicate-guesses.js';

it('expects of a source what its last segment was, and nothing of others', () => {
  const guesses = new DuplicateGuesses();
  expect(guesses.expects('a')).toBe(false);
  expect(guesses.learn('a', { records: 10, duplicates: 6 })).toBe(true);
  expect([guesses.expects('a'), guesses.expects('b')]).toEqual([true, false]);
  expect(guesses.learn('a', { records: 10, duplicates: 5 })).toBe(false);
  expect(guesses.expects('a')).toBe(false);
});
