import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { fetchBackfill, followBackfill, noWorker, progressLine, type ShownBackfill } from '../backfill-progress.js';
import {
  type AddCommand,
  type CliContext,
  CommandFailed,
  examples,
  listOption,
  UsageError,
  withApp,
} from '../command.js';
import * as documents from '../documents.js';
import { allNodes } from '../pages.js';
import { counted, tableLines } from '../terminal.js';

interface StartOptions {
  from: string;
  to: string;
  account: string[];
  region: string[];
  wait: boolean;
}

const dayMs = 86_400_000;
const lookEveryMs = 2000;

export const addBackfill: AddCommand = (program, context) => {
  const backfill = program.command('backfill').description('Collect the log files of days gone by.');
  addStart(backfill, context);
  addList(backfill, context);
  addStatus(backfill, context);
  addChange(backfill, context, 'pause', documents.pauseBackfill, 'Stop a backfill until it is resumed.');
  addChange(backfill, context, 'resume', documents.resumeBackfill, 'Go on with a backfill; try what it gave up again.');
};

function addStart(backfill: Command, context: CliContext): void {
  backfill
    .command('start', { isDefault: true })
    .description('Start a backfill and show how far it is; `start` may be left out. What is new always goes first.')
    .addOption(listOption('--account <id>', 'only this account', 'every account'))
    .requiredOption('--from <day>', 'the first day, such as 2026-01-01 (UTC)', day)
    .requiredOption('--to <day>', 'the last day, included', day)
    .addOption(listOption('--region <region>', 'only this region', 'every region'))
    .option('--no-wait', 'end once it is started; workers do it in any case')
    .addHelpText(
      'after',
      examples(
        [
          'the first quarter of a year, of two accounts',
          `backfill start --from 2026-01-01 --to 2026-03-31 \\
      --account 111122223333,444455556666`,
        ],
        ['the same by its short name, without waiting', 'backfill --from 2026-01-01 --to 2026-03-31 --no-wait'],
      ),
    )
    .action((options: StartOptions) => start(context, options));
}

async function start(context: CliContext, { from, to, account, region, wait }: StartOptions): Promise<void> {
  if (from > to) throw new UsageError('--from must not be after --to.');
  const end = new Date(Date.parse(to) + dayMs).toISOString();
  const input = {
    from: new Date(from).toISOString(),
    to: end,
    ...given('accountIds', account),
    ...given('regions', region),
  };
  const { terminal } = context;
  let running: string | null = null;
  try {
    await withApp(context, async (app) => {
      const { startBackfill } = await app.execute<{ startBackfill: { backfill: { id: string } } }>(
        documents.startBackfill,
        { input },
      );
      const { id } = startBackfill.backfill;
      terminal.out(id);
      if (!wait) return;
      running = id;
      const pause = () => delay(lookEveryMs);
      const ended = await followBackfill(app, id, { terminal, wait: pause, now: Date.now });
      running = null;
      showErrors(context, ended);
    });
  } catch (error) {
    if (running !== null && error instanceof CommandFailed) {
      terminal.err(`The backfill goes on while a worker runs: crosstrail backfill status ${running}`);
    }
    throw error;
  }
}

function addList(backfill: Command, context: CliContext): void {
  backfill
    .command('list')
    .description('List the backfills, newest first.')
    .option('--json', 'as JSON')
    .addHelpText('after', examples(['those that are running', 'backfill list | grep RUNNING']))
    .action(async ({ json }: { json?: boolean }) => {
      const backfills = await withApp(context, (app) =>
        allNodes<ShownBackfill>(app, documents.listBackfills, 'backfills'),
      );
      if (json) return context.terminal.out(JSON.stringify(backfills, null, 2));
      const columns = [
        { title: 'id', value: ({ id }: ShownBackfill) => id },
        { title: 'state', value: ({ state }: ShownBackfill) => state },
        { title: 'from', value: ({ from }: ShownBackfill) => from.slice(0, 10) },
        { title: 'to', value: ({ to }: ShownBackfill) => new Date(Date.parse(to) - 1).toISOString().slice(0, 10) },
        { title: 'accounts', value: ({ accountIds }: ShownBackfill) => accountIds.length },
        { title: 'files', value: ({ progress }: ShownBackfill) => progress.files },
        { title: 'events', value: ({ progress }: ShownBackfill) => progress.events },
        { title: 'failing', value: ({ errors }: ShownBackfill) => errors.length },
      ];
      for (const line of tableLines(context.terminal, columns, backfills)) context.terminal.out(line);
    });
}

function addStatus(backfill: Command, context: CliContext): void {
  backfill
    .command('status')
    .description('Show how far a backfill is.')
    .argument('<id>', 'the id that `backfill list` shows')
    .addHelpText('after', examples(['one that was started without waiting', 'backfill status 3f1c…']))
    .action(async (id: string) => {
      const shown = await withApp(context, (app) => fetchBackfill(app, id));
      context.terminal.out(progressLine(shown, Date.now()));
      if (shown.state === 'RUNNING' && shown.workedAt === null) context.terminal.err(noWorker);
      showErrors(context, shown);
    });
}

function addChange(backfill: Command, context: CliContext, name: string, document: string, description: string): void {
  backfill
    .command(name)
    .description(description)
    .argument('<id>', 'the id that `backfill list` shows')
    .addHelpText('after', examples([`${name} one`, `backfill ${name} 3f1c…`]))
    .action(async (id: string) => {
      await withApp(context, (app) => app.execute(document, { input: { id } }));
      context.terminal.err(`Backfill ${id} is ${name === 'pause' ? 'paused' : 'running'}.`);
    });
}

/** @throws CommandFailed once a backfill is done and has given accounts up */
function showErrors({ terminal }: CliContext, { id, state, errors }: ShownBackfill): void {
  for (const { accountId, error, retryAt } of errors) {
    terminal.err(`${accountId}: ${error} (${retryAt === null ? 'given up' : `tried again at ${retryAt}`})`);
  }
  if (state !== 'DONE' || errors.length === 0) return;
  terminal.err(
    `${counted(errors.length, 'account')} could not be listed. Mend it, then: crosstrail backfill resume ${id}`,
  );
  throw new CommandFailed(state);
}

function day(value: string): string {
  const time = Date.parse(`${value}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    throw new InvalidArgumentError('It must be a day such as 2026-01-31.');
  }
  return value;
}

/** Nothing where no value was given, which means every one. */
function given(name: string, values: readonly string[]): Record<string, readonly string[]> {
  return values.length === 0 ? {} : { [name]: values };
}
