import { type Job, WaitingError } from 'bullmq';
import type { Logger } from '../log.js';
import { OutageLog } from '../outage-log.js';
import type { AddOptions, JobDefinition, Queue } from './queue.js';
import type { JobWorker, Producer, QueueBackend } from './queue-backend.js';
import { RunningJobs } from './running-jobs.js';
import { Schedules } from './schedules.js';

export interface RetryPolicy {
  /** In all, the first included. */
  readonly attempts: number;
  /** Before the second; doubled for each one after. */
  readonly delayMs: number;
}

interface BullQueueOptions {
  readonly log: Logger;
  readonly graceMs: number;
  readonly retry: RetryPolicy;
  /** From one look for schedules that the store has lost to the next. */
  readonly keepSchedulesMs: number;
}

/** How long closing connections may take once no job runs any more. */
const closePatienceMs = 5_000;

/** The queue on BullMQ, on whichever backend. Use `createQueue`. */
export class BullQueue implements Queue {
  readonly #backend: QueueBackend;
  readonly #options: BullQueueOptions;
  readonly #producers = new Map<string, Producer>();
  readonly #running: RunningJobs;
  readonly #outage: OutageLog;
  readonly #schedules: Schedules;
  #workers: JobWorker[] | undefined;
  #stopping: Promise<void> | undefined;

  constructor(backend: QueueBackend, options: BullQueueOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#running = new RunningJobs(options.graceMs, options.log);
    this.#outage = new OutageLog(options.log, 'queue', () => backend.ping());
    this.#schedules = new Schedules((name) => this.#producer(name), options.log);
    backend.onError((error) => this.#outage.report(error));
  }

  async add<T extends object>(
    job: Pick<JobDefinition<T>, 'name'>,
    data: T,
    options: AddOptions<T> = {},
  ): Promise<void> {
    await this.#producer(job.name).add(job.name, data, this.#jobOptions(data, options));
  }

  async addMany<T extends object>(
    { name }: Pick<JobDefinition<T>, 'name'>,
    data: readonly T[],
    options: AddOptions<T> = {},
  ): Promise<void> {
    if (data.length === 0) return;
    const jobs = data.map((item) => ({ name, data: item, opts: this.#jobOptions(item, options) }));
    await this.#producer(name).addBulk(jobs);
  }

  async work(definitions: readonly JobDefinition<never>[]): Promise<void> {
    if (this.#workers !== undefined) throw new Error('work() is called once, with every definition');
    const names = definitions.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new Error(`two jobs have one name: ${names.join(', ')}`);
    this.#workers = [];
    await this.#schedules.start(definitions, await this.#backend.queueNames(), this.#options.keepSchedulesMs);
    this.#workers = this.#backend.openWorkers(
      definitions.map((definition) => ({
        name: definition.name,
        concurrency: definition.concurrency,
        process: (job, token) => this.#process(definition, job, token),
      })),
    );
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  ping(): Promise<void> {
    return this.#backend.ping();
  }

  async drain(): Promise<void> {
    for (const name of await this.#backend.queueNames()) await this.#producer(name).drain(true);
  }

  #producer(name: string): Producer {
    // Names become keys of Redis and names in logs and metrics.
    if (!/^[a-z][a-z0-9-]{0,59}$/.test(name)) throw new Error(`not a job name: ${JSON.stringify(name)}`);
    const producer = this.#producers.get(name) ?? this.#backend.openProducer(name);
    this.#producers.set(name, producer);
    return producer;
  }

  #jobOptions<T extends object>(data: T, { unique }: AddOptions<T>) {
    const { attempts, delayMs: delay } = this.#options.retry;
    return {
      attempts,
      backoff: { type: 'exponential', delay },
      ...(unique === undefined ? {} : { deduplication: { id: unique(data) } }),
    };
  }

  async #process(definition: JobDefinition<never>, job: Job<never>, token: string): Promise<void> {
    const attempt = job.attemptsMade + 1;
    const log = this.#options.log.child({ job: definition.name, jobId: job.id, attempt });
    const outcome = await this.#running.run(async (signal) => {
      // Before anything is looked at: what is told from now on may come too late for this job.
      await job.removeDeduplicationKey();
      await definition.handle(job.data, { signal, log, attempt });
    });
    if (outcome === 'done') return;
    if (outcome.handBack) {
      log.info({ err: outcome.error }, 'job handed back: the process stops');
      await job.moveToWait(token);
      // Tells BullMQ that the job has left this worker's hands already.
      throw new WaitingError();
    }
    const retried = attempt < (job.opts.attempts ?? 1);
    if (retried) log.warn({ err: outcome.error }, 'job failed, and will be tried again');
    else if (job.repeatJobKey !== undefined) log.warn({ err: outcome.error }, 'job failed; its schedule runs it again');
    else log.error({ err: outcome.error }, 'job failed for the last time');
    throw outcome.error;
  }

  async #stop(): Promise<void> {
    const closing = Promise.all((this.#workers ?? []).map((worker) => worker.close()));
    await this.#running.settle(closing, closePatienceMs);
    this.#outage.stop();
    await this.#closeStore();
  }

  /** Within bounds: a store that does not answer must not keep the process from ending. */
  async #closeStore(): Promise<void> {
    const closing = this.#schedules
      .stop()
      .then(() => Promise.all([...this.#producers.values()].map((producer) => producer.close())))
      .then(() => this.#backend.close());
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), closePatienceMs);
    });
    const outcome = await Promise.race([closing, deadline]).finally(() => clearTimeout(timer));
    if (outcome !== 'late') return;
    // Whatever comes of it, nobody waits any more.
    closing.catch(() => undefined);
    this.#options.log.warn('queue: its connections did not close in time and are left');
  }
}
