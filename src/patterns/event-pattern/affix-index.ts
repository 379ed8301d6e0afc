/**
 * Finds all texts of a set that a value begins with (or ends with): a search among the sorted texts, then only those
 * found. Each text knows the longest other one that it begins with, so what a value begins with is one chain.
 */
export class AffixIndex<T> {
  readonly #texts: readonly string[];
  readonly #payloads: readonly T[];
  readonly #parents: Int32Array;
  readonly #common: (a: string, b: string) => number;
  readonly #codeAt: (text: string, index: number) => number;

  /** @param fromEnd whether the texts are ends of values rather than beginnings */
  constructor(entries: ReadonlyMap<string, T>, fromEnd: boolean) {
    this.#common = fromEnd ? commonEnd : commonBeginning;
    this.#codeAt = fromEnd
      ? (text, index) => text.charCodeAt(text.length - 1 - index)
      : (text, index) => text.charCodeAt(index);
    const sorted = [...entries].sort(([a], [b]) => this.#compare(a, b, this.#common(a, b)));
    this.#texts = sorted.map(([text]) => text);
    this.#payloads = sorted.map(([, payload]) => payload);
    this.#parents = this.#findParents();
  }

  /** Gives the payloads of all texts that are affixes of the value, the longest first. */
  find(value: string, found: (payload: T) => void): void {
    let low = 0;
    let high = this.#texts.length;
    let common = 0;
    // The last text that is not behind the value: every affix of the value is it or one of its affixes.
    while (low < high) {
      const middle = (low + high) >> 1;
      const text = this.#texts[middle] as string;
      const shared = this.#common(text, value);
      if (this.#compare(text, value, shared) <= 0) {
        low = middle + 1;
        common = shared;
      } else high = middle;
    }
    let at = low - 1;
    while (at >= 0 && (this.#texts[at] as string).length > common) at = this.#parents[at] as number;
    for (; at >= 0; at = this.#parents[at] as number) found(this.#payloads[at] as T);
  }

  #compare(a: string, b: string, common: number): number {
    if (common === a.length || common === b.length) return a.length - b.length;
    return this.#codeAt(a, common) - this.#codeAt(b, common);
  }

  #findParents(): Int32Array {
    const parents = new Int32Array(this.#texts.length);
    for (let at = 0; at < parents.length; at++) {
      const text = this.#texts[at] as string;
      let parent = at - 1;
      const common = parent < 0 ? 0 : this.#common(this.#texts[parent] as string, text);
      while (parent >= 0 && (this.#texts[parent] as string).length > common) parent = parents[parent] as number;
      parents[at] = parent;
    }
    return parents;
  }
}

function commonBeginning(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function commonEnd(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(a.length - 1 - at) === b.charCodeAt(b.length - 1 - at)) at++;
  return at;
}
