import { describe, expect, it } from 'vitest';
import { experienceOf } from './delivery-outcome.store.js';
import type { Verdict } from './retry-plan.js';

const worked: Verdict = { state: 'DELIVERED', answer: 'ok' };
const refused: Verdict = { state: 'FAILED', error: 'no such field', blamesTarget: false, restSeconds: null };
const down = (error: string, restSeconds: number | null = null): Verdict => ({
  state: 'PENDING',
  error,
  afterSeconds: 1,
  blamesTarget: true,
  restSeconds,
});
const gaveUp: Verdict = { state: 'FAILED', error: 'gone', blamesTarget: true, restSeconds: 30 };
const tryAgain: Verdict = { ...down('slow', 30), blamesTarget: false } as Verdict;

const of = (verdicts: readonly (Verdict | null)[], targetId = '1') =>
  verdicts.map((verdict, index) => ({ id: String(index), lease: 'lease', targetId, verdict }));

// Truth: an answer that refuses a message is still an answer; failures count in a row, up to the last attempt.
describe('what attempts say of their target', () => {
  const nothing = { targetId: '1', hasWorked: false, failures: 0, error: null, restSeconds: null };
  const cases: [string, (Verdict | null)[], object | undefined][] = [
    ['of none', [], undefined],
    ['that were not made', [null, null], undefined],
    ['that worked', [worked, worked], { ...nothing, hasWorked: true }],
    ['refused for their message alone', [refused], { ...nothing, hasWorked: true }],
    ['that failed', [down('a'), null, down('b')], { ...nothing, failures: 2, error: 'b' }],
    ['that failed for good', [gaveUp], { ...nothing, failures: 1, error: 'gone', restSeconds: 30 }],
    ['that failed before one that worked', [down('a'), worked], { hasWorked: true, failures: 0 }],
    ['that failed after one that worked', [worked, down('a')], { hasWorked: true, failures: 1, error: 'a' }],
    ['that failed around one that worked', [down('a'), worked, down('b')], { failures: 1, error: 'b' }],
    ['that ask for a rest', [down('a', 5), down('b', 60), down('c', 10)], { failures: 3, restSeconds: 60 }],
    ['of which one asks for a rest', [down('a', 5), down('b')], { failures: 2, restSeconds: 5 }],
    ['of which one asks, and one works', [down('a', 5), worked], { failures: 0, restSeconds: 5 }],
  ];
  it.each(cases)('%s', (_, verdicts, expected) => {
    const [experience] = experienceOf(of(verdicts));
    if (expected === undefined) expect(experience).toBeUndefined();
    else expect(experience).toMatchObject(expected);
  });

  it('is kept apart by target', () => {
    const settlements = [...of([down('a')], '1'), ...of([worked], '2'), ...of([down('b')], '1')];
    expect(experienceOf(settlements)).toMatchObject([
      { targetId: '1', failures: 2, hasWorked: false },
      { targetId: '2', failures: 0, hasWorked: true },
    ]);
  });

  it('asks for no rest of the target where one message alone is to wait', () => {
    expect(experienceOf(of([tryAgain]))).toMatchObject([{ hasWorked: true, failures: 0, restSeconds: null }]);
  });
});
