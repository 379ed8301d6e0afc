import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandLine } from '../../../test/support/command-line.js';
import { CrosstrailError } from '../../platform/errors.js';
import type { CliApp } from '../app.js';
import { buildProgram } from '../program.js';

/* What is typed, what is asked of the API, and what is printed. Own reckoning. */

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'alarms-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const page = (nodes: readonly unknown[]) => ({
  alarms: { nodes, pageInfo: { hasNextPage: false, endCursor: null } },
});
const alarm = {
  id: '1',
  name: 'root-use',
  state: 'OK',
  stateReason: 'why',
  stateTransitionedAt: '2026-11-22T12:00:00.000Z',
  accountIds: ['111122223333'],
  region: null,
  actionsEnabled: true,
  alarmActions: ['pager', 'chat'],
  pack: null,
};

it('alarms list has what is in ALARM first, and asks for what was typed', async () => {
  const off = { ...alarm, name: 'denied', state: 'ALARM', accountIds: null, actionsEnabled: false };
  const { out, asked } = await commandLine({ Alarms: page([alarm, off]) }).run(
    'alarms list --state alarm,ok --account 111122223333 --account 444455556666 --prefix CIS-',
  );
  expect(out).toBe(
    'ALARM\t2026-11-22T12:00:00.000Z\tevery\tdenied\toff\twhy\n' +
      'OK\t2026-11-22T12:00:00.000Z\t111122223333\troot-use\tpager chat\twhy\n',
  );
  const filter = { states: ['ALARM', 'OK'], accountIds: ['111122223333', '444455556666'], namePrefix: 'CIS-' };
  expect(asked).toEqual([{ operation: 'Alarms', variables: { filter, after: null } }]);
});

it('alarms list without options asks for all, also by the other name; without alarms it says so', async () => {
  const { out, err, asked } = await commandLine({ Alarms: page([]) }).run('alarm list');
  expect([out, err]).toEqual(['', 'There are no such alarms.\n']);
  expect(asked[0]?.variables).toEqual({ filter: {}, after: null });
  expect(JSON.parse((await commandLine({ Alarms: page([alarm]) }).run('alarms list --json')).out)).toEqual([alarm]);
});

const history = [
  {
    timestamp: '2026-11-22T12:00:00.000Z',
    historyItemType: 'StateUpdate',
    historySummary: 'Alarm updated from OK to ALARM',
    historyData: JSON.stringify({ newState: { stateValue: 'ALARM', stateReason: 'why' } }),
  },
  {
    timestamp: '2026-11-22T11:00:00.000Z',
    historyItemType: 'ConfigurationUpdate',
    historySummary: 'Alarm "root-use" created',
    historyData: null,
  },
];

it('alarms history shows what happened, with the reason of a change of state', async () => {
  const answers = { AlarmHistory: { alarms: { nodes: [{ history: { nodes: history } }] } } };
  const { out, asked } = await commandLine(answers).run('alarms history root-use --type StateUpdate --last 7');
  expect(out).toBe(
    '2026-11-22T12:00:00.000Z\tStateUpdate\tAlarm updated from OK to ALARM\twhy\n' +
      '2026-11-22T11:00:00.000Z\tConfigurationUpdate\tAlarm "root-use" created\t-\n',
  );
  expect(asked[0]?.variables).toEqual({ name: 'root-use', types: ['StateUpdate'], first: 7 });
  expect(JSON.parse((await commandLine(answers).run('alarms history root-use --json')).out)).toEqual(history);
});

it('the history of an alarm that is not there is an error that says where to look', async () => {
  const { code, err } = await commandLine({ AlarmHistory: { alarms: { nodes: [] } } }).run('alarms history nobody');
  expect([code, err]).toEqual([1, 'alarm "nobody" does not exist; `alarms list` has them\n']);
});

it('alarms set puts an alarm into a state', async () => {
  const { code, err, asked } = await commandLine().run('alarms set root-use ALARM --reason test');
  expect([code, err]).toEqual([0, 'Alarm root-use is in ALARM until it is next evaluated.\n']);
  expect(asked).toEqual([
    {
      operation: 'SetAlarmState',
      variables: { input: { alarmName: 'root-use', stateValue: 'ALARM', stateReason: 'test' } },
    },
  ]);
});

const input = { alarmName: 'denied', namespace: 'Security', metricName: 'Denied', threshold: 5 };
const transition = (from: string, to: string, minute: number) => ({
  timestamp: `2026-11-22T12:0${minute}:00.000Z`,
  from,
  to,
  reason: 'why',
});

