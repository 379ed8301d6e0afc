import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { writeBucket } from './write-bucket.js';

vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  return { ...real, writeFile: vi.fn(real.writeFile) };
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'crosstrail-bucket-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const files = [
  { key: 'AWSLogs/1/a.json.gz', body: Buffer.from('one') },
  { key: 'AWSLogs/2/b.json.gz', body: Buffer.from('two') },
];

it('lays files out by their keys and leaves nothing else behind', async () => {
  const parent = await newDirectory();
  const bucket = join(parent, 'bucket');
  expect(await writeBucket(bucket, files)).toBe(2);
  for (const { key, body } of files) expect(await readFile(join(bucket, key))).toEqual(body);
  expect(await readdir(parent)).toEqual(['bucket']);
});

it('writes nothing inside the bucket: a file appears there whole', async () => {
  const bucket = join(await newDirectory(), 'bucket');
  vi.mocked(writeFile).mockClear();
  await writeBucket(bucket, files);
  const paths = vi.mocked(writeFile).mock.calls.map(([path]) => String(path));
  expect(paths).toHaveLength(2);
  expect(paths.filter((path) => path.startsWith(join(bucket, '/')))).toEqual([]);
});

it('removes what is unfinished when the files end in an error', async () => {
  const parent = await newDirectory();
  const bucket = join(parent, 'bucket');
  function* source() {
    yield* files;
    throw new Error('no more');
  }
  await expect(writeBucket(bucket, source())).rejects.toThrow('no more');
  expect(await readdir(parent)).toEqual(['bucket']);
  for (const { key, body } of files) expect(await readFile(join(bucket, key))).toEqual(body);
});
