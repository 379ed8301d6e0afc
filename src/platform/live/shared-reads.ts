/** How long a page is handed to others who stand at the same place; after that the table is asked again. */
const keptMs = 1_000;
const maxKept = 64;
/** Reads of a process at once: those of subscribers leave connections to the database for everyone else. */
const maxRunning = 4;

interface Kept<Page> {
  readonly page: Promise<Page>;
  readonly until: number;
}

/** Reads that many ask for at the same time are made once, and only a few at once. */
export class SharedReads<Page> {
  readonly #kept = new Map<string, Kept<Page>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param now milliseconds that only go forward */
  constructor(private readonly now: () => number) {}

  /** @param key says all that the page depends on */
  read(key: string, make: () => Promise<Page>): Promise<Page> {
    const now = this.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.page;
    const page = this.#inTurn(make);
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
      if (until > now && this.#kept.size < maxKept) return;
      this.#kept.delete(key);
    }
  }

  async #inTurn(make: () => Promise<Page>): Promise<Page> {
    if (this.#running >= maxRunning) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await make();
    } finally {
      // The place goes over to the next, if there is one.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
