import { describe, expect, it } from 'vitest';
import { exactDecimal, exactDecimalSum } from './exact-decimal.js';
import { Random } from './random.js';

describe('exactDecimal', () => {
  // Truth: expansions known from the literature on IEEE 754 (0.1, the smallest subnormal), the others own reckoning.
  it.each([
    [0, '0'],
    [-0, '0'],
    [42, '42'],
    [-7, '-7'],
    [0.5, '0.5'],
    [-0.125, '-0.125'],
    [1.1, '1.100000000000000088817841970012523233890533447265625'],
    [0.1, '0.1000000000000000055511151231257827021181583404541015625'],
    [-2.75, '-2.75'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2 ** 53, '9007199254740992'],
    [1e23, '99999999999999991611392'],
    [-(2 ** 70), '-1180591620717411303424'],
    [2 ** -10, '0.0009765625'],
  ])('writes %s as %s', (value, text) => {
    expect(exactDecimal(value)).toBe(text);
  });

  it('writes the largest value of a metric, 2^360, in full', () => {
    expect(exactDecimal(2 ** 360)).toBe((2n ** 360n).toString());
    expect(exactDecimal(-(2 ** 360))).toBe((-(2n ** 360n)).toString());
  });

  it('writes the smallest subnormal with its 1,074 decimals', () => {
    const text = exactDecimal(Number.MIN_VALUE);
    expect(text).toMatch(/^0\.0{323}4940656458412465441/);
    expect(text).toHaveLength('0.'.length + 1074);
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses %s', (value) => {
    expect(() => exactDecimal(value)).toThrow(RangeError);
  });

  it('is exact for any double, as rational arithmetic says', () => {
    const random = new Random('exact decimals');
    for (let round = 0; round < 3000; round++) {
      const value = anyDouble(random);
      const text = exactDecimal(value);
      expect(text).toMatch(/^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/);
      expect(isEqual(rationalOf(text), doubleAsRational(value)), `${value} is not ${text}`).toBe(true);
      expect(Number(text)).toBe(value + 0);
    }
  });
});

describe('exactDecimalSum', () => {
  // Own reckoning.
  it.each([
    { values: [], counts: [], sum: '0' },
    { values: [3], counts: [2], sum: '6' },
    { values: [0.5, -0.5], counts: [1, 1], sum: '0' },
    { values: [1e16, 1, -1e16], counts: [1, 1, 1], sum: '1' },
    { values: [2 ** 360, 1, -(2 ** 360)], counts: [2, 1, 2], sum: '1' },
    { values: [0.5], counts: [0.25], sum: '0.125' },
    { values: [2 ** -60, 2 ** 60], counts: [2 ** 60, 1], sum: (1n + 2n ** 60n).toString() },
  ])('adds $values, $counts times, to $sum', ({ values, counts, sum }) => {
    expect(exactDecimalSum(values, counts)).toBe(sum);
  });

  it('refuses a value without a count', () => {
    expect(() => exactDecimalSum([1, 2], [1])).toThrow(RangeError);
  });

  it('is the same in any order, and what rational arithmetic says', () => {
    const random = new Random('exact sums');
    for (let round = 0; round < 300; round++) {
      const terms = Array.from({ length: random.between(1, 8) }, () => [anyDouble(random), anyDouble(random)] as const);
      const sum = terms
        .map(([value, count]) => times(doubleAsRational(value), doubleAsRational(count)))
        .reduce(plus, { over: 0n, under: 1n });
      for (const order of [terms, terms.toReversed()]) {
        const text = exactDecimalSum(
          order.map(([value]) => value),
          order.map(([, count]) => count),
        );
        expect(isEqual(rationalOf(text), sum), JSON.stringify(order)).toBe(true);
      }
    }
  });
});

interface Rational {
  readonly over: bigint;
  readonly under: bigint;
}

/** Small integers, decimals as people write them, and any bit pattern of a finite double, subnormals among them. */
function anyDouble(random: Random): number {
  if (random.chance(0.2)) return random.between(-1000, 1000);
  if (random.chance(0.2)) return random.between(-100_000, 100_000) / 1000;
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random.chance(0.1) ? random.uint32() & 0x800fffff : random.uint32());
  view.setUint32(4, random.uint32());
  const value = view.getFloat64(0);
  return Number.isFinite(value) ? value : 2 ** 360;
}

/** By doubling until there is no fraction left: knows nothing of how doubles are stored. */
function doubleAsRational(value: number): Rational {
  let [over, under] = [value, 1n];
  while (!Number.isInteger(over)) {
    over *= 2;
    under *= 2n;
  }
  return { over: BigInt(over), under };
}

function rationalOf(text: string): Rational {
  const [whole = '', fraction = ''] = text.split('.');
  return { over: BigInt(whole + fraction), under: 10n ** BigInt(fraction.length) };
}

function isEqual(a: Rational, b: Rational): boolean {
  return a.over * b.under === b.over * a.under;
}

function plus(a: Rational, b: Rational): Rational {
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}

function times(a: Rational, b: Rational): Rational {
  return { over: a.over * b.over, under: a.under * b.under };
}
