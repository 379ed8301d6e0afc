import { InvalidArgumentError } from 'commander';
import { type AddCommand, examples, listOption, UsageError, withApp } from '../command.js';
import { counted } from '../terminal.js';

interface BackfillOptions {
  from: string;
  to: string;
  account: string[];
  region: string[];
}

export const addBackfill: AddCommand = (program, context) => {
  program
    .command('backfill')
    .description('Find the log files of days gone by in a source. They are ingested after all that is new.')
    .argument('<source-id>', 'the id that `source list` shows')
    .requiredOption('--from <day>', 'the first day, such as 2026-01-01 (UTC)', day)
    .requiredOption('--to <day>', 'the last day, included', day)
    .addOption(listOption('--account <id>', 'only this account', 'every account'))
    .addOption(listOption('--region <region>', 'only this region', 'every region'))
    .addHelpText('after', examples(['the first quarter of a year', 'backfill 3f1c… --from 2026-01-01 --to 2026-03-31']))
    .action(async (sourceId: string, { from, to, account, region }: BackfillOptions) => {
      if (from > to) throw new UsageError('--from must not be after --to.');
      const { filesFound, filesNew } = await withApp(context, (app) =>
        app.backfill({ sourceId, from, to, accountIds: noneIsNull(account), regions: noneIsNull(region) }),
      );
      context.terminal.err(
        `Found ${counted(filesFound, 'log file')}, ${filesNew === 0 ? 'none' : filesNew} of them new.`,
      );
    });
};

function day(value: string): string {
  const time = Date.parse(`${value}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    throw new InvalidArgumentError('It must be a day such as 2026-01-31.');
  }
  return value;
}

function noneIsNull(values: readonly string[]): readonly string[] | null {
  return values.length === 0 ? null : values;
}
