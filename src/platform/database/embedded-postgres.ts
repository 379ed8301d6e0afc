import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { badInput, CrosstrailError, conflict } from '../errors.js';
import type { Logger } from '../log.js';
import { findBinaries } from './embedded/binaries.js';
import { lockDirectory, type Owner, readOwner } from './embedded/owner-lock.js';
import { type Cluster, createCluster, startServer, stopOrphan } from './embedded/server.js';
import { findBarrier, type SystemUser, serverUser } from './embedded/system-user.js';

const name = 'crosstrail';

/** How long to wait for the address of a server that another process is starting. */
const joinPatienceMs = 60_000;

export interface EmbeddedPostgresOptions {
  /** Made when missing. The database lies in `postgres/` below it. */
  readonly dataDir: string;
  readonly log: Logger;
  /**
   * `own` (the default) starts the server, and refuses a directory whose server another process owns.
   * `join` uses that server, and starts one only when none runs: for short commands beside a running app.
   */
  readonly role?: 'own' | 'join';
  /** For tests and benchmarks: a crash of the machine may lose everything. */
  readonly ephemeral?: boolean;
}

export interface EmbeddedPostgres {
  /** Holds the password. Never log it. */
  readonly url: string;
  /** The server is another process's; `stop` then leaves it running. */
  readonly joined: boolean;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server of our own, on 127.0.0.1 and a free port, with its data under the data directory.
 *
 * Whatever happened to the process that had it before, its data are sound: a server it left behind is
 * stopped in order, a lock it left behind is told from a living one.
 *
 * @throws CrosstrailError CONFLICT when another process owns the directory or another PostgreSQL version wrote
 *   it, BAD_USER_INPUT when the directory cannot be used, naming what bars the way
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = await serverUser();
  const dataDir = await prepareDirectory(resolve(options.dataDir), user);
  for (;;) {
    const lock = await lockDirectory(dataDir);
    if ('release' in lock) {
      try {
        const server = await startOwned(dataDir, user, options);
        await lock.announce(server.url);
        const stop = async () => {
          await server.stop();
          await lock.release();
        };
        return { url: server.url, joined: false, stop };
      } catch (error) {
        await lock.release();
        throw error;
      }
    }
    if (options.role !== 'join') throw ownedByAnother(dataDir, lock);
    const url = await waitForAddress(dataDir);
    if (url !== null) return { url, joined: true, stop: () => Promise.resolve() };
  }
}

function ownedByAnother(dataDir: string, owner: Owner): CrosstrailError {
  return conflict(
    `The data directory ${dataDir} is in use by process ${owner.pid}. ` +
      'Stop that process, or set CROSSTRAIL_DATA_DIR to another directory.',
  );
}

/** @returns null when the owner ended meanwhile */
async function waitForAddress(dataDir: string): Promise<string | null> {
  const deadline = Date.now() + joinPatienceMs;
  for (;;) {
    const owner = await readOwner(dataDir);
    if (owner === null) return null;
    if (owner.url !== undefined) return owner.url;
    if (Date.now() > deadline) {
      throw conflict(`Process ${owner.pid} is still starting PostgreSQL in ${dataDir}. Try again when it is up.`);
    }
    await delay(50);
  }
}

/** @returns the directory's real path */
async function prepareDirectory(dataDir: string, user: SystemUser | null): Promise<string> {
  await refuseBarrier(dataDir, user);
  try {
    const made = await mkdir(dataDir, { recursive: true });
    // The user postgres must pass through on its way to `postgres/`; nobody needs to look around.
    if (made !== undefined) await openDown(made, dataDir, user === null ? 0o700 : 0o711);
    await access(dataDir, 2);
  } catch (cause) {
    const reason = `${dataDir} cannot be made or written: ${(cause as Error).message}`;
    throw new CrosstrailError('BAD_USER_INPUT', `CROSSTRAIL_DATA_DIR: ${reason}`, {}, { cause });
  }
  return realpath(dataDir);
}

async function refuseBarrier(dataDir: string, user: SystemUser | null): Promise<void> {
  const barrier = user === null ? null : await findBarrier(dataDir, user);
  if (user === null || barrier === null) return;
  throw badInput(
    'CROSSTRAIL_DATA_DIR',
    `PostgreSQL does not run as root but as the user "${user.name}", and that user cannot enter ${barrier}, ` +
      `which lies on the way to ${dataDir}. Set CROSSTRAIL_DATA_DIR to a directory it can reach, ` +
      `such as /var/lib/crosstrail, or run: chmod o+x ${barrier}`,
  );
}

async function openDown(uppermost: string, directory: string, mode: number): Promise<void> {
  await chmod(directory, mode);
  if (directory !== uppermost) await openDown(uppermost, dirname(directory), mode);
}

async function startOwned(
  dataDir: string,
  user: SystemUser | null,
  options: EmbeddedPostgresOptions,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const binaries = await findBinaries(user, join(dataDir, 'bin'));
  const databaseDir = join(dataDir, 'postgres');
  const cluster: Cluster = { binaries, databaseDir, user, ephemeral: options.ephemeral ?? false, log: options.log };
  const password = await openCluster(cluster, dataDir);
  const orphan = await stopOrphan(databaseDir);
  if (orphan !== null)
    options.log.warn({ pid: orphan }, 'stopped a PostgreSQL server that a killed process left behind');
  const server = await startServer(cluster);
  try {
    const url = (database: string) => `postgres://${name}:${password}@127.0.0.1:${server.port}/${database}`;
    await ensureDatabase(url('postgres'));
    return { url: url(name), stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** @returns the superuser's password */
async function openCluster(cluster: Cluster, dataDir: string): Promise<string> {
  const passwordFile = join(dataDir, 'postgres.password');
  const version = await readFile(join(cluster.databaseDir, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) {
    // Before initdb: a cluster without its password would be lost.
    const password = randomBytes(32).toString('base64url');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await createCluster(cluster, name, password);
    return password;
  }
  const { majorVersion } = cluster.binaries;
  if (version.trim() !== majorVersion) {
    throw conflict(
      `${cluster.databaseDir} was written by PostgreSQL ${version.trim()}, and this Crosstrail brings ` +
        `PostgreSQL ${majorVersion}, which cannot read it. Upgrade it with pg_upgrade, or set ` +
        'CROSSTRAIL_DATA_DIR to a new directory.',
    );
  }
  const password = await readFile(passwordFile, 'utf8').catch(() => null);
  if (password !== null) return password.trim();
  throw conflict(`${passwordFile}, the password of the database beside it, is missing. Put it back from a backup.`);
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}
