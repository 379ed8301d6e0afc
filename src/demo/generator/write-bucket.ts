import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { GeneratedFile } from './log-files.js';

/**
 * Lays files out as a bucket in a directory. Each is written beside the directory first and then moved into place, so
 * that whoever watches the directory never sees half a file.
 *
 * @returns how many files were written
 */
export async function writeBucket(
  directory: string,
  files: Iterable<Pick<GeneratedFile, 'key' | 'body'>>,
): Promise<number> {
  const target = resolve(directory);
  await mkdir(target, { recursive: true });
  const aside = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  let written = 0;
  try {
    for (const { key, body } of files) {
      const unfinished = join(aside, String(written++));
      const path = join(target, key);
      await writeFile(unfinished, body);
      await mkdir(dirname(path), { recursive: true });
      await rename(unfinished, path);
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return written;
}
