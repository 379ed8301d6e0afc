import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { CrosstrailError } from '../../errors.js';

const run = promisify(execFile);

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom PostgreSQL runs as. It refuses to run as root, so root hands it to the user `postgres`, made if
 * there is none.
 *
 * @returns null: as the user this process runs as
 */
export async function serverUser(): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null;
  const user = (await lookUp('postgres')) ?? (await create('postgres'));
  if (user !== null) return user;
  throw new CrosstrailError(
    'INTERNAL',
    'PostgreSQL does not run as root, and a system user "postgres" for it could not be made. ' +
      'Make that user, run Crosstrail as another user than root, or set DATABASE_URL.',
  );
}

async function lookUp(name: string): Promise<SystemUser | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function create(name: string): Promise<SystemUser | null> {
  const useradd = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name];
  // Alpine has busybox's adduser instead.
  await run('useradd', useradd).catch(() => run('adduser', ['-S', '-D', '-H', name]).catch(() => undefined));
  return lookUp(name);
}

/**
 * The uppermost directory on the way to `path` (itself included) that the user cannot enter.
 *
 * @param path an absolute path; parts of it that do not exist yet are not looked at
 * @returns its path; null when nothing bars the way
 */
export async function findBarrier(path: string, user: SystemUser): Promise<string | null> {
  for (const directory of parents(await realpathOfExisting(path))) {
    const found = await stat(directory);
    // Whatever wants to go through a file says so better itself.
    if (!found.isDirectory()) return null;
    const { mode, uid, gid } = found;
    const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & execute) === 0) return directory;
  }
  return null;
}

async function realpathOfExisting(path: string): Promise<string> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    const real = await realpath(candidate).catch(() => null);
    if (real !== null) return real;
  }
}

/** `/a/b` → `/`, `/a`, `/a/b` */
function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...parents(parent), path];
}