it.each([
  [0, []],
  [1, [transition('OK', 'ALARM', 0)]],
  [2, [transition('OK', 'ALARM', 0), transition('ALARM', 'OK', 1), transition('OK', 'ALARM', 2)]],
])('alarms backtest says that it would have fired %i times, and when', async (times, transitions) => {
  const file = join(directory, 'denied.json');
  await writeFile(file, JSON.stringify(input));
  const answers = { BacktestAlarm: { backtestAlarm: { transitions, finalState: 'OK' } } };
  const span = '--from 2026-11-21 --to 2026-11-22T12:30:00Z';
  const { out, err, asked } = await commandLine(answers).run(`alarms backtest ${file} ${span}`);
  expect(err).toBe(`denied would have fired ${times} time${times === 1 ? '' : 's'}, and would be OK at the end.\n`);
  expect(out).toBe(transitions.map(({ timestamp, from, to }) => `${timestamp}\t${from}\t${to}\twhy\n`).join(''));
  const expected = { alarm: input, startTime: '2026-11-21T00:00:00.000Z', endTime: '2026-11-22T12:30:00.000Z' };
  expect(asked).toEqual([{ operation: 'BacktestAlarm', variables: { input: expected } }]);
  const { out: json } = await commandLine(answers).run(`alarms backtest ${file} ${span} --json`);
  expect(JSON.parse(json)).toEqual(answers.BacktestAlarm.backtestAlarm);
});

it.each([
  ['no file', null, /cannot be read: ENOENT/],
  ['no JSON', '{ alarmName', /is not a JSON object; `alarms backtest --help` shows one/],
  ['a list', '[]', /is not a JSON object/],
  ['null', 'null', /is not a JSON object/],
])('alarms backtest of %s says what is wrong, and asks nothing', async (_, text, said) => {
  const file = join(directory, 'wrong.json');
  if (text === null) await rm(file, { force: true });
  else await writeFile(file, text);
  const { code, err, opened } = await commandLine().run(`alarms backtest ${file} --from 1h`);
  expect([code, opened]).toEqual([2, []]);
  expect(err).toMatch(said);
});

const pack = {
  alarms: [{ ...alarm, alarmDescription: 'CIS, 4.3: use of the root account' }],
  metricFilters: [{ name: 'a' }, { name: 'b' }],
};

it('alarms install-pack shows what was installed', async () => {
  const { out, err, asked } = await commandLine({ InstallAlarmPack: { installAlarmPack: pack } }).run(
    'alarms install-pack CIS_AWS_FOUNDATIONS --account 111122223333 --alarm-action pager,chat --ok-action chat',
  );
  expect([out, err]).toEqual([
    'root-use\tOK\tCIS, 4.3: use of the root account\n',
    '1 alarm and 2 metric filters installed.\n',
  ]);
  expect(asked[0]?.variables).toEqual({
    name: 'CIS_AWS_FOUNDATIONS',
    accountIds: ['111122223333'],
    alarmActions: ['pager', 'chat'],
    okActions: ['chat'],
  });
});

it.each([
  ['what was there', pack, '1 alarm and 2 metric filters removed.\n'],
  ['nothing', { alarms: [], metricFilters: [] }, 'It was not installed for these accounts.\n'],
])('alarms remove-pack removes %s', async (_, removed, said) => {
  const { err, code, asked } = await commandLine({ RemoveAlarmPack: { removeAlarmPack: removed } }).run(
    'alarms remove-pack CIS_AWS_FOUNDATIONS',
  );
  expect([code, err]).toEqual([0, said]);
  expect(asked[0]?.variables).toEqual({ name: 'CIS_AWS_FOUNDATIONS', accountIds: null });
});

it.each([
  ['alarms set root-use FIRE --reason x', /Allowed choices are ALARM, INSUFFICIENT_DATA, OK/],
  ['alarms set root-use ALARM', /required option '--reason <text>' not specified/],
  ['alarms backtest a.json', /required option '--from <time>' not specified/],
  ['alarms backtest a.json --from 2026-11-22 --to 2026-11-21', /--from must be before --to/],
  ['alarms history root-use --last 1001', /a whole number up to 1000/],
])('%s is not understood', async (line, said) => {
  const { code, err, opened } = await commandLine().run(line);
  expect([code, opened]).toEqual([2, []]);
  expect(err).toMatch(said);
});

it('alarms watch that is refused ends with what is wrong', async () => {
  const error = new CrosstrailError('BAD_USER_INPUT', 'filter.accountIds: no');
  expect(await commandLine({ AlarmFeed: error }).run('alarms watch')).toMatchObject({
    code: 1,
    err: 'filter.accountIds: no\n',
    stopped: 1,
  });
});

it('Ctrl-C ends alarms watch as it is meant to end, and gives the terminal back before the app is released', async () => {
  const { deps, terminal } = commandLine();
  const done: string[] = [];
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const execute = async (document: string) =>
    document.includes('alarmFeed') ? { alarmFeed: { changes: [], endCursor: '1', hasMore: false } } : page([alarm]);
  const program = buildProgram({
    ...deps,
    terminal: {
      ...terminal,
      interactive: true,
      draw: (lines) => {
        done.push(lines[1] ?? '');
        interrupt('SIGINT');
      },
      endDrawing: () => void done.push('given back'),
    },
    openApp: async () => ({ execute, stop: async () => void done.push('released') }) as unknown as CliApp,
    stopSignal: () => new Promise((resolve) => (interrupt = resolve)),
  });
  await program.parseAsync(['alarms', 'watch'], { from: 'user' });
  expect(done).toEqual(['OK 1', 'given back', 'released']);
});
