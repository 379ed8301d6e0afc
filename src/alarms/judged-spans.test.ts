import { describe, expect, it } from 'vitest';
import { minuteMs } from '../lib/time.js';
import { type JudgingPlace, mostWindows, spansToJudge } from './judged-spans.js';

/* Own reckoning: times are minutes from an hour's start, a period is one minute, and a window looks at three. */

const start = Date.parse('2026-11-20T12:00:00Z');
const at = (minute: number) => start + minute * minuteMs;

const quiet: JudgingPlace = {
  period: 60,
  range: 3,
  evaluationDelay: 1800,
  judgedFrom: at(0),
  judgedThrough: at(30),
  earlyThrough: null,
  closedThrough: null,
  isSet: false,
  touches: [],
  completeThrough: at(30),
};
const touch = (from: number, to = from, isHistory = false) => ({ from: at(from), to: at(to), isHistory });

/** Minutes of the ends of windows. */
function judged(place: Partial<JudgingPlace>, now: number) {
  const { reopened, next, judgedThrough, left, hasMore } = spansToJudge({ ...quiet, ...place }, at(now));
  const minutes = (span: { from: number; to: number }) => [
    (span.from - start) / minuteMs,
    (span.to - start) / minuteMs,
  ];
  return {
    reopened: reopened.map(minutes),
    next: next && minutes(next),
    through: (judgedThrough - start) / minuteMs,
    left: left.map(minutes),
    hasMore,
  };
}

describe('what was not judged yet', () => {
  it.each([
    ['nothing where no more is complete', {}, 40, null, 30],
    ['up to where all is complete', { completeThrough: at(33) }, 40, [31, 33], 33],
    ['to the last full period of that', { completeThrough: at(33) + 59_000 }, 40, [31, 33], 33],
    ['up to where the delay is over, whatever is complete', { completeThrough: at(31) }, 65, [31, 35], 35],
    ['where it is not known what is complete as well', { completeThrough: null }, 65, [31, 35], 35],
    ['nothing of the future, though it is said to be complete', { completeThrough: at(99) }, 34, [31, 34], 34],
    ['what came early as well, without its being judged for good', { touches: [touch(35)] }, 36, [31, 36], 30],
    ['the period in which it is now', { touches: [touch(36)] }, 36.5, [31, 37], 30],
    ['no period that has not begun, whatever came for it', { touches: [touch(90)] }, 36.5, [31, 37], 30],
    ['what was judged early before, as long as it is not for good', { earlyThrough: at(38) }, 40, [31, 38], 30],
  ] as const)('%s', (_what, place, now, next, through) => {
    expect(judged(place, now)).toMatchObject({ next, through, reopened: [] });
  });

  it('no more at once than a pass can take, and the rest right after', () => {
    const far = judged({ completeThrough: at(30 + 2 * mostWindows) }, 30 + 2 * mostWindows);
    expect(far).toMatchObject({ next: [31, 30 + mostWindows], through: 30 + mostWindows, hasMore: true });
  });
});

describe('what is judged anew', () => {
  it.each([
    ['windows that see what came, and the first that does not', [touch(10)], [[11, 14]]],
    ['no further than it was judged', [touch(28)], [[29, 30]]],
    ['what touches as one', [touch(10), touch(12)], [[11, 16]]],
    ['what follows right behind as one', [touch(10), touch(14)], [[11, 18]]],
    [
      'what lies apart by itself',
      [touch(10), touch(15)],
      [
        [11, 14],
        [16, 19],
      ],
    ],
    [
      'in the order of time',
      [touch(20), touch(10)],
      [
        [11, 14],
        [21, 24],
      ],
    ],
    [
      'the time before the alarm was made by itself',
      [touch(-3, 2)],
      [
        [-2, 0],
        [1, 6],
      ],
    ],
    ['years ago', [touch(-1_000_000)], [[-999_999, -999_996]]],
  ] as const)('%s', (_what, touches, reopened) => {
    expect(judged({ touches }, 40)).toMatchObject({ reopened, next: null, left: [], hasMore: false });
  });

  it('nothing that another definition has judged', () => {
    expect(judged({ touches: [touch(-2, 20)], closedThrough: at(18) }, 40).reopened).toEqual([
      [-1, 0],
      [19, 24],
    ]);
  });

  it('the newest window, where the state was set by hand', () => {
    expect(judged({ isSet: true }, 40).reopened).toEqual([[30, 30]]);
  });

  it('no news where only a backfill brought it, and news where anything else did', () => {
    const news = (touches: JudgingPlace['touches']) =>
      spansToJudge({ ...quiet, touches }, at(40)).reopened.map(({ isHistory }) => isHistory);
    expect(news([touch(10, 10, true)])).toEqual([true]);
    expect(news([touch(10, 10, true), touch(11)])).toEqual([false]);
  });

  it('the rest of a long span in the next pass, as if that had been touched', () => {
    const long = { judgedFrom: at(-10_000), touches: [touch(-9000, 20)] };
    const first = judged(long, 40);
    expect(first.reopened).toEqual([[-8999, -9000 + mostWindows]]);
    const [rest] = first.left;
    const next = judged({ ...long, touches: [touch(rest?.[0] ?? 0, rest?.[1])] }, 40);
    expect(next.reopened[0]?.[0]).toBe(-9000 + mostWindows + 1);
    expect(next.left.length + next.reopened.length).toBeGreaterThan(1);
  });
});
