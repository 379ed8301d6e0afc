import { describe, expect, it } from 'vitest';
import { evaluateMetricMath } from './evaluate-metric-math.js';
import { planMetricMath } from './metric-math-plan.js';
import type { TimeSeries } from './time-series.js';

/** A Monday, at midnight. */
const monday = Date.UTC(2024, 0, 1);
const minute = 60_000;

/** One value for each minute; null where there is no point. */
type Metrics = Readonly<Record<string, readonly (number | null)[]>>;

function evaluated(expression: string, metrics: Metrics, start = monday): readonly TimeSeries[] {
  const all = Object.entries(metrics).map(([id, values]): TimeSeries => {
    const points = values.flatMap((value, at) => (value === null ? [] : [[start + at * minute, value] as const]));
    const [timestamps, present] = [points.map(([timestamp]) => timestamp), points.map(([, value]) => value)];
    return { id, label: id, period: 60, timestamps, values: present };
  });
  const results = evaluateMetricMath(planMetricMath(all, [{ id: 'e1', expression }]), {
    start,
    end: start + slotsOf(metrics) * minute,
    period: null,
    series: (id) => all.find((each) => each.id === id) as TimeSeries,
    search: () => [],
    band: () => null,
  });
  return results.get('e1') ?? [];
}

function slotsOf(metrics: Metrics): number {
  return Math.max(...Object.values(metrics).map(({ length }) => length));
}

/** `30 0 -`: the value at each minute from the start to the end, and - for none; series divided by |. */
function result(expression: string, metrics: Metrics): string {
  return evaluated(expression, metrics)
    .map(({ timestamps, values }) => {
      const at = new Map(timestamps.map((timestamp, index) => [timestamp, values[index]]));
      return Array.from({ length: slotsOf(metrics) }, (_, slot) => at.get(monday + slot * minute) ?? '-').join(' ');
    })
    .join(' | ');
}

/** No point. */
const _: null = null;

describe('the worked examples of AWS', () => {
  // Origin: "Comparison and logical operators" in "Using math expressions with CloudWatch metrics".
  it.each([
    ['metric1 < metric2', '0 0 1 0'],
    ['metric1 >= 30', '1 0 0 0'],
    ['metric1 > 15 AND metric2 > 15', '1 0 0 0'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { metric1: [30, 20, 0, 0], metric2: [20, _, 20, _] })).toBe(expected);
  });

  // Origin: the tables of "Using IF expressions" there.
  it.each([
    ['IF(metric1, metric2, metric3)', '30 0 20 - -'],
    ['IF(metric1, 5, metric3)', '5 5 20 - -'],
    ['IF(metric1, metric2, 5)', '30 0 5 5 -'],
  ])('%s is %s', (expression, expected) => {
    const metrics = { metric1: [1, 1, 0, 0, _], metric2: [30, _, 0, 0, 30], metric3: [0, 0, 20, _, 20] };
    expect(result(expression, metrics)).toBe(expected);
  });

  // Origin: the use cases of "Using IF expressions"; the values are our own.
  it.each([
    ['IF(metric1<400, metric1)', '100 - - 399'],
    ['IF(metric1<400, 10, 2)', '10 2 - 10'],
    ['IF(latency>threshold, 1, 0)', '0 1 1 0'],
  ])('%s is %s', (expression, expected) => {
    const metrics = { metric1: [100, 400, _, 399], latency: [1, 3, 5, 4], threshold: [2, 2, _, 4] };
    expect(result(expression, metrics)).toBe(expected);
  });
});

