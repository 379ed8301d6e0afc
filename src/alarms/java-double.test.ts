import { describe, expect, it } from 'vitest';
import { javaDouble } from './java-double.js';

describe('numbers as Java writes them', () => {
  // Truth: Double.toString of OpenJDK 17.
  const cases: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [3, '3.0'],
    [100, '100.0'],
    [99.5, '99.5'],
    [-2.5, '-2.5'],
    [1 / 3, '0.3333333333333333'],
    [0.1 + 0.2, '0.30000000000000004'],
    [0.166666666664241, '0.166666666664241'],
    [0.001, '0.001'],
    [0.0009999999, '9.999999E-4'],
    [0.00001, '1.0E-5'],
    [-0.0001, '-1.0E-4'],
    [123456.789, '123456.789'],
    [9_999_999, '9999999.0'],
    [9_999_999.5, '9999999.5'],
    [10_000_000, '1.0E7'],
    [-10_000_000, '-1.0E7'],
    [12_345_678, '1.2345678E7'],
    [1e10, '1.0E10'],
    [15_000_000_000, '1.5E10'],
    [123_456_789_012, '1.23456789012E11'],
    [2 ** 53, '9.007199254740992E15'],
    [1e21, '1.0E21'],
    [1e22, '1.0E22'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [Number.MIN_VALUE, '4.9E-324'],
    [2.2250738585072014e-308, '2.2250738585072014E-308'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ];
  it.each(cases)('%d is %s', (value, expected) => {
    expect(javaDouble(value)).toBe(expected);
  });

  // Truth: the specification of Double.toString since Java 19 (JDK-4511638). Before it these were 1.9999999999999998E23
  // and 1.0E-322.
  it.each([
    [2e23, '2.0E23'],
    [1e-322, '9.9E-323'],
  ])('%d is %s since Java 19', (value, expected) => {
    expect(javaDouble(value)).toBe(expected);
  });
});
