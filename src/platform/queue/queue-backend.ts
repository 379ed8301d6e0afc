import type { Queue as BullProducer, QueueOptions as BullQueueOptions, Job } from 'bullmq';

export type Producer = Pick<
  BullProducer,
  'add' | 'addBulk' | 'upsertJobScheduler' | 'removeJobScheduler' | 'getJobSchedulers' | 'drain' | 'close'
>;

export interface JobWorker {
  waitUntilReady(): Promise<void>;
  close(): Promise<void>;
}

export interface WorkerPlan {
  readonly name: string;
  readonly concurrency: number;
  /** @param token proves to BullMQ that this worker holds the job */
  process(job: Job<never>, token: string): Promise<void>;
}

/** What differs between Redis and Postgres; everything else is BullMQ's. */
export interface QueueBackend {
  openProducer(name: string): Producer;
  openWorkers(plans: readonly WorkerPlan[]): JobWorker[];
  /** Every queue that was ever used in this store, whoever defined it. */
  queueNames(): Promise<string[]>;
  ping(): Promise<void>;
  /** Called for every trouble of every connection. */
  onError(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/**
 * Finished jobs are removed at once: one that is kept swallows a later job with its id, and trimming by
 * count deadlocks on Postgres. What a job has done shows in its rows.
 */
export const jobOptions = { removeOnComplete: true, removeOnFail: true } as const;

/** Nobody reads BullMQ's stream of events, which it otherwise keeps 10,000 deep for each queue. */
export const streams: NonNullable<BullQueueOptions['streams']> = { events: { maxLen: 100 } };
