import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coalesced } from './coalesced.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('runs at once, and once more for all that came meanwhile', async () => {
  let runs = 0;
  const call = coalesced(async () => void (runs += 1), 50);
  call();
  expect(runs).toBe(1);
  for (let times = 0; times < 10; times += 1) call();
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(50);
  expect(runs).toBe(2);
  await vi.advanceTimersByTimeAsync(500);
  expect(runs).toBe(2);
  call();
  expect(runs).toBe(3);
});

it('takes a call that comes while the work is being done for one after it', async () => {
  const ends: (() => void)[] = [];
  let runs = 0;
  const call = coalesced(() => {
    runs += 1;
    return new Promise((resolve) => ends.push(resolve));
  }, 50);
  call();
  call();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toBe(1);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(50);
  expect(runs).toBe(2);
});