describe('operators', () => {
  // Origin: "Basic arithmetic functions" in AWS's guide: missing values are 0, and points of x/0 are dropped.
  it.each([
    ['a + b', '11 2 30 -'],
    ['a - b', '-9 2 -30 -'],
    ['b - a', '9 -2 30 -'],
    ['a * b', '10 0 0 -'],
    ['a / b', '0.1 - 0 -'],
    ['b / a', '10 0 - -'],
    ['a / 0', '- - - -'],
    ['1 / (a - 1)', '- 1 - -'],
    ['b ^ 2', '100 - 900 -'],
    ['2 ^ a', '2 4 - -'],
    ['a ^ b', '1 1 0 -'],
    ['-a', '-1 -2 - -'],
    ['5 * a', '5 10 - -'],
    ['a - 1', '0 1 - -'],
    ['1 - a', '0 -1 - -'],
    ['a * (1 / 0)', '- - - -'],
    ['0 * -a', '0 0 - -'],
    ['a * 1e308', '1e+308 - - -'],
    ['[a, b] * 2', '2 4 - - | 20 - 60 -'],
    ['100 / [a, b]', '100 50 - - | 10 - 3.3333333333333335 -'],
    ['[a, b] - a', '0 0 - - | 9 -2 30 -'],
    ['a - [a, b]', '0 0 - - | -9 2 -30 -'],
    ['-[a, b]', '-1 -2 - - | -10 - -30 -'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { a: [1, 2, _, _], b: [10, _, 30, _] })).toBe(expected);
  });

  // Origin: the table of operators in AWS's guide; our own values.
  it.each([
    ['a == b', '0 1 0 0 -'],
    ['a != b', '1 0 1 1 -'],
    ['a <= b', '1 1 0 1 -'],
    ['a >= b', '0 1 1 0 -'],
    ['a > b', '0 0 1 0 -'],
    ['a == 2', '0 1 0 - -'],
    ['2 < a', '0 0 1 - -'],
    ['(2 < 3) * a', '1 2 3 - -'],
    ['a > 1 && b > 1', '0 1 0 0 -'],
    ['a > 1 || b > 1', '1 1 1 1 -'],
    ['a - 2 AND 1', '1 0 1 - -'],
    ['a - 2 OR 0', '1 0 1 - -'],
    ['(AVG(a) > 0 OR 0) + a', '2 3 4 - -'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { a: [1, 2, 3, _, _], b: [2, 2, _, 5, _] })).toBe(expected);
  });

  // Origin: own reckoning of the usual precedence; AWS publishes none.
  it.each([
    ['a + b * c', 2 + 3 * 4],
    ['(a + b) * c', (2 + 3) * 4],
    ['c - b - a', 4 - 3 - 2],
    ['c / a / a', 1],
    ['c / a * b', 6],
    ['-a ^ 2', -4],
    ['2 ^ a ^ b', 2 ** (2 ** 3)],
    ['2 ^ -a', 0.25],
    ['a - -b', 5],
    ['a + 1 == b', 1],
    ['a == 2 == 1', 1],
    ['a == 2 && b == 3 || c == 0', 1],
    ['c == 4 || a == 0 && b == 0', 1],
    ['1 < a + b', 1],
  ])('%s is %d', (expression, expected) => {
    expect(result(expression, { a: [2], b: [3], c: [4] })).toBe(String(expected));
  });
});

describe('functions of each value', () => {
  // Origin: the table of functions in AWS's guide; our own values.
  it.each([
    ['ABS(a)', '1.5 0 2.5 - 4'],
    ['CEIL(a)', '-1 0 3 - 4'],
    ['FLOOR(a)', '-2 0 2 - 4'],
    ['LOG(a + 0 * a)', '- - 0.9162907318741551 - 1.3862943611198906'],
    ['LOG10(a * 25)', '- - 1.7958800173440752 - 2'],
    ['DIFF(a)', '- 1.5 2.5 - 1.5'],
    ['DIFF_TIME(a)', '- 60 60 - 120'],
    ['RATE(a * 60)', '- 1.5 2.5 - 0.75'],
    ['RUNNING_SUM(a)', '-1.5 -1.5 1 - 5'],
    ['ABS([a, -a])', '1.5 0 2.5 - 4 | 1.5 0 2.5 - 4'],
    ['DIFF([a])', '- 1.5 2.5 - 1.5'],
    ['RUNNING_SUM([a, a * 0])', '-1.5 -1.5 1 - 5 | 0 0 0 - 0'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { a: [-1.5, 0, 2.5, _, 4] })).toBe(expected);
  });
});

