import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { chunkOf, openChunk, ordinalOf, packChunk, slotOf } from './record-chunk.js';

it.each([
  ['one empty record', [Buffer.alloc(0)]],
  ['one record', [Buffer.from('{"a":1}')]],
  ['bytes that are no text', [randomBytes(300_000), Buffer.from([0, 255, 254])]],
  ['64 records', Array.from({ length: 64 }, (_, index) => Buffer.from(`{"index":${index}}`))],
])('gives back %s byte for byte', async (_name, records) => {
  expect(await openChunk(packChunk(records))).toEqual(records);
});

it.each([[[]], [Array.from({ length: 65 }, () => Buffer.from('{}'))]])(
  'refuses to pack %# no or too many records',
  (records) => {
    expect(() => packChunk(records)).toThrow(/a chunk cannot hold/);
  },
);

it('says so when a chunk is of an unknown codec, damaged or cut short', async () => {
  const chunk = packChunk([Buffer.from('{"a":1}'), Buffer.from('{"b":2}')]);
  await expect(openChunk(Buffer.concat([Buffer.of(9), chunk.subarray(1)]))).rejects.toThrow('unknown codec 9');
  await expect(openChunk(chunk.subarray(0, chunk.length - 3))).rejects.toThrow();
});

it('finds chunk and slot back from an ordinal', () => {
  for (const [chunk, slot] of [
    [0, 0],
    [0, 63],
    [1, 0],
    [33_554_431, 63],
  ] as const) {
    const ordinal = ordinalOf(chunk, slot);
    expect([chunkOf(ordinal), slotOf(ordinal)]).toEqual([chunk, slot]);
  }
});
