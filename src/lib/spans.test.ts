import { expect, it } from 'vitest';
import { clip, type Span, without } from './spans.js';

const span = (start: number, end: number): Span => ({ start, end });

it.each([
  ['within', span(2, 4), span(1, 5), span(2, 4)],
  ['around', span(1, 9), span(3, 5), span(3, 5)],
  ['across the start', span(1, 4), span(3, 9), span(3, 4)],
  ['across the end', span(4, 9), span(3, 5), span(4, 5)],
  ['touching the end', span(5, 9), span(3, 5), null],
  ['touching the start', span(1, 3), span(3, 5), null],
  ['apart', span(7, 9), span(3, 5), null],
])('clips a span that lies %s', (_, given, bounds, expected) => {
  expect(clip(given, bounds)).toEqual(expected);
});

it.each([
  ['in the middle', span(0, 9), span(3, 5), [span(0, 3), span(5, 9)]],
  ['at its start', span(3, 9), span(3, 5), [span(5, 9)]],
  ['at its end', span(0, 5), span(3, 5), [span(0, 3)]],
  ['over all of it', span(3, 5), span(1, 9), []],
  ['beside it', span(0, 3), span(3, 5), [span(0, 3)]],
])('takes out what lies %s', (_, given, taken, expected) => {
  expect(without(given, taken)).toEqual(expected);
});

it('keeps what else a span carries', () => {
  expect(without({ ...span(0, 9), state: 'x' }, span(3, 5))).toEqual([
    { ...span(0, 3), state: 'x' },
    { ...span(5, 9), state: 'x' },
  ]);
});
