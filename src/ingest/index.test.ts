import { afterEach, expect, it, vi } from 'vitest';
import { createTelemetry } from '../platform/telemetry.js';
import { createIngestWaker, type IngestDeps, startIngest } from './index.js';

afterEach(() => {
  vi.useRealTimers();
});

it('a start whose queue does not answer leaves no timer and no subscription behind', async () => {
  vi.useFakeTimers();
  const unsubscribe = vi.fn(async () => undefined);
  const deps = {
    ingestConcurrency: 1,
    discoverySeconds: 60,
    queue: { work: () => Promise.reject(new Error('no answer')) },
    pubsub: { subscribe: async () => unsubscribe },
    telemetry: createTelemetry(),
    createDispatcher: () => ({}),
  } as unknown as IngestDeps;
  await expect(startIngest(deps)).rejects.toThrow('no answer');
  expect(unsubscribe).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

it('however often it is told of due files, only so many hints can wait', async () => {
  const keys = new Set<string>();
  const queue = {
    addMany: async (_: unknown, data: { slot: number }[], options: { unique(data: { slot: number }): string }) => {
      // Hints of one call are for that many workers: none drops another.
      expect(new Set(data.map(options.unique)).size).toBe(3);
      for (const item of data) keys.add(options.unique(item));
    },
  };
  const deps = { queue, ingestConcurrency: 3, discoverySeconds: 60 } as unknown as IngestDeps;
  const waker = createIngestWaker(deps);
  for (let times = 0; times < 100; times += 1) await waker.filesDue();
  expect(keys.size).toBe(64);
});

it('tells of new events once for all that is stored close together, and survives that it cannot', async () => {
  vi.useFakeTimers();
  const published: string[] = [];
  const warnings: unknown[] = [];
  const pubsub = {
    publish: async (topic: string) => {
      published.push(topic);
      if (published.length === 2) throw new Error('no connection');
    },
  };
  const log = { warn: (fields: unknown) => warnings.push(fields) };
  const deps = { pubsub, log, ingestConcurrency: 1, discoverySeconds: 60 } as unknown as IngestDeps;
  const waker = createIngestWaker(deps);
  for (let times = 0; times < 100; times += 1) waker.eventsStored();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(published).toEqual(['events-added', 'events-added']);
  waker.eventsStored();
  expect(published).toHaveLength(3);
  expect(warnings).toHaveLength(1);
});
