import { describe, expect, it } from 'vitest';
import { exactDecimalSum } from '../lib/exact-decimal.js';
import { Random } from '../lib/random.js';
import { relativeError } from './value-bucket.js';
import { type ValueCount, ValueSketch } from './value-sketch.js';

describe('points', () => {
  // Own reckoning.
  it.each([
    { name: 'nothing', values: [], counts: [], points: [] },
    { name: 'one value', values: [4], counts: [1], points: [[4, 1]] },
    {
      name: 'equal values together, ascending',
      values: [3, -1, 3, 0],
      counts: [1, 2, 4, 1],
      points: [
        [-1, 2],
        [0, 1],
        [3, 5],
      ],
    },
    { name: '0 and -0 as one value', values: [-0, 0], counts: [1, 1], points: [[0, 2]] },
    { name: 'fractional counts', values: [7, 7, 7], counts: [0.1, 0.2, 0.3], points: [[7, 0.6]] },
    { name: 'counts beyond safe integers', values: [1, 1], counts: [2 ** 60, 1], points: [[1, 2 ** 60]] },
    {
      name: 'the largest values and counts',
      values: [2 ** 360, -(2 ** 360)],
      counts: [2 ** 360, 1],
      points: [
        [-(2 ** 360), 1],
        [2 ** 360, 2 ** 360],
      ],
    },
    { name: 'a count that is all but 0', values: [1], counts: [1e-300], points: [[1, 2 ** -64]] },
    { name: 'the smallest subnormal', values: [5e-324], counts: [1], points: [[5e-324, 1]] },
  ])('hold $name', ({ values, counts, points }) => {
    const sketch = ValueSketch.of(values, counts);
    expect(pairs(sketch.points())).toEqual(points);
    expect(pairs(ValueSketch.decode(sketch.encode()).points())).toEqual(points);
  });

  it('are exact for 128 distinct values and close for 129', () => {
    const values = Array.from({ length: 129 }, (_, index) => index + 1);
    expect(ValueSketch.of(values.slice(0, 128)).points()).toEqual(
      values.slice(0, 128).map((value) => ({ value, count: 1 })),
    );
    const points = ValueSketch.of(values).points();
    expect(points[0]).not.toEqual({ value: 1, count: 1 });
    expect(points.map(({ count }) => count).reduce((a, b) => a + b)).toBe(129);
  });

  it('stay exact however often the same values come', () => {
    const sketch = new ValueSketch();
    for (let round = 0; round < 5000; round++) sketch.add(round % 100);
    expect(sketch.points()).toEqual(Array.from({ length: 100 }, (_, value) => ({ value, count: 50 })));
  });
});

// Own reckoning: what a caller has to check before.
it.each([
  { values: [Number.NaN], counts: [1] },
  { values: [Infinity], counts: [1] },
  { values: [2 ** 361], counts: [1] },
  { values: [1], counts: [0] },
  { values: [1], counts: [-1] },
  { values: [1], counts: [Number.NaN] },
  { values: [1], counts: [Infinity] },
  { values: [1, 2], counts: [1] },
])('refuses $values with counts $counts', ({ values, counts }) => {
  expect(() => ValueSketch.of(values, counts)).toThrow(RangeError);
});

describe('the error of a bucketed sketch', () => {
  const spreads: readonly { name: string; draw: (random: Random) => number }[] = [
    { name: 'latencies', draw: (random) => Math.exp(8 * random.fraction()) },
    { name: 'both signs', draw: (random) => (random.fraction() - 0.5) * 1e6 },
    { name: 'all magnitudes', draw: (random) => (random.chance(0.5) ? -1 : 1) * 2 ** (720 * random.fraction() - 360) },
    { name: 'whole numbers', draw: (random) => random.between(-300, 300) },
    { name: 'ends of buckets', draw: (random) => (1 + random.below(128) / 128) * 2 ** random.between(-5, 5) },
    {
      name: 'just below the ends of buckets',
      draw: (random) => (1 + random.below(128) / 128) * (1 - 2 ** -53) * 2 ** 9,
    },
  ];

  // Truth: the sorted samples themselves. The n-th sample comes back within the bound that is promised.
  it.each(spreads)('stays within its bound for every sample: $name', ({ name, draw }) => {
    const random = new Random(name);
    const samples = Array.from({ length: 4000 }, () => draw(random)).sort((a, b) => a - b);
    const points = ValueSketch.of(shuffled(random, samples)).points();
    expect(points.length).toBeGreaterThan(30);
    const back = points.flatMap(({ value, count }) => Array<number>(count).fill(value));
    const worst = Math.max(
      ...samples.map((sample, at) => Math.abs((back[at] ?? 0) - sample) / (Math.abs(sample) || 1)),
    );
    expect(worst).toBeLessThanOrEqual(relativeError * (1 + 1e-9));
  });

  it('takes what is smaller than any sensible value for 0', () => {
    const sketch = ValueSketch.of(Array.from({ length: 200 }, (_, at) => (at - 100) * 2 ** -370));
    expect(sketch.points()).toEqual([{ value: 0, count: 200 }]);
  });
});

