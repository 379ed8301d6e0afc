import { expect, it } from 'vitest';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { fittingPeriod, metricDataInput, type PlotRequest, plotTitle, retold, shownLabel } from './plot-request.js';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

// Own reckoning: at most one and a half points a column.
it.each([
  [10 * minute, 73, 60],
  [3 * hour, 73, 120],
  [3 * hour, 193, 60],
  [6 * hour, 73, 300],
  [day, 73, 900],
  [7 * day, 73, 7200],
  [7 * day, 193, 3600],
  [30 * day, 73, 43_200],
  [455 * day, 73, 86_400],
  [3 * hour, 1, 7200],
  [3 * hour, -5, 86_400],
])('%d ms in %d columns have a point every %d seconds', (span, columns, period) => {
  expect(fittingPeriod(span, columns)).toBe(period);
});

const request = (given: Partial<PlotRequest> = {}): PlotRequest => ({
  metric: { namespace: 'Security', metricName: 'Errors', dimensions: [{ name: 'Region', value: 'eu-west-1' }] },
  stats: ['Sum'],
  expressions: [],
  from: new Date('2026-11-21T09:00:00Z'),
  to: new Date('2026-11-21T12:00:00Z'),
  period: 120,
  ...given,
});

it('several statistics are several series; where there are expressions, the metric itself is not drawn', () => {
  const ids = (one: PlotRequest) =>
    metricDataInput(one).metricDataQueries.map((query) => [query.id, 'returnData' in query ? query.returnData : true]);
  expect(ids(request({ stats: ['Sum', 'p99'] }))).toEqual([
    ['m1', true],
    ['m2', true],
  ]);
  expect(ids(request({ stats: ['Sum', 'p99'], expressions: ['m1 / m2', 'm1'] }))).toEqual([
    ['m1', false],
    ['m2', false],
    ['e1', true],
    ['e2', true],
  ]);
  expect(ids(request({ metric: null, expressions: ['TIME_SERIES(1)'] }))).toEqual([['e1', true]]);
});

it.each<[Partial<PlotRequest>, string]>([
  [{}, 'Security Errors Region=eu-west-1, Sum every 2 min'],
  [{ stats: ['Sum', 'p99'], period: 3600 }, 'Security Errors Region=eu-west-1, Sum, p99 every 1 h'],
  [{ expressions: ['m1 * 2'], period: 90 }, 'm1 * 2 (of Security Errors Region=eu-west-1, Sum every 90 s)'],
  [{ metric: null, expressions: ['TIME_SERIES(1)'], period: 86_400 }, 'TIME_SERIES(1) (every 1 d)'],
  [
    { metric: { namespace: 'N', metricName: 'M', dimensions: [], accountId: '111122223333', region: 'eu-west-1' } },
    'N M 111122223333 eu-west-1, Sum every 2 min',
  ],
])('the title says what is drawn: %j', (given, title) => {
  expect(plotTitle(request(given))).toBe(title);
});

it('an expression is called by its text, unless it found series that have names', () => {
  const asked = request({ expressions: ['m1 * 2', "SEARCH('Security', 'Sum')"] });
  expect(shownLabel(asked, { id: 'e1', label: 'e1' })).toBe('m1 * 2');
  expect(shownLabel(asked, { id: 'e2', label: 'Errors' })).toBe('Errors');
  expect(shownLabel(asked, { id: 'm1', label: 'm1' })).toBe('m1');
});

const query = (index: number, rest: string) => `input.metricDataQueries[${index}].${rest}`;

it.each<[CrosstrailError, Partial<PlotRequest>, string]>([
  [
    badInput(query(1, 'expression'), 'there is no query with the id m9', 3),
    { expressions: ['m1+m9'] },
    '--expression: there is no query with the id m9\n  m1+m9\n     ^',
  ],
  [
    badInput(query(1, 'expression'), 'wrong', 0),
    { metric: null, expressions: ['x', 'A\nB\u001b[31m'] },
    '--expression: wrong\n  A B [31m\n  ^',
  ],
  [
    badInput(query(0, 'expression'), 'wrong', 500),
    { metric: null, expressions: [`${'a'.repeat(500)}!${'b'.repeat(500)}`] },
    `--expression: wrong\n  ${'a'.repeat(19)}!${'b'.repeat(18)}\n  ${' '.repeat(19)}^`,
  ],
  [
    badInput(query(1, 'metricStat.stat'), 'this is no statistic', 1),
    { stats: ['Sum', 'p999'] },
    '--stat: this is no statistic\n  p999\n   ^',
  ],
  [
    badInput(query(0, 'metricStat.period'), 'a period is a multiple of 60'),
    {},
    '--period: a period is a multiple of 60',
  ],
  [badInput(query(0, 'metricStat.metric.dimensions[1].name'), 'twice'), {}, '--dimension: twice'],
  [badInput(query(0, 'metricStat.metric.namespace'), 'too long'), {}, 'NAMESPACE: too long'],
  [badInput('input.endTime', 'must be after startTime'), {}, '--to: must be after startTime'],
  [badInput('input.maxDatapoints', 'too many'), {}, 'input.maxDatapoints: too many'],
  [new CrosstrailError('COST_EXCEEDED', 'too much', { limit: 1 }), {}, 'too much'],
])('what the API refuses is told in terms of what was typed', (error, given, message) => {
  expect((retold(error, request(given), { columns: 40 }) as Error).message).toBe(message);
});

it('a defect stays a defect', () => {
  const defect = new Error('x is undefined');
  expect(retold(defect, request(), { columns: 40 })).toBe(defect);
});
