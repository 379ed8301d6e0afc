import { hash } from 'node:crypto';

/**
 * A deterministic source of random numbers: the same seed gives the same numbers on every machine. Not for secrets.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded with the SHA-256 of the seed's text.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    const digest = hash('sha256', seed, 'buffer');
    this.#a = digest.readInt32BE(0);
    this.#b = digest.readInt32BE(4);
    this.#c = digest.readInt32BE(8);
    this.#counter = 1;
    for (let round = 0; round < 12; round++) this.uint32();
  }

  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from');
    return items[this.below(items.length)] as T;
  }

  /** Lower-case hexadecimal digits. */
  hex(length: number): string {
    let text = '';
    while (text.length < length) text += this.uint32().toString(16).padStart(8, '0');
    return text.slice(0, length);
  }

  text(alphabet: string, length: number): string {
    let text = '';
    for (let at = 0; at < length; at++) text += alphabet.charAt(this.below(alphabet.length));
    return text;
  }

  /** A UUID of version 4. */
  uuid(): string {
    const hex = this.hex(31);
    const variant = '89ab'.charAt(this.below(4));
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  }
}

/** Chooses among items of unequal weight. */
export type Choice<T> = (random: Random) => T;

/** Fine enough for a share of 0.02 %, small enough for the cache of a core. */
const choiceSlots = 4096;

/** A choice in which the item of rank n (from 1) has a share in proportion to n^-exponent; every item has some share. */
export function skewedChoice<T>(items: readonly T[], exponent = 1): Choice<T> {
  if (items.length === 0) throw new Error('nothing to choose from');
  const weights = items.map((_, rank) => (rank + 1) ** -exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const slots = items.flatMap((item, rank) => {
    const share = Math.max(1, Math.round(((weights[rank] ?? 0) / total) * choiceSlots));
    return Array<T>(share).fill(item);
  });
  return (random) => random.pick(slots);
}
