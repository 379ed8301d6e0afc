import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program of the benchmark's own in a process of its own, with which it speaks. */
export class BenchProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(name: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`${name}.js`, import.meta.url));
    this.#child = fork(path, args, { execArgv: ['--expose-gc'] });
    this.#ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${name} ended with ${code}`);
    });
    this.#ended.catch(() => undefined);
  }

  /** What it says next. */
  async next<Message>(): Promise<Message> {
    const [message] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return message as Message;
  }

  async ask<Answer>(question: string): Promise<Answer> {
    const answer = this.next<Answer>();
    this.#child.send(question);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}
