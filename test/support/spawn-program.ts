import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { adminToken } from './app.js';

const bin = fileURLToPath(new URL('../../bin/crosstrail.js', import.meta.url));
const running = new Set<ChildProcess>();

export interface Program {
  /** What it has printed so far. */
  readonly output: { out: string; err: string };
  /** The exit code; null for a process that was killed. */
  readonly closed: Promise<number | null>;
  /** Where it serves, once it does. @throws Error with what it said when it ends instead */
  readonly url: Promise<string>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Lets a process go on that was stopped as by `kill -STOP`. */
  wake(): void;
}

/** The built program as a user runs it: `node bin/crosstrail.js <args>`, with nothing else in its environment. */
export function spawnProgram(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env['PATH'], CROSSTRAIL_ADMIN_TOKEN: adminToken, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (output.out += chunk));
  const closed = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const url = new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      output.err += chunk;
      const [, found] = /^Crosstrail serves (http:\S+)\/graphql;/m.exec(output.err) ?? [];
      if (found !== undefined) resolve(found);
    });
    void closed.then((code) => reject(new Error(`it ended with ${code}:\n${output.out}${output.err}`)));
  });
  // Who waits for the end alone need not ask for the address.
  url.catch(() => undefined);
  const kill = (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    return closed;
  };
  return { output, closed, url, kill, wake: () => void child.kill('SIGCONT') };
}

/** For `afterEach`: a test that failed leaves no process behind. */
export async function endPrograms(): Promise<void> {
  for (const child of running) {
    child.kill('SIGTERM');
    // One that is frozen hears it only then.
    child.kill('SIGCONT');
    await once(child, 'close');
  }
}
