import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Failpoint, failpoints } from '../../src/platform/failpoint.js';
import { eventually } from '../support/eventually.js';
import { FaultWorld } from '../support/fault-world.js';
import { loseQueueOnPostgres, loseQueueOnRedis } from '../support/lose-queue.js';
import type { Program } from '../support/spawn-program.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { describeRedis, startTestRedis, type TestRedis } from '../support/test-redis.js';

/*
 * The built program, killed, frozen or made to fail at each step of collecting in turn. Each step has log files of its
 * own to get through, so that every step is reached, and what it cost can be told.
 */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

describe('with the queue on Postgres', () =>
  suite(() => undefined, {
    frozen: ['ingest.before-commit'],
    failing: ['ingest.fetched', 'ingest.half-written', 'ingest.before-commit', 'ingest.after-commit'],
  }));

describeRedis('with the queue on Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  suite(() => redis.url, {
    frozen: ['ingest.claimed', 'ingest.fetched', 'ingest.half-written', 'ingest.before-commit', 'ingest.after-commit'],
    failing: ['ingest.after-commit'],
  });
});

/** At which of the times that each is reached. */
const kills: Readonly<Partial<Record<Failpoint, number>>> = {
  'discover.listed': 2,
  'discover.written': 2,
  'notifications.received': 1,
  'notifications.written': 1,
  'backfill.listed': 1,
  'ingest.claimed': 1,
  'ingest.fetched': 1,
  'ingest.half-written': 1,
  'ingest.before-commit': 1,
  'ingest.after-commit': 1,
  'digests.verified': 2,
  'counts.compacting': 1,
};

/** More records than a segment takes: the batch is half written in truth. */
const large = { files: 3, recordsPerFile: 3000, copies: 0 };

interface Steps {
  /** Where a worker is frozen, and woken once others have done its work. */
  readonly frozen: readonly Failpoint[];
  /** Where a step fails. */
  readonly failing: readonly Failpoint[];
}

function suite(redisUrl: () => string | undefined, { frozen, failing }: Steps): void {
  let test: TestDatabase;
  let world: FaultWorld;

  beforeEach(async () => {
    test = await createTestDatabase();
    world = await FaultWorld.open(test.database, { databaseUrl: test.url, redisUrl: redisUrl() });
    await world.connect();
  });
  afterEach(async () => {
    await world.close();
    await test.drop();
  });

  const where = () => (redisUrl() === undefined ? 'queue on Postgres' : 'queue on Redis');

  async function loseQueue(): Promise<void> {
    const url = redisUrl();
    if (url === undefined) await loseQueueOnPostgres(test.database);
    else await loseQueueOnRedis(url);
  }

  /**
   * What the server does once it has heard nothing from a frozen worker for long enough (see `openDatabase`): it ends
   * every transaction of its. Nobody else has one open at this time.
   */
  async function endSilentTransactions(): Promise<void> {
    await eventually(
      () =>
        test.database.query(
          `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
           WHERE datname = current_database() AND xact_start IS NOT NULL AND application_name LIKE 'crosstrail%'`,
        ),
      (ended) => ended.length === 0,
    );
  }

  /** Waits for the death that was planned. */
  async function died({ closed, output }: Program, fault: string): Promise<void> {
    const late = new AbortController();
    const code = await Promise.race([
      closed,
      eventually(
        async () => false,
        (isDead) => isDead,
        { seconds: 120, signal: late.signal },
      ),
    ]).finally(() => late.abort());
    expect(code, `${fault}: ${output.err}`).toBe(null);
  }

  it('loses nothing and doubles nothing when it is killed at each step', async ({ task }) => {
    // Those of deliveries are hit in faults-delivery.test.ts, those of metrics in metrics.test.ts, of alarms in
    // faults-alarms.test.ts.
    const ofCollecting = failpoints.filter((point) => !/^(deliveries|schedules|metric-backfill|alarms)\./.test(point));
    expect(Object.keys(kills).sort()).toEqual(ofCollecting.sort());
    for (const [point, after] of Object.entries(kills)) {
      const fault = `kill -9 at ${point}`;
      await world.add(fault, point === 'ingest.half-written' ? large : {});
      if (point === 'backfill.listed') await world.backfill();
      // The work that repeats begins at once where no schedule is known.
      if (point === 'counts.compacting') await loseQueue();
      const worker = world.start(`${point}:kill:${after}`);
      await died(worker, fault);
      expect(readFileSync(worker.proof, 'utf8')).toBe(`${point}\n`);
      world.hit(fault);
      await world.hurry();
    }
    const last = world.start();
    await world.read();
    task.meta.faults = await world.audit(where());
    expect(await last.kill('SIGTERM')).toBe(0);
  });

  it('loses nothing and doubles nothing when a worker sleeps through the end of its lease, and wakes up', async ({
    task,
  }) => {
    for (const point of frozen) {
      const fault = `frozen at ${point}, and woken`;
      await world.add(fault);
      const sleeper = world.start(`${point}:freeze:1`);
      await eventually(
        async () => existsSync(sleeper.proof),
        (isHit) => isHit,
      );
      world.hit(fault);
      await endSilentTransactions();
      const other = world.start();
      await world.read();
      expect(await other.kill('SIGTERM')).toBe(0);
      // It goes on as if nothing had been, and finds that others have done its work. Then it works on.
      sleeper.wake();
      await world.add(fault, { files: 4, copies: 1 });
      await world.read();
      expect(await sleeper.kill('SIGTERM'), sleeper.output.err).toBe(0);
    }
    task.meta.faults = await world.audit(where());
  });

  it('loses nothing and doubles nothing when a step fails, the word of a commit that was made included', async ({
    task,
  }) => {
    for (const point of failing) {
      const fault = `failure at ${point}`;
      await world.add(fault);
      const worker = world.start(`${point}:throw:1`);
      await eventually(
        async () => existsSync(worker.proof),
        (isHit) => isHit,
      );
      world.hit(fault);
      await world.read();
      expect(await worker.kill('SIGTERM')).toBe(0);
    }
    task.meta.faults = await world.audit(where());
  });
}
