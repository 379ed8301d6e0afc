import { Command, CommanderError } from 'commander';
import { GraphQLError } from 'graphql';
import { CrosstrailError } from '../platform/errors.js';
import type { CliDeps } from './app.js';
import { type CliContext, CommandFailed, UsageError } from './command.js';
import { commands } from './registry.js';
import { firstStopSignal } from './signals.js';
import { explainSystemError } from './system-error.js';
import type { Terminal } from './terminal.js';

/** The whole command line, ready to parse. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('crosstrail')
    .description('Collects the activity logs of many AWS accounts and serves them as one GraphQL API.')
    .version(context.version)
    .configureOutput({
      writeOut: (text) => context.terminal.out(text.trimEnd()),
      writeErr: (text) => context.terminal.err(text.trimEnd()),
    })
    .configureHelp({ helpWidth: context.terminal.columns, showGlobalOptions: false })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', settings)
    .exitOverride();
  for (const add of commands) add(program, context);
  return program;
}

const settings = `
Settings are environment variables: DATABASE_URL, REDIS_URL, PORT, CROSSTRAIL_DATA_DIR and others;
the table is in the README. Without DATABASE_URL a PostgreSQL of its own is started under
CROSSTRAIL_DATA_DIR.

Try it without an AWS account:
  $ crosstrail demo
`;

/**
 * Runs one command line.
 *
 * @param args without the names of Node and of the script
 * @returns the exit code: 0 done, 1 failed, 2 not understood
 */
export async function runCli(args: readonly string[], deps: CliDeps, terminal: Terminal): Promise<number> {
  const ended = new AbortController();
  const context: CliContext = { ...deps, terminal, stopSignal: () => firstStopSignal(process, ended.signal) };
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  } finally {
    ended.abort();
  }
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  // Help and the version come this way too, with 0; commander has shown what there is to show.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailed) return 1;
  if (error instanceof UsageError) {
    terminal.err(`error: ${error.message}`);
    return 2;
  }
  const explained = explainSystemError(error);
  if (error instanceof CrosstrailError || isRefusal(error)) terminal.err(terminal.style('red', error.message));
  else if (explained !== null) terminal.err(terminal.style('red', explained));
  else terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

/** What GraphQL itself found wrong with a value, such as an account id of 11 digits; not what a resolver threw. */
function isRefusal(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && !(error.originalError instanceof Error && error.path !== undefined);
}
