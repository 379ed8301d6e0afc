import type { Command } from 'commander';
import { type CliContext, examples, listOption, withApp } from '../command.js';
import * as documents from '../documents.js';
import { type FittedColumn, fittedTable } from '../fitted-table.js';
import { type ShownAlarm, styleOfState } from '../shown-alarm.js';
import { counted } from '../terminal.js';

type PackAlarm = ShownAlarm & { readonly alarmDescription: string | null };

interface Pack<Alarm> {
  readonly alarms: readonly Alarm[];
  readonly metricFilters: readonly { readonly name: string }[];
}

interface InstallOptions {
  readonly account: readonly string[];
  readonly alarmAction: readonly string[];
  readonly okAction: readonly string[];
}

/** What packs there are. */
const packArgument = ['<pack>', 'CIS_AWS_FOUNDATIONS'] as const;

const accountOption = () =>
  listOption('--account <id>', 'of events of this account', 'every account, those to come too');

export function addAlarmPack(alarms: Command, context: CliContext): void {
  addInstall(alarms, context);
  alarms
    .command('remove-pack')
    .description('Remove the metric filters and alarms of a pack that was installed for these accounts.')
    .argument(...packArgument)
    .addOption(accountOption())
    .addHelpText('after', examples(['as it was installed', 'alarms remove-pack CIS_AWS_FOUNDATIONS']))
    .action(async (name: string, { account }: { account: string[] }) => {
      const { removeAlarmPack } = await withApp(context, (app) =>
        app.execute<{ removeAlarmPack: Pack<unknown> }>(documents.removeAlarmPack, {
          name,
          accountIds: account.length === 0 ? null : account,
        }),
      );
      const isNothing = removeAlarmPack.alarms.length + removeAlarmPack.metricFilters.length === 0;
      context.terminal.err(
        isNothing ? 'It was not installed for these accounts.' : `${sizeOf(removeAlarmPack)} removed.`,
      );
    });
}

function addInstall(alarms: Command, context: CliContext): void {
  alarms
    .command('install-pack')
    .description('Install metric filters and alarms that belong together. To do it again changes nothing.')
    .argument(...packArgument)
    .addOption(accountOption())
    .addOption(listOption('--alarm-action <target>', 'tell this target of what goes into ALARM', 'none'))
    .addOption(listOption('--ok-action <target>', 'tell this target of what becomes OK', 'none'))
    .addHelpText(
      'after',
      '\nAccounts that are named together are watched together: each alarm counts what happens in any\nof them.\n' +
        examples(
          ['the alarms of the CIS AWS Foundations Benchmark', 'alarms install-pack CIS_AWS_FOUNDATIONS'],
          [
            'for one account, with a target that is told',
            'alarms install-pack CIS_AWS_FOUNDATIONS --account 111122223333 --alarm-action pager',
          ],
        ),
    )
    .action((name: string, options: InstallOptions) => install(context, name, options));
}

async function install(context: CliContext, name: string, options: InstallOptions): Promise<void> {
  const { account, alarmAction, okAction } = options;
  const { installAlarmPack } = await withApp(context, (app) =>
    app.execute<{ installAlarmPack: Pack<PackAlarm> }>(documents.installAlarmPack, {
      name,
      accountIds: account.length === 0 ? null : account,
      alarmActions: alarmAction,
      okActions: okAction,
    }),
  );
  const { terminal } = context;
  const columns: FittedColumn<PackAlarm>[] = [
    { title: 'alarm', value: (row) => row.name, yields: true },
    { title: 'state', value: ({ state }) => state, style: ({ state }) => styleOfState(state) },
    { title: 'about', value: ({ alarmDescription }) => alarmDescription },
  ];
  for (const line of fittedTable(terminal, columns, installAlarmPack.alarms)) terminal.out(line);
  terminal.err(`${sizeOf(installAlarmPack)} installed.`);
}

function sizeOf({ alarms, metricFilters }: Pack<unknown>): string {
  return `${counted(alarms.length, 'alarm')} and ${counted(metricFilters.length, 'metric filter')}`;
}
