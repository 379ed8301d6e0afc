import { setMaxListeners } from 'node:events';

/** Calls of one source at once, downloads included. */
const most = 16;

/**
 * How many calls of one source may be under way: half as many after each answer that pushes back, one more again after
 * as many good answers as there may be calls. So a throttled source is asked less, and none takes more than its share.
 */
export class CallBudget {
  private width = most;
  private running = 0;
  private earned = 0;
  private readonly waiting: (() => void)[] = [];

  /** Waits for its turn. @returns what ends the call, to be called once or more */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    // All calls of a worker listen to one signal, as many as there are: no leak, of which Node would warn.
    setMaxListeners(0, signal);
    if (this.running >= this.width) await this.turn(signal);
    else this.running += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.running -= 1;
      this.admit();
    };
  }

  /** S3 said to slow down, or did not answer as it should. */
  pushedBack(): void {
    this.width = Math.max(1, Math.floor(this.width / 2));
    this.earned = 0;
  }

  answered(): void {
    if (this.width === most) return;
    this.earned += 1;
    if (this.earned < this.width) return;
    this.width += 1;
    this.earned = 0;
    this.admit();
  }

  /** Resolves once the call is counted as running. */
  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      this.waiting.push(start);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  private admit(): void {
    while (this.running < this.width) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.running += 1;
      next();
    }
  }
}
