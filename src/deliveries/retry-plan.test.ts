import { describe, expect, it } from 'vitest';
import { judge } from './retry-plan.js';
import type { Outcome } from './target-kind.js';

const aDay = 86_400;
const almostOne = 1 - Number.EPSILON;
const failed = (blames: 'target' | 'message', retryAfterSeconds?: number): Outcome => ({
  delivered: false,
  reason: 'it answered 500',
  retry: true,
  blames,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

function waits(outcome: Outcome, attempts: number, random: number): number {
  const verdict = judge(outcome, attempts, aDay, random);
  if (verdict.state !== 'PENDING') throw new Error(verdict.state);
  return verdict.afterSeconds;
}

// Truth: doubling from a second; 15 minutes at most for a message, a minute for a target, which rests besides. A half of
// it is left to chance.
describe('the longest wait for another attempt', () => {
  it.each([
    ['message', 1, 1],
    ['message', 2, 2],
    ['message', 5, 16],
    ['message', 10, 512],
    ['message', 11, 900],
    ['message', 5000, 900],
    ['target', 1, 1],
    ['target', 6, 32],
    ['target', 7, 60],
    ['target', 5000, 60],
  ] as const)('of a failure of the %s, after %d attempts, is %d s', (blames, attempts, seconds) => {
    expect(waits(failed(blames), attempts, almostOne)).toBeCloseTo(seconds, 6);
    expect(waits(failed(blames), attempts, 0)).toBe(seconds / 2);
  });
});

// Truth: RFC 9110, 10.2.3 for what Retry-After asks for; an hour of it is heeded at most.
describe('a target that asks to be left alone', () => {
  it.each([
    [10, 10, 10],
    [3600, 3600, 3600],
    [100_000, 3600, 3600],
    // The backoff of the tenth attempt is longer; the target rests only as long as it asked.
    [10, 256, 10, 10],
    [0, 0.5, null],
  ])('for %d s is tried again after %d s', (asked, afterSeconds, restSeconds, attempts = 1) => {
    const verdict = judge(failed('message', asked), attempts, aDay, 0);
    expect(verdict).toMatchObject({ state: 'PENDING', afterSeconds, restSeconds });
  });
});

describe('what becomes of a delivery', () => {
  const cases: [string, Outcome, number, object][] = [
    ['that was taken', { delivered: true, answer: '204' }, 60, { state: 'DELIVERED', answer: '204' }],
    ['that was taken, too late', { delivered: true, answer: '204' }, -5, { state: 'DELIVERED', answer: '204' }],
    [
      'that no attempt will help',
      { delivered: false, reason: 'it answered 404', retry: false, blames: 'target' },
      60,
      { state: 'FAILED', error: 'it answered 404', blamesTarget: true, restSeconds: null },
    ],
    [
      'that may work next time',
      failed('message'),
      60,
      { state: 'PENDING', error: 'it answered 500', afterSeconds: 0.5, blamesTarget: false, restSeconds: null },
    ],
    [
      'whose time ends before the rest that its target asks for',
      failed('target', 60),
      60,
      {
        state: 'FAILED',
        error: 'it answered 500; no time is left for another attempt',
        blamesTarget: true,
        restSeconds: 60,
      },
    ],
    [
      'whose time has ended',
      failed('message'),
      -1,
      {
        state: 'FAILED',
        error: 'it answered 500; no time is left for another attempt',
        blamesTarget: false,
        restSeconds: null,
      },
    ],
  ];
  it.each(cases)('%s', (_, outcome, left, verdict) => {
    expect(judge(outcome, 1, left, 0)).toEqual(verdict);
  });
});
