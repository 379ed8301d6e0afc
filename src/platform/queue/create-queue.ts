import type { Logger } from '../log.js';
import { BullQueue, type RetryPolicy } from './bull-queue.js';
import { openPostgresBackend } from './postgres-backend.js';
import type { Queue } from './queue.js';
import { openRedisBackend } from './redis-backend.js';

export interface QueueOptions {
  readonly databaseUrl: string;
  /** Jobs are kept in Redis, not in Postgres. */
  readonly redisUrl?: string | undefined;
  readonly log: Logger;
  /** Before every key in Redis, so that installations can share one. Postgres tells them apart by database. */
  readonly prefix?: string;
  /** For jobs in flight when told to stop. Default 10 s. */
  readonly graceMs?: number;
  readonly retry?: RetryPolicy;
  /** From one look for schedules that the store has lost to the next. Default 5 s. */
  readonly keepSchedulesMs?: number;
}

/** Opens the queue on Redis where there is a URL for it, and on Postgres otherwise. */
export async function createQueue(options: QueueOptions): Promise<Queue> {
  const { redisUrl, prefix = 'crosstrail', log } = options;
  const backend =
    redisUrl === undefined ? await openPostgresBackend(options.databaseUrl) : await openRedisBackend(redisUrl, prefix);
  return new BullQueue(backend, {
    log,
    graceMs: options.graceMs ?? 10_000,
    keepSchedulesMs: options.keepSchedulesMs ?? 5_000,
    retry: options.retry ?? { attempts: 5, delayMs: 1_000 },
  });
}
