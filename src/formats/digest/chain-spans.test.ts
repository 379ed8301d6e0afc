import { expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { type ChainDigest, changedSpans, provenSpans, type Span } from './chain-spans.js';

const bytes = (text: string) => Buffer.from(text);

/** The digest of an hour; it names the one before it. */
function hour(start: number, changes: Partial<ChainDigest> = {}): ChainDigest {
  const of = (end: number) => ({ key: `k${end}`, sha256: bytes(`h${end}`), signature: bytes(`s${end}`) });
  return { ...of(start + 1), start, end: start + 1, proven: true, previous: of(start), ...changes };
}

const spans = (...list: [number, number][]): Span[] => list.map(([start, end]) => ({ start, end }));

// Truth: how CloudTrail chains digests (user guide, "CloudTrail digest file structure"), and the rule that what is not
// proven ends a span.
it.each<[string, ChainDigest[], Span[]]>([
  ['nothing', [], []],
  ['hours that follow each other', [hour(1), hour(2), hour(3)], spans([1, 4])],
  ['the first digest of a chain', [hour(1, { previous: null }), hour(2)], spans([1, 3])],
  [
    'windows that are no hours',
    [hour(1, { end: 2.5, key: 'k' }), hour(2.5, { previous: { ...hour(1), key: 'k' } })],
    spans([1, 3.5]),
  ],
  ['a digest that is not proven', [hour(1), hour(2, { proven: false }), hour(3)], spans([1, 2], [3, 4])],
  ['one that is missing', [hour(1), hour(3)], spans([1, 2], [3, 4])],
  ['two in a row that are missing', [hour(1), hour(4), hour(5)], spans([1, 2], [4, 6])],
  ['a chain that began anew', [hour(1), hour(2, { previous: null })], spans([1, 2], [2, 3])],
  [
    'another content before',
    [hour(1), hour(2, { previous: { ...hour(1), sha256: bytes('x') } })],
    spans([1, 2], [2, 3]),
  ],
  [
    'another signature before',
    [hour(1), hour(2, { previous: { ...hour(1), signature: bytes('x') } })],
    spans([1, 2], [2, 3]),
  ],
  ['another digest before', [hour(1), hour(2, { previous: hour(7) })], spans([1, 2], [2, 3])],
  ['a window that begins early', [hour(1), hour(2, { start: 1.5 })], spans([1, 2], [1.5, 3])],
  ['nothing proven', [hour(1, { proven: false }), hour(2, { proven: false })], []],
])('%s', (_, digests, proven) => {
  expect(provenSpans(digests)).toEqual(proven);
});

it.each<[string, Span[], Parameters<typeof changedSpans>[1], { remove: Span[]; add: Span[] } | null]>([
  ['the first digest', [], { before: null, digests: [hour(1)], after: null }, { remove: [], add: spans([1, 2]) }],
  [
    'one more at the end of a year',
    spans([1, 9000]),
    { before: hour(8999), digests: [hour(9000)], after: null },
    { remove: spans([1, 9000]), add: spans([1, 9001]) },
  ],
  [
    'one more at the start',
    spans([2, 9000]),
    { before: null, digests: [hour(1)], after: hour(2) },
    { remove: spans([2, 9000]), add: spans([1, 9000]) },
  ],
  [
    'a gap is filled',
    spans([1, 4], [5, 9]),
    { before: hour(3), digests: [hour(4)], after: hour(5) },
    { remove: spans([1, 4], [5, 9]), add: spans([1, 9]) },
  ],
  [
    'one is not proven any more',
    spans([1, 9]),
    { before: hour(3), digests: [hour(4, { proven: false })], after: hour(5) },
    { remove: spans([1, 9]), add: spans([1, 4], [5, 9]) },
  ],
  [
    'the last is no digest any more',
    spans([1, 9]),
    { before: hour(7), digests: [], after: null },
    { remove: spans([1, 9]), add: spans([1, 8]) },
  ],
  ['all are gone', spans([1, 9]), { before: null, digests: [], after: null }, { remove: spans([1, 9]), add: [] }],
  ['windows that overlap', spans([1, 3]), { before: hour(2), digests: [hour(3, { start: 2.5 })], after: null }, null],
  [
    'spans that do not fit',
    spans([1, 9]),
    { before: hour(3, { proven: false }), digests: [hour(4)], after: null },
    null,
  ],
])('worked out anew: %s', (_, stored, part, change) => {
  expect(changedSpans(stored, part)).toEqual(change);
});

it('whatever changes, a part gives what the whole chain gives', () => {
  const random = new Random('spans');
  const chain = Array.from({ length: 40 }, (_, start) => hour(start, { proven: false }));
  let stored: Span[] = [];
  for (let round = 0; round < 2000; round += 1) {
    const from = random.below(chain.length);
    const to = Math.min(chain.length, from + 1 + random.below(4));
    for (let index = from; index < to; index += 1) {
      const kind = random.fraction();
      chain[index] = hour(index, { proven: kind > 0.3, ...(kind > 0.9 ? { previous: null } : {}) });
    }
    const part = { before: chain[from - 1] ?? null, digests: chain.slice(from, to), after: chain[to] ?? null };
    const change = changedSpans(stored, part);
    if (change === null) throw new Error(`round ${round} needs the whole chain`);
    const removed = new Set(change.remove);
    stored = [...stored.filter((span) => !removed.has(span)), ...change.add].sort((a, b) => a.start - b.start);
    expect(stored).toEqual(provenSpans(chain));
  }
});
