import { EventEmitter } from 'node:events';
import { createRedisBackend, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { connectRedis } from '../redis.js';
import { jobOptions, type Producer, type QueueBackend, streams } from './queue-backend.js';

const { Queue, Worker } = withBackend(createRedisBackend);

/** BullMQ on Redis: one connection for adding jobs, one for all workers, and one more for each to wait on. */
export async function openRedisBackend(url: string, prefix: string): Promise<QueueBackend> {
  const errors = new EventEmitter();
  const report = (error: Error) => void errors.emit('trouble', error);
  // A producer's caller wants to know at once; a worker's commands wait until Redis is back.
  const producers = await connectRedis(url, 'crosstrail-queue', { maxRetriesPerRequest: 1 });
  const workers = new Redis(url, {
    connectionName: 'crosstrail-worker',
    maxRetriesPerRequest: null,
    lazyConnect: true,
  });
  for (const connection of [producers, workers]) {
    connection.on('error', report);
    connection.setMaxListeners(0);
  }
  return {
    openProducer(name): Producer {
      const queue = new Queue(name, { connection: producers, prefix, defaultJobOptions: jobOptions, streams });
      queue.on('error', report);
      return queue;
    },
    openWorkers: (plans) =>
      plans.map(({ name, concurrency, process }) => {
        const options = { connection: workers, prefix, concurrency, runRetryDelay: 1_000 };
        const worker = new Worker<never>(name, (job, token = '') => process(job, token), options);
        worker.on('error', report);
        return worker;
      }),
    async queueNames() {
      const names: string[] = [];
      for await (const keys of producers.scanStream({ match: `${prefix}:*:meta`, count: 1_000 })) {
        for (const key of keys as string[]) names.push(key.slice(prefix.length + 1, -':meta'.length));
      }
      return names;
    },
    async ping() {
      await producers.ping();
    },
    onError: (listener) => void errors.on('trouble', listener),
    close() {
      producers.disconnect();
      workers.disconnect();
      return Promise.resolve();
    },
  };
}
