import { describe, expect, it } from 'vitest';
import { Random } from '../lib/random.js';
import type { Span } from '../lib/spans.js';
import { phases, stretchesOf } from './related-stretches.js';

/** `start-end`, with a `!` where causes lie. */
const shown = (periods: readonly (readonly [number, number])[], window: number, phase: number) =>
  stretchesOf(
    periods.map(([start, end]) => ({ start, end })),
    window,
  )
    .filter((stretch) => stretch.phase === phase)
    .map(({ start, end, isBreaching }) => `${start}-${end}${isBreaching ? '!' : ''}`);

/* Truth: own reckoning. */
describe('the stretches of related events', () => {
  it.each<[string, [number, number][], number, string[], string[]]>([
    ['no period', [], 10, [], []],
    ['one period', [[100, 200]], 10, ['100-200!'], ['90-100', '100-200!', '200-210']],
    ['no window', [[100, 200]], 0, ['100-200!'], ['100-200!']],
    [
      'periods that touch',
      [
        [200, 300],
        [100, 200],
      ],
      10,
      ['100-300!'],
      ['90-100', '100-300!', '300-310'],
    ],
    [
      'the same twice',
      [
        [100, 200],
        [100, 200],
      ],
      10,
      ['100-200!'],
      ['90-100', '100-200!', '200-210'],
    ],
    [
      'one within another',
      [
        [100, 400],
        [200, 300],
      ],
      10,
      ['100-400!'],
      ['90-100', '100-400!', '400-410'],
    ],
    [
      'a gap shorter than the window',
      [
        [100, 200],
        [250, 300],
      ],
      100,
      ['100-200!', '250-300!'],
      ['0-100', '100-200!', '200-250', '250-300!', '300-400'],
    ],
    [
      'a gap longer than the window',
      [
        [100, 200],
        [500, 600],
      ],
      10,
      ['100-200!', '500-600!'],
      ['90-100', '100-200!', '200-210', '490-500', '500-600!', '600-610'],
    ],
  ])('%s', (_name, periods, window, causes, actors) => {
    expect(shown(periods, window, phases.causes)).toEqual(causes);
    expect(shown(periods, window, phases.actors)).toEqual(actors);
  });

  it('cover each moment of the window once, in order, and know where causes lie', () => {
    const random = new Random('stretches');
    for (let round = 0; round < 300; round++) {
      const periods: Span[] = Array.from({ length: random.between(1, 6) }, () => {
        const start = random.between(20, 180);
        return { start, end: start + random.between(1, 30) };
      });
      const window = random.below(20);
      const inAny = (moment: number, margin: number) =>
        periods.some(({ start, end }) => moment >= start - margin && moment < end + margin);
      const all = stretchesOf(periods, window);
      for (const phase of Object.values(phases)) {
        const moments = all
          .filter((stretch) => stretch.phase === phase)
          .flatMap(({ start, end, isBreaching }) =>
            Array.from({ length: end - start }, (_, at) => `${start + at} ${isBreaching}`),
          );
        const expected = Array.from({ length: 260 }, (_, moment) => moment)
          .filter((moment) => inAny(moment, phase === phases.causes ? 0 : window))
          .map((moment) => `${moment} ${inAny(moment, 0)}`);
        expect(moments).toEqual(expected);
      }
    }
  });
});
