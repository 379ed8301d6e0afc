/** `mantissa * 2 ** exponent`, which every finite double is exactly. */
interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const mantissaBits = 52n;
const exponentBias = 1075;
const bits = new DataView(new ArrayBuffer(8));

/**
 * The exact decimal expansion of a finite double, as text that Postgres takes as `numeric`: no exponent, no trailing
 * zeros, no negative zero. Sums of such numbers do not depend on the order in which they are added, unlike sums of
 * doubles. The longest, of the smallest subnormal, has 1,074 decimals.
 *
 * @throws RangeError when the number is not finite
 */
export function exactDecimal(value: number): string {
  // A negative zero is a safe integer too, and String() drops its sign.
  return Number.isSafeInteger(value) ? String(value) : decimalOf(dyadicOf(value));
}

/**
 * The exact decimal expansion of the sum of `values[i] * counts[i]`, in the form of `exactDecimal`.
 *
 * @throws RangeError when a number is not finite, or when the lists differ in length
 */
export function exactDecimalSum(values: readonly number[], counts: readonly number[]): string {
  if (values.length !== counts.length) throw new RangeError('each value needs its count');
  const fast = safeSum(values, counts);
  if (fast !== null) return String(fast);
  let sum: Dyadic = { mantissa: 0n, exponent: 0 };
  for (const [index, value] of values.entries())
    sum = add(sum, multiply(dyadicOf(value), dyadicOf(counts[index] ?? 0)));
  return decimalOf(sum);
}

/** The sum where every step of it is a safe integer, so that nothing was rounded; else null. */
function safeSum(values: readonly number[], counts: readonly number[]): number | null {
  let sum = 0;
  for (const [index, value] of values.entries()) {
    const count = counts[index] ?? 0;
    const product = value * count;
    sum += product;
    // The factors too: a fraction times another may round to an integer.
    if (![value, count, product, sum].every(Number.isSafeInteger)) return null;
  }
  return sum;
}

function dyadicOf(value: number): Dyadic {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no decimal expansion`);
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = Number((raw >> mantissaBits) & 0x7ffn);
  const fraction = raw & ((1n << mantissaBits) - 1n);
  // Subnormals have no hidden bit, and the exponent of the smallest normal numbers.
  const magnitude = biased === 0 ? fraction : fraction | (1n << mantissaBits);
  return { mantissa: value < 0 ? -magnitude : magnitude, exponent: Math.max(biased, 1) - exponentBias };
}

function multiply(a: Dyadic, b: Dyadic): Dyadic {
  return { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent };
}

function add(a: Dyadic, b: Dyadic): Dyadic {
  const exponent = Math.min(a.exponent, b.exponent);
  return { mantissa: shifted(a, exponent) + shifted(b, exponent), exponent };
}

function shifted({ mantissa, exponent }: Dyadic, to: number): bigint {
  return mantissa << BigInt(exponent - to);
}

function decimalOf(value: Dyadic): string {
  const { mantissa, exponent } = reduced(value);
  if (exponent >= 0) return (mantissa << BigInt(exponent)).toString();
  const places = -exponent;
  // m / 2^k is m * 5^k / 10^k. An odd m leaves a last digit of 5: there are no trailing zeros to cut.
  const digits = (abs(mantissa) * 5n ** BigInt(places)).toString().padStart(places + 1, '0');
  return `${mantissa < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** With an odd mantissa, or 0 with exponent 0. */
function reduced({ mantissa, exponent }: Dyadic): Dyadic {
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const lowestBit = mantissa & -mantissa;
  const zeros = lowestBit.toString(2).length - 1;
  return { mantissa: mantissa >> BigInt(zeros), exponent: exponent + zeros };
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
