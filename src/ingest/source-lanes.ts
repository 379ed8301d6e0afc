import type { PassOver } from '../sources/ledger.port.js';
import type { SourceHealth } from '../sources/source-health.service.js';

/**
 * Which sources the batches of this process are of. One source gets all lanes where no other waits; one whose calls do not
 * come back, or fail, must not: with others due, each lane takes another source, and of those that failed when they were
 * last tried all lanes but one.
 */
export class SourceLanes {
  readonly #held = new Map<string, number>();
  readonly #mostOfSuspects: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    concurrency: number,
    private readonly health: SourceHealth,
  ) {
    this.#mostOfSuspects = Math.max(1, concurrency - 1);
  }

  /**
   * Claims files and holds a lane for their source. The claims of a process follow one another, so that each knows what
   * the one before it took.
   */
  async claim<C extends { readonly files: readonly { readonly sourceId: string }[] }>(
    work: (passOver: PassOver) => Promise<C>,
  ): Promise<{ claim: C; leave: () => void }> {
    const claimed = this.#last.then(async () => {
      const claim = await work(this.passOver());
      const [first] = claim.files;
      return { claim, leave: first === undefined ? () => undefined : this.hold(first.sourceId) };
    });
    this.#last = claimed.catch(() => undefined);
    return claimed;
  }

  /** What the next claim is to pass over. */
  passOver(): PassOver {
    const suspects = this.health.suspects();
    const held = suspects.reduce((sum, sourceId) => sum + (this.#held.get(sourceId) ?? 0), 0);
    const resting = held >= this.#mostOfSuspects ? suspects : this.health.resting();
    return { resting, busy: [...this.#held.keys()] };
  }

  /** @returns what leaves the lane again */
  hold(sourceId: string): () => void {
    this.#held.set(sourceId, (this.#held.get(sourceId) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(sourceId) ?? 1) - 1;
      if (left > 0) this.#held.set(sourceId, left);
      else this.#held.delete(sourceId);
    };
  }
}
