import { type Command, Option } from 'commander';
import type { CliApp, CliDeps } from './app.js';
import type { Terminal } from './terminal.js';

/** What a command works with. */
export interface CliContext extends CliDeps {
  readonly terminal: Terminal;
  /** Resolves with the first SIGINT, SIGTERM or SIGHUP, which then does not end the process; a second SIGINT does. */
  readonly stopSignal: () => Promise<NodeJS.Signals>;
}

/** A command is a file that adds itself to the program, and a line in `registry.ts`. */
export type AddCommand = (program: Command, context: CliContext) => void;

/** What was typed makes no sense as a whole; the message says why. */
export class UsageError extends Error {}

/** The command did its work and the answer is no; everything was said already. */
export class CommandFailed extends Error {}

/**
 * Opens the app for one piece of work and releases it, whatever happens: after a stop signal too, since a database
 * server that was started for it would outlive the command.
 *
 * @param work its signal aborts when nobody waits for it any more
 * @throws CommandFailed for a stop signal; the work is then not waited for
 */
export async function withApp<Result>(
  context: CliContext,
  work: (app: CliApp, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abandoned = new AbortController();
  let isStopped = false;
  const stopped = context.stopSignal().then((signal) => {
    isStopped = true;
    context.terminal.err(`${signal}: stopping`);
    throw new CommandFailed(signal);
  });
  // Nobody may be waiting for it: the app is only being opened, or the work is done.
  stopped.catch(() => undefined);
  const app = await context.openApp('client');
  try {
    return await (isStopped ? stopped : Promise.race([stopped, work(app, abandoned.signal)]));
  } finally {
    abandoned.abort();
    await app.stop();
  }
}

/** The examples that close the help of a command: each a line of what it is for, and the line to type. */
export function examples(...pairs: readonly (readonly [what: string, line: string])[]): string {
  const lines = pairs.map(([what, line]) => `  # ${what}\n  $ crosstrail ${line}`);
  return `\n${pairs.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n\n')}\n`;
}

/**
 * An option that may be given several times, each with one value or several between commas.
 *
 * @param byDefault what it means to leave it out, in words; its value is then an empty list
 */
export function listOption(flags: string, description: string, byDefault: string): Option {
  return new Option(flags, `${description}; may be given again`)
    .argParser((value: string, previous: string[]) => [
      ...previous,
      ...value.split(',').flatMap((part) => part.trim() || []),
    ])
    .default([], byDefault);
}
