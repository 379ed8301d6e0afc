import { expect, it } from 'vitest';
import { Random, skewedChoice } from './random.js';

it('gives the same numbers for the same seed and others for another', () => {
  const draw = (seed: string) =>
    Array.from(
      { length: 8 },
      (
        (random) => () =>
          random.uint32()
      )(new Random(seed)),
    );
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
});

it('spreads evenly', () => {
  const random = new Random('even');
  const counts = new Uint32Array(10);
  for (let draw = 0; draw < 10_000; draw++) {
    const digit = random.below(10);
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  // Five standard deviations (30 each) about the mean of 1,000.
  for (const count of counts) expect(count).toBeGreaterThan(850);
  for (const count of counts) expect(count).toBeLessThan(1150);
});

it('makes UUIDs of version 4', () => {
  const random = new Random('uuid');
  const ids = Array.from({ length: 1000 }, () => random.uuid());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(1000);
});

it('chooses the first item most, and every item sometimes', () => {
  const random = new Random('skew');
  const choose = skewedChoice(['a', 'b', 'c', 'd'], 1);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 12_500; draw++) {
    const item = choose(random);
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  // Shares of 1, 1/2, 1/3, 1/4 in their sum of 25/12: 6,000, 3,000, 2,000, 1,500.
  for (const [item, expected] of [
    ['a', 6000],
    ['b', 3000],
    ['c', 2000],
    ['d', 1500],
  ] as const) {
    expect(Math.abs((counts.get(item) ?? 0) - expected)).toBeLessThan(300);
  }
});
