import type { Scalar } from './event-pattern.js';
import type { PathNode } from './path-trie.js';

/** Levels of arrays directly in arrays that are followed; AWS's records have none at all. */
const maxArrayNesting = 100;

/** Buffers of an unusually large event are given up behind it, so that it does not stay in memory. */
const maxKeptLeaves = 10_000;

/** Up to how many keys are looked for in an object, rather than its own keys looked up. */
const fewKeys = 6;

/** Called with each value of a field that a pattern speaks of, and the element (0: none) of an array that it is in. */
export type VisitLeaf = (field: number, value: Scalar, element: number) => void;

/**
 * What the patterns' fields hold in one event. Made once and filled by `read` for each event; what it holds is good
 * until the next one.
 */
export class EventScan {
  /** By leaf. */
  values: Scalar[] = [];
  elements: number[] = [];
  /** The leaf of the same field that was met before it, or -1. */
  previous: number[] = [];
  /** See `ElementTree`. */
  readonly parents: number[] = [0];
  readonly arrays: number[] = [-1];

  readonly #root: PathNode;
  readonly #visit: VisitLeaf;
  /** By field: the last leaf, and the event that it is of. */
  readonly #last: Int32Array;
  readonly #epochs: Uint32Array;
  #epoch = 0;
  #leafCount = 0;
  #arrayCount = 0;
  #nesting = 0;

  constructor(root: PathNode, fieldCount: number, visit: VisitLeaf) {
    this.#root = root;
    this.#visit = visit;
    this.#last = new Int32Array(fieldCount);
    this.#epochs = new Uint32Array(fieldCount);
  }

  read(event: object): void {
    this.#reset();
    this.#readObject(this.#root, event as Readonly<Record<string, unknown>>, 0);
  }

  /** The field's last leaf, from which `previous` leads to the others; -1 where it has none. */
  lastLeaf(field: number): number {
    return this.#epochs[field] === this.#epoch ? (this.#last[field] as number) : -1;
  }

  #reset(): void {
    this.#epoch = (this.#epoch + 1) >>> 0;
    if (this.#epoch === 0) {
      this.#epochs.fill(0);
      this.#epoch = 1;
    }
    if (this.#leafCount > maxKeptLeaves) [this.values, this.elements, this.previous] = [[], [], []];
    this.#leafCount = 0;
    this.#arrayCount = 0;
    this.#nesting = 0;
    if (this.parents.length > 1) this.parents.length = this.arrays.length = 1;
  }

  #readObject(node: PathNode, object: Readonly<Record<string, unknown>>, element: number): void {
    if (node.isFlat && node.children.size <= fewKeys) {
      for (const [key, child] of node.children) {
        if (Object.hasOwn(object, key)) this.#readValue(child, object[key], element);
      }
      return;
    }
    for (const key in object) {
      const child = node.route(key);
      if (child !== null) this.#readValue(child, object[key], element);
    }
  }

  #readValue(node: PathNode, value: unknown, element: number): void {
    if (typeof value !== 'object' || value === null) this.#addLeaf(node.field, value as Scalar, element);
    else if (Array.isArray(value)) this.#readArray(node, value, element);
    else if (node.children.size > 0) this.#readObject(node, value as Readonly<Record<string, unknown>>, element);
  }

  #readArray(node: PathNode, array: readonly unknown[], element: number): void {
    if (this.#nesting === maxArrayNesting) return;
    this.#nesting++;
    const number = this.#arrayCount++;
    for (const item of array) {
      if (typeof item !== 'object' || item === null) this.#addLeaf(node.field, item as Scalar, element);
      else this.#readValue(node, item, node.isShared ? this.#addElement(element, number) : element);
    }
    this.#nesting--;
  }

  #addElement(parent: number, array: number): number {
    this.arrays.push(array);
    return this.parents.push(parent) - 1;
  }

  #addLeaf(field: number, value: Scalar, element: number): void {
    if (field < 0) return;
    const leaf = this.#leafCount++;
    this.values[leaf] = value;
    this.elements[leaf] = element;
    this.previous[leaf] = this.lastLeaf(field);
    this.#last[field] = leaf;
    this.#epochs[field] = this.#epoch;
    this.#visit(field, value, element);
  }
}
