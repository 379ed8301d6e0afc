/** Gathers what happens, so that a test can wait for it: on the event, never on time. */
export class Collector<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<() => void>();

  push(item: T): void {
    this.items.push(item);
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves with all items once there are this many, or once one of them is what is looked for. */
  until(enough: number | ((item: T) => boolean)): Promise<readonly T[]> {
    const isEnough = () =>
      typeof enough === 'number' ? this.items.length >= enough : this.items.some((item) => enough(item));
    return new Promise((resolve) => {
      const look = () => {
        if (!isEnough()) return;
        this.#waiting.delete(look);
        resolve(this.items);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A door that a test opens. */
export class Gate {
  readonly opened: Promise<void>;
  open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}
