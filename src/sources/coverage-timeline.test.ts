import { expect, it } from 'vitest';
import { type ChainKnowledge, type CoveredSpan, type Mark, timelineOf, type WindowRun } from './coverage-timeline.js';

/** Times are hours of a day on which a chain has a window an hour. */
const hour = (n: number) => n * 3_600_000;
const day = { start: hour(0), end: hour(24) };

function run(start: number, end: number, state: WindowRun['state'] = 'COMPLETE', beginsChain = false): WindowRun {
  return { start: hour(start), end: hour(end), state, files: end - start, events: 10 * (end - start), beginsChain };
}

const mark = (at: number, state: Mark['state']): Mark => ({ at: hour(at), state });

function chain(known: Partial<ChainKnowledge>): ChainKnowledge {
  return { runs: [], before: null, after: null, marks: [], firstMark: null, refuted: [], ...known };
}

/** `COMPLETE 0-4 +3` for three files. */
function lines(spans: readonly CoveredSpan[]): string[] {
  return spans.map(({ state, start, end, files, events }) => {
    expect(events).toBe(10 * files);
    return `${state} ${start / hour(1)}-${end / hour(1)}${files > 0 ? ` +${files}` : ''}`;
  });
}

it.each<[string, Partial<ChainKnowledge>, string[]]>([
  ['an unbroken chain is complete', { runs: [run(0, 24)] }, ['COMPLETE 0-24 +24']],
  ['nothing is known of a chain without digests', {}, []],
  ['the time before the first digest has no span', { runs: [run(20, 24)] }, ['COMPLETE 20-24 +4']],
  ['what no digest has spoken of yet is open', { runs: [run(0, 22)] }, ['COMPLETE 0-22 +22', 'OPEN 22-24']],
  ['a chain that ended before the range is open', { before: hour(-5), runs: [] }, ['OPEN 0-24']],
  [
    'a gap between two windows is missing: one digest, or several in a row',
    { runs: [run(0, 10), run(12, 24)] },
    ['COMPLETE 0-10 +10', 'MISSING 10-12', 'COMPLETE 12-24 +12'],
  ],
  [
    'a digest that is known to be gone speaks of the whole gap before it',
    { runs: [run(0, 10), run(12, 24)], marks: [mark(12, 'MISSING')] },
    ['COMPLETE 0-10 +10', 'MISSING 10-12', 'COMPLETE 12-24 +12'],
  ],
  [
    'a gap is open while a digest in it is to be read; what lies behind that is missing',
    { runs: [run(0, 10), run(13, 24)], marks: [mark(12, 'DISCOVERED')] },
    ['COMPLETE 0-10 +10', 'OPEN 10-12', 'MISSING 12-13', 'COMPLETE 13-24 +11'],
  ],
  [
    'an invalid digest leaves its window unverifiable',
    { runs: [run(0, 10), run(11, 24)], marks: [mark(11, 'INVALID')] },
    ['COMPLETE 0-10 +10', 'UNVERIFIABLE 10-11', 'COMPLETE 11-24 +13'],
  ],
  [
    'a digest whose key cannot be had leaves its window unverifiable',
    { runs: [run(0, 10), run(11, 24)], marks: [mark(11, 'UNVERIFIABLE')] },
    ['COMPLETE 0-10 +10', 'UNVERIFIABLE 10-11', 'COMPLETE 11-24 +13'],
  ],
  [
    'validation that was off is unverifiable, not missing',
    { runs: [run(0, 10), run(15, 24, 'COMPLETE', true)] },
    ['COMPLETE 0-10 +10', 'UNVERIFIABLE 10-15', 'COMPLETE 15-24 +9'],
  ],
  [
    'a chain that began anew without a gap is shown as two',
    { runs: [run(0, 10), run(10, 24, 'COMPLETE', true)] },
    ['COMPLETE 0-10 +10', 'COMPLETE 10-24 +14'],
  ],
  [
    'a missing digest beside a window with a missing file is one span',
    { runs: [run(0, 10), run(10, 11, 'MISSING'), run(12, 24)] },
    ['COMPLETE 0-10 +10', 'MISSING 10-12 +1', 'COMPLETE 12-24 +12'],
  ],
  [
    'a digest beside verified windows, whose times it has, changes nothing',
    { runs: [run(0, 24)], marks: [mark(11, 'INVALID')] },
    ['COMPLETE 0-24 +24'],
  ],
  [
    'nor does it beside the gap that follows',
    { runs: [run(0, 10), run(12, 24)], marks: [mark(5, 'INVALID')] },
    ['COMPLETE 0-10 +10', 'MISSING 10-12', 'COMPLETE 12-24 +12'],
  ],
  [
    'windows with bad or waiting files keep their states',
    { runs: [run(0, 5), run(5, 6, 'TAMPERED'), run(6, 8, 'OPEN'), run(8, 24)] },
    ['COMPLETE 0-5 +5', 'TAMPERED 5-6 +1', 'OPEN 6-8 +2', 'COMPLETE 8-24 +16'],
  ],
  [
    'the last digest is to be read',
    { runs: [run(0, 22)], marks: [mark(23, 'DISCOVERED')] },
    ['COMPLETE 0-22 +22', 'OPEN 22-24'],
  ],
  [
    'the last digest is gone',
    { runs: [run(0, 22)], marks: [mark(23, 'MISSING')] },
    ['COMPLETE 0-22 +22', 'MISSING 22-23', 'OPEN 23-24'],
  ],
  [
    'a chain of which no digest could be read begins an hour before the first',
    { marks: [mark(20, 'INVALID'), mark(21, 'INVALID')], firstMark: hour(20) },
    ['UNVERIFIABLE 19-21', 'OPEN 21-24'],
  ],
  [
    'a gap that begins before the range',
    { before: hour(-3), runs: [run(2, 24)] },
    ['MISSING 0-2', 'COMPLETE 2-24 +22'],
  ],
  [
    'a gap that ends after the range',
    { runs: [run(0, 20)], after: { start: hour(30), beginsChain: false } },
    ['COMPLETE 0-20 +20', 'MISSING 20-24'],
  ],
  [
    'a gap that ends after the range with validation switched on again',
    { runs: [run(0, 20)], after: { start: hour(30), beginsChain: true } },
    ['COMPLETE 0-20 +20', 'UNVERIFIABLE 20-24'],
  ],
  [
    'the digest that speaks of the end of the range is named after it',
    { runs: [run(0, 23)], after: { start: hour(25), beginsChain: false }, marks: [mark(25, 'INVALID')] },
    ['COMPLETE 0-23 +23', 'UNVERIFIABLE 23-24'],
  ],
  ['the chain begins after the range', { after: { start: hour(30), beginsChain: true } }, []],
  ['a window that reaches beyond the range counts whole', { runs: [run(-2, 26)] }, ['COMPLETE 0-24 +28']],
  [
    'a file that a backfill digest names and that was changed is a hole in what is complete',
    { runs: [run(0, 24)], refuted: [run(5, 6, 'TAMPERED')] },
    ['COMPLETE 0-5 +24', 'TAMPERED 5-6 +1', 'COMPLETE 6-24'],
  ],
  [
    'backfill digests over each other: the later word stands',
    { runs: [run(0, 24)], refuted: [run(5, 8, 'MISSING'), run(7, 9, 'TAMPERED')] },
    ['COMPLETE 0-5 +24', 'MISSING 5-7 +3', 'TAMPERED 7-9 +2', 'COMPLETE 9-24'],
  ],
])('%s', (_, known, expected) => {
  expect(lines(timelineOf(chain(known), day))).toEqual(expected);
});

it('takes some seconds between the name of a digest and the next window for one window', () => {
  const invalid = { at: hour(11) - 30_000, state: 'INVALID' as const };
  expect(lines(timelineOf(chain({ runs: [run(0, 10), run(11, 24)], marks: [invalid] }), day))).toEqual([
    'COMPLETE 0-10 +10',
    'UNVERIFIABLE 10-11',
    'COMPLETE 11-24 +13',
  ]);
});
