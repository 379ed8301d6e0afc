import { afterEach, expect, it, vi } from 'vitest';
import { recordingLog } from '../../../test/support/silent-log.js';
import { BullQueue } from './bull-queue.js';
import type { QueueBackend } from './queue-backend.js';

afterEach(() => {
  vi.useRealTimers();
});

it('stops within bounds though its store does not even close', async () => {
  vi.useFakeTimers();
  const { log, lines } = recordingLog();
  const backend: QueueBackend = {
    openProducer: () => {
      throw new Error('nothing is added');
    },
    openWorkers: () => [],
    queueNames: async () => [],
    ping: async () => undefined,
    onError: () => undefined,
    close: () => new Promise(() => undefined),
  };
  const queue = new BullQueue(backend, {
    log,
    graceMs: 10,
    retry: { attempts: 1, delayMs: 1 },
    keepSchedulesMs: 5_000,
  });
  const stopped = queue.stop();
  await vi.advanceTimersByTimeAsync(20_000);
  await stopped;
  expect(lines.items).toContainEqual(expect.objectContaining({ level: 40 }));
  expect(vi.getTimerCount()).toBe(0);
});
