/** Characters of a piece of text that is looked for; of 8 bits each, so many make a number that is their own. */
const gramLength = 4;

const filterBits = 16;

interface Bucket<T> {
  readonly payloads: T[];
  /** The search that last came upon it: a text that repeats itself finds it once. */
  seenBy: number;
}

/**
 * Finds texts whose parts may lie anywhere in a value: each is filed under its rarest piece of four characters (or its
 * longest part, where that has less), and one pass over the value looks up each piece of it. What is found is likely,
 * not certain.
 */
export class GramIndex<T> {
  /** By length of pieces: those of fewer characters than four have tables of their own. */
  readonly #tables = new Map<number, Map<number, Bucket<T>>>();
  /** Not zero where some table has a piece of this hash. */
  readonly #filter = new Uint8Array(1 << filterBits);
  #searches = 0;

  /** @param entries with at least one part that is not empty */
  constructor(entries: readonly { readonly parts: readonly string[]; readonly payload: T }[]) {
    const uses = new Map<string, number>();
    for (const { parts } of entries) for (const gram of gramsOf(parts)) uses.set(gram, (uses.get(gram) ?? 0) + 1);
    for (const { parts, payload } of entries) this.#file(rarest(gramsOf(parts), uses), payload);
  }

  find(value: string, found: (payload: T) => void): void {
    const search = ++this.#searches;
    for (const [length, table] of this.#tables) {
      const mask = maskOf(length);
      let key = 0;
      for (let at = 0; at < value.length; at++) {
        key = (key << 8) ^ value.charCodeAt(at);
        if (this.#filter[slotOf(key & mask)] === 0) continue;
        const bucket = table.get(key & mask);
        if (bucket === undefined || bucket.seenBy === search) continue;
        bucket.seenBy = search;
        for (const payload of bucket.payloads) found(payload);
      }
    }
  }

  #file(gram: string, payload: T): void {
    const key = keyOf(gram);
    let table = this.#tables.get(gram.length);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(gram.length, table);
    }
    const bucket = table.get(key);
    if (bucket === undefined) table.set(key, { payloads: [payload], seenBy: 0 });
    else bucket.payloads.push(payload);
    this.#filter[slotOf(key)] = 1;
  }
}

function gramsOf(parts: readonly string[]): Set<string> {
  const grams = new Set<string>();
  let longest = '';
  for (const part of parts) {
    if (part.length > longest.length) longest = part;
    for (let at = 0; at + gramLength <= part.length; at++) grams.add(part.slice(at, at + gramLength));
  }
  return grams.size > 0 ? grams : grams.add(longest);
}

function rarest(grams: ReadonlySet<string>, uses: ReadonlyMap<string, number>): string {
  let best = '';
  let least = Infinity;
  for (const gram of grams) {
    const count = uses.get(gram) ?? 0;
    if (count < least) [best, least] = [gram, count];
  }
  return best;
}

function keyOf(gram: string): number {
  let key = 0;
  for (let at = 0; at < gram.length; at++) key = (key << 8) ^ gram.charCodeAt(at);
  return key & maskOf(gram.length);
}

function maskOf(length: number): number {
  return length >= 4 ? -1 : (1 << (8 * length)) - 1;
}

function slotOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> (32 - filterBits);
}