describe('functions of time', () => {
  // Origin: the guide's page for MINUTE and the others: in UTC, for every period, Monday is 1 and Sunday is 7 (AWS's blog
  // "Enhance CloudWatch metrics with metric math functions" says so of DAY).
  it.each([
    ['MINUTE', '2024-02-29T23:59:00Z', 59],
    ['HOUR', '2024-02-29T23:59:00Z', 23],
    ['DATE', '2024-02-29T23:59:00Z', 29],
    ['MONTH', '2024-02-29T23:59:00Z', 2],
    ['YEAR', '2024-12-31T23:59:00Z', 2024],
    ['DAY', '2024-01-01T00:00:00Z', 1],
    ['DAY', '2024-01-06T12:00:00Z', 6],
    ['DAY', '2024-01-07T12:00:00Z', 7],
    ['EPOCH', '2024-01-01T00:00:00Z', 1_704_067_200],
    ['HOUR', '1969-12-31T23:00:00Z', 23],
  ])('%s of %s is %d', (name, time, expected) => {
    const at = Date.parse(time);
    const [found] = evaluated(`${name}(m1)`, { m1: [_] }, at);
    expect(found).toMatchObject({ timestamps: [at], values: [expected], period: 60 });
  });

  it('have a point where the series has none', () => {
    expect(result('MINUTE(a)', { a: [_, 5, _, _] })).toBe('0 1 2 3');
    expect(result('IF(DAY(a) < 6, a)', { a: [_, 5, _, 7] })).toBe('0 5 0 7');
  });
});

describe('statistics', () => {
  // Origin: the table of functions in AWS's guide. It says that AVG takes missing values as 0, and so offers
  // SUM / DATAPOINT_COUNT for the average of what is there. That the others leave them out, and that STDDEV is of the
  // population, is our own reading.
  it.each([
    ['AVG(a)', 3],
    ['SUM(a)', 12],
    ['SUM(a) / DATAPOINT_COUNT(a)', 4],
    ['MIN(a)', 2],
    ['MAX(a)', 6],
    ['DATAPOINT_COUNT(a)', 3],
    ['STDDEV(a)', Math.sqrt(8 / 3)],
    ['METRIC_COUNT([a, b, none])', 3],
    ['METRIC_COUNT(METRICS())', 3],
    ['METRIC_COUNT(METRICS("on"))', 1],
    ['METRIC_COUNT(METRICS("zzz"))', 0],
    ['PERIOD(a)', 60],
    ['SUM(none)', 0],
    ['DATAPOINT_COUNT(none)', 0],
  ])('%s is %d', (expression, expected) => {
    const metrics = { a: [2, _, 4, 6], b: [1, 1, _, _], none: [_, _, _, _] };
    expect(result(`TIME_SERIES(${expression})`, metrics)).toBe(Array(4).fill(expected).join(' '));
  });

  // Origin: own reckoning: a number of no points is none, and nothing can be computed with it.
  it.each([
    'TIME_SERIES(MIN(none))',
    'TIME_SERIES(MAX(none) + 1)',
    'TIME_SERIES(STDDEV(none))',
    'a + MIN(none)',
    'a > MIN(none)',
    'a ^ (0 * MIN(none))',
    'TIME_SERIES(MIN(none) ^ 0)',
    'IF(MIN(none), 1, 2) * a',
    'IF(a, MIN(none), 2)',
  ])('%s is nothing', (expression) => {
    expect(result(expression, { a: [1, 2], none: [_, _] })).toBe('- -');
  });

  it.each([
    ['AVG([a, b])', '1.5 0.5 2 -'],
    ['SUM([a, b])', '3 1 4 -'],
    ['MIN([a, b])', '1 1 4 -'],
    ['MAX([a, b])', '2 1 4 -'],
    ['STDDEV([a, b])', '0.5 0 0 -'],
    ['DATAPOINT_COUNT([a, b])', '2 1 1 -'],
    ['SUM([[a, b], a])', '5 1 8 -'],
    ['AVG(METRICS("b"))', '1 1 - -'],
    ['SUM(METRICS("zzz"))', '- - - -'],
    ['m1_total / METRIC_COUNT(METRICS())', '3 3 3 3'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { a: [2, _, 4, _], b: [1, 1, _, _], m1_total: [9, 9, 9, 9] })).toBe(expected);
  });
});

