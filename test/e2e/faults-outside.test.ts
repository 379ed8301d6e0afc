import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random } from '../../src/lib/random.js';
import { eventually } from '../support/eventually.js';
import { etagOf } from '../support/fake-aws.js';
import { bucketFaults, FaultBucket } from '../support/fault-bucket.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { FaultServer } from '../support/fault-server.js';
import { centralBucket, FaultWorld } from '../support/fault-world.js';
import { loseQueueOnPostgres, loseQueueOnRedis } from '../support/lose-queue.js';
import type { Program } from '../support/spawn-program.js';
import { describeRedis, startTestRedis, type TestRedis } from '../support/test-redis.js';

/*
 * Three workers of the built program while all that they stand on fails around them: bucket, queue, database, and they
 * themselves. Each fault has log files of its own to hit.
 */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

describe('with the queue on Postgres', () => suite(() => null));

describeRedis('with the queue on Redis', () => {
  let redis: TestRedis;
  let proxy: FaultProxy;
  beforeAll(async () => {
    redis = await startTestRedis();
    proxy = await FaultProxy.start();
  });
  afterAll(async () => {
    await proxy.stop();
    await redis.stop();
  });
  suite(() => ({
    url: proxy.lead(redis.url),
    lose: () => loseQueueOnRedis(redis.url),
    async restart() {
      proxy.close();
      await redis.stop();
      redis = await startTestRedis();
      proxy.lead(redis.url);
    },
  }));
});

interface RedisFaults {
  readonly url: string;
  lose(): Promise<void>;
  /** It comes back empty. */
  restart(): Promise<void>;
}

function suite(redisFaults: () => RedisFaults | null): void {
  let server: FaultServer;
  let world: FaultWorld;
  let redis: RedisFaults | null;
  let workers: Program[];

  beforeEach(async () => {
    server = await FaultServer.start();
    redis = redisFaults();
    world = await FaultWorld.open(server.database, { databaseUrl: server.url, redisUrl: redis?.url });
    await world.connect();
    workers = [world.start(), world.start(), world.start()];
  });
  afterEach(async () => {
    await world.close();
    await server.stop();
  });

  /** What is done to the program, and how often. */
  const processFaults: readonly (readonly [fault: string, times: number, hit: (random: Random) => Promise<void>])[] = [
    ['the queue loses everything', 2, () => redis?.lose() ?? loseQueueOnPostgres(server.database)],
    ['a worker is killed at any moment', 3, killOne],
    ['every session of the database is ended', 2, async () => void (await server.endSessions())],
    ['every connection to the database is cut', 2, async () => void server.proxy.cut()],
    ['the database crashes and is started again', 2, () => server.crash()],
  ];
  const redisOnly = ['Redis is started again, empty', 2, async () => redis?.restart()] as const;

  async function killOne(random: Random): Promise<void> {
    const [victim] = workers.splice(random.below(workers.length), 1);
    await victim?.kill('SIGKILL');
    const next = world.start();
    workers.push(next);
    // What cannot reach its database when it starts ends, and is for whoever started it to start again.
    await eventually(
      async () => next.output.err,
      (said) => said.includes('Crosstrail is collecting'),
      { seconds: 60 },
    );
  }

  async function misbehave(bucket: FaultBucket): Promise<void> {
    const revoked = 'sessions of the role that are ended before their time';
    for (const fault of [...bucketFaults, revoked]) await world.add(fault, { files: 12 });
    await world.readSome(bucketFaults[0] ?? '', 1);
    bucket.revokeSessions(() => world.hit(revoked));
    await world.add(revoked, { files: 12 });
  }

  /** Objects that change between their listing and their reading, and after they were read. */
  async function change(bucket: FaultBucket): Promise<void> {
    const fault = 'objects that change before and after they are read';
    await world.add(fault, { files: 12, announced: false });
    const { early, finish } = bucket.halve(fault);
    await eventually(
      () =>
        server.database.query(`SELECT FROM log_file WHERE state = 'INGESTED' AND key = ANY ($1::text[])`, [[...early]]),
      (read) => read.length >= early.length,
      { seconds: 240 },
    );
    finish();
    world.hit(fault, 2 * early.length);
    const objects = world.aws.buckets.get(centralBucket) ?? new Map<string, Buffer>();
    await eventually(
      () => server.database.query<{ key: string; etag: string }>('SELECT key, etag FROM log_file'),
      (rows) =>
        rows.every(({ key, etag }) => {
          const object = world.faultOf(key) === fault ? objects.get(key) : undefined;
          return etag.includes('-') || object === undefined || `"${etag}"` === etagOf(object);
        }),
      { seconds: 240 },
    );
  }

  it('loses nothing and doubles nothing while bucket, queue, database and workers fail', async ({ task }) => {
    const bucket = new FaultBucket(world);
    const random = new Random('faults from outside');
    await misbehave(bucket);
    for (const [fault, times, hit] of [...processFaults, ...(redis === null ? [] : [redisOnly])]) {
      for (let time = 0; time < times; time++) {
        await world.add(fault, { files: 30 });
        await world.readSome(fault, 38 * time + random.below(30));
        await hit(random);
        world.hit(fault);
      }
    }
    await change(bucket);
    await world.read();
    task.meta.faults = await world.audit(redis === null ? 'queue on Postgres' : 'queue on Redis');
    const ends = await Promise.all(workers.map((worker) => worker.kill('SIGTERM')));
    expect(ends, workers.map(({ output }) => output.err.slice(-2000)).join('\n---\n')).toEqual([0, 0, 0]);
  });
}
