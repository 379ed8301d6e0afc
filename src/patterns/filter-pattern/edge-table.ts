/** Nodes are fewer than 2^23: filters and the lengths of patterns are limited. */
export function edgeKey(node: number, byte: number): number {
  return (node << 8) | byte;
}

/** The children of nodes, in a table with open addresses. */
export class EdgeTable {
  readonly #shift: number;
  readonly #mask: number;
  readonly #keys: Int32Array;
  readonly #children: Int32Array;

  constructor(children: ReadonlyMap<number, number>) {
    const bits = Math.max(4, Math.ceil(Math.log2(children.size * 2 + 1)));
    this.#shift = 32 - bits;
    this.#mask = (1 << bits) - 1;
    this.#keys = new Int32Array(1 << bits).fill(-1);
    this.#children = new Int32Array(1 << bits);
    for (const [key, child] of children) {
      let slot = this.#slotOf(key);
      while (this.#keys[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#keys[slot] = key;
      this.#children[slot] = child;
    }
  }

  /** -1 for none. */
  child(node: number, byte: number): number {
    const key = edgeKey(node, byte);
    let slot = this.#slotOf(key);
    while (true) {
      const there = this.#keys[slot];
      if (there === key) return this.#children[slot] as number;
      if (there === -1) return -1;
      slot = (slot + 1) & this.#mask;
    }
  }

  #slotOf(key: number): number {
    return Math.imul(key, 0x9e3779b1) >>> this.#shift;
  }
}
