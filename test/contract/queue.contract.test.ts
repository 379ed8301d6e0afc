import { afterEach, expect, it } from 'vitest';
import { createQueue, type QueueOptions } from '../../src/platform/queue/create-queue.js';
import { openPostgresBackend } from '../../src/platform/queue/postgres-backend.js';
import type { JobDefinition, Queue } from '../../src/platform/queue/queue.js';
import { openRedisBackend } from '../../src/platform/queue/redis-backend.js';
import { Collector, Gate } from '../support/collector.js';
import { recordingLog, silentLog } from '../support/silent-log.js';
import { describeOnEachStore, type Store } from './stores.js';

interface Numbered {
  readonly n: number;
}

/** A job that notes its numbers. */
function noting(name: string, handled: Collector<number>, concurrency = 1): JobDefinition<Numbered> {
  return { name, concurrency, handle: async ({ n }) => handled.push(n) };
}

/** What BullMQ itself says is scheduled, in seconds by job. */
async function schedules({ connection }: Store): Promise<Record<string, number | undefined>> {
  const { databaseUrl, redisUrl, prefix } = connection;
  const backend =
    redisUrl === undefined ? await openPostgresBackend(databaseUrl) : await openRedisBackend(redisUrl, prefix);
  const found: Record<string, number | undefined> = {};
  for (const name of await backend.queueNames()) {
    const producer = backend.openProducer(name);
    for (const { every } of await producer.getJobSchedulers())
      found[name] = every === undefined ? every : every / 1_000;
    await producer.close();
  }
  await backend.close();
  return found;
}

