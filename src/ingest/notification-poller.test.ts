import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Collector } from '../../test/support/collector.js';
import { silentLog } from '../../test/support/silent-log.js';
import { CrosstrailError } from '../platform/errors.js';
import type { QueueMessage } from '../sources/notification-queue.port.js';
import { NotificationPoller } from './notification-poller.js';

const full = 10;
type Receive = (signal: AbortSignal) => Promise<number> | number;

/** Waits as a long poll does, until it is aborted. */
const forEver: Receive = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** A poller whose receives go as the script says, one after the other, and then last for ever. */
function polling(script: Receive[]) {
  const happened = new Collector<string>();
  const stopping = new AbortController();
  const waits: number[] = [];
  const faults = { take: null as Error | null, delete: null as Error | null, left: 0 };
  let receives = 0;
  const queue = {
    receive: async ({ signal }: { signal: AbortSignal }) => {
      const count = await (script[receives++] ?? forEver)(signal);
      return Array.from({ length: count }, (_, index): QueueMessage => ({ id: `${index}`, body: '', receipt: '' }));
    },
    delete: async (messages: readonly QueueMessage[]) => {
      if (faults.delete) throw faults.delete;
      happened.push(`deleted ${messages.length}`);
    },
  };
  const deps = {
    notifications: {
      take: async (_: string, messages: readonly QueueMessage[]) => {
        if (faults.take) throw faults.take;
        happened.push(`took ${messages.length}`);
        return { done: messages.slice(faults.left), objects: { collected: 0, ignored: 0 }, setAside: 0 };
      },
      recordPoll: async (_: string, error: string | null) => happened.push(`told ${error}`),
    },
    telemetry: { taken: () => undefined },
    log: silentLog,
    wait: async (ms: number) => void waits.push(ms),
    random: () => 1,
  };
  const poller = new NotificationPoller(deps as never, 'source', () => queue, stopping.signal);
  const run = async (enough: number | ((item: string) => boolean)) => {
    const ended = poller.run();
    await happened.until(enough);
    stopping.abort();
    await ended;
    return happened.items;
  };
  return { run, poller, stopping, happened, waits, faults };
}

const denied = new CrosstrailError('UPSTREAM_AWS', 'denied');
const fails = () => Promise.reject(denied);

describe('a poller', () => {
  it('deletes what was written, and only after', async () => {
    const { run } = polling([() => 3]);
    expect(await run(3)).toEqual(['took 3', 'deleted 3', 'told null']);
  });

  it('says that the queue answers, each time that nothing came', async () => {
    const { run } = polling([() => 0, () => 0]);
    expect(await run(2)).toEqual(['told null', 'told null']);
  });

  it('waits ever longer while the queue fails, up to a minute; says so once, and when it is well again', async () => {
    const { run, waits } = polling([...Array.from({ length: 8 }, () => fails), () => 0, fails]);
    expect(await run(3)).toEqual(['told denied', 'told null', 'told denied']);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 1000]);
  });

  it('leaves messages in the queue that could not be written', async () => {
    const { run, faults } = polling([() => 3]);
    faults.left = 2;
    expect(await run(3)).toEqual(['took 3', 'deleted 1', 'told null']);
  });

  it('deletes nothing when nothing could be written', async () => {
    const { run, faults } = polling([() => 3]);
    faults.take = denied;
    expect(await run(1)).toEqual(['told denied']);
  });

  it('is not well as long as it cannot delete, though the queue answers', async () => {
    const { run, faults, happened } = polling([
      () => 1,
      () => 0,
      () => {
        faults.delete = null;
        return 1;
      },
    ]);
    faults.delete = denied;
    await run((item) => item === 'told null');
    expect(happened.items).toEqual(['took 1', 'told denied', 'took 1', 'deleted 1', 'told null']);
  });

  it('is joined by up to three lanes while receives are full, each of which ends with one that is not', async () => {
    const lanes = { now: 0, most: 0, calls: 0, mostAtLast: 0 };
    const giving = (count: number) => async () => {
      lanes.now += 1;
      lanes.calls += 1;
      lanes.most = Math.max(lanes.most, lanes.now);
      if (lanes.calls > 28) lanes.mostAtLast = Math.max(lanes.mostAtLast, lanes.now);
      await setImmediate();
      lanes.now -= 1;
      return count;
    };
    const left = new Collector<string>();
    const quiet: Receive = (signal) => {
      left.push('waits');
      return forEver(signal);
    };
    const script = [...Array(20).fill(giving(full)), ...Array(12).fill(giving(1)), quiet, quiet, quiet, quiet];
    const { poller, stopping, happened } = polling(script);
    const ended = poller.run();
    await left.until(1);
    stopping.abort();
    await ended;
    expect(lanes).toMatchObject({ most: 4, calls: 32, mostAtLast: 1 });
    expect(happened.items.filter((item) => item.startsWith('took'))).toHaveLength(32);
  });

  it('ends its wait at once when it is told to stop, and says nothing of that', async () => {
    const { poller, stopping, happened } = polling([]);
    const ended = poller.run();
    stopping.abort();
    await ended;
    expect(happened.items).toEqual([]);
  });

  it('stores and deletes what it received before it was told to stop', async () => {
    const { poller, stopping, happened } = polling([
      () => {
        stopping.abort();
        return 2;
      },
    ]);
    await poller.run();
    expect(happened.items).toEqual(['took 2', 'deleted 2', 'told null']);
  });
});
