import { describe, expect, it } from 'vitest';
import { MathQueryError } from './metric-math-error.js';
import { type MathQuery, planMetricMath } from './metric-math-plan.js';

const metrics = [
  { id: 'm1', period: 60, label: 'Errors' },
  { id: 'm2', period: 300, label: 'Requests' },
  { id: 'fast', period: 10, label: 'Load' },
];

function query(id: string, expression: string, period: number | null = null): MathQuery {
  return { id, expression, period };
}

function errorOf(...expressions: readonly MathQuery[]): MathQueryError {
  try {
    planMetricMath(metrics, expressions);
  } catch (error) {
    if (error instanceof MathQueryError) return error;
    throw error;
  }
  throw new Error('the plan was made');
}

function kindOf(expression: string): string | undefined {
  return planMetricMath(metrics, [query('x1', '[m1, m2]'), query('e1', expression)]).queries.at(-1)?.kind;
}

describe('kinds of results', () => {
  // Origin: the tables of operators and functions in AWS's guide, with their own examples.
  it.each([
    ['m1', 'series'],
    ['-m1', 'series'],
    ['PERIOD(m1)/60 * m1', 'series'],
    ['m1 - m2', 'series'],
    ['100/[m1, m2]', 'array'],
    ['[m1,m2]/m2', 'array'],
    ['m2/[m1,m2]', 'array'],
    ['METRICS()*100', 'array'],
    ['m1 > 3 && m2 < 2', 'series'],
    ['SUM([m1,m2])/AVG(m2)', 'series'],
    ['AVG(METRICS())', 'series'],
    ['CEIL(METRICS())', 'array'],
    ['DATAPOINT_COUNT(METRICS())', 'series'],
    ['m1/METRIC_COUNT(METRICS())', 'series'],
    ['DIFF(m1)', 'series'],
    ['DIFF_TIME(METRICS())', 'array'],
    ['FILL(m1, REPEAT)', 'series'],
    ['FILL(METRICS(), LINEAR)', 'array'],
    ['FILL(METRICS(), m1)', 'array'],
    ['FILL(m1, m2)', 'series'],
    ['FIRST(SORT(METRICS(), AVG, DESC))', 'series'],
    ['LAST(ANOMALY_DETECTION_BAND(m1))', 'series'],
    ['ANOMALY_DETECTION_BAND(m1, 2 * 2)', 'array'],
    ['IF(m1, m2)', 'series'],
    ['IF(m1 < 400, 10, 2)', 'series'],
    ['IF(AVG(m1) > 2, m1, m2)', 'series'],
    ['IF(AVG(m1) > 2, 1, 2) * m1', 'series'],
    ['IF(1, 2, m1)', 'series'],
    ['HOUR(m1)', 'series'],
    ['REMOVE_EMPTY(METRICS())', 'array'],
    ['RUNNING_SUM([m1,m2])', 'array'],
    ['SLICE(x1, 1)', 'array'],
    ['SORT(x1, MAX, ASC, 10)', 'array'],
    ['m1/STDDEV(m1)', 'series'],
    ['TIME_SERIES(MAX(m1))', 'series'],
    ['SEARCH("Errors", "Sum")', 'array'],
    ['[x1, m1, METRICS("m")]', 'array'],
  ])('%s is %s', (expression, kind) => {
    expect(kindOf(expression)).toBe(kind);
  });

  // Origin: own reckoning from the same tables: what they do not list.
  it.each([
    ['AVG(m1)', 0, 'the result is a number'],
    ['5', 0, 'the result is a number'],
    ['"m1"', 0, 'the result is a string'],
    ['REPEAT', 0, 'the result is a word'],
    ['x1 / METRICS()', 3, '/ does not take two arrays'],
    ['x1 > 1', 0, '> takes numbers and time series, not an array'],
    ['m1 AND x1', 7, '&& takes numbers and time series, not an array'],
    ['m1 + "a"', 5, '+ takes numbers and time series, not a string'],
    ['-"a"', 1, '- takes numbers and time series, not a string'],
    ['m1 * DESC', 5, 'not a word'],
    ['[m1, 5]', 5, 'an array holds time series, not a number'],
    ['[m1, "a"]', 5, 'an array holds time series, not a string'],
    ['ABS(5)', 4, 'argument 1 of ABS is a time series or an array of time series, not a number'],
    ['ABS()', 0, 'ABS lacks its argument 1'],
    ['ABS(m1, m2)', 8, 'ABS takes 1 argument at most'],
    ['SUM("errors")', 4, 'argument 1 of SUM is a time series or an array'],
    ['FIRST(m1)', 6, 'argument 1 of FIRST is an array of time series, not a time series'],
    ['METRIC_COUNT(m1) * m1', 13, 'argument 1 of METRIC_COUNT is an array'],
    ['TIME_SERIES(m1)', 12, 'argument 1 of TIME_SERIES is a number, not a time series'],
    ['HOUR(x1)', 5, 'argument 1 of HOUR is a time series, not an array'],
    ['FILL(m1)', 0, 'FILL lacks its argument 2: a number or a time series or REPEAT or LINEAR'],
    ['FILL(m1, x1)', 9, 'argument 2 of FILL is a number or a time series or REPEAT or LINEAR, not an array'],
    ['FILL(m1, CUBIC)', 9, 'not CUBIC'],
    ['FILL(m1, "REPEAT")', 9, 'not a string'],
    ['IF(x1, 1, 0)', 3, 'argument 1 of IF is a number or a time series, not an array'],
    ['IF(m1, x1)', 7, 'argument 2 of IF'],
    ['IF(m1)', 0, 'IF lacks its argument 2'],
    ['IF(m1, 1, 0, 0)', 13, 'IF takes 3 arguments at most'],
    ['SORT(x1, MEDIAN, ASC)', 9, 'argument 2 of SORT is AVG or MIN or MAX or SUM, not MEDIAN'],
    ['SORT(x1, AVG, UP)', 14, 'argument 3 of SORT is ASC or DESC, not UP'],
    ['SORT(x1, AVG, ASC, m1)', 19, 'argument 4 of SORT is a number'],
    ['SLICE(x1)', 0, 'SLICE lacks its argument 2: a number'],
    ['PERIOD(x1) * m1', 7, 'PERIOD takes the id of a metric'],
    ['PERIOD(m1 + m2) * m1', 10, 'PERIOD takes the id of a metric'],
    ['PERIOD() * m1', 0, 'PERIOD takes the id of a metric'],
    ['ANOMALY_DETECTION_BAND(x1)', 0, 'x1 is an array of time series'],
    ['ANOMALY_DETECTION_BAND(m1, m2)', 27, 'the standard deviations of a band are a number'],
    ['ANOMALY_DETECTION_BAND(m1, REPEAT)', 27, 'the standard deviations of a band are a number'],
  ])('%s is refused at %i: %s', (expression, position, reason) => {
    const error = errorOf(query('x1', '[m1, m2]'), query('e1', expression));
    expect(error.reason).toContain(reason);
    expect(error).toMatchObject({ queryId: 'e1', position });
  });
});

