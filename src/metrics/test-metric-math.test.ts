import { describe, expect, it } from 'vitest';
import type { TestMetricMathInput } from './metric.inputs.js';
import { testMetricMath } from './test-metric-math.js';

const series = [
  { id: 'a', values: [1, null, 3] },
  { id: 'b', values: [10, 20] },
];
const tried = (expression: string, more: Partial<TestMetricMathInput> = {}) =>
  testMetricMath({ expression, series, ...more }).map(({ id, label, timestamps, values }) => ({
    id,
    label,
    times: timestamps.map((time) => time.toISOString().slice(0, 19)),
    values,
  }));

describe('an expression with series that are given', () => {
  // Truth: "Using metric math", Amazon CloudWatch User Guide.
  it('takes what is missing for 0 where another has a value', () => {
    expect(tried('a + b')).toEqual([
      {
        id: 'expression',
        label: 'expression',
        times: ['1970-01-01T00:00:00', '1970-01-01T00:01:00', '1970-01-01T00:02:00'],
        values: [11, 20, 3],
      },
    ]);
  });

  it('has points at the starts of its periods, from the period in which the start lies', () => {
    const [one] = tried('b', { startTime: new Date('2026-11-20T12:07:31Z'), period: 300 });
    expect(one?.times).toEqual(['2026-11-20T12:05:00', '2026-11-20T12:10:00']);
  });

  it('gives each series of several under its own label', () => {
    expect(tried('METRICS()').map(({ label, values }) => [label, values])).toEqual([
      ['a', [1, 3]],
      ['b', [10, 20]],
    ]);
  });

  it('without series has one point', () => {
    expect(tried('TIME_SERIES(5)', { series: [] })[0]?.values).toEqual([5]);
  });

  it('learns a band from the series itself', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 10 + (index % 3));
    const [one = [], other = []] = tried('ANOMALY_DETECTION_BAND(a)', { series: [{ id: 'a', values }] }).map(
      (band) => band.values,
    );
    expect(one.length).toBeGreaterThan(0);
    expect(other).toHaveLength(one.length);
  });
});

const refusals: [string, Partial<TestMetricMathInput>, object][] = [
  ['an expression that ends', { expression: 'a +' }, { argument: 'input.expression', position: 3 }],
  ['an unknown id', { expression: 'a + c' }, { argument: 'input.expression', position: 4 }],
  ['a search', { expression: `SUM(SEARCH('x', 'Sum'))` }, { argument: 'input.expression', position: 4 }],
  ['a scalar', { expression: '1' }, { argument: 'input.expression' }],
  ['an id in capitals', { series: [{ id: 'A', values: [] }] }, { argument: 'input.series[0].id' }],
  ['an id twice', { series: [...series, { id: 'a', values: [] }] }, { argument: 'input.series[2].id' }],
  ['a period that is none', { period: 61 }, { argument: 'input.period' }],
  [
    'too many values',
    { series: [{ id: 'a', values: new Array(1001).fill(1) }] },
    { argument: 'input.series[0].values' },
  ],
  ['too many series', { series: new Array(500).fill(series[0]) }, { argument: 'input.series' }],
];
it.each(refusals)('%s: refused', (_, input, details) => {
  expect(() => tried('a', input)).toThrow(
    expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining(details) }),
  );
});
