import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/platform/free-port.js';
import { describeUnless } from './describe-unless.js';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** A suite that needs Redis: skipped aloud where there is none, except under CI=true, where it then fails. */
export function describeRedis(name: string, body: () => void): void {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  const missing = found || process.env.CI === 'true' ? null : 'there is no redis-server on PATH';
  describeUnless(missing, name, body);
}

/** A redis-server of the test's own, which keeps nothing. */
export async function startTestRedis(): Promise<TestRedis> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = launch(port);
    const output = await untilReady(child);
    if (output === null) return { url: `redis://127.0.0.1:${port}`, stop: () => stop(child) };
    if (attempt === 5) throw new Error(`redis-server did not start:\n${output}`);
  }
}

function launch(port: number): ChildProcess {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  return spawn('redis-server', options, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @returns null when it accepts connections; what it said when it ended instead */
async function untilReady(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) throw new Error('stdout is a pipe');
  let said = '';
  const ready = new Promise<null>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      said += `${line}\n`;
      if (line.includes('Ready to accept connections')) resolve(null);
    });
  });
  return Promise.race([ready, once(child, 'close').then(() => said)]);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