describe('queries together', () => {
  it('are evaluated behind those that they refer to', () => {
    const plan = planMetricMath(metrics, [query('e3', 'e2 + e1'), query('e2', 'e1 * 2'), query('e1', 'm1')]);
    expect(plan.queries.map((planned) => planned.query.id)).toEqual(['e1', 'e2', 'e3']);
  });

  it('tell the metrics and the period that they depend on', () => {
    const plan = planMetricMath(metrics, [
      query('e2', 'e1 / m2'),
      query('e1', 'fast + m1'),
      query('e3', 'SUM(METRICS("m"))'),
      query('e4', 'TIME_SERIES(1)'),
      query('e5', 'TIME_SERIES(1)', 3600),
    ]);
    expect(plan.queries.map(({ query: { id }, metricIds, period }) => [id, metricIds.join(), period])).toEqual([
      ['e1', 'm1,fast', 60],
      ['e2', 'm1,m2,fast', 300],
      ['e3', 'm1,m2,fast', 300],
      ['e4', '', null],
      ['e5', '', 3600],
    ]);
  });

  it('tell the expressions that they depend on', () => {
    const plan = planMetricMath(metrics, [
      query('e1', 'm1'),
      query('e2', 'e1'),
      query('e3', 'm1'),
      query('e4', 'e2+e1'),
    ]);
    expect(plan.queries.map(({ expressionIds }) => [...expressionIds].sort().join())).toEqual(['', 'e1', '', 'e1,e2']);
  });

  it('tell the searches and bands that they need', () => {
    const plan = planMetricMath(metrics, [
      query('e1', "SUM(SEARCH('Errors', 'Sum'))", 60),
      query('e2', "SEARCH('Errors', 'Sum', 300)", 60),
      query('e3', 'm1 * 2'),
      query('e4', 'FIRST(ANOMALY_DETECTION_BAND(e3))'),
      query('e5', 'e1 + 1'),
      query('e6', "m2 + SUM(SEARCH('Errors', 'Sum'))"),
      query('e7', "SEARCH('Errors', 'Sum')"),
    ]);
    expect(plan.searches.map(({ queryId, call }) => [queryId, call.search, call.stat, call.period])).toEqual([
      ['e1', 'Errors', 'Sum', 60],
      ['e2', 'Errors', 'Sum', 300],
      ['e6', 'Errors', 'Sum', 300],
      ['e7', 'Errors', 'Sum', null],
    ]);
    expect(plan.bands).toEqual([{ queryId: 'e4', id: 'e3' }]);
    expect(plan.queries.filter(({ usesSearch }) => usesSearch).map(({ query: { id } }) => id)).toEqual([
      'e1',
      'e2',
      'e5',
      'e6',
      'e7',
    ]);
  });

  // Origin: own reckoning, and the limits of MetricDataQuery in CloudWatch's API reference.
  it.each([
    ['an unknown id', [query('e1', 'm1 + nope')], 'e1', 5, 'there is no query with the id nope'],
    ['itself', [query('e1', 'm1 + e1')], 'e1', 5, 'may not depend on themselves: e1 -> e1'],
    ['a cycle', [query('e1', 'e2'), query('e2', '1 * e3'), query('e3', 'e2')], 'e3', 0, 'e2 -> e3 -> e2'],
    ['an id of a metric', [query('m1', 'm2')], 'm1', 0, 'another query has this id'],
    ['an id twice', [query('e1', 'm1'), query('e1', 'm2')], 'e1', 0, 'another query has this id'],
    ['an id with a capital', [query('E1', 'm1')], 'E1', 0, 'an id is a lower-case letter'],
    ['an id with a dash', [query('a-b', 'm1')], 'a-b', 0, 'an id is a lower-case letter'],
    ['no id', [query('', 'm1')], '', 0, 'an id is a lower-case letter'],
    ['a fault of syntax', [query('e1', 'm1'), query('e2', 'm1 +')], 'e2', 4, 'is expected where'],
    [
      'too many',
      Array.from({ length: 498 }, (_, at) => query(`q${at}`, 'm1')),
      'q497',
      0,
      'a request has 500 queries at most',
    ],
  ])('%s is refused', (_, expressions, queryId, position, reason) => {
    const error = errorOf(...expressions);
    expect(error.reason).toContain(reason);
    expect(error).toMatchObject({ queryId, position });
  });

  it('may call SEARCH a hundred times', () => {
    const searches = Array.from({ length: 101 }, (_, at) => query(`e${at}`, "SEARCH('a', 'Sum')"));
    expect(planMetricMath([], searches.slice(1)).searches).toHaveLength(100);
    expect(errorOf(...searches)).toMatchObject({
      queryId: 'e100',
      reason: 'a request has 100 calls of SEARCH at most',
    });
  });

  it('may be a chain of 497', () => {
    const chain = Array.from({ length: 497 }, (_, at) => query(`e${at}`, at === 496 ? 'm1' : `e${at + 1} + 1`));
    expect(planMetricMath(metrics, chain).queries[0]?.query.id).toBe('e496');
  });
});

