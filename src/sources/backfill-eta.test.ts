import { expect, it } from 'vitest';
import { addSample, type BackfillFigures, bytesPerSecond, etaOf } from './backfill-eta.js';

const now = Date.parse('2026-11-20T12:00:00Z');
const figures = (given: Partial<BackfillFigures>): BackfillFigures => ({
  folders: 100,
  foldersListed: 50,
  files: 500,
  bytes: 5000,
  filesPending: 0,
  bytesPending: 0,
  isMapping: false,
  ...given,
});
/** A minute ago: 40 folders, and 3,000 bytes read. */
const samples = [{ at: now - 60_000, folders: 40, bytes: 3000 }];

// By hand: what is left, over what was done in the minute before.
it.each([
  // 50 folders at 10 a minute; 5,000 bytes to come at 2,000 a minute.
  ['listing is what takes longest', {}, 300],
  // 10,000 bytes are expected, 4,000 of them read, 1,000 in the minute.
  ['reading is what takes longest', { bytesPending: 1000 }, 360],
  ['listing rests until files were read', { foldersListed: 40, bytes: 4000, bytesPending: 500 }, 780],
  ['everything is listed', { foldersListed: 100, bytesPending: 1000 }, 60],
  ['everything is done', { foldersListed: 100 }, 0],
  ['there is nothing in the folders', { bytes: 0, foldersListed: 60 }, 120],
  ['folders are still looked for', { isMapping: true }, null],
  ['nothing was read in the minute', { bytesPending: 2000 }, null],
  ['nothing moves', { foldersListed: 40, bytes: 3000 }, null],
] as const)('where %s, the backfill is done in so many seconds', (_, given, expected) => {
  const eta = etaOf(figures(given), samples, now);
  expect(eta === null ? null : (eta - now) / 1000).toBe(expected);
});

it.each([
  ['no sample', [], null],
  ['one that is too young', [{ at: now - 4000, folders: 0, bytes: 0 }], null],
  ['a minute', samples, 2000 / 60],
  ['files that were found again, and wait again', [{ at: now - 60_000, folders: 40, bytes: 9000 }], 0],
])('the rate by %s', (_, given, expected) => {
  expect(bytesPerSecond(figures({}), given, now)).toBe(expected);
  if (expected === null) expect(etaOf(figures({}), given, now)).toBeNull();
});

it('keeps a sample every half a minute, for ten minutes', () => {
  let kept = addSample([], { at: now, folders: 0, bytes: 0 });
  for (let second = 10; second <= 3600; second += 10) {
    kept = addSample(kept, { at: now + second * 1000, folders: 0, bytes: 0 });
  }
  expect(kept.map(({ at }) => (at - now) / 1000 - 3000)).toEqual(Array.from({ length: 21 }, (_, index) => index * 30));
});
