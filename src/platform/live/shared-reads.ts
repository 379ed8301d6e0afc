/** How long a page is handed to others who stand at the same place; after that the table is asked again. */
const keptMs = 1_000;
const usuallyKept = 64;
/** Reads of a process at once: those of subscribers leave connections to the database for everyone else. */
const maxRunning = 4;
/** Of those, as many may be reads that come after others. */
const maxRunningLater = 2;

/** Which reads go first: of those who hear what happens now, or of those who catch up, or look at much. */
export type ReadTurn = 'first' | 'later';

interface Kept<Page> {
  readonly page: Promise<Page>;
  readonly until: number;
}

/** Reads that many ask for at the same time are made once, and only a few at once. */
export class SharedReads<Page> {
  readonly #kept = new Map<string, Kept<Page>>();
  readonly #waiting: Record<ReadTurn, (() => void)[]> = { first: [], later: [] };
  readonly #running: Record<ReadTurn, number> = { first: 0, later: 0 };

  /**
   * @param now milliseconds that only go forward
   * @param maxKept pages that are kept at once
   */
  constructor(
    private readonly now: () => number,
    private readonly maxKept: number = usuallyKept,
  ) {}

  /**
   * @param asked says all that the page depends on
   * @param turn each has its own reads, so that those that go first wait for no other
   */
  read(asked: string, make: () => Promise<Page>, turn: ReadTurn = 'first'): Promise<Page> {
    const now = this.now();
    const key = `${turn} ${asked}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.page;
    const page = this.#inTurn(make, turn);
    this.#forget(now);
    this.#kept.delete(key);
    this.#kept.set(key, { page, until: now + keptMs });
    page.catch(() => {
      if (this.#kept.get(key)?.page === page) this.#kept.delete(key);
    });
    return page;
  }

  /** The oldest come first. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#kept) {
      if (until > now && this.#kept.size < this.maxKept) return;
      this.#kept.delete(key);
    }
  }

  #inTurn(make: () => Promise<Page>, turn: ReadTurn): Promise<Page> {
    return new Promise((resolve) => {
      this.#waiting[turn].push(() => resolve(this.#run(make, turn)));
      this.#beginNext();
    });
  }

  async #run(make: () => Promise<Page>, turn: ReadTurn): Promise<Page> {
    try {
      return await make();
    } finally {
      this.#running[turn] -= 1;
      this.#beginNext();
    }
  }

  #beginNext(): void {
    const turn = this.#nextTurn();
    if (turn === null) return;
    this.#running[turn] += 1;
    this.#waiting[turn].shift()?.();
  }

  /** One place is for those that come later, so that they come at all while there is always somebody who goes first. */
  #nextTurn(): ReadTurn | null {
    const { first, later } = this.#waiting;
    const running = this.#running;
    if (running.first + running.later >= maxRunning) return null;
    if (later.length > 0 && running.later === 0) return 'later';
    if (first.length > 0) return 'first';
    return later.length > 0 && running.later < maxRunningLater ? 'later' : null;
  }
}
