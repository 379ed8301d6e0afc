import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSecretKeys, secretKeysOf } from './secret-keys.js';

/** Runs once, when a process that found no file is about to make one. */
const meanwhile = vi.hoisted(() => ({ run: (): Promise<unknown> => Promise.resolve() }));
vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  const slowMkdir = async (path: string, options: { recursive: true }) => {
    const { run } = meanwhile;
    meanwhile.run = () => Promise.resolve();
    await run();
    return await actual.mkdir(path, options);
  };
  return { ...actual, mkdir: slowMkdir };
});

const one = Buffer.alloc(32, 1).toString('base64');
const two = randomBytes(32).toString('base64');

describe('keys in the environment', () => {
  it.each([
    [one, 1],
    [`${one},${two}`, 2],
    [` ${one} ,\n${two}\n`, 2],
  ])('are read in their order', (text, count) => {
    const keys = parseSecretKeys(text);
    expect(keys.map((key) => key.toString('base64'))).toEqual([one, two].slice(0, count));
  });

  // Origin: RFC 4648, and what Buffer.from lets pass.
  it.each([
    ['', 1],
    [' ', 1],
    [`${one},`, 2],
    [`,${one}`, 1],
    [`${one},,${two}`, 2],
    [Buffer.alloc(31).toString('base64'), 1],
    [Buffer.alloc(33).toString('base64'), 1],
    [`${one},${Buffer.alloc(16).toString('base64')}`, 2],
    [one.slice(0, -1), 1],
    [`${one.slice(0, 20)} ${one.slice(20)}`, 1],
    [`!${one}`, 1],
    [Buffer.alloc(32, 0xff).toString('base64url'), 1],
    [Buffer.alloc(32, 1).toString('hex'), 1],
    // The last digit's spare bits.
    [`${one.slice(0, -2)}F=`, 1],
  ])('%j: key %i is refused', (text, place) => {
    expect(() => parseSecretKeys(text)).toThrow(`key ${place} is not 32 bytes in base64`);
  });

  it('that come twice are refused', () => {
    expect(() => parseSecretKeys(`${one},${two},${one}`)).toThrow('key 3 is the same as key 1');
  });

  it('are never shown', () => {
    const wrong = `${two.slice(0, -4)}!!!!`;
    const message = (() => {
      try {
        return String(parseSecretKeys(`${one},${wrong}`));
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toMatch(/^Error: key 2/);
    expect(message).not.toContain(one.slice(0, 8));
    expect(message).not.toContain(wrong.slice(0, 8));
  });
});

describe('the key file', () => {
  let dataDir: string;
  const path = () => join(dataDir, 'secret.key');

  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'secret-keys-')), 'made', 'here');
  });
  afterEach(() => rm(join(dataDir, '..', '..'), { recursive: true }));

  it('is made once, for its owner only', async () => {
    const keys = await secretKeysOf({ keys: undefined, dataDir });
    expect(keys).toHaveLength(1);
    expect(keys[0]).toHaveLength(32);
    expect(await readFile(path(), 'utf8')).toBe(`${keys[0]?.toString('base64')}\n`);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secret.key']);
    expect(await secretKeysOf({ keys: undefined, dataDir })).toEqual(keys);
  });

  it('is neither made nor read where keys are given', async () => {
    expect(await secretKeysOf({ keys: one, dataDir })).toEqual([Buffer.alloc(32, 1)]);
    await expect(stat(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(secretKeysOf({ keys: '', dataDir })).rejects.toThrow('key 1');
  });

  it('is the same for all that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => secretKeysOf({ keys: undefined, dataDir })));
    expect(new Set(all.map((keys) => keys[0]?.toString('base64'))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secret.key']);
  });

  it('is that of the process that was faster', async () => {
    let faster: Buffer[] = [];
    meanwhile.run = async () => {
      faster = await secretKeysOf({ keys: undefined, dataDir });
    };
    const slower = await secretKeysOf({ keys: undefined, dataDir });
    expect(faster).toHaveLength(1);
    expect(slower).toEqual(faster);
    expect(await secretKeysOf({ keys: undefined, dataDir })).toEqual(faster);
  });

  it.each(['', 'short', `${one}${one}`])('that holds %j is not replaced', async (content) => {
    await secretKeysOf({ keys: undefined, dataDir });
    await writeFile(path(), content);
    await expect(secretKeysOf({ keys: undefined, dataDir })).rejects.toThrow(`${path()} does not hold 32 bytes`);
    expect(await readFile(path(), 'utf8')).toBe(content);
  });

  it('that cannot be read is not replaced', async () => {
    await mkdir(path(), { recursive: true });
    await expect(secretKeysOf({ keys: undefined, dataDir })).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(dataDir)).toEqual(['secret.key']);
  });

  it('is the same for all processes that start at once', async () => {
    await mkdir(dataDir, { recursive: true });
    const program = join(dataDir, '..', 'keys.mjs');
    await build({
      stdin: {
        contents: `import { secretKeysOf } from './secret-keys.js';
          const [key] = await secretKeysOf({ keys: undefined, dataDir: ${JSON.stringify(dataDir)} });
          console.log(key.toString('base64'));`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
    });
    const run = () => promisify(execFile)(process.execPath, [program]);
    const printed = await Promise.all(Array.from({ length: 6 }, run));
    const [key] = await secretKeysOf({ keys: undefined, dataDir });
    expect(printed.map(({ stdout }) => stdout.trim())).toEqual(Array(6).fill(key?.toString('base64')));
    expect(await readdir(dataDir)).toEqual(['secret.key']);
  });
});
