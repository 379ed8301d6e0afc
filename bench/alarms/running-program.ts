import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/platform/free-port.js';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

/** The whole program, as `crosstrail start` runs it, with nothing else in its environment. */
export async function startProgram(env: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(process.execPath, [main, 'start'], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = await lineOf(child, child.stderr, /Crosstrail serves (http:\S+)\/graphql;/);
  const [, url = ''] = said;
  return { url, stop: () => end(child) };
}

/** A redis-server that keeps nothing; null where there is none on PATH. */
export async function startRedis(): Promise<Running | null> {
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = once(child, 'error').then(() => null);
  const ready = await Promise.race([lineOf(child, child.stdout, /Ready to accept connections/), failed]);
  return ready === null ? null : { url: `redis://127.0.0.1:${port}`, stop: () => end(child) };
}

async function lineOf(child: ChildProcess, stream: NodeJS.ReadableStream, wanted: RegExp): Promise<RegExpExecArray> {
  let said = '';
  return new Promise((resolve, reject) => {
    createInterface({ input: stream }).on('line', (line) => {
      said += `${line}\n`;
      const found = wanted.exec(line);
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
