import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { adminToken } from './app.js';

/** Readers of the feed, each a process that can be killed and goes on where it was. */
export class FeedReaders {
  readonly #running = new Map<number, ChildProcess>();

  private constructor(
    private readonly folder: string,
    private readonly script: string,
    private readonly url: string,
    /** How many events each asks for at a time. */
    private readonly pages: readonly number[],
  ) {}

  static async start(folder: string, url: string, pages: readonly number[]): Promise<FeedReaders> {
    const outfile = join(folder, 'fault-reader.mjs');
    const entryPoint = fileURLToPath(new URL('fault-reader.ts', import.meta.url));
    await build({
      entryPoints: [entryPoint],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    const readers = new FeedReaders(folder, outfile, url, pages);
    for (const [index] of pages.entries()) readers.#spawn(index);
    return readers;
  }

  /** kill -9, and another in its place that knows what the first has written down. */
  async restart(index: number): Promise<void> {
    await this.#kill(index);
    this.#spawn(index);
  }

  /** What each has read by now, in its order. */
  read(): Promise<string[][]> {
    return Promise.all(this.pages.map((_, index) => this.#readBy(index)));
  }

  async stop(): Promise<void> {
    for (const index of this.#running.keys()) await this.#kill(index);
  }

  #spawn(index: number): void {
    const args = [this.script, this.url, adminToken, String(this.pages[index]), this.#file(index)];
    this.#running.set(index, spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }));
  }

  async #kill(index: number): Promise<void> {
    const child = this.#running.get(index);
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  #file(index: number): string {
    return join(this.folder, `reader-${index}`);
  }

  async #readBy(index: number): Promise<string[]> {
    const text = await readFile(this.#file(index), 'utf8').catch(() => '');
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.flatMap((line) => (line === '' ? [] : (JSON.parse(line) as { ids: string[] }).ids));
  }
}
