import { expect, it } from 'vitest';
import { commandLine } from '../../../test/support/command-line.js';
import { badInput, conflict } from '../../platform/errors.js';
import type { CliApp } from '../app.js';
import { CommandFailed } from '../command.js';
import { buildProgram } from '../program.js';

const page = (name: string, nodes: unknown[]) => ({
  [name]: { nodes, pageInfo: { hasNextPage: false, endCursor: null } },
});

const span = '--from 2026-11-21T00:00Z --to 2026-11-21T03:00Z';
const result = {
  id: 'm1',
  label: 'Errors',
  timestamps: ['2026-11-21T00:00:00.000Z', '2026-11-21T01:00:00.000Z'],
  values: [3, 0.5],
  messages: [] as object[],
  nextToken: null as string | null,
};
const answering = (...results: object[]) => ({ MetricData: { metricData: results } });

it('metric plot asks for what was typed', async () => {
  const { asked, code } = await commandLine(answering(result)).run(
    `metric plot Security Errors --dimension Region=eu-west-1 --dimension Path=a=b,c --stat Average,p99 ${span} --account 111122223333 --region eu-west-1 --period 300 --expression MAX([m1,m2])`,
  );
  const metric = {
    namespace: 'Security',
    metricName: 'Errors',
    dimensions: [
      { name: 'Region', value: 'eu-west-1' },
      { name: 'Path', value: 'a=b,c' },
    ],
    accountId: '111122223333',
    region: 'eu-west-1',
  };
  expect(code).toBe(0);
  expect(asked).toEqual([
    {
      operation: 'MetricData',
      variables: {
        input: {
          startTime: '2026-11-21T00:00:00.000Z',
          endTime: '2026-11-21T03:00:00.000Z',
          scanBy: 'TimestampAscending',
          nextToken: null,
          metricDataQueries: [
            { id: 'm1', metricStat: { metric, period: 300, stat: 'Average' }, returnData: false },
            { id: 'm2', metricStat: { metric, period: 300, stat: 'p99' }, returnData: false },
            { id: 'e1', expression: 'MAX([m1,m2])', period: 300 },
          ],
        },
      },
    },
  ]);
});

it('without options: the Sum of the last three hours, a point every other minute, drawn', async () => {
  const { asked, out } = await commandLine(answering(result)).run('metric plot Security Errors --height 4');
  const [{ variables }] = asked as unknown as [{ variables: { input: Record<string, string> } }];
  const { startTime = '', endTime = '', metricDataQueries } = variables.input;
  expect(Date.parse(endTime) - Date.parse(startTime)).toBe(3 * 3_600_000);
  expect(metricDataQueries).toMatchObject([{ metricStat: { period: 120, stat: 'Sum' } }]);
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toBe('Security Errors, Sum every 2 min');
  expect(lines).toHaveLength(1 + 4 + 3);
  expect(lines[1]).toMatch(/^ *\d+ ┤/);
});

it('--table has a row for each time and a column for each series', async () => {
  const other = { ...result, id: 'm2', timestamps: ['2026-11-21T01:00:00.000Z', '2026-11-21T02:00:00.000Z'] };
  const { out } = await commandLine(answering(result, other)).run(`metric plot S E --stat Sum,p9 ${span} --table`);
  expect(out).toBe(
    '2026-11-21T00:00:00.000Z\t3\t-\n2026-11-21T01:00:00.000Z\t0.5\t3\n2026-11-21T02:00:00.000Z\t-\t0.5\n',
  );
});

it('--json has all pages of an answer in one, and expressions by their text', async () => {
  const later = { ...result, id: 'e1', label: 'e1', timestamps: ['2026-11-21T02:00:00.000Z'], values: [7] };
  const pages = [{ metricData: [{ ...result, id: 'e1', label: 'e1', nextToken: 'more' }] }, { metricData: [later] }];
  const answers = {
    get MetricData() {
      return pages.shift();
    },
  };
  const { out, asked } = await commandLine(answers).run(`metric plot S E ${span} --expression m1*2 --json`);
  expect(JSON.parse(out)).toEqual([
    {
      id: 'e1',
      label: 'm1*2',
      messages: [],
      timestamps: [...result.timestamps, ...later.timestamps],
      values: [3, 0.5, 7],
    },
  ]);
  expect(asked.map(({ variables }) => (variables as { input: { nextToken: unknown } }).input.nextToken)).toEqual([
    null,
    'more',
  ]);
});

it('what there is to know of a series is said beside the data', async () => {
  const messages = [{ code: 'PeriodTooShort', value: 'ask for a longer period' }];
  const { out, err } = await commandLine(answering({ ...result, messages })).run(`metric plot S E ${span} --json`);
  expect(err).toBe('Errors: ask for a longer period\n');
  expect(JSON.parse(out)).toHaveLength(1);
});

it('where nothing is found, it says where to look', async () => {
  const none = { ...result, timestamps: [], values: [] };
  const { out, err, code } = await commandLine(answering(none)).run(`metric plot S E ${span}`);
  expect([code, out]).toEqual([0, 'S E, Sum every 2 min\nno data points\n']);
  expect(err).toContain('crosstrail metric list');
});

it('what is wrong with an expression is pointed at', async () => {
  const error = badInput('input.metricDataQueries[1].expression', 'there is no query with the id m9', 3);
  const { err, code } = await commandLine({ MetricData: error }).run('metric plot S E --expression m1+m9');
  expect([code, err]).toEqual([1, '--expression: there is no query with the id m9\n  m1+m9\n     ^\n']);
});

