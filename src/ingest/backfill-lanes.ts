/**
 * How many of the batches that this process works on at once may be of backfills: all but one, so that a live file finds
 * a free worker. Where a process works on one batch only, it may be of a backfill; those are small.
 */
export class BackfillLanes {
  readonly #most: number;
  #taken = 0;

  constructor(concurrency: number) {
    this.#most = Math.max(1, concurrency - 1);
  }

  /** @returns what leaves the lane again, once however often it is called; null when every lane is taken */
  enter(): (() => void) | null {
    if (this.#taken >= this.#most) return null;
    this.#taken += 1;
    let isInside = true;
    return () => {
      if (isInside) this.#taken -= 1;
      isInside = false;
    };
  }
}
