import { Option } from 'commander';
import { listOption } from './command.js';

/** What was typed to choose alarms. */
export interface AlarmFilterOptions {
  readonly state: readonly string[];
  readonly account: readonly string[];
  readonly prefix?: string;
}

/** The options that choose alarms. @param ofState what a state chooses */
export function alarmFilterOptions(ofState: string): Option[] {
  return [
    listOption('--state <state>', `${ofState}: ALARM, INSUFFICIENT_DATA or OK`, 'all'),
    listOption('--account <id>', 'only alarms that see this account', 'all'),
    new Option('--prefix <text>', 'only alarms whose names begin with this'),
  ];
}

/** The `AlarmFilter` of the API that they mean. */
export function alarmFilter({ state, account, prefix }: AlarmFilterOptions) {
  return {
    ...(state.length === 0 ? {} : { states: state.map((one) => one.toUpperCase()) }),
    ...(account.length === 0 ? {} : { accountIds: account }),
    ...(prefix === undefined ? {} : { namePrefix: prefix }),
  };
}
