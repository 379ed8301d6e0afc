/** How many keys of events that lead nowhere are remembered for a place; a hostile sender has no end of them. */
const maxStrayKeys = 500;
const maxStrayLength = 100;

/** A place in events that some pattern speaks of, or that lies on the way to one. */
export class PathNode {
  /** Number of the field that ends here, or -1. */
  field = -1;
  /** Whether an alternative has two conditions at or below this place, so that arrays here must be told apart. */
  isShared = false;
  readonly children = new Map<string, PathNode>();
  /** Where a key of an event leads, dots in it included; null where no pattern speaks of it. */
  readonly #routes = new Map<string, PathNode | null>();
  #strayKeys = 0;

  /** Whether nothing lies deeper than one key below this place, so that keys with dots are of no interest here. */
  isFlat = true;

  /** How many keys of events are remembered here. */
  get knownKeys(): number {
    return this.#routes.size;
  }

  /** The place of a path below this one, the root; makes it, where it is not there. */
  descend(path: string): PathNode {
    let above: PathNode | null = null;
    let node: PathNode = this;
    for (const key of path.split('.')) {
      let child = node.children.get(key);
      if (child === undefined) {
        child = new PathNode();
        node.children.set(key, child);
        if (above !== null) above.isFlat = false;
      }
      above = node;
      node = child;
    }
    return node;
  }

  /** The places from below this one down to that of the path, which is there. */
  *along(path: string): Generator<PathNode, void> {
    let node: PathNode | undefined = this;
    for (const key of path.split('.')) {
      node = node.children.get(key);
      if (node === undefined) return;
      yield node;
    }
  }

  /** Where a key of an event leads. */
  route(key: string): PathNode | null {
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const found = this.#findRoute(key);
    if (found !== null || (key.length <= maxStrayLength && this.#strayKeys++ < maxStrayKeys)) {
      this.#routes.set(key, found);
    }
    return found;
  }

  #findRoute(key: string): PathNode | null {
    let node: PathNode = this;
    let at = 0;
    while (true) {
      const dot = key.indexOf('.', at);
      const child = node.children.get(dot < 0 ? key.slice(at) : key.slice(at, dot));
      if (child === undefined) return null;
      if (dot < 0) return child;
      node = child;
      at = dot + 1;
    }
  }
}
