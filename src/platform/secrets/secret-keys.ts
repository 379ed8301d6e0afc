import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { secretKeyBytes } from './secret-box.js';

const fileName = 'secret.key';

/**
 * Reads `CROSSTRAIL_SECRET_KEYS`: 32 bytes each in base64, separated by commas. Blanks around a key do not count.
 *
 * @throws Error naming the key by its place, without showing it
 */
export function parseSecretKeys(text: string): Buffer[] {
  const keys = text.split(',').map((part, index) => {
    const key = parseKey(part);
    if (key !== null) return key;
    throw new Error(
      `key ${index + 1} is not ${secretKeyBytes} bytes in base64 (openssl rand -base64 ${secretKeyBytes})`,
    );
  });
  for (const [index, key] of keys.entries()) {
    const first = keys.findIndex((other) => other.equals(key));
    if (first < index) throw new Error(`key ${index + 1} is the same as key ${first + 1}`);
  }
  return keys;
}

function parseKey(text: string): Buffer | null {
  const written = text.trim();
  const key = Buffer.from(written, 'base64');
  // Node reads over what is no base64; only the usual spelling gives itself again.
  return key.length === secretKeyBytes && key.toString('base64') === written ? key : null;
}

/**
 * The keys for stored secrets, the current one first. Without any given, the one in `secret.key` under `dataDir`, which
 * is made the first time; processes that start at once get the same.
 *
 * @param keys `CROSSTRAIL_SECRET_KEYS`
 * @throws Error where they, or the file, cannot be read
 */
export async function secretKeysOf(options: {
  readonly keys: string | undefined;
  readonly dataDir: string;
}): Promise<Buffer[]> {
  const { keys, dataDir } = options;
  if (keys !== undefined) return parseSecretKeys(keys);
  const path = join(dataDir, fileName);
  const text = (await readKeyFile(path)) ?? (await makeKeyFile(dataDir, path));
  const key = parseKey(text);
  if (key !== null) return [key];
  throw new Error(`${path} does not hold ${secretKeyBytes} bytes in base64: put back the file that was there`);
}

async function readKeyFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Returns what the file holds in the end: this process's key, or that of the one that was faster. */
async function makeKeyFile(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await writeDurably(draft, `${randomBytes(secretKeyBytes).toString('base64')}\n`);
    // A link appears whole or not at all, and never replaces what is there.
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(dataDir);
  return await readFile(path, 'utf8');
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name, too, must be on disk before secrets are sealed with the key. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
