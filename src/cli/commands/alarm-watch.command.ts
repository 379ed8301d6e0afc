import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type AlarmFilterOptions, alarmFilter, alarmFilterOptions } from '../alarm-filter-options.js';
import { type CliContext, CommandFailed, examples, withApp } from '../command.js';
import { watchAlarms } from '../watch-alarms.js';

const lookEveryMs = 1000;

export function addAlarmWatch(alarms: Command, context: CliContext): void {
  const watch = alarms
    .command('watch')
    .description('Show the states of alarms as they change, until Ctrl-C.')
    .option('--json', 'print a JSON object a change');
  for (const option of alarmFilterOptions('only alarms in this state, and changes to it')) watch.addOption(option);
  watch
    .addHelpText(
      'after',
      `
On a terminal: the alarms by state, and what has changed in the last hour. In a pipe: a line
a change, from now on: when it happened, the account, the alarm, the states before and after,
marks, and the reason.

Logs come late, so a change may be known long after it happened ("known"), and may turn out
otherwise: "corrected" is a change in place of one that was told before, "withdrawn" says that
one did not happen.
` +
        examples(
          ['everything', 'alarms watch'],
          ['what goes into ALARM in two accounts', 'alarms watch --state ALARM --account 111122223333,444455556666'],
          ['changes of the CIS pack, for a program', 'alarms watch --prefix CIS- --json >> changes.jsonl'],
        ),
    )
    .action((options: AlarmFilterOptions & { json?: boolean }) => run(context, options));
}

async function run(context: CliContext, options: AlarmFilterOptions & { json?: boolean }): Promise<void> {
  const { terminal } = context;
  try {
    await withApp(context, (app, signal) => {
      signal.addEventListener('abort', () => terminal.endDrawing());
      return watchAlarms(app, {
        terminal,
        filter: alarmFilter(options),
        json: options.json === true,
        wait: () => delay(lookEveryMs, undefined, { signal }),
        now: Date.now,
        signal,
      });
    });
  } catch (error) {
    // A stop signal is how watching is meant to end.
    if (!(error instanceof CommandFailed)) throw error;
  }
}
