import type { Logger } from '../log.js';
import type { JobDefinition } from './queue.js';
import type { Producer } from './queue-backend.js';

type Scheduled = Pick<JobDefinition<never>, 'name' | 'everySeconds'>;

/** A schedule as the store has it. */
export interface StoredSchedule {
  /** Of the next run, in milliseconds since 1970 UTC. */
  readonly next?: number | null | undefined;
}

/** A run that waits for the one before it is overdue as well, and putting its schedule there again costs little. */
const overdueMs = 60_000;

/**
 * Whether a schedule has to be put there again: the store has lost it (restarted empty, restored from a backup), or
 * it has lost the job that would carry it on, which shows by nothing having run for several of its intervals.
 */
export function isLost(found: StoredSchedule | undefined, everySeconds: number, now: number): boolean {
  if (found === undefined) return true;
  const { next } = found;
  return typeof next === 'number' && next < now - Math.max(overdueMs, 3 * everySeconds * 1_000);
}

/** Schedules are kept in the queue's store like its jobs, and may be lost with it: this looks after those of one process. */
export class Schedules {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly producerOf: (name: string) => Producer,
    private readonly log: Logger,
  ) {}

  /**
   * Makes the schedules of the store those of the definitions, and looks after them until `stop`.
   *
   * @param names every queue of the store: schedules of jobs that are no longer defined end
   * @param everyMs from one look to the next
   */
  async start(definitions: readonly Scheduled[], names: readonly string[], everyMs: number): Promise<void> {
    const scheduled = new Map(definitions.map(({ name, everySeconds }) => [name, everySeconds]));
    for (const name of new Set([...names, ...scheduled.keys()])) {
      const everySeconds = scheduled.get(name);
      if (everySeconds === undefined) await this.#remove(name);
      else await this.#put(name, everySeconds);
    }
    this.#timer = setInterval(() => this.#look(definitions), everyMs).unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#looking;
  }

  #look(definitions: readonly Scheduled[]): void {
    this.#looking = this.#looking.then(async () => {
      for (const { name, everySeconds } of definitions) {
        if (this.#isStopped) return;
        if (everySeconds !== undefined) await this.#restore(name, everySeconds);
      }
    });
    // The store does not answer: its own connections say so, and the next look comes soon.
    this.#looking = this.#looking.catch((error: unknown) =>
      this.log.debug({ err: error }, 'queue: schedules not looked after'),
    );
  }

  async #restore(name: string, everySeconds: number): Promise<void> {
    const found = (await this.producerOf(name).getJobSchedulers()).find(({ key }) => key === name);
    if (!isLost(found, everySeconds, Date.now())) return;
    this.log.warn({ job: name }, 'queue: a schedule was lost and is put there again');
    await this.#put(name, everySeconds);
  }

  /** A tick that fails is not tried again: the next one is its retry. */
  async #put(name: string, everySeconds: number): Promise<void> {
    const template = { name, opts: { attempts: 1 } };
    await this.producerOf(name).upsertJobScheduler(name, { every: everySeconds * 1_000 }, template);
  }

  async #remove(name: string): Promise<void> {
    const producer = this.producerOf(name);
    for (const { key } of await producer.getJobSchedulers()) await producer.removeJobScheduler(key);
  }
}
