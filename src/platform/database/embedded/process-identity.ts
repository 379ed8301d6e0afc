import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Tells a process apart from any other that had or will have its pid: pids are reused, soon in a container.
 *
 * @returns text that is equal for the same process only; null where no such process runs
 */
export async function processIdentity(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return linuxIdentity(pid);
  const startedAt = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
  return startedAt === null || startedAt.stdout.trim() === '' ? null : startedAt.stdout.trim();
}

async function linuxIdentity(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // Fields after the name, which stands in parentheses and may hold blanks: the state is the 3rd field of
  // proc(5), the start in ticks since boot the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown');
  return `${boot.trim()}:${fields[19]}`;
}

/** Whether this pid is the PostgreSQL server of this very directory, which it makes its working directory. */
export async function servesDirectory(pid: number, databaseDir: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    return directory === databaseDir && (await linuxIdentity(pid)) !== null;
  }
  const command = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => null);
  return command?.stdout.includes(`-D ${databaseDir}`) ?? false;
}
