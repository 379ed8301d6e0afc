import { expect, it } from 'vitest';
import type { SourceHealth } from '../sources/source-health.service.js';
import { SourceLanes } from './source-lanes.js';

function lanesOf(
  concurrency: number,
  { resting = [], suspects = resting }: { resting?: string[]; suspects?: string[] },
) {
  const health = { resting: () => resting, suspects: () => suspects } as unknown as SourceHealth;
  return new SourceLanes(concurrency, health);
}

it('a second lane prefers a source that none is at, until the first leaves', () => {
  const lanes = lanesOf(2, {});
  const leave = lanes.hold('a');
  lanes.hold('a')();
  expect(lanes.passOver()).toEqual({ resting: [], busy: ['a'] });
  leave();
  expect(lanes.passOver()).toEqual({ resting: [], busy: [] });
});

it.each([
  ['one of two lanes at a failing source: no other failing one is taken up', 2, ['a'], ['a', 'b']],
  ['one of three: another one is', 3, ['a'], []],
  ['two of three: no more', 3, ['a', 'b'], ['a', 'b']],
  ['a lane at a source that works: one of them is', 2, ['c'], []],
  ['the only lane is free: one of them is', 1, [], []],
])('%s', (_, concurrency, held, resting) => {
  const lanes = lanesOf(concurrency, { suspects: ['a', 'b'], resting: [] });
  for (const sourceId of held) lanes.hold(sourceId);
  expect(lanes.passOver().resting).toEqual(resting);
});

it('a resting source is never taken up', () => {
  expect(lanesOf(2, { resting: ['a'] }).passOver()).toEqual({ resting: ['a'], busy: [] });
});
