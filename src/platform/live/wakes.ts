import type { Logger } from '../log.js';
import { OutageLog } from '../outage-log.js';
import type { PubSub } from '../pubsub/pubsub.js';

/** One timer of a process looks after all that wait, so often. */
export const tickMs = 250;
/** How often the table is asked whether it has grown, where nobody said so. */
const lookTicks = 4;
/** After a call that the table does not yet bear out (a replica lags behind) it is asked with each tick, so many times. */
const eagerTicks = 8;
/** Waiters that are woken in one turn of the event loop, so that requests come in between. */
const wokenAtOnce = 250;

export interface WakesDeps {
  readonly pubsub: PubSub;
  /** What is published when the table has grown. */
  readonly topic: string;
  /** How far the table has come, by one cheap query: what differs from the time before wakes everyone. */
  readonly head: () => Promise<string>;
  readonly log: Logger;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

interface Waiter {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Wakes those who follow a table, once for all of a process. What is published only has it look at the table: a call that
 * is lost costs a second, and one too many costs a query.
 */
export class Wakes {
  #version = 0;
  #followers = 0;
  readonly #waiters = new Set<Waiter>();
  /** Those who wait for something of their own, but no longer than a time. */
  readonly #patient = new Set<Waiter>();
  #head: string | undefined;
  #looking = false;
  #lookAgain = false;
  #ticks = 0;
  #eager = 0;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: Promise<(() => Promise<void>) | undefined> | undefined;
  readonly #outage: OutageLog;

  constructor(private readonly deps: WakesDeps) {
    this.#outage = new OutageLog(deps.log, deps.topic, async () => void (await deps.head()));
  }

  /** Goes up with each wake: whoever read at this version has seen all that was told until then. */
  get version(): number {
    return this.#version;
  }

  /** Somebody follows. The first of a process has it listen; `leave` when done. */
  enter(): void {
    this.#followers += 1;
    this.#unsubscribe ??= this.deps.pubsub
      // A call, or a gap in which calls may have been lost: both only have it look.
      .subscribe(this.deps.topic, () => this.#told())
      .catch((error: unknown) => void this.report(error));
    this.#timer ??= setInterval(() => this.#tick(), tickMs).unref();
  }

  leave(): void {
    this.#followers -= 1;
    if (this.#followers > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Resolves at the next wake, at `due`, or when the signal aborts; at once where there was a wake since `version`.
   *
   * @param due by the clock of `deps.now`; it resolves up to a tick before
   */
  wait(version: number, due: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { due, wake };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', wake);
    });
  }

  /**
   * Whether work ends, or fails, before `due`, or before the signal aborts.
   *
   * @param due as of `wait`
   */
  endsBefore(work: Promise<unknown>, due: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (hasEnded: boolean) => {
        this.#patient.delete(waiter);
        signal.removeEventListener('abort', giveUp);
        resolve(hasEnded);
      };
      const giveUp = () => settle(false);
      const waiter = { due, wake: giveUp };
      this.#patient.add(waiter);
      signal.addEventListener('abort', giveUp);
      work.then(
        () => settle(true),
        () => settle(true),
      );
      if (signal.aborted) giveUp();
    });
  }

  /** Something failed that will be tried again: one line in the log until it works again. */
  report(error: unknown): void {
    this.#outage.report(error);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#outage.stop();
    await (await this.#unsubscribe)?.();
  }

  #told(): void {
    if (this.#followers === 0) return;
    this.#eager = eagerTicks;
    void this.#look();
  }

  #tick(): void {
    this.#ticks += 1;
    this.#eager = Math.max(0, this.#eager - 1);
    if (this.#eager > 0 || this.#ticks % lookTicks === 0) void this.#look();
    const soon = this.deps.now() + tickMs;
    for (const waiter of [...this.#waiters, ...this.#patient]) if (waiter.due <= soon) waiter.wake();
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#lookAgain = false;
        const head = await this.deps.head();
        if (head === this.#head) continue;
        this.#head = head;
        this.#eager = 0;
        this.#version += 1;
        wakeInTurns([...this.#waiters]);
      } while (this.#lookAgain);
    } catch (error) {
      this.report(error);
    } finally {
      this.#looking = false;
    }
  }
}

function wakeInTurns(waiters: readonly Waiter[]): void {
  for (const { wake } of waiters.slice(0, wokenAtOnce)) wake();
  if (waiters.length > wokenAtOnce) setImmediate(wakeInTurns, waiters.slice(wokenAtOnce));
}
