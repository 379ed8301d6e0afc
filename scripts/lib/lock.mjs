import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while holding the directory `lock`, one process at a time.
 *
 * The lock is a directory with one file in it, named `<pid>@<host>` of its holder. Each step that changes its holder
 * is a single rename, which only one of several contenders can win: a prepared directory onto a missing (or empty)
 * one, or a dead holder's file to our own name.
 *
 * @param {string} lock path of the lock's directory
 * @param {(holder: string) => void} onWait called once when another process holds the lock
 * @param {() => Promise<void>} work
 */
export async function withLock(lock, onWait, work) {
  const self = `${process.pid}@${hostname()}`;
  let told = false;
  while (!acquire(lock, self)) {
    const holder = holderOf(lock);
    if (!told && holder !== undefined) onWait(holder);
    told = true;
    await sleep(200);
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} lock @param {string} self @returns {boolean} whether we hold it now */
function acquire(lock, self) {
  const prepared = mkdtempSync(`${lock}-`);
  writeFileSync(join(prepared, self), '');
  if (renamed(prepared, lock)) return true;
  rmSync(prepared, { recursive: true, force: true });
  const holder = holderOf(lock);
  if (holder === undefined || isAlive(holder)) return false;
  return renamed(join(lock, holder), join(lock, self));
}

/** @param {string} lock @returns {string | undefined} */
function holderOf(lock) {
  try {
    return readdirSync(lock)[0];
  } catch {
    return undefined;
  }
}

/**
 * A holder on another machine (a shared folder, a container) is taken for alive: there is no telling from here.
 *
 * @param {string} holder
 */
function isAlive(holder) {
  const [pid, host] = holder.split('@');
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} from @param {string} to */
function renamed(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
