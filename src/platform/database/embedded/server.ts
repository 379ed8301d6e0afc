import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../free-port.js';
import type { Logger } from '../../log.js';
import type { Binaries } from './binaries.js';
import { processIdentity, servesDirectory } from './process-identity.js';
import { serverSettings } from './settings.js';
import type { SystemUser } from './system-user.js';

const run = promisify(execFile);

/** Nothing of ours: the server has no business with our credentials. */
const environment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' };

/** After which a server that does not stop is told to drop everything; its next start then replays its log. */
const stopPatienceMs = 30_000;

export interface Cluster {
  readonly binaries: Binaries;
  /** A real path, without symbolic links. */
  readonly databaseDir: string;
  readonly user: SystemUser | null;
  readonly ephemeral: boolean;
  readonly log: Logger;
}

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

/** Makes the data directory under another name first: one that is there is complete. */
export async function createCluster(cluster: Cluster, superuser: string, password: string): Promise<void> {
  const draft = `${cluster.databaseDir}.new`;
  const passwordFile = join(dirname(cluster.databaseDir), 'initdb.password');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (cluster.user !== null) {
    await chown(draft, cluster.user.uid, cluster.user.gid);
    await chown(passwordFile, cluster.user.uid, cluster.user.gid);
  }
  const options = [
    `--pgdata=${draft}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules whatever locales the machine has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(cluster.ephemeral ? ['--no-sync'] : []),
  ];
  try {
    await run(cluster.binaries.initdb, options, { env: environment, cwd: draft, ...credentials(cluster.user) });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, cluster.databaseDir);
}

/** Starts the server on a free port, and waits until it answers, however long it has to replay its log. */
export async function startServer(cluster: Cluster): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const output: string[] = [];
    const child = launch(cluster, port);
    if (await becomesReady(child, output, cluster.log)) return supervise(child, port, cluster);
    const text = output.join('\n');
    // Someone else took the port in between, or backends of a server that was killed are still on their way out.
    const passing = /could not bind|pre-existing shared memory block/.test(text);
    if (!passing || attempt >= 20) throw new Error(`PostgreSQL did not start in ${cluster.databaseDir}:\n${text}`);
    await delay(200);
  }
}

function launch(cluster: Cluster, port: number): ChildProcess {
  const memory = process.constrainedMemory();
  // constrainedMemory() is 0 or beyond any machine's memory where no limit is set.
  const available = memory > 0 ? Math.min(memory, totalmem()) : totalmem();
  const settings = { ...serverSettings(available, cluster.ephemeral), port: String(port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(cluster.binaries.postgres, ['-D', cluster.databaseDir, ...flags], {
    env: environment,
    cwd: cluster.databaseDir,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: Ctrl-C at a terminal reaches every process of ours, and must not stop the
    // database before we have stopped what uses it.
    detached: true,
    ...credentials(cluster.user),
  });
}

/** @returns false when the process ended instead; `output` then says why */
async function becomesReady(child: ChildProcess, output: string[], log: Logger): Promise<boolean> {
  if (child.stderr === null) throw new Error('stderr is a pipe');
  const lines = createInterface({ input: child.stderr });
  const ready = new Promise<boolean>((resolve) => {
    lines.on('line', (line) => {
      log.debug({ postgres: line }, 'embedded PostgreSQL says');
      if (output.length < 50) output.push(line);
      if (line.includes('database system is ready to accept connections')) resolve(true);
    });
  });
  const ended = once(child, 'close').then(() => false);
  return Promise.race([ready, ended]);
}

function supervise(child: ChildProcess, port: number, cluster: Cluster): Server {
  const ended = once(child, 'exit');
  let stopping: Promise<void> | undefined;
  // For a process.exit() that nobody announced. No signal handlers: those belong to the main program.
  const onExit = () => child.kill('SIGINT');
  process.once('exit', onExit);
  void ended.then(([code, signal]) => {
    process.removeListener('exit', onExit);
    if (stopping === undefined) cluster.log.error({ code, signal }, 'embedded PostgreSQL ended unexpectedly');
  });
  const stop = async () => {
    // Fast: sessions are ended, a checkpoint is written. What is ephemeral needs none.
    child.kill(cluster.ephemeral ? 'SIGQUIT' : 'SIGINT');
    const impatience = setTimeout(() => child.kill('SIGQUIT'), stopPatienceMs);
    if (child.exitCode === null && child.signalCode === null) await ended;
    clearTimeout(impatience);
  };
  return {
    port,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/**
 * Stops a server that outlived whoever started it. Call it only as the owner of the data directory.
 *
 * @returns its pid; null when none was running
 */
export async function stopOrphan(databaseDir: string): Promise<number | null> {
  const pidFile = join(databaseDir, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const identity = await processIdentity(pid);
  if (identity === null || !(await servesDirectory(pid, databaseDir))) {
    // The pid is another process's by now, or a zombie's that nobody reaps, as in a container: PostgreSQL
    // would take either for its rival. Should its own backends still run, it knows them by their shared memory.
    await rm(pidFile, { force: true });
    return null;
  }
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + stopPatienceMs;
  for (let pressed = false; (await processIdentity(pid)) === identity; await delay(50)) {
    if (pressed || Date.now() < deadline) continue;
    pressed = true;
    process.kill(pid, 'SIGQUIT');
  }
  // It took this away itself, unless it was killed.
  await rm(pidFile, { force: true });
  return pid;
}

function credentials(user: SystemUser | null): { uid?: number; gid?: number } {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}
