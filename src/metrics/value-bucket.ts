/**
 * Buckets for values of either sign, of a relative width that hardly varies: each power of two is cut into 128 equal
 * parts, which are the upper bits of a double as it is stored. No logarithm takes part, so every machine agrees on
 * where a bucket ends. Their keys ascend as the values do; 0 is the bucket of 0.
 */
const partBits = 7;
const wordBits = 20;
const droppedBits = wordBits - partBits;
const magnitudeMask = 0x7fffffff;

/** No value of a metric lies further from 0 ("PutMetricData", Amazon CloudWatch API Reference). */
export const maxMagnitude = 2 ** 360;

/** What lies closer to 0 counts as 0. It is the inverse of the largest value. */
const minMagnitude = 2 ** -360;

/** The value of a bucket is within this part of each value in it. */
export const relativeError = 1 / (2 ** (partBits + 1) + 1);

const word = new DataView(new ArrayBuffer(8));
const firstIndex = indexOf(minMagnitude);

/** The largest key; the smallest is its negative. */
export const maxBucketKey = indexOf(maxMagnitude) - firstIndex + 1;

/** @param value from -2^360 to 2^360 */
export function bucketKey(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < minMagnitude) return 0;
  const key = indexOf(magnitude) - firstIndex + 1;
  return value < 0 ? -key : key;
}

/** The value that stands for all of a bucket: as far from its lower as from its upper end, relative to these. */
export function bucketValue(key: number): number {
  if (key === 0) return 0;
  const index = Math.abs(key) - 1 + firstIndex;
  const low = startOf(index);
  const high = startOf(index + 1);
  return (Math.sign(key) * 2 * low * high) / (low + high);
}

function indexOf(magnitude: number): number {
  word.setFloat64(0, magnitude);
  return (word.getUint32(0) & magnitudeMask) >>> droppedBits;
}

function startOf(index: number): number {
  word.setUint32(0, index << droppedBits);
  word.setUint32(4, 0);
  return word.getFloat64(0);
}
