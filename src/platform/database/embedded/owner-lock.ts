import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from './process-identity.js';

/** Who runs the server of a data directory. */
export interface Owner {
  readonly pid: number;
  /** See `processIdentity`. */
  readonly identity: string;
  /** Absent while the server starts. Holds the password: the file is readable by its owner only. */
  readonly url?: string;
}

export interface OwnerLock {
  /** Tells those who join where the server is. */
  announce(url: string): Promise<void>;
  release(): Promise<void>;
}

/**
 * Makes this process the one owner of a data directory.
 *
 * @returns the lock, or the owner that lives and has it
 */
export async function lockDirectory(dataDir: string): Promise<OwnerLock | Owner> {
  const path = lockPath(dataDir);
  const identity = await processIdentity(process.pid);
  if (identity === null) throw new Error(`process ${process.pid} could not be identified`);
  const me: Owner = { pid: process.pid, identity };
  for (;;) {
    if (await createExclusively(path, me))
      return { announce: (url) => replace(path, { ...me, url }), release: () => rm(path, { force: true }) };
    const owner = await readOwner(dataDir);
    if (owner !== null) return owner;
    await removeStale(path);
  }
}

/** The living owner of a data directory; null where there is none, or one that died without tidying up. */
export async function readOwner(dataDir: string): Promise<Owner | null> {
  const owner = parseOwner(await readFile(lockPath(dataDir), 'utf8').catch(() => ''));
  if (owner === null) return null;
  return (await processIdentity(owner.pid)) === owner.identity ? owner : null;
}

function lockPath(dataDir: string): string {
  return join(dataDir, 'owner.json');
}

function parseOwner(text: string): Owner | null {
  try {
    const { pid, identity, url } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof identity !== 'string') return null;
    return { pid, identity, ...(typeof url === 'string' ? { url } : {}) };
  } catch {
    return null;
  }
}

/** A link to a finished file, not a file opened exclusively: no reader ever sees it half written. */
async function createExclusively(path: string, owner: Owner): Promise<boolean> {
  const draft = await writeDraft(path, owner);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(path: string, owner: Owner): Promise<void> {
  await rename(await writeDraft(path, owner), path);
}

async function writeDraft(path: string, owner: Owner): Promise<string> {
  const draft = unique(path);
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
  return draft;
}

/** Of several that find a lock stale, one moves it away; whoever moved a fresh one by mistake puts it back. */
async function removeStale(path: string): Promise<void> {
  const moved = unique(path);
  await rename(path, moved).catch(() => undefined);
  const owner = parseOwner(await readFile(moved, 'utf8').catch(() => ''));
  if (owner !== null && (await processIdentity(owner.pid)) === owner.identity)
    await link(moved, path).catch(() => undefined);
  await rm(moved, { force: true });
}

function unique(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}`;
}
