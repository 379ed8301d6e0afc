import { expect, it } from 'vitest';
import { heartbeatMs } from './heartbeat.js';

it.each([
  [1, 1_000],
  [30, 30_000],
  [300, 300_000],
])('%i seconds are %i ms', (seconds, ms) => {
  expect(heartbeatMs(seconds)).toBe(ms);
});

it.each([0, -1, 301])('%i seconds are refused', (seconds) => {
  expect(() => heartbeatMs(seconds)).toThrow('heartbeatSeconds: must be 1 to 300');
});
