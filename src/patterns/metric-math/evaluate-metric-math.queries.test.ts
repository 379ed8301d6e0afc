import { describe, expect, it } from 'vitest';
import { evaluateMetricMath, type MathInput } from './evaluate-metric-math.js';
import type { SearchCall } from './math-expression.js';
import { MathQueryError } from './metric-math-error.js';
import { type MathQuery, planMetricMath } from './metric-math-plan.js';
import type { TimeSeries } from './time-series.js';

/** A Monday, at midnight. */
const start = Date.UTC(2024, 0, 1);
const minute = 60_000;

type Values = readonly (number | null)[];

/** One value for each period from `start`; null where there is no point. */
function series(id: string, values: Values, period = 60): TimeSeries {
  const points = values.flatMap((value, at) => (value === null ? [] : [[start + at * period * 1000, value] as const]));
  return {
    id,
    label: `label of ${id}`,
    period,
    timestamps: points.map(([timestamp]) => timestamp),
    values: points.map(([, value]) => value),
  };
}

interface Given {
  readonly metrics?: Readonly<Record<string, Values>>;
  readonly others?: readonly TimeSeries[];
  readonly expressions?: readonly MathQuery[];
  readonly input?: Partial<MathInput>;
}

/** @returns the series of the last expression in the order of evaluation */
function evaluated(given: Given): readonly TimeSeries[] {
  const own = Object.entries(given.metrics ?? {}).map(([id, values]) => series(id, values));
  const all = [...own, ...(given.others ?? [])];
  const slots = Math.max(0, ...own.map(({ id }) => given.metrics?.[id]?.length ?? 0));
  const plan = planMetricMath(
    all.map(({ id, period, label }) => ({ id, period, label })),
    given.expressions ?? [],
  );
  const results = evaluateMetricMath(plan, {
    start,
    end: start + slots * minute,
    period: null,
    series: (id) => all.find((each) => each.id === id) ?? series(id, []),
    search: () => [],
    band: () => null,
    ...given.input,
  });
  return [...results.values()].at(-1) ?? [];
}

function errorOf(given: Given): MathQueryError {
  try {
    evaluated(given);
  } catch (error) {
    if (error instanceof MathQueryError) return error;
    throw error;
  }
  throw new Error('it was evaluated');
}