describe('FILL', () => {
  // Origin: the four kinds of filler in AWS's guide; what happens at the ends is our own reading: REPEAT needs a value
  // before and LINEAR one on both sides.
  it.each([
    ['FILL(a, 7)', '7 1 7 7 4 7'],
    ['FILL(a, MIN(a))', '1 1 1 1 4 1'],
    ['FILL(a, REPEAT)', '- 1 1 1 4 4'],
    ['FILL(a, LINEAR)', '- 1 2 3 4 -'],
    ['FILL(a, b)', '10 1 - 30 4 -'],
    ['FILL([a, b], 0)', '0 1 0 0 4 0 | 10 20 0 30 40 0'],
    ['FILL(METRICS(), LINEAR)', '- 1 2 3 4 - | 10 20 25 30 40 - | - - - - - - | - - - - - 9'],
    ['FILL([METRICS("b"), a], b)', '10 20 - 30 40 - | 10 1 - 30 4 -'],
    ['FILL(last, 0)', '0 0 0 0 0 9'],
    ['FILL(last, LINEAR)', '- - - - - 9'],
    ['FILL(none, 0)', '0 0 0 0 0 0'],
    ['FILL(none, REPEAT)', '- - - - - -'],
    ['FILL(none, LINEAR)', '- - - - - -'],
    ['FILL(a, MIN(none))', '- 1 - - 4 -'],
  ])('%s is %s', (expression, expected) => {
    const metrics = { a: [_, 1, _, _, 4, _], b: [10, 20, _, 30, 40, _], none: [_, _, _, _, _, _] };
    expect(result(expression, { ...metrics, last: [_, _, _, _, _, 9] })).toBe(expected);
  });
});

describe('IF', () => {
  // Origin: "Using IF expressions" in AWS's guide for a scalar condition and for two arguments; the mixes that it does not
  // list are our own reading.
  it.each([
    ['IF(1, a, b)', '1 - 0'],
    ['IF(0, a, b)', '- 5 6'],
    ['IF(0, a)', '- - -'],
    ['IF(-1, a)', '1 - 0'],
    ['IF(0.5, 7, a)', '7 7 7'],
    ['IF(0, 7, a)', '1 - 0'],
    ['IF(0, a, 7)', '7 7 7'],
    ['IF(1, 2, 3) * a', '2 - 0'],
    ['IF(0, 2, 3) * a', '3 - 0'],
    ['IF(0, 2) * a', '- - -'],
    ['IF(a, 5)', '5 - -'],
    ['IF(-a, 5, 6)', '5 - 6'],
    ['IF(a, b)', '0 - -'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { a: [1, _, 0], b: [_, 5, 6] })).toBe(expected);
  });
});

describe('arrays', () => {
  // Origin: SORT, SLICE, FIRST, LAST and REMOVE_EMPTY in the table of functions in AWS's guide; that series without data
  // come last is our own reading.
  it.each([
    ['SORT(METRICS(), AVG, ASC)', 'a c b none'],
    ['SORT(METRICS(), AVG, DESC)', 'b c a none'],
    ['SORT(METRICS(), SUM, DESC, 2)', 'b c'],
    ['SORT(METRICS(), MAX, DESC)', 'c b a none'],
    ['SORT(METRICS(), MIN, ASC)', 'c a b none'],
    ['SORT(METRICS(), MIN, ASC, 0)', ''],
    ['SLICE(METRICS(), 1)', 'b c none'],
    ['SLICE(METRICS(), 1, 3)', 'b c'],
    ['SLICE(METRICS(), 3, 1)', ''],
    ['SLICE(METRICS(), 0, 100)', 'a b c none'],
    ['SLICE(SORT(METRICS(), AVG, ASC), METRIC_COUNT(METRICS()) - 2)', 'b none'],
    ['REMOVE_EMPTY(METRICS())', 'a b c'],
    ['METRICS("n")', 'none'],
    ['[c, METRICS("a")]', 'c a'],
  ])('%s is %s', (expression, expected) => {
    const found = evaluated(expression, { a: [2, 2], b: [5, 5], c: [0, 9], none: [_, _] });
    expect(found.map(({ id }) => id).join(' ')).toBe(expected);
  });

  it.each([
    ['FIRST(METRICS())', '1 2'],
    ['LAST(METRICS())', '3 4'],
    ['FIRST(METRICS("zzz"))', '- -'],
    ['LAST(METRICS("zzz"))', '- -'],
    ['IF(FIRST(SORT(METRICS(), AVG, DESC))>3, 1, 0)', '0 1'],
  ])('%s is %s', (expression, expected) => {
    expect(result(expression, { a: [1, 2], b: [3, 4] })).toBe(expected);
  });

  it.each([
    ['SLICE(METRICS(), -1)', 17],
    ['SLICE(METRICS(), 0.5)', 17],
    ['SORT(METRICS(), AVG, ASC, 1 / 0)', 28],
  ])('%s is refused at %i', (expression, position) => {
    expect(() => evaluated(expression, { a: [1] })).toThrow(`e1: a whole number from 0 is expected here`);
    expect(() => evaluated(expression, { a: [1] })).toThrow(`(at position ${position})`);
  });
});
