import type { Selector, SelectorStep } from './filter-pattern.js';

/** Keys that every object answers to, though the message does not have them. */
const inheritedKeys = new Set(Object.getOwnPropertyNames(Object.prototype));

/** The member or element of a JSON value; undefined where there is none. */
export function valueBelow(value: unknown, step: SelectorStep): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (step.kind === 'element') return Array.isArray(value) ? value[step.index] : undefined;
  if (step.kind !== 'member' || Array.isArray(value)) return undefined;
  if (inheritedKeys.has(step.key) && !Object.hasOwn(value, step.key)) return undefined;
  return (value as Record<string, unknown>)[step.key];
}

/** What a step with a wildcard selects. */
function valuesBelow(value: unknown, step: SelectorStep): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return step.kind === 'any-element' ? value : [];
  return step.kind === 'any-member' ? Object.values(value) : [];
}

interface Node {
  readonly parent: number;
  readonly step: SelectorStep;
  /** Whether a wildcard lies on the way here. */
  readonly isMany: boolean;
}

/** Many selectors, whose common beginnings are followed once for a message, and only when somebody asks. */
export class SelectorTree {
  /** A node lies behind its parent. The first is the whole message. */
  readonly #nodes: Node[] = [{ parent: 0, step: { kind: 'any-member' }, isMany: false }];
  readonly #known = new Map<string, number>();
  readonly #values: unknown[] = [undefined];
  readonly #epochs: number[] = [0];
  #epoch = 0;

  /** @returns the selector's node; the message as a whole is node 0 */
  add({ steps }: Selector): number {
    return steps.reduce((parent, step) => this.#child(parent, step), 0);
  }

  /** Turns to another message. */
  begin(json: unknown): void {
    this.#epoch++;
    this.#values[0] = json;
    this.#epochs[0] = this.#epoch;
  }

  /** Whether what is read at the node is a list of values. */
  isMany(node: number): boolean {
    return this.#nodes[node]?.isMany === true;
  }

  /** What the message has there, undefined for nothing; where there are many, the list of them. */
  read(node: number): unknown {
    if (this.#epochs[node] === this.#epoch) return this.#values[node];
    const { parent, step, isMany } = this.#nodes[node] as Node;
    const above = this.read(parent);
    const value = isMany ? this.#readMany(parent, above, step) : valueBelow(above, step);
    this.#values[node] = value;
    this.#epochs[node] = this.#epoch;
    return value;
  }

  #readMany(parent: number, above: unknown, step: SelectorStep): readonly unknown[] {
    if (!this.isMany(parent)) return valuesBelow(above, step);
    return (above as readonly unknown[]).map((value) => valueBelow(value, step)).filter((value) => value !== undefined);
  }

  #child(parent: number, step: SelectorStep): number {
    const key = JSON.stringify([parent, step]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const isWildcard = step.kind === 'any-member' || step.kind === 'any-element';
    const node = this.#nodes.push({ parent, step, isMany: isWildcard || this.isMany(parent) }) - 1;
    this.#values.push(undefined);
    this.#epochs.push(0);
    this.#known.set(key, node);
    return node;
  }
}
