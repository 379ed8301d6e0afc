import { addCounts, countToNumber, type ExactCount, exactCount, maxCount } from './exact-count.js';
import { bucketKey, bucketValue, maxMagnitude } from './value-bucket.js';
import { decodeParts, encodeParts, maxExactValues } from './value-sketch-codec.js';

/** A value and how many samples had it. The count is above 0 and may be a fraction. */
export interface ValueCount {
  readonly value: number;
  readonly count: number;
}

/**
 * How the samples of a metric are distributed, in little room.
 *
 * Up to 128 distinct values are kept as they are. Beyond that each value is counted in a bucket, and comes back as one
 * that is within 1/257 (0.39 %) of it; what lies closer to 0 than 2^-360 comes back as 0. Counts stay exact.
 *
 * The state, and so the encoding, depends on nothing but the multiset of samples: not on their order, nor on how they
 * were parted and merged. Data that arrives late, or in other portions, gives the same statistics.
 */
export class ValueSketch {
  #isBucketed = false;
  /** By value, or by the key of a bucket. A Map makes no difference between 0 and -0. */
  #counts = new Map<number, ExactCount>();

  /**
   * @param values from -2^360 to 2^360
   * @param counts how often each occurred, above 0 and at most 2^400; once each where there are none
   * @throws RangeError when one of them is out of range, or when the lists differ in length
   */
  static of(values: readonly number[], counts?: readonly number[]): ValueSketch {
    if (counts !== undefined && counts.length !== values.length) throw new RangeError('each value needs its count');
    const sketch = new ValueSketch();
    for (const [index, value] of values.entries()) sketch.add(value, counts?.[index]);
    return sketch;
  }

  /** What one sketch of all their samples would be. The merged ones stay as they are. */
  static merge(sketches: Iterable<ValueSketch>): ValueSketch {
    const merged = new ValueSketch();
    for (const sketch of sketches) merged.#addAll(sketch);
    return merged;
  }

  /** @throws Error when `encode` cannot have written the bytes */
  static decode(bytes: Uint8Array): ValueSketch {
    const { isBucketed, entries } = decodeParts(bytes);
    const sketch = new ValueSketch();
    sketch.#isBucketed = isBucketed;
    sketch.#counts = new Map(entries);
    return sketch;
  }

  add(value: number, count = 1): void {
    // Written so that NaN is refused as well.
    if (!(Math.abs(value) <= maxMagnitude)) throw new RangeError(`${value} is out of the range of a metric's values`);
    if (!(count > 0 && count <= maxCount)) throw new RangeError(`${count} is no count of samples`);
    this.#add(this.#isBucketed ? bucketKey(value) : value, exactCount(count));
  }

  /** Whether values come back as ones that are near them. */
  get isBucketed(): boolean {
    return this.#isBucketed;
  }

  /** The format is that of `encodeParts`; its first byte names it. */
  encode(): Uint8Array {
    const entries = [...this.#counts].sort(([a], [b]) => a - b);
    return encodeParts({ isBucketed: this.#isBucketed, entries });
  }

  /** Ascending by value. */
  points(): readonly ValueCount[] {
    const valueAt = this.#isBucketed ? bucketValue : (value: number) => value;
    return [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([key, count]) => ({ value: valueAt(key), count: countToNumber(count) }));
  }

  #addAll(other: ValueSketch): void {
    if (other.#isBucketed) this.#toBuckets();
    for (const [key, count] of other.#counts) {
      this.#add(this.#isBucketed && !other.#isBucketed ? bucketKey(key) : key, count);
    }
  }

  #add(key: number, count: ExactCount): void {
    const known = this.#counts.get(key);
    this.#counts.set(key, known === undefined ? count : addCounts(known, count));
    if (!this.#isBucketed && this.#counts.size > maxExactValues) this.#toBuckets();
  }

  #toBuckets(): void {
    if (this.#isBucketed) return;
    const values = this.#counts;
    this.#isBucketed = true;
    this.#counts = new Map();
    for (const [value, count] of values) this.#add(bucketKey(value), count);
  }
}