describe('the encoding', () => {
  // Truth: the same samples in one go. However they are shuffled, parted, stored between and merged, the bytes are equal.
  it.each([
    { name: 'few values', distinct: 20, samples: 100 },
    { name: 'as many values as stay exact', distinct: 128, samples: 2000 },
    { name: 'one value more', distinct: 129, samples: 2000 },
    { name: 'many values', distinct: 5000, samples: 3000 },
  ])('depends on the samples only: $name', ({ name, distinct, samples }) => {
    const random = new Random(name);
    const pool = Array.from({ length: distinct }, (_, at) => (at - distinct / 3) * random.pick([1, 0.37, 1e9]));
    for (let round = 0; round < 20; round++) {
      const drawn = Array.from({ length: samples }, () => ({ value: random.pick(pool), count: anyCount(random) }));
      const expected = sketchOf(drawn).encode();
      const merged = mergedInPieces(random, shuffled(random, drawn));
      expect(merged.encode()).toEqual(expected);
      expect(ValueSketch.decode(expected).encode()).toEqual(expected);
    }
  });

  it('keeps the sum of fractional counts exact', () => {
    const random = new Random('counts');
    const counts = Array.from({ length: 500 }, () => random.fraction() + 2 ** -11);
    const [point] = ValueSketch.of(Array<number>(500).fill(3), counts).points();
    expect(point?.count).toBe(Number(exactDecimalSum(counts, Array<number>(500).fill(1))));
  });

  // Own reckoning of the layout.
  it.each([
    { name: 'nothing', sketch: ValueSketch.of([]), hex: '0100' },
    { name: 'one value', sketch: ValueSketch.of([1]), hex: '01013ff000000000000002' },
    { name: 'a count of a half', sketch: ValueSketch.of([0], [0.5]), hex: '010100000000000000008180808080808080 8002' },
  ])('of $name is $hex', ({ sketch, hex }) => {
    expect(Buffer.from(sketch.encode()).toString('hex')).toBe(hex.replace(' ', ''));
  });

  it('of values over three powers of ten takes no more room than promised', () => {
    const random = new Random('size');
    const sketch = ValueSketch.of(Array.from({ length: 20_000 }, () => 10 ** (3 * random.fraction())));
    expect(sketch.encode().length).toBeLessThan(2600);
  });
});

describe('decode', () => {
  const double = '3ff0000000000000';

  // Own reckoning: bytes that `encode` never writes.
  it.each([
    { name: 'nothing at all', hex: '' },
    { name: 'an unknown codec', hex: '0300' },
    { name: 'no length', hex: '01' },
    { name: 'fewer entries than announced', hex: `0102${double}02` },
    { name: 'half an entry', hex: '01013ff0' },
    { name: 'bytes behind the end', hex: `0101${double}0200` },
    { name: 'a count of 0', hex: `0101${double}00` },
    { name: 'a fraction of 0', hex: `0101${double}01` },
    { name: 'a padded count', hex: `0101${double}8200` },
    { name: 'an endless count', hex: `0101${double}${'ff'.repeat(100)}` },
    { name: 'a whole count as a fraction', hex: `0101${double}818080808080808080 8004` },
    { name: 'an unsafe whole count', hex: `0101${double}${'80'.repeat(8)}01` },
    { name: 'a value twice', hex: `0102${double}02${double}02` },
    { name: 'descending values', hex: `0102${double}02${'0'.repeat(16)}02` },
    { name: 'NaN', hex: '01017ff800000000000002' },
    { name: 'Infinity', hex: '01017ff000000000000002' },
    { name: 'a value beyond the range', hex: '01017fe000000000000002' },
    { name: 'a negative zero', hex: '0101800000000000000002' },
    { name: 'too many exact values', hex: `018101${double}02` },
    { name: 'more buckets than there are', hex: '02ffffffff0f' },
    { name: 'a length beyond any memory', hex: `02${'ff'.repeat(20)}01` },
    { name: 'a bucket beyond the last', hex: '0201ffffff0f02' },
    { name: 'a bucket twice', hex: '020202020002' },
  ])('refuses $name', ({ hex }) => {
    expect(() => ValueSketch.decode(Buffer.from(hex.replace(' ', ''), 'hex'))).toThrow(/no value sketch/);
  });

  it('refuses changed bytes or reads a sketch that encodes to them', () => {
    const random = new Random('garbage');
    const whole = ValueSketch.of(Array.from({ length: 300 }, (_, at) => at ** 3)).encode();
    const few = ValueSketch.of([1, 2.5, 1e9], [1, 0.1, 2 ** 70]).encode();
    for (let round = 0; round < 4000; round++) {
      const bytes = Uint8Array.from(random.pick([whole, few]));
      for (let change = random.between(1, 3); change > 0; change--)
        bytes[random.below(bytes.length)] = random.below(256);
      const decoded = attempt(() => ValueSketch.decode(bytes));
      if (decoded !== null) expect(decoded.encode()).toEqual(bytes);
    }
  });
});

function attempt(decode: () => ValueSketch): ValueSketch | null {
  try {
    return decode();
  } catch (error) {
    expect(String(error)).toContain('no value sketch');
    return null;
  }
}

function pairs(points: readonly ValueCount[]): (readonly [number, number])[] {
  return points.map(({ value, count }) => [value, count]);
}

function sketchOf(samples: readonly ValueCount[]): ValueSketch {
  return ValueSketch.of(
    samples.map(({ value }) => value),
    samples.map(({ count }) => count),
  );
}

function anyCount(random: Random): number {
  if (random.chance(0.7)) return 1;
  return random.pick([random.between(1, 1e6), random.fraction() + 1e-9, 2 ** 53 - 1, 1e-12, 1e40, 0.1]);
}

/** Splits at random, down to single samples, with a detour over bytes here and there. */
function mergedInPieces(random: Random, samples: readonly ValueCount[]): ValueSketch {
  if (samples.length < 2 || random.chance(0.1)) return sketchOf(samples);
  const cuts = [0, random.below(samples.length), random.below(samples.length), samples.length].sort((a, b) => a - b);
  const pieces = cuts.slice(1).map((end, at) => mergedInPieces(random, samples.slice(cuts[at], end)));
  return ValueSketch.merge(pieces.map((piece) => (random.chance(0.3) ? ValueSketch.decode(piece.encode()) : piece)));
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
