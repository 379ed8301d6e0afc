import { expect, it } from 'vitest';
import { isLost } from './schedules.js';

const now = Date.parse('2026-11-20T12:00:00Z');
const minute = 60_000;

// `next` is BullMQ's: the time of the next run, which moves on when a run begins.
it.each([
  ['is not there', undefined, 5, true],
  ['has its next run ahead', { next: now + 5_000 }, 5, false],
  ['is a little late: its run waits for the one before it', { next: now - 20_000 }, 5, false],
  ['has not run for over a minute and many intervals', { next: now - 2 * minute }, 5, true],
  ['is late by less than three long intervals', { next: now - 2 * minute }, 60, false],
  ['is late by more than three long intervals', { next: now - 4 * minute }, 60, true],
  ['says nothing of a next run', { next: null }, 5, false],
])('a schedule that %s', (_, found, everySeconds, lost) => {
  expect(isLost(found, everySeconds, now)).toBe(lost);
});