describeOnEachStore('queue', (store) => {
  const opened: Queue[] = [];
  const open = async (options: Partial<QueueOptions> = {}) => {
    const queue = await createQueue({ log: silentLog, ...store().connection, ...options });
    opened.push(queue);
    return queue;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.stop()));
  });

  it('hands each job to one of two workers', async () => {
    const handled = new Collector<number>();
    const job = noting('count', handled, 5);
    const [one, two] = [await open(), await open()];
    await Promise.all([one.work([job]), two.work([job])]);
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    await one.addMany(
      job,
      numbers.slice(0, 25).map((n) => ({ n })),
    );
    for (const n of numbers.slice(25)) await two.add(job, { n });
    await handled.until(50);
    await Promise.all([one.stop(), two.stop()]);
    expect(handled.items.toSorted((a, b) => a - b)).toEqual(numbers);
  });

  it('tries a failing job again a bounded number of times, then gives it up aloud', async () => {
    const attempts = new Collector<number>();
    const { log, lines } = recordingLog();
    const job: JobDefinition<Numbered> = {
      name: 'fail',
      concurrency: 1,
      handle: async (_data, { attempt }) => {
        attempts.push(attempt);
        throw new Error('no luck');
      },
    };
    const queue = await open({ log, retry: { attempts: 3, delayMs: 1 } });
    await queue.work([job]);
    await queue.add(job, { n: 1 });
    await lines.until(({ msg }) => msg === 'job failed for the last time');
    await queue.stop();
    expect(attempts.items).toEqual([1, 2, 3]);
    expect(lines.items.filter(({ msg }) => msg === 'job failed for the last time')).toEqual([
      expect.objectContaining({ level: 50, job: 'fail', attempt: 3 }),
    ]);
  });

  it('runs a job that is added again after it finished or was given up', async () => {
    const handled = new Collector<number>();
    const { log, lines } = recordingLog();
    const job: JobDefinition<Numbered> = {
      name: 'again',
      concurrency: 1,
      handle: async ({ n }) => {
        handled.push(n);
        if (n === 2) throw new Error('no luck');
      },
    };
    const queue = await open({ log, retry: { attempts: 1, delayMs: 1 } });
    await queue.work([job]);
    for (const [n, total] of [
      [1, 1],
      [1, 2],
      [2, 3],
      [2, 4],
    ] as const) {
      await queue.add(job, { n });
      await handled.until(total);
    }
    await lines.until(({ msg }) => msg === 'job failed for the last time');
    expect(handled.items).toEqual([1, 1, 2, 2]);
  });

  const unique = ({ n }: Numbered) => `key ${n % 10}`;

  it('keeps one of the jobs with one key waiting, however it was added', async () => {
    const handled = new Collector<number>();
    const job = noting('once', handled);
    const queue = await open();
    for (const n of [1, 11, 2, 21]) await queue.add(job, { n }, { unique });
    await queue.addMany(job, [{ n: 31 }, { n: 3 }, { n: 13 }], { unique });
    await queue.add(job, { n: 9 });
    await queue.work([job]);
    await handled.until((n) => n === 9);
    expect(handled.items).toEqual([1, 2, 3, 9]);
  });

  it('takes a job whose twin has started, and one whose twin was drained away', async () => {
    const started = new Collector<number>();
    const gate = new Gate();
    const job: JobDefinition<Numbered> = {
      name: 'twin',
      concurrency: 1,
      handle: async ({ n }) => {
        started.push(n);
        await gate.opened;
      },
    };
    const queue = await open();
    await queue.add(job, { n: 1 }, { unique });
    await queue.drain();
    await queue.add(job, { n: 11 }, { unique });
    await queue.work([job]);
    await started.until(1);
    await queue.add(job, { n: 21 }, { unique });
    await queue.add(job, { n: 31 }, { unique });
    gate.open();
    await started.until(2);
    await queue.add(job, { n: 41 }, { unique });
    await started.until((n) => n === 41);
    expect(started.items.slice(0, 2)).toEqual([11, 21]);
    expect(started.items).not.toContain(31);
  });

  it('takes a job again whose twin was given up', async () => {
    const handled = new Collector<number>();
    const { log, lines } = recordingLog();
    const job: JobDefinition<Numbered> = {
      name: 'fails',
      concurrency: 1,
      handle: async ({ n }) => {
        handled.push(n);
        if (n === 1) throw new Error('no luck');
      },
    };
    const queue = await open({ log, retry: { attempts: 1, delayMs: 1 } });
    await queue.work([job]);
    await queue.add(job, { n: 1 }, { unique });
    await lines.until(({ msg }) => msg === 'job failed for the last time');
    await queue.add(job, { n: 11 }, { unique });
    expect(await handled.until(2)).toEqual([1, 11]);
  });

  it('never runs more jobs at once than the job allows', async () => {
    const started = new Collector<number>();
    const fences = new Collector<number>();
    const gate = new Gate();
    const job: JobDefinition<Numbered> = {
      name: 'narrow',
      concurrency: 3,
      handle: async ({ n }) => {
        started.push(n);
        await gate.opened;
      },
    };
    const fence = noting('fence', fences);
    const queue = await open();
    await queue.addMany(
      job,
      [1, 2, 3, 4, 5, 6].map((n) => ({ n })),
    );
    await queue.work([job, fence]);
    await started.until(3);
    // A round of another job: time enough for a fourth to have been taken.
    await queue.add(fence, { n: 0 });
    await fences.until(1);
    expect(started.items).toHaveLength(3);
    gate.open();
    await started.until(6);
  });

  it('ticks a schedule once, however many processes work', async () => {
    const ticks = new Collector<string>();
    const tick: JobDefinition<object> = {
      name: 'tick',
      concurrency: 1,
      everySeconds: 1,
      handle: async (_data, { log }) => ticks.push(String(log.bindings().jobId)),
    };
    const { log } = recordingLog();
    const [one, two] = [await open({ log }), await open({ log })];
    await Promise.all([one.work([tick]), two.work([tick])]);
    await ticks.until(4);
    await Promise.all([one.stop(), two.stop()]);
    // BullMQ names a tick's job after its moment.
    const moments = ticks.items.map((id) => Number(id.split(':').at(-1)));
    expect(new Set(moments).size).toBe(moments.length);
    // The schedule begins with each process that starts: the second may do so a moment after the first tick.
    const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0));
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(1_000);
  });

  it('keeps schedules in step with the definitions from start to start', async () => {
    const define = (name: string, everySeconds?: number): JobDefinition<object> => ({
      name,
      concurrency: 1,
      ...(everySeconds === undefined ? {} : { everySeconds }),
      handle: async () => undefined,
    });
    const restart = async (...definitions: JobDefinition<object>[]) => {
      const queue = await open();
      await queue.work(definitions);
      await queue.stop();
      return schedules(store());
    };
    expect(await restart(define('a', 60), define('b', 60), define('c'))).toEqual({ a: 60, b: 60 });
    expect(await restart(define('a', 60), define('b', 60), define('c'))).toEqual({ a: 60, b: 60 });
    expect(await restart(define('a', 30), define('c'))).toEqual({ a: 30 });
    expect(await restart(define('a'), define('c', 5))).toEqual({ c: 5 });
  });

  it('waits for jobs in flight when it stops', async () => {
    const events = new Collector<string>();
    const gate = new Gate();
    const job: JobDefinition<Numbered> = {
      name: 'slow',
      concurrency: 1,
      handle: async (_data, { signal }) => {
        events.push('started');
        await gate.opened;
        events.push(signal.aborted ? 'aborted' : 'finished');
      },
    };
    const queue = await open();
    await queue.work([job]);
    await queue.add(job, { n: 1 });
    await events.until(1);
    const stopped = queue.stop().then(() => events.push('stopped'));
    gate.open();
    await stopped;
    expect(events.items).toEqual(['started', 'finished', 'stopped']);
  });

  it.each([
    ['heeds its signal', true],
    ['does not', false],
  ])('hands a job that outlasts the grace to another process, when it %s', async (_name, heeds) => {
    const started = new Collector<string>();
    const job = (process: string): JobDefinition<Numbered> => ({
      name: 'long',
      concurrency: 1,
      handle: async (_data, { signal, attempt }) => {
        started.push(`${process}, attempt ${attempt}`);
        if (process === 'two') return;
        await new Promise((_resolve, reject) => {
          if (heeds) signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
    });
    const one = await open({ graceMs: 10 });
    await one.work([job('one')]);
    await one.add(job('one'), { n: 1 });
    await started.until(1);
    await one.stop();
    const two = await open();
    await two.work([job('two')]);
    expect(await started.until(2)).toEqual(['one, attempt 1', 'two, attempt 1']);
  });

  it('forgets every waiting job when drained, and takes new ones', async () => {
    const handled = new Collector<number>();
    const job = { ...noting('drained', handled), everySeconds: 3_600 };
    const stranger = noting('stranger', handled);
    const before = await open();
    await before.addMany(
      job,
      [1, 2, 3].map((n) => ({ n })),
    );
    await before.add(stranger, { n: 6 });
    const queue = await open();
    await queue.drain();
    await queue.work([
      { ...job, handle: async ({ n }: Numbered) => void (n !== undefined && handled.push(n)) },
      stranger,
    ]);
    await queue.drain();
    expect(await schedules(store())).toEqual({ drained: 3_600 });
    await queue.add(job, { n: 7 });
    expect(await handled.until(1)).toEqual([7]);
  });

  it('works on after its connections were cut, and says so once', async () => {
    const handled = new Collector<number>();
    const { log, lines } = recordingLog();
    const job = noting('survivor', handled);
    const queue = await open({ log });
    await queue.work([job]);
    await queue.add(job, { n: 1 });
    await handled.until(1);
    await store().cutConnections();
    await store().cutConnections();
    const other = await open();
    await other.add(job, { n: 2 });
    await handled.until(2);
    await queue.ping();
    expect(handled.items).toEqual([1, 2]);
    expect(lines.items.filter(({ level }) => level >= 40).length).toBeLessThanOrEqual(1);
  });

  it('goes on, schedules included, after its store has lost everything', async () => {
    const ticks = new Collector<number>();
    const handled = new Collector<number>();
    const tick: JobDefinition<object> = {
      name: 'tick',
      concurrency: 1,
      everySeconds: 3_600,
      handle: async () => ticks.push(0),
    };
    const job = noting('other', handled);
    const queue = await open({ keepSchedulesMs: 50 });
    await queue.work([tick, job]);
    await ticks.until(1);
    await store().loseEverything();
    await ticks.until(2);
    await queue.add(job, { n: 1 }, { unique });
    await handled.until(1);
    expect(await schedules(store())).toEqual({ tick: 3_600 });
  });

  it('refuses names that are no names, two jobs of one name, and to be started twice', async () => {
    const queue = await open();
    await expect(queue.add({ name: 'a:b' }, {})).rejects.toThrow('not a job name');
    const job = noting('twin', new Collector());
    await expect(queue.work([job, job])).rejects.toThrow('two jobs have one name');
    await queue.work([job]);
    await expect(queue.work([])).rejects.toThrow('called once');
  });

  it('says when its store does not answer', async () => {
    const queue = await open();
    await queue.ping();
    await queue.stop();
    await expect(queue.ping()).rejects.toThrow();
  });
});
