import { describe, expect, it } from 'vitest';
import { toCloudTrailEvent } from '../formats/cloudtrail/record-to-event.js';
import type { EffectMaker, EffectsPart } from './segment.port.js';
import { SegmentBuilder } from './segment-builder.service.js';

/* Truth: the limit of a segment, 16 MB, is ours; its keys go by account, time and id (segment.port.ts). */

const mb = 1024 * 1024;
const limit = 16 * mb;
const noon = Date.parse('2026-11-20T12:00:00Z');
const file = { id: '1', accountId: '111111111111', awsRegion: 'eu-west-1', deliveredAt: noon };
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

interface NamedEffect {
  readonly bytes: number;
  readonly eventId: string;
}

const batch = { id: 1n, filterVersion: '1', nextChunk: 0 };
const asTheyAre: Pick<EffectMaker, 'gather'> = { gather: (effects) => effects };

/**
 * A segment of records taken for duplicates, each a second after the one before it, added last first.
 *
 * @param sizes of each one's effect, in bytes; null for none
 */
function segmentOf(sizes: readonly (number | null)[]) {
  const made: string[] = [];
  const segment = new SegmentBuilder(batch, {
    ...asTheyAre,
    effectOf({ eventId, eventTime }): NamedEffect | null {
      made.push(eventId);
      const bytes = sizes[(eventTime - noon) / 1000] ?? null;
      return bytes === null ? null : { bytes, eventId };
    },
  });
  for (const number of [...sizes.keys()].reverse()) add(segment, number);
  return { segment, made, places: Uint32Array.from(sizes.keys()) };
}

function add(segment: SegmentBuilder, number: number, takenFor: 'new' | 'duplicate' = 'duplicate'): void {
  const eventTime = noon + 1000 * number;
  const record = { eventID: idOf(number), eventTime: `${new Date(eventTime).toISOString().slice(0, 19)}Z` };
  const raw = Buffer.from(JSON.stringify(record));
  const event = takenFor === 'new' ? toCloudTrailEvent({ raw, record }, file) : null;
  segment.add(file, { raw, record, eventId: idOf(number), eventTime, recordHash: BigInt(number), event });
}

const numbersOf = ({ effects }: EffectsPart) =>
  ((effects ?? []) as readonly NamedEffect[]).map(({ eventId }) => Number(eventId.slice(-12)));
const bytesOf = ({ effects }: EffectsPart) =>
  ((effects ?? []) as readonly NamedEffect[]).reduce((sum, { bytes }) => sum + bytes, 0);

function allParts(segment: SegmentBuilder, fresh: Uint32Array): EffectsPart[] {
  const parts: EffectsPart[] = [segment.encode({ fresh, keptOrdinals: [] })];
  for (let last = parts[0]; last && last.left.length > 0; last = parts.at(-1)) {
    parts.push(segment.effectsOf(last.left));
  }
  return parts;
}

describe('effects of what was taken for duplicates come in parts', () => {
  it.each<[string, (number | null)[], number[][]]>([
    ['none of no event', [], [[]]],
    ['none where none follows', [null, null], [[]]],
    ['all at once where they are just within the limit', [4, 4, 8], [[0, 1, 2]]],
    ['a second part for what is beyond it', [8, 8, 1], [[0, 1], [2]]],
    ['one that is larger by itself, alone', [1, 20, 1], [[0], [1], [2]]],
    ['only such as are larger', [20, 17, 40], [[0], [1], [2]]],
    ['events without effects between them', [null, 8, null, 9, null], [[1], [3]]],
    ['a first part without an end', [9, 9, 7, 16, 1], [[0], [1, 2], [3], [4]]],
  ])('%s', (_name, sizes, expected) => {
    const { segment, places } = segmentOf(sizes.map((size) => (size === null ? null : size * mb)));
    expect(allParts(segment, places).map(numbersOf)).toEqual(expected);
  });

  it('that add up to the whole, in order, each within the limit', () => {
    const sizes = Array.from({ length: 1000 }, (_, number) =>
      number % 7 === 0 ? null : ((number * 7919) % 97) * 40_000,
    );
    const { segment, places } = segmentOf(sizes);
    const parts = allParts(segment, places);
    expect(parts.flatMap(numbersOf)).toEqual([...sizes.keys()].filter((number) => sizes[number] !== null));
    expect(Math.max(...parts.map(bytesOf))).toBeLessThanOrEqual(limit);
    // No fewer could hold them: each is full but for the effect that would have been too much.
    expect(Math.min(...parts.slice(0, -1).map(bytesOf))).toBeGreaterThan(limit - 96 * 40_000);
  });

  it('of the events alone that are new', () => {
    const { segment } = segmentOf([9 * mb, 9 * mb, 9 * mb, 9 * mb]);
    expect(allParts(segment, Uint32Array.of(1, 3)).map(numbersOf)).toEqual([[1], [3]]);
  });

  it('and are not made before they are asked for', () => {
    const { segment, made, places } = segmentOf(Array.from({ length: 20 }, () => 8 * mb));
    const { left } = segment.encode({ fresh: places, keptOrdinals: [] });
    expect(made).toEqual([0, 1, 2].map(idOf));
    expect([...left]).toEqual([...places.slice(2)]);
    // `left` can be handed to another thread without anything beside it.
    expect(left.buffer.byteLength).toBe(left.byteLength);
  });

  it('and begin anew where other batches have stored some of the events in between', () => {
    const { segment, places } = segmentOf([9 * mb, 9 * mb, 9 * mb]);
    expect(numbersOf(segment.encode({ fresh: places, keptOrdinals: [] }))).toEqual([0]);
    expect(allParts(segment, Uint32Array.of(0, 2)).map(numbersOf)).toEqual([[0], [2]]);
  });
});

const withEffectsOf = (bytes: number) =>
  new SegmentBuilder(batch, { ...asTheyAre, effectOf: ({ eventId }): NamedEffect => ({ bytes, eventId }) });

it('each effect comes once where duplicates are expected only from some record on', () => {
  const segment = withEffectsOf(7 * mb);
  add(segment, 0, 'new');
  add(segment, 1);
  add(segment, 2);
  expect(segment.encodeAll(segment.keys())).toBeNull();
  expect(allParts(segment, Uint32Array.of(0, 1, 2)).map(numbersOf)).toEqual([[0, 1], [2]]);
});

it('what is taken for new brings its effects along: they count towards the size of its segment', () => {
  const segment = withEffectsOf(6 * mb);
  for (let number = 0; !segment.isFull; number++) add(segment, number, 'new');
  const encoded = segment.encodeAll(segment.keys()) as EffectsPart;
  expect(numbersOf(encoded)).toEqual([0, 1, 2]);
  expect(encoded.left).toHaveLength(0);
  // As it is asked for where one of them turns out to be known.
  expect(allParts(segment, Uint32Array.of(0, 2)).map(numbersOf)).toEqual([[0, 2]]);
});
