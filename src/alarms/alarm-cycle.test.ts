import { expect, it } from 'vitest';
import { findCycle } from './alarm-cycle.js';

const linksOf = (text: string) =>
  text.split(' ').map((link) => ({ parent: link.split('>')[0] as string, child: link.split('>')[1] as string }));

// Truth: own reckoning, on paper.
const cases: [string, string, string | null][] = [
  ['itself', 'a>a', 'a a'],
  ['two', 'a>b b>a', 'a b a'],
  ['three, and others beside them', 'a>x a>b b>y b>c c>a x>y', 'a b c a'],
  ['some below the first', 'a>b b>c c>d d>b', 'b c d b'],
  ['no circle where two ways lead to one', 'a>b a>c b>d c>d', null],
  ['no circle in a chain', 'a>b b>c c>d', null],
  ['two circles: the first by name', 'd>e e>d a>b b>a', 'a b a'],
];

it.each(cases)('%s', (_, text, cycle) => {
  const links = linksOf(text);
  expect(findCycle(links)).toEqual(cycle?.split(' ') ?? null);
  expect(findCycle(links.toReversed())).toEqual(cycle?.split(' ') ?? null);
});

it('finds one at the end of a chain of 20,000 alarms', () => {
  const chain = Array.from({ length: 20_000 }, (_, n) => ({ parent: `n${n}`, child: `n${n + 1}` }));
  expect(findCycle(chain)).toBeNull();
  expect(findCycle([...chain, { parent: 'n20000', child: 'n19999' }])).toEqual(['n19999', 'n20000', 'n19999']);
});
