import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { CrosstrailError } from '../../platform/errors.js';
import { type AlarmFilterOptions, alarmFilter, alarmFilterOptions } from '../alarm-filter-options.js';
import { type AddCommand, type CliContext, examples, listOption, withApp } from '../command.js';
import * as documents from '../documents.js';
import { type FittedColumn, fittedTable } from '../fitted-table.js';
import { allNodes } from '../pages.js';
import { accountsText, byUrgency, type ShownAlarm, shownStates, styleOfState } from '../shown-alarm.js';
import { addAlarmBacktest } from './alarm-backtest.command.js';
import { addAlarmPack } from './alarm-pack.command.js';
import { addAlarmWatch } from './alarm-watch.command.js';

interface HistoryRow {
  readonly timestamp: string;
  readonly historyItemType: string;
  readonly historySummary: string;
  /** JSON text. */
  readonly historyData: string | null;
}

export const addAlarms: AddCommand = (program, context) => {
  const alarms = program
    .command('alarms')
    .alias('alarm')
    .description('Alarms on metrics: their states, live and in the past.');
  addAlarmWatch(alarms, context);
  addList(alarms, context);
  addHistory(alarms, context);
  addAlarmBacktest(alarms, context);
  addSet(alarms, context);
  addAlarmPack(alarms, context);
};

function addList(alarms: Command, context: CliContext): void {
  const list = alarms.command('list').description('Show the alarms, those in ALARM first.');
  for (const option of alarmFilterOptions('only alarms in this state')) list.addOption(option);
  list
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['what is wrong now', 'alarms list --state ALARM']))
    .action(async (options: AlarmFilterOptions & { json?: boolean }) => {
      const filter = alarmFilter(options);
      const rows = byUrgency(
        await withApp(context, (app) => allNodes<ShownAlarm>(app, documents.listAlarms, 'alarms', { filter })),
      );
      const { terminal } = context;
      if (options.json) return terminal.out(JSON.stringify(rows, null, 2));
      if (rows.length === 0) return terminal.err('There are no such alarms.');
      const columns: FittedColumn<ShownAlarm>[] = [
        { title: 'state', value: (row) => row.state, style: ({ state }) => styleOfState(state) },
        { title: 'since', value: (row) => row.stateTransitionedAt },
        { title: 'account', value: (row) => accountsText(row.accountIds) },
        { title: 'name', value: (row) => row.name, yields: true },
        { title: 'tells', value: (row) => (row.actionsEnabled ? row.alarmActions.join(' ') || null : 'off') },
        { title: 'reason', value: (row) => row.stateReason },
      ];
      for (const line of fittedTable(terminal, columns, rows)) terminal.out(line);
    });
}

const historyTypes: readonly string[] = ['StateUpdate', 'ConfigurationUpdate', 'Action'];

function addHistory(alarms: Command, context: CliContext): void {
  alarms
    .command('history')
    .description('Show what happened to an alarm, the newest first.')
    .argument('<name>', 'the name of the alarm')
    .addOption(listOption('--type <type>', `only items of this type: ${historyTypes.join(', ')}`, 'all'))
    .addOption(new Option('--last <count>', 'how many items, at most 1000').argParser(upToThousand).default(50))
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['when it changed its state', 'alarms history root-use --type StateUpdate']))
    .action(async (name: string, { type, last, json }: { type: string[]; last: number; json?: boolean }) => {
      const variables = { name, first: last, types: type.length === 0 ? null : type };
      const { alarms: found } = await withApp(context, (app) =>
        app.execute<{ alarms: { nodes: { history: { nodes: HistoryRow[] } }[] } }>(
          documents.readAlarmHistory,
          variables,
        ),
      );
      const [alarm] = found.nodes;
      if (alarm === undefined) throw notThere(name);
      const { terminal } = context;
      const rows = alarm.history.nodes;
      if (json) return terminal.out(JSON.stringify(rows, null, 2));
      const columns: FittedColumn<HistoryRow>[] = [
        { title: 'time', value: (row) => row.timestamp },
        { title: 'type', value: (row) => row.historyItemType },
        { title: 'what', value: (row) => row.historySummary, yields: true },
        { title: 'reason', value: (row) => reasonIn(row.historyData) },
      ];
      for (const line of fittedTable(terminal, columns, rows)) terminal.out(line);
    });
}

function notThere(name: string): CrosstrailError {
  return new CrosstrailError('NOT_FOUND', `alarm "${name}" does not exist; \`alarms list\` has them`);
}

/** Of a change of state, why; null of anything else. */
function reasonIn(historyData: string | null): string | null {
  const data = JSON.parse(historyData ?? 'null') as { newState?: { stateReason?: string } } | null;
  return data?.newState?.stateReason ?? null;
}

function addSet(alarms: Command, context: CliContext): void {
  alarms
    .command('set')
    .description('Put an alarm into a state until it is next evaluated, to try what it tells its targets.')
    .argument('<name>', 'the name of the alarm')
    .addArgument(new Argument('<state>', 'the state').choices(shownStates))
    .requiredOption('--reason <text>', 'why; it stands in its history, and its targets are told')
    .addHelpText('after', examples(['whether the pager rings', 'alarms set root-use ALARM --reason "a test"']))
    .action(async (alarmName: string, stateValue: string, { reason }: { reason: string }) => {
      const input = { alarmName, stateValue, stateReason: reason };
      await withApp(context, (app) => app.execute(documents.setAlarmState, { input }));
      context.terminal.err(`Alarm ${alarmName} is in ${stateValue} until it is next evaluated.`);
    });
}

function upToThousand(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value) || Number(value) > 1000) {
    throw new InvalidArgumentError('It must be a whole number up to 1000.');
  }
  return Number(value);
}
