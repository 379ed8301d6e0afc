import type { Logger } from './log.js';

const probeIntervalMs = 1_000;

/**
 * One line when a connection is lost and one when it is back, however many retries lie between: clients of
 * Redis and Postgres report every attempt, from every connection they hold.
 */
export class OutageLog {
  readonly #log: Logger;
  readonly #what: string;
  readonly #probe: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #suppressed = 0;

  /**
   * @param what begins the lines, e.g. `queue`
   * @param probe resolves when the other side answers
   */
  constructor(log: Logger, what: string, probe: () => Promise<void>) {
    this.#log = log;
    this.#what = what;
    this.#probe = probe;
  }

  report(error: unknown): void {
    if (this.#stopped) return;
    if (this.#timer !== undefined) {
      this.#suppressed += 1;
      return;
    }
    this.#log.warn({ err: error }, `${this.#what}: connection trouble; retrying until it answers`);
    this.#probeLater();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => {
      this.#probe().then(
        () => this.#recovered(),
        () => {
          this.#suppressed += 1;
          if (!this.#stopped) this.#probeLater();
        },
      );
    }, probeIntervalMs).unref();
  }

  #recovered(): void {
    this.#timer = undefined;
    if (this.#stopped) return;
    this.#log.info({ suppressed: this.#suppressed }, `${this.#what}: answers again`);
    this.#suppressed = 0;
  }
}
