interface Stoppable {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/**
 * What was opened, and so must be released: last in, first out.
 *
 * One part that fails to stop never keeps the rest from stopping.
 */
export class Lifecycle {
  readonly #opened: Stoppable[] = [];
  #stopping: Promise<void> | undefined;

  /**
   * Notes how to release something that was just opened.
   *
   * @param name what it is, for the error that says it did not stop
   */
  add(name: string, stop: () => Promise<void> | void): void {
    if (this.#stopping !== undefined) throw new Error(`${name} was opened while everything else is being stopped`);
    this.#opened.push({ name, stop });
  }

  /**
   * Releases everything, the youngest first. A second call waits for the first.
   *
   * @throws AggregateError naming each part that failed, after all were tried
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const failures: Error[] = [];
    for (const { name, stop } of this.#opened.toReversed()) {
      try {
        await stop();
      } catch (cause) {
        failures.push(new Error(`${name} did not stop cleanly`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }
}
