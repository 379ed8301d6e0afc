import { describe, expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import type { FilterRegex } from './filter-pattern.js';
import { parseRegex } from './parse-regex.js';
import { PatternReader } from './pattern-reader.js';
import { RegexMatcher } from './regex-matcher.js';

function regexOf(text: string): FilterRegex {
  return parseRegex(new PatternReader(`%${text}%`));
}

const atoms = [
  'a',
  'b',
  'ab',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\D',
  '\\x61',
  '\\.',
  '[a\\d]',
  '[b-d]',
  'a-b',
  '_',
] as const;
const repetitions = ['', '', '', '?', '*', '+', '{2}', '{2,}', '{0,3}', '{1,2}', '{0}', '{7,40}', '{30,}'] as const;
const letters = ['a', 'a', 'a', 'b', 'c', '1', '.', ' ', '-', '\n', 'é'] as const;

function randomRegex(random: Random): string {
  const branches = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => {
    const items = Array.from({ length: random.between(1, 6) }, () => random.pick(atoms) + random.pick(repetitions));
    return `${random.chance(0.3) ? '^' : ''}${items.join('')}${random.chance(0.3) ? '$' : ''}`;
  });
  return branches.join('|');
}

// The syntax taken here means the same in JavaScript, with the flag that lets `.` be any character.
it.each(Array.from({ length: 40 }, (_, seed) => seed))('matches what JavaScript matches, seed %i', (seed) => {
  const random = new Random(`regex ${seed}`);
  for (let count = 0; count < 25; count++) {
    const text = randomRegex(random);
    const matcher = new RegexMatcher(regexOf(text));
    const native = new RegExp(text, 's');
    for (let trial = 0; trial < 12; trial++) {
      const length = random.pick([0, 1, 3, 8, 40]);
      const subject = Array.from({ length }, () => random.pick(letters)).join('');
      expect({ text, subject, found: matcher.test(subject) }).toEqual({ text, subject, found: native.test(subject) });
    }
  }
});

describe('work', () => {
  // Own reckoning: a step for each character and each 32 characters of the expression, whatever the text is.
  it.each([
    ['a*a*a*a*a*b', 1],
    ['a?'.repeat(24).concat('a{24}b'), 2],
    ['.*.*.*.*=.*', 1],
    ['[ab]*a[ab]{200}c', 7],
    ['a{250}b{249}', 16],
  ])('%s is linear in the length of the text', (text, words) => {
    const matcher = new RegexMatcher(regexOf(text));
    expect(matcher.test('a'.repeat(1_000_000))).toBe(false);
    expect(matcher.steps).toBeLessThanOrEqual(words * 1_000_002);
  });

  it('forgets a text before the next', () => {
    const matcher = new RegexMatcher(regexOf('^ab+c{40}$'));
    expect(matcher.test('ab')).toBe(false);
    expect(matcher.test(`b${'c'.repeat(40)}`)).toBe(false);
    expect(matcher.test(`ab${'c'.repeat(40)}`)).toBe(true);
    expect(matcher.test('')).toBe(false);
  });
});
