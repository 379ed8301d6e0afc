import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CliContext, examples, UsageError, withApp } from '../command.js';
import * as documents from '../documents.js';
import { type FittedColumn, fittedTable } from '../fitted-table.js';
import { momentOrAgo } from '../option-values.js';
import { type ShownState, styleOfState } from '../shown-alarm.js';
import { counted } from '../terminal.js';

interface Transition {
  readonly timestamp: string;
  readonly from: ShownState;
  readonly to: ShownState;
  readonly reason: string;
}

interface Backtest {
  readonly transitions: readonly Transition[];
  readonly finalState: ShownState;
}

interface BacktestOptions {
  readonly from: Date;
  readonly to?: Date;
  readonly json?: boolean;
}

export function addAlarmBacktest(alarms: Command, context: CliContext): void {
  alarms
    .command('backtest')
    .description('Show what an alarm would have done with the data that is stored. Nothing is put or told.')
    .argument('<file>', 'JSON of the alarm, as putMetricAlarm takes it')
    .requiredOption('--from <time>', 'where to start: 3h, 7d or 2w ago, a day, or a moment; UTC', momentOrAgo)
    .option('--to <time>', 'where to end; now when left out', momentOrAgo)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A file may hold:
  {
    "alarmName": "denied", "namespace": "Security", "metricName": "Denied", "statistic": "Sum",
    "period": 300, "evaluationPeriods": 1, "threshold": 5, "treatMissingData": "notBreaching",
    "comparisonOperator": "GreaterThanOrEqualToThreshold"
  }
${examples(['how often it would have rung last month', 'alarms backtest denied.json --from 30d'])}`,
    )
    .action((file: string, options: BacktestOptions) => backtest(context, file, options));
}

async function backtest(context: CliContext, file: string, { from, to, json }: BacktestOptions): Promise<void> {
  const endTime = to ?? new Date();
  if (from >= endTime) throw new UsageError('--from must be before --to.');
  const alarm = await readAlarm(file);
  const input = { alarm, startTime: from.toISOString(), endTime: endTime.toISOString() };
  const { backtestAlarm } = await withApp(context, (app) =>
    app.execute<{ backtestAlarm: Backtest }>(documents.backtestAlarm, { input }),
  );
  const { terminal } = context;
  if (json) return terminal.out(JSON.stringify(backtestAlarm, null, 2));
  const columns: FittedColumn<Transition>[] = [
    { title: 'time', value: ({ timestamp }) => timestamp },
    { title: 'from', value: (row) => row.from },
    { title: 'to', value: (row) => row.to, style: (row) => styleOfState(row.to) },
    { title: 'reason', value: ({ reason }) => reason },
  ];
  terminal.err(verdict(alarm.alarmName, backtestAlarm));
  if (backtestAlarm.transitions.length === 0) return;
  for (const line of fittedTable(terminal, columns, backtestAlarm.transitions)) terminal.out(line);
}

/** `denied would have fired 14 times, and would be OK at the end.` */
function verdict(name: string, { transitions, finalState }: Backtest): string {
  const fired = transitions.filter(({ to }) => to === 'ALARM').length;
  return `${name} would have fired ${counted(fired, 'time')}, and would be ${finalState} at the end.`;
}

/** @throws UsageError */
async function readAlarm(file: string): Promise<{ readonly alarmName: string }> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  const alarm = parsed(text);
  if (typeof alarm !== 'object' || alarm === null || Array.isArray(alarm)) {
    throw new UsageError(`${file} is not a JSON object; \`alarms backtest --help\` shows one.`);
  }
  // Only its name may be left out: nothing is put under it.
  return { alarmName: 'The alarm', ...alarm };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