it.each([
  ['metric plot', 'Name a metric, or give an --expression'],
  ['metric plot S', 'Give the name of the metric as well'],
  ['metric plot --expression TIME_SERIES(1) --stat Sum', '--stat, --dimension, --account and --region are of a metric'],
  ['metric plot S E --from 2026-11-21 --to 2026-11-20', '--from must be before --to'],
  ['metric plot S E --from soon', 'It must be a time ago such as'],
  ['metric plot S E --dimension Region', 'It must be a name and a value'],
  ['metric plot S E --dimension =x', 'It must be a name and a value'],
  ['metric plot S E --period 1m', 'It must be a whole number'],
  ['metric plot S E --height 0', 'It must be a whole number'],
  ['metric backfill', "missing required argument 'filter'"],
  ['metric backfill errors --from soon', 'It must be a time ago such as'],
])('%s is refused before anything is opened', async (line, reason) => {
  const { code, err, opened } = await commandLine().run(line);
  expect(code).toBe(2);
  expect(err).toContain(reason);
  expect(opened).toEqual([]);
});

const metric = {
  namespace: 'Security',
  metricName: 'Denied',
  dimensions: [
    { name: 'Region', value: 'eu-west-1' },
    { name: 'User', value: 'a\u001b[31mb' },
  ],
  accountId: '111122223333',
  region: null,
};

it('metric list, piped, is one tab-separated line a metric', async () => {
  const { out, asked } = await commandLine({ Metrics: page('metrics', [metric]) }).run(
    'metric list --namespace Security --name Denied --account 111122223333,444455556666',
  );
  expect(out).toBe('Security\tDenied\tRegion=eu-west-1 User=a [31mb\t111122223333\t-\n');
  const filter = { namespace: 'Security', metricName: 'Denied', accountIds: ['111122223333', '444455556666'] };
  expect(asked[0]?.variables).toEqual({ filter, after: null });
});

const filter = {
  name: 'errors',
  filterPattern: '{ $.errorCode = * }',
  accountIds: null as string[] | null,
  regions: null,
  metricTransformations: [{ metricNamespace: 'Security', metricName: 'Errors', metricValue: '1' }],
  backfills: [] as object[],
};
const run = { id: '7', state: 'RUNNING', progress: 0.429, events: 5, matched: 1, error: null };

it('metric filters shows what each counts, and how far its last backfill is', async () => {
  const filters = [
    filter,
    { ...filter, backfills: [run], accountIds: ['111122223333'], filterPattern: '' },
    { ...filter, backfills: [{ ...run, error: 'no room' }] },
    { ...filter, backfills: [{ ...run, state: 'DONE', progress: 1 }] },
  ];
  const { out } = await commandLine({ MetricFilters: page('metricFilters', filters) }).run('metric filters');
  expect(out.trimEnd().split('\n')).toEqual([
    'errors\tSecurity\tErrors\t1\tevery\t-\t{ $.errorCode = * }',
    'errors\tSecurity\tErrors\t1\t1\tRUNNING 42 %\t(every event)',
    'errors\tSecurity\tErrors\t1\tevery\tRUNNING 42 %: no room\t{ $.errorCode = * }',
    'errors\tSecurity\tErrors\t1\tevery\tDONE\t{ $.errorCode = * }',
  ]);
});

it('lists without rows say so, and nothing goes to standard output', async () => {
  const empty = { Metrics: page('metrics', []), MetricFilters: page('metricFilters', []) };
  expect(await commandLine(empty).run('metric list')).toMatchObject({ out: '', err: 'There are no such metrics.\n' });
  expect((await commandLine(empty).run('metric filters')).err).toContain('docs/metrics.md');
});

const started = { BackfillMetricFilter: { backfillMetricFilter: { backfill: { id: '7' } } } };

it('metric backfill starts a run and says where it is seen', async () => {
  const { out, err, asked } = await commandLine(started).run('metric backfill errors --from 2026-11-01');
  expect(asked).toEqual([
    {
      operation: 'BackfillMetricFilter',
      variables: { input: { name: 'errors', from: '2026-11-01T00:00:00.000Z', to: undefined } },
    },
  ]);
  expect([out, err]).toEqual(['', 'It is started. How far it is:  crosstrail metric filters\n']);
});

it.each([
  ['DONE', 0, 'DONE  42 %, 5 events looked at, 1 matched\n'],
  ['CANCELLED', 1, 'It was ended before it was done'],
])('--watch shows how it ended: %s', async (state, code, said) => {
  const shown = { MetricBackfills: { metricFilter: { backfills: [{ ...run, state }] } } };
  const ended = await commandLine({ ...started, ...shown }).run('metric backfill errors --watch');
  expect(ended.code).toBe(code);
  expect(ended.err).toContain(said);
});

it('Ctrl-C leaves a run to the workers, and says so', async () => {
  const { deps, terminal } = commandLine();
  let said = '';
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const execute = async (document: string) => {
    if (document.startsWith('mutation')) return started.BackfillMetricFilter;
    interrupt('SIGINT');
    return new Promise(() => undefined);
  };
  const program = buildProgram({
    ...deps,
    terminal: { ...terminal, err: (text) => void (said += `${text}\n`) },
    openApp: async () => ({ execute, stop: async () => undefined }) as unknown as CliApp,
    stopSignal: () => new Promise((resolve) => (interrupt = resolve)),
  });
  const line = ['metric', 'backfill', 'errors', '--watch'];
  await expect(program.parseAsync(line, { from: 'user' })).rejects.toThrow(CommandFailed);
  expect(said).toBe('SIGINT: stopping\nThe backfill goes on while a worker runs: crosstrail metric filters\n');
});

it('a run that is there already is told as such', async () => {
  const error = conflict('a backfill of metric filter "errors" runs already');
  const { code, err } = await commandLine({ BackfillMetricFilter: error }).run('metric backfill errors --watch');
  expect([code, err]).toEqual([1, 'a backfill of metric filter "errors" runs already\n']);
});