describe('bands', () => {
  // Origin: "Anomaly detection on metric math" in AWS's guide.
  it.each([
    ['METRICS', 'ANOMALY_DETECTION_BAND(m1) * SUM(METRICS())', 0, 'METRICS'],
    ['METRICS in what it is around', 'ANOMALY_DETECTION_BAND(all)', 0, 'METRICS'],
    ['SEARCH', "ANOMALY_DETECTION_BAND(m1) / SUM(SEARCH('a', 'Sum'))", 0, 'SEARCH'],
    ['SEARCH in what it is around', '1 * ANOMALY_DETECTION_BAND(found)', 4, 'SEARCH'],
    ['metrics of different periods', 'ANOMALY_DETECTION_BAND(mixed)', 0, 'must have one period'],
    ['a metric of high resolution', 'ANOMALY_DETECTION_BAND(fast)', 0, '60 seconds or more'],
    ['a band', 'ANOMALY_DETECTION_BAND(upper)', 0, 'is made of a band itself'],
  ])('are not for %s', (_, expression, position, reason) => {
    const error = errorOf(
      query('all', 'SUM(METRICS())'),
      query('found', "SUM(SEARCH('a', 'Sum'))"),
      query('mixed', 'm1 + m2'),
      query('upper', 'FIRST(ANOMALY_DETECTION_BAND(m1))'),
      query('e1', expression),
    );
    expect(error.reason).toContain(reason);
    expect(error).toMatchObject({ queryId: 'e1', position });
  });

  it('depend on ten metrics at most', () => {
    const many = Array.from({ length: 11 }, (_, at) => ({ id: `m${at}`, period: 60, label: '' }));
    const sumOf = (count: number): string =>
      many
        .slice(0, count)
        .map(({ id }) => id)
        .join('+');
    const band = query('band', 'ANOMALY_DETECTION_BAND(sum)');
    expect(() => planMetricMath(many, [query('sum', sumOf(10)), band])).not.toThrow();
    expect(() => planMetricMath(many, [query('sum', sumOf(11)), band])).toThrow('10 metrics at most');
  });
});
