/**
 * A number as Java's `Double.toString` writes it, which is how CloudWatch writes numbers into reasons: `3.0`, `0.001`,
 * `1.0E10`. The shortest decimal that is the number, of at least two digits (Java 19 and later; earlier ones wrote some
 * numbers with a digit too many).
 */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (value === 0 || (magnitude >= 1e-3 && magnitude < 1e7)) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  const shortest = value.toExponential();
  // Of the decimals with two digits Java takes the closest: 4.9E-324, where one digit would be 5.
  const text = shortest.includes('.') ? shortest : value.toExponential(1);
  return text.replace(/e\+?/, 'E');
}
