import { expect, it } from 'vitest';
import { wholeObject } from './whole-object.js';

async function* body(bytes: number) {
  yield Buffer.alloc(bytes);
}

async function read(given: { bytes: number; etag: string; size: number; listed: { etag: string; size: number } }) {
  const stored = { etag: given.etag, size: given.size, metadata: {}, body: body(given.bytes) };
  let read = 0;
  for await (const part of wholeObject(stored, { key: 'k', ...given.listed })) read += part.length;
  return read;
}

it.each([
  ['as it was listed', { bytes: 9, etag: 'a', size: 9, listed: { etag: 'a', size: 9 } }],
  ['newer than it was listed', { bytes: 5, etag: 'b', size: 5, listed: { etag: 'a', size: 9 } }],
  ['of a size that nobody knows', { bytes: 5, etag: 'a', size: 0, listed: { etag: '', size: 0 } }],
])('gives an object that is %s', async (_name, given) => {
  expect(await read(given)).toBe(given.bytes);
});

it.each([
  ['than was listed, in good order', { bytes: 5, etag: 'a', size: 5, listed: { etag: 'a', size: 9 } }],
  ['than was announced', { bytes: 5, etag: 'b', size: 9, listed: { etag: 'a', size: 7 } }],
])('refuses a body that is shorter %s', async (_name, given) => {
  await expect(read(given)).rejects.toThrow('k came with 5 of its 9 bytes; it is tried again');
});
