import type { Logger } from '../log.js';

export interface JobContext {
  /** Aborts when the process stops and the grace is over; a handler that then rejects hands its job back. */
  readonly signal: AbortSignal;
  /** Carries the job's name and id. */
  readonly log: Logger;
  /** 1 for the first. */
  readonly attempt: number;
}

/**
 * One kind of job: its queue, how it is handled, how often it comes by itself.
 *
 * A job is a hint that there may be work; the work itself is rows. It may run twice, or never, so every
 * handler is idempotent and a sweeper finds what was missed.
 */
export interface JobDefinition<T extends object> {
  /** Also the name of the BullMQ queue: small letters, digits and hyphens. */
  readonly name: string;
  /** Jobs at once in one process. */
  readonly concurrency: number;
  /** Repeats by itself, with `{}` as its data, once however many processes run; the first time at once. */
  readonly everySeconds?: number;
  handle(data: T, context: JobContext): Promise<void>;
}

export interface AddOptions<T extends object> {
  /**
   * Of jobs with one key, one waits: another is dropped until that one has started, not until it has ended. So a hint
   * is never swallowed by a job that may have looked already, and the queue does not grow while workers fall behind.
   */
  readonly unique?: (data: T) => string;
}

export interface Queue {
  /** @throws when the store does not answer; what was to be done is found by the sweeper then */
  add<T extends object>(job: Pick<JobDefinition<T>, 'name'>, data: T, options?: AddOptions<T>): Promise<void>;
  /** In one round trip. */
  addMany<T extends object>(
    job: Pick<JobDefinition<T>, 'name'>,
    data: readonly T[],
    options?: AddOptions<T>,
  ): Promise<void>;
  /**
   * Starts workers for these definitions, and their schedules; schedules of jobs that are no longer defined
   * end. Called once, with every definition: what is left out counts as no longer defined.
   */
  work(definitions: readonly JobDefinition<never>[]): Promise<void>;
  /**
   * Takes no more jobs and waits for those in flight. After the grace their signals abort, and those that
   * then reject, or do not end at all, are handed back for another process to take.
   */
  stop(): Promise<void>;
  /** @throws when the store does not answer */
  ping(): Promise<void>;
  /** Drops every job that waits, in every queue; schedules stay. */
  drain(): Promise<void>;
}
