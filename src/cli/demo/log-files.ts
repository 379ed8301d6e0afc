import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseLogKey } from '../../formats/cloudtrail/log-key.js';

/** How many files below a directory are CloudTrail log files by their place and name. */
export async function countLogFiles(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return keys.filter((key) => parseLogKey(key) !== null).length;
}
