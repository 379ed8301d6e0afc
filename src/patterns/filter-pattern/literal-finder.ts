import { EdgeTable, edgeKey } from './edge-table.js';
import { LiteralSkipper } from './literal-skipper.js';

interface Trie {
  /** By node: number of the literal that ends there, or -1. */
  readonly literals: number[];
  /** By parent and byte: the child. */
  readonly children: Map<number, number>;
  /** Nodes in the order of their depth. */
  readonly order: readonly { readonly node: number; readonly parent: number; readonly byte: number }[];
}

/**
 * Finds which of many literals a text has, in one pass (Aho and Corasick, 1975). The work is linear in the length of the
 * text, whatever the literals; the memory is linear in theirs.
 */
export class LiteralFinder {
  readonly #trie: Trie;
  readonly #edges: EdgeTable;
  /** By node: that of the longest ending that is a beginning too. */
  readonly #fallbacks: Int32Array;
  /** By node: the next along its fallbacks where a literal ends, or 0. */
  readonly #endings: Int32Array;
  readonly #skipper: LiteralSkipper;
  readonly #count: number;
  /** By literal: the search that found it last. */
  readonly #seen: Uint32Array;
  #search = 0;

  /** @param literals different ones, none of them empty; they are known by their places in the list */
  constructor(literals: readonly string[]) {
    const texts = literals.map((literal) => Buffer.from(literal));
    this.#skipper = new LiteralSkipper(texts);
    this.#count = texts.length;
    this.#trie = buildTrie(texts);
    this.#edges = new EdgeTable(this.#trie.children);
    this.#seen = new Uint32Array(texts.length);
    this.#fallbacks = new Int32Array(this.#trie.literals.length);
    this.#endings = new Int32Array(this.#trie.literals.length);
    for (const { node, parent, byte } of this.#trie.order) {
      const fallback = parent === 0 ? 0 : this.#follow(this.#fallbacks[parent] as number, byte);
      this.#fallbacks[node] = fallback;
      this.#endings[node] = this.#trie.literals[fallback] === -1 ? (this.#endings[fallback] as number) : fallback;
    }
  }

  /** Names each literal that the text has once, in no order. */
  find(bytes: Uint8Array, found: (literal: number) => void): void {
    if (++this.#search > 0xffffffff) this.#restart();
    let left = this.#count;
    let node = 0;
    let at = 0;
    while (at < bytes.length && left > 0) {
      if (node === 0) at = this.#skipper.skip(bytes, at);
      if (at === bytes.length) return;
      node = this.#follow(node, bytes[at++] as number);
      if (node !== 0) left -= this.#report(node, found);
    }
  }

  #follow(from: number, byte: number): number {
    let node = from;
    while (true) {
      const child = this.#edges.child(node, byte);
      if (child >= 0) return child;
      if (node === 0) return 0;
      node = this.#fallbacks[node] as number;
    }
  }

  /** @returns how many literals were new */
  #report(at: number, found: (literal: number) => void): number {
    let count = 0;
    for (
      let node = this.#trie.literals[at] === -1 ? (this.#endings[at] as number) : at;
      node !== 0;
      node = this.#endings[node] as number
    ) {
      const literal = this.#trie.literals[node] as number;
      // Those further along are endings of this one, and were found with it.
      if (this.#seen[literal] === this.#search) break;
      this.#seen[literal] = this.#search;
      count++;
      found(literal);
    }
    return count;
  }

  #restart(): void {
    this.#seen.fill(0);
    this.#search = 1;
  }
}

function buildTrie(texts: readonly Buffer[]): Trie {
  const literals = [-1];
  const children = new Map<number, number>();
  const levels: { node: number; parent: number; byte: number }[][] = [];
  for (const [literal, text] of texts.entries()) {
    let parent = 0;
    for (const [depth, byte] of text.entries()) {
      const key = edgeKey(parent, byte);
      let node = children.get(key);
      if (node === undefined) {
        node = literals.push(-1) - 1;
        children.set(key, node);
        levels[depth] ??= [];
        levels[depth].push({ node, parent, byte });
      }
      parent = node;
    }
    literals[parent] = literal;
  }
  return { literals, children, order: levels.flat() };
}
