import type { Logger } from '../log.js';

export type Outcome = 'done' | { readonly error: unknown; readonly handBack: boolean };

/** How long a handler may take to notice that its signal has aborted. */
const abortPatienceMs = 2_000;

/** The jobs in flight of one process, and how they end when it stops. */
export class RunningJobs {
  readonly #controllers = new Set<AbortController>();
  readonly #abandon = new EventTarget();
  readonly #graceMs: number;
  readonly #log: Logger;

  /** @param graceMs from `settle` until the jobs' signals abort */
  constructor(graceMs: number, log: Logger) {
    this.#graceMs = graceMs;
    this.#log = log;
  }

  /** Runs one handler. A failure after its signal aborted means: give the job to someone else. */
  async run(handle: (signal: AbortSignal) => Promise<void>): Promise<Outcome> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#controllers.add(controller);
    let abandon: () => void = () => undefined;
    const abandoned = new Promise<never>((_resolve, reject) => {
      abandon = () => reject(new Error('the handler did not heed its signal'));
    });
    this.#abandon.addEventListener('abandon', abandon);
    try {
      await Promise.race([handle(signal), abandoned]);
      return 'done';
    } catch (error) {
      return { error, handBack: signal.aborted };
    } finally {
      this.#controllers.delete(controller);
      this.#abandon.removeEventListener('abandon', abandon);
    }
  }

  /**
   * Sees the running jobs to their end: in peace, then aborted, then abandoned.
   *
   * @param closed resolves when the workers have closed, which they do after their jobs
   * @param patienceMs for closing after the last job was abandoned; the store may not answer
   */
  async settle(closed: Promise<unknown>, patienceMs: number): Promise<void> {
    const timers = [
      setTimeout(() => this.#abortAll(), this.#graceMs),
      setTimeout(() => this.#abandon.dispatchEvent(new Event('abandon')), this.#graceMs + abortPatienceMs),
    ];
    const deadline = new Promise<void>((resolve) => {
      timers.push(setTimeout(resolve, this.#graceMs + abortPatienceMs + patienceMs));
    });
    await Promise.race([closed, deadline]);
    for (const timer of timers) clearTimeout(timer);
  }

  #abortAll(): void {
    this.#log.warn({ jobs: this.#controllers.size }, 'jobs in flight outlast the grace and are aborted');
    for (const controller of this.#controllers) controller.abort(new Error('the process stops'));
  }
}
