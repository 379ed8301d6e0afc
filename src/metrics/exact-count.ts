/**
 * How many samples there were, without rounding: a safe integer as a number, anything else as a bigint in units of
 * 2^-64. There is one form of each count, so equal counts are equal in bytes. Sums of it do not depend on the order
 * in which they are added, as sums of fractional doubles do.
 */
export type ExactCount = number | bigint;

/** The largest count of one point: room for any number of samples, each of the largest count that may be put, 2^360. */
export const maxCount = 2 ** 400;

const fractionBits = 64n;
const unitsPerOne = 2 ** 64;
const fractionMask = (1n << fractionBits) - 1n;

/**
 * A count above 0. Exact from 2^-11 up; a smaller one is rounded to the nearest 2^-64, but never to 0. Each count is
 * rounded alone, before it is added to others, so the order still does not matter.
 */
export function exactCount(count: number): ExactCount {
  if (Number.isSafeInteger(count)) return count;
  return BigInt(Math.max(1, Math.round(count * unitsPerOne)));
}

export function addCounts(a: ExactCount, b: ExactCount): ExactCount {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b;
  return countOfUnits(unitsOf(a) + unitsOf(b));
}

/** The nearest double. */
export function countToNumber(count: ExactCount): number {
  return typeof count === 'number' ? count : Number(count) / unitsPerOne;
}

/** The count in its one form. */
export function countOfUnits(units: bigint): ExactCount {
  if ((units & fractionMask) !== 0n) return units;
  const whole = Number(units >> fractionBits);
  return Number.isSafeInteger(whole) ? whole : units;
}

function unitsOf(count: ExactCount): bigint {
  return typeof count === 'bigint' ? count : BigInt(count) << fractionBits;
}