describe('different periods', () => {
  // Origin: our own decision, AWS publishes none: the longest period wins, and equal timestamps meet.
  const fine = series('fine', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const coarse = series('coarse', [100, 200], 300);

  it.each([
    ['fine + coarse', [101, 206]],
    ['coarse + fine', [101, 206]],
    ['SUM([fine, coarse])', [101, 206]],
    ['IF(fine > 3, coarse, 0)', [0, 200]],
    ['IF(coarse > 100, fine, 0)', [0, 6]],
    ['IF(0, coarse, 7)', [7, 7]],
  ])('%s', (expression, values) => {
    const [found] = evaluated({
      others: [fine, coarse],
      expressions: [{ id: 'e1', expression }],
      input: { end: start + 10 * minute },
    });
    expect(found).toMatchObject({ period: 300, timestamps: [start, start + 5 * minute], values });
  });

  // Origin: our own decision: its own period, else that of its metrics, else the request's, else 300 seconds.
  it.each([
    ['TIME_SERIES(1)', 60, null, 60],
    ['TIME_SERIES(1)', null, 120, 120],
    ['TIME_SERIES(1)', null, null, 300],
    ['TIME_SERIES(MAX(coarse) + MAX(fine))', null, null, 300],
    ['TIME_SERIES(MAX(fine))', null, 600, 60],
  ])('%s with %s and %s is every %d seconds', (expression, own, requested, period) => {
    const [found] = evaluated({
      others: [fine, coarse],
      expressions: [{ id: 'e1', expression, period: own }],
      input: { end: start + 10 * minute, period: requested },
    });
    expect(found?.period).toBe(period);
    expect(found?.values).toHaveLength(600 / period);
  });

  it('begins with the period in which the time range begins', () => {
    const [found] = evaluated({
      expressions: [{ id: 'e1', expression: 'TIME_SERIES(1)', period: 60 }],
      input: { start: start + 1, end: start + 2 * minute + 1 },
    });
    expect(found?.timestamps).toEqual([start, start + minute, start + 2 * minute]);
  });
});

describe('names', () => {
  const metrics = { m1: [1], m2: [2] };

  // Origin: "Expression-Label Metric-Label" in AWS's guide; the default label of one series is our own.
  it.each<[string, string | null, string]>([
    ['m1 + m2', null, 'e1: e1'],
    ['m1 + m2', 'Total', 'e1: Total'],
    ['m1', '', 'e1: '],
    ['FILL(METRICS(), 0)', 'Filled With 0:', 'm1: Filled With 0: label of m1, m2: Filled With 0: label of m2'],
    ['METRICS() * 2', null, 'm1: label of m1, m2: label of m2'],
    ['METRICS() * 2', '', 'm1: label of m1, m2: label of m2'],
    ['[SUM(METRICS()), m2]', null, 'e1: e1, m2: label of m2'],
    ['METRICS()', `[max: \${MAX}] \${LABEL}`, 'm1: label of m1, m2: label of m2'],
  ])('%s with the label %j', (expression, label, expected) => {
    const found = evaluated({ metrics, expressions: [{ id: 'e1', expression, label }] });
    expect(found.map((each) => `${each.id}: ${each.label}`).join(', ')).toBe(expected);
  });

  it('go on into the expressions that refer to them', () => {
    const found = evaluated({
      metrics,
      expressions: [
        { id: 'e1', expression: 'm1 + m2', label: 'Total' },
        { id: 'e2', expression: '[e1, m1]', label: 'All' },
      ],
    });
    expect(found.map(({ label }) => label)).toEqual(['All Total', 'All label of m1']);
  });
});

describe('searches and bands', () => {
  it('asks for a search once, with its period', () => {
    const calls: SearchCall[] = [];
    const found = evaluated({
      metrics: { m1: [1, 2] },
      expressions: [
        { id: 'e1', expression: "SEARCH('Errors', 'Sum')", period: 300 },
        { id: 'e2', expression: 'SUM(e1) + MAX(e1)' },
      ],
      input: {
        search: (call) => {
          calls.push(call);
          return [series('s1', [1, 1]), series('s2', [3, 4])];
        },
      },
    });
    expect(calls).toEqual([{ search: 'Errors', stat: 'Sum', period: 300, position: 0 }]);
    expect(found[0]?.values).toEqual([7, 9]);
  });

  it('are not made of what METRICS stands for', () => {
    const [found] = evaluated({
      metrics: { m1: [1, 2] },
      expressions: [
        { id: 'e1', expression: 'm1 * 100' },
        { id: 'e2', expression: 'SUM(METRICS()) + 0 * e1' },
      ],
    });
    expect(found?.values).toEqual([1, 2]);
  });

  // Origin: the table of functions in AWS's guide: the upper limit is first, the lower last, and 2 is the default.
  it.each([
    ['FIRST(ANOMALY_DETECTION_BAND(e1))', 1 + 2, 'e1'],
    ['LAST(ANOMALY_DETECTION_BAND(m1, 3))', 1 - 3, 'm1'],
    ['LAST(ANOMALY_DETECTION_BAND(m1, AVG(m1)))', 0, 'm1'],
  ])('%s', (expression, value, id) => {
    const asked: string[] = [];
    const [found] = evaluated({
      metrics: { m1: [1] },
      expressions: [
        { id: 'e1', expression: 'm1 * 1' },
        { id: 'e2', expression },
      ],
      input: {
        band: (around, deviations) => {
          asked.push(around.id);
          return { upper: series('u', [1 + deviations]), lower: series('l', [1 - deviations]) };
        },
      },
    });
    expect(found?.values).toEqual([value]);
    expect(asked).toEqual([id]);
  });

  it('is empty while there is no model', () => {
    const found = evaluated({
      metrics: { m1: [1, 2] },
      expressions: [{ id: 'e1', expression: 'ANOMALY_DETECTION_BAND(m1)' }],
    });
    expect(found.map(({ values }) => values)).toEqual([[], []]);
  });

  it.each(['ANOMALY_DETECTION_BAND(m1, 0)', 'ANOMALY_DETECTION_BAND(m1, -1)', 'ANOMALY_DETECTION_BAND(m1, 0/0)'])(
    '%s is refused',
    (expression) => {
      const error = errorOf({ metrics: { m1: [1] }, expressions: [{ id: 'e1', expression }] });
      expect(error.reason).toContain('standard deviations above 0');
    },
  );
});

describe('bounds', () => {
  const flat = (length: number): Values => Array<number>(length).fill(1);

  it.each([
    ['many operators', `m1${'+m1'.repeat(600)}`, { maxOperations: 50_000 }],
    ['a constant over ages', 'TIME_SERIES(1)', { end: start + 1e15, period: 1 }],
    ['hours over ages', 'HOUR(m1)', { end: start + 1e15 }],
    ['a filling over ages', 'FILL(m1, 0)', { end: start + 1e15 }],
    ['many series', 'SUM(METRICS()) + SUM(METRICS())', { maxOperations: 150 }],
  ])('%s take too long', (_, expression, input) => {
    const error = errorOf({ metrics: { m1: flat(100) }, expressions: [{ id: 'e1', expression }], input });
    expect(error.reason).toContain('operations on values: ask for fewer series');
    expect(error.queryId).toBe('e1');
  });

  it('an expression may have as many operators as fit', () => {
    const [found] = evaluated({
      metrics: { m1: [1] },
      expressions: [{ id: 'e1', expression: `m1${'+1'.repeat(1023)}` }],
    });
    expect(found?.values).toEqual([1024]);
  });

  it('an array holds 500 series at most', () => {
    const doubling = Array.from({ length: 10 }, (_, at) => ({
      id: `e${at}`,
      expression: at === 0 ? '[m1]' : `[e${at - 1}, e${at - 1}]`,
    }));
    const error = errorOf({ metrics: { m1: [1] }, expressions: doubling });
    expect(error).toMatchObject({
      queryId: 'e9',
      reason: 'an array holds 500 time series at most, not 512',
      position: 0,
    });
  });

  it('a search finds 500 series at most', () => {
    const finding = (count: number): Given => ({
      expressions: [{ id: 'e1', expression: "1 + SEARCH('a', 'Sum', 60)" }],
      input: { search: () => Array.from({ length: count }, (_, at) => series(`s${at}`, [1])) },
    });
    expect(evaluated(finding(500))).toHaveLength(500);
    expect(errorOf(finding(501))).toMatchObject({ queryId: 'e1', position: 4 });
  });

  it('a time range that ends before it begins has no points', () => {
    const [found] = evaluated({
      expressions: [{ id: 'e1', expression: 'TIME_SERIES(1)' }],
      input: { end: start - minute },
    });
    expect(found?.values).toEqual([]);
  });
});
