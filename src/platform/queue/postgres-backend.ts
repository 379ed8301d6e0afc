import { EventEmitter } from 'node:events';
import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import {
  type JobWorker,
  jobOptions,
  type Producer,
  type QueueBackend,
  streams,
  type WorkerPlan,
} from './queue-backend.js';

const { Queue, Worker } = withBackend(createPostgresBackend);

/** The schema that BullMQ expects in a pool that it is given. */
const schema = 'bullmq';

/** For the queries of all workers together, beside the one connection that each of them listens on. */
const workerQueries = 4;

/**
 * BullMQ's tables in the schema `bullmq`, and two pools: one for adding jobs, one for working on them.
 * Left to itself BullMQ opens a pool for each queue and each worker.
 */
export async function openPostgresBackend(url: string): Promise<QueueBackend> {
  const errors = new EventEmitter();
  const report = (error: Error) => void errors.emit('trouble', error);
  const openPool = (max: number, application: string) => {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      application_name: application,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      // BullMQ's commands name no schema. pg-pool hands the client out once this has resolved.
      onConnect: async (client) => {
        // Without a listener an error of a client in use would end the process; its query reports it.
        client.on('error', () => undefined);
        await client.query(`SET search_path = ${schema}`);
      },
    });
    pool.on('error', report);
    // Every queue and worker adds listeners of its own.
    pool.setMaxListeners(0);
    return pool;
  };
  const producers = openPool(3, 'crosstrail-queue');
  const pools = [producers];
  await migrate(producers).catch(async (error) => {
    await producers.end();
    throw error;
  });
  return {
    openProducer(name): Producer {
      const queue = new Queue(name, { connection: asBull(producers), defaultJobOptions: jobOptions, streams });
      queue.on('error', report);
      return queue as unknown as Producer;
    },
    openWorkers(plans) {
      const pool = openPool(plans.length + workerQueries, 'crosstrail-worker');
      pools.push(pool);
      return plans.map((plan) => openWorker(pool, plan, report));
    },
    async queueNames() {
      const { rows } = await producers.query<{ queue: string }>(
        `SELECT queue FROM ${schema}.meta UNION SELECT queue FROM ${schema}.scheduler UNION SELECT queue FROM ${schema}.job`,
      );
      return rows.map(({ queue }) => queue);
    },
    async ping() {
      await producers.query('SELECT');
    },
    onError: (listener) => void errors.on('trouble', listener),
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, schema);
  } finally {
    client.release();
  }
}

function openWorker(
  pool: pg.Pool,
  { name, concurrency, process }: WorkerPlan,
  report: (error: Error) => void,
): JobWorker {
  const worker = new Worker<never>(name, (job, token = '') => process(job, token), {
    connection: asBull(pool),
    concurrency,
    runRetryDelay: 1_000,
  });
  worker.on('error', report);
  return worker;
}

/** BullMQ describes the little it needs of pg in types of its own, which pg's overloads do not fit. */
function asBull(pool: pg.Pool): PgPool {
  return pool as unknown as PgPool;
}
