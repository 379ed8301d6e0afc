import { expect, it } from 'vitest';
import { CallBudget } from './call-budget.js';

const { signal } = new AbortController();
/** Long enough for every promise that is settled to be seen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Asks for so many calls at once; those that were let in, and what ends each. */
async function ask(budget: CallBudget, calls: number) {
  const ends: (() => void)[] = [];
  for (let call = 0; call < calls; call += 1) void budget.acquire(signal).then((end) => ends.push(end));
  await settled();
  return ends;
}

it('lets 16 calls of a source run, and the next one when one has ended, once however often it says so', async () => {
  const ends = await ask(new CallBudget(), 20);
  expect(ends).toHaveLength(16);
  ends[0]?.();
  ends[0]?.();
  await settled();
  expect(ends).toHaveLength(17);
});

it.each([
  ['one push back', 1, 8],
  ['two', 2, 4],
  ['any number: one is always tried', 40, 1],
])('after %s, %3$i calls run', async (_, pushes, expected) => {
  const budget = new CallBudget();
  for (let push = 0; push < pushes; push += 1) budget.pushedBack();
  expect(await ask(budget, 20)).toHaveLength(expected);
});

it('widens by one after as many good answers as may run, up to 16', async () => {
  const budget = new CallBudget();
  budget.pushedBack();
  const ends = await ask(budget, 40);
  for (let answer = 0; answer < 7; answer += 1) budget.answered();
  await settled();
  expect(ends).toHaveLength(8);
  budget.answered();
  await settled();
  expect(ends).toHaveLength(9);
  for (let answer = 0; answer < 1000; answer += 1) budget.answered();
  await settled();
  expect(ends).toHaveLength(16);
});

it('a call that is given up while it waits leaves its place to the next', async () => {
  const budget = new CallBudget();
  const ends = await ask(budget, 16);
  const stop = new AbortController();
  const given = budget.acquire(stop.signal);
  const next = budget.acquire(signal);
  stop.abort(new Error('stopped'));
  await expect(given).rejects.toThrow('stopped');
  ends[0]?.();
  expect(await next).toBeTypeOf('function');
  await expect(budget.acquire(stop.signal)).rejects.toThrow('stopped');
});
