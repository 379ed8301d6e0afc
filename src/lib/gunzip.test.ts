import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { Gunzip, GunzipError } from './gunzip.js';
import { Random } from './random.js';

// Numbers that differ everywhere, so that a byte too many or too few shows; about 1.2 MB, several outputs of zlib.
const random = new Random('gunzip');
const content = Buffer.from(Array.from({ length: 120_000 }, () => random.below(1e9).toString(36)).join('\n'));
const zipped = gzipSync(content);

/** What comes out, and how it ended. */
async function unzip(pieces: Iterable<Uint8Array>): Promise<{ output: Buffer; error: unknown }> {
  const gunzip = new Gunzip();
  const outputs: Buffer[] = [];
  try {
    for (const piece of pieces) for await (const output of gunzip.write(piece)) outputs.push(output);
    for await (const output of gunzip.finish()) outputs.push(output);
    return { output: Buffer.concat(outputs), error: null };
  } catch (error) {
    return { output: Buffer.concat(outputs), error };
  } finally {
    gunzip.destroy();
  }
}

function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

it.each([100, 65_536, 1_000_000])('gives back what was compressed, from pieces of %i bytes', async (size) => {
  const { output, error } = await unzip(inPieces(zipped, size));
  expect(error).toBeNull();
  expect(output.equals(content)).toBe(true);
});

it('reads several members one after the other, and zeros after the last', async () => {
  const { output, error } = await unzip([gzipSync('one '), gzipSync(''), gzipSync('two'), Buffer.alloc(20)]);
  expect(error).toBeNull();
  expect(output.toString()).toBe('one two');
});

it.each([1, 9, 20, 5000, 100_000, zipped.length - 9, zipped.length - 8, zipped.length - 1])(
  'gives out everything before the cut of a file that ends after %i bytes',
  async (length) => {
    const { output, error } = await unzip([zipped.subarray(0, length)]);
    expect(error).toMatchObject({ name: 'GunzipError', kind: 'cut-short' });
    expect(output.equals(content.subarray(0, output.length))).toBe(true);
    // Fewer bytes are missing than one block of deflate needs to be told.
    const share = Math.max(0, length - 2000) / zipped.length;
    expect(output.length).toBeGreaterThanOrEqual(Math.floor(share * content.length * 0.9));
  },
);

it.each([
  ['a wrong check sum', Buffer.concat([zipped.subarray(0, -8), Buffer.alloc(8)])],
  ['garbage after the end', Buffer.concat([zipped, Buffer.from('garbage')])],
  [
    'garbage after the end of a small file',
    Buffer.concat([gzipSync(content.subarray(0, 90_000)), Buffer.from('garbage')]),
  ],
])('gives out the whole content before it reports %s', async (_, bytes) => {
  const { output, error } = await unzip([bytes]);
  expect(error).toMatchObject({ name: 'GunzipError', kind: 'damaged' });
  const whole = bytes.length > 100_000 ? content : content.subarray(0, 90_000);
  expect(output.equals(whole)).toBe(true);
});

it('gives out what stands before overwritten bytes', async () => {
  const damaged = Buffer.from(zipped);
  const at = Math.floor(zipped.length * 0.6);
  damaged.fill(0xff, at, at + 2000);
  const { output, error } = await unzip([damaged]);
  expect(error).toBeInstanceOf(GunzipError);
  expect(output.length).toBeGreaterThan(content.length * 0.59);
  expect(
    output
      .subarray(0, Math.floor(content.length * 0.59))
      .equals(content.subarray(0, Math.floor(content.length * 0.59))),
  ).toBe(true);
});
