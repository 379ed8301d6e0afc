import { describe, expect, it } from 'vitest';
import type { MetricDataInput, MetricDataQuery } from './metric.inputs.js';
import { parseMetricDataRequest } from './metric-data-request.js';

const query = (id: string, more: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  id,
  metricStat: { metric: { namespace: 'N', metricName: 'M' }, period: 60, stat: 'Sum' },
  ...more,
});
const inputOf = (more: Partial<MetricDataInput> = {}): MetricDataInput => ({
  startTime: new Date('2026-11-20T12:00:00Z'),
  endTime: new Date('2026-11-20T13:00:00Z'),
  metricDataQueries: [query('m')],
  ...more,
});

describe('a request', () => {
  it('is for all data points of any unit, the newest first, where nothing is said', () => {
    const { stats, returned, scanBy, maxDatapoints, start, end } = parseMetricDataRequest(inputOf());
    expect({ returned, scanBy, maxDatapoints, hours: (end - start) / 3_600_000 }).toEqual({
      returned: [{ id: 'm', label: null }],
      scanBy: 'TimestampDescending',
      maxDatapoints: 100_800,
      hours: 1,
    });
    expect(stats.get('m')).toMatchObject({
      metric: { namespace: 'N', metricName: 'M', dimensions: {}, accountId: null, region: null },
      period: 60,
      stat: 'Sum',
      unit: null,
    });
  });

  it('returns what it is told to, in its order', () => {
    const metricDataQueries = [query('b'), query('c', { returnData: false }), query('a', { label: 'mine' })];
    expect(parseMetricDataRequest(inputOf({ metricDataQueries })).returned).toEqual([
      { id: 'b', label: null },
      { id: 'a', label: 'mine' },
    ]);
  });

  it('takes 500 queries', () => {
    const metricDataQueries = Array.from({ length: 500 }, (_, index) => query(`m${index}`));
    expect(parseMetricDataRequest(inputOf({ metricDataQueries })).stats.size).toBe(500);
  });
});

// Truth: the limits of GetMetricData, MetricDataQuery and MetricStat, Amazon CloudWatch API Reference.
describe('is refused', () => {
  const first = 'input.metricDataQueries[0]';
  const metric = (more: object) => {
    const { metricStat } = query('m');
    return [
      query('m', { metricStat: { ...metricStat, metric: { namespace: 'N', metricName: 'M', ...more } } as never }),
    ];
  };
  const cases: [string, Partial<MetricDataInput>, string, number?][] = [
    [
      '501 queries',
      { metricDataQueries: Array.from({ length: 501 }, (_, at) => query(`m${at}`)) },
      'input.metricDataQueries',
    ],
    ['a start that is the end', { endTime: new Date('2026-11-20T12:00:00Z') }, 'input.endTime'],
    ['an empty namespace', { metricDataQueries: metric({ namespace: '' }) }, `${first}.metricStat.metric.namespace`],
    ['an empty name', { metricDataQueries: metric({ metricName: '' }) }, `${first}.metricStat.metric.metricName`],
    [
      'two dimensions of one name',
      { metricDataQueries: metric({ dimensions: ['1', '2'].map((value) => ({ name: 'A', value })) }) },
      `${first}.metricStat.metric.dimensions[1].name`,
    ],
    ['a period beside a metric', { metricDataQueries: [query('m', { period: 60 })] }, `${first}.period`],
    [
      'a period that is none of an expression',
      { metricDataQueries: [{ id: 'e', expression: 'TIME_SERIES(1)', period: 90 }] },
      `${first}.period`,
    ],
    ['an empty expression', { metricDataQueries: [{ id: 'e', expression: '' }] }, `${first}.expression`, 0],
    [
      'an error in one of two queries of which one id begins the other',
      { metricDataQueries: [query('ab'), { id: 'a', expression: 'ab +' }] },
      'input.metricDataQueries[1].expression',
      4,
    ],
  ];
  it.each(cases)('%s', (_, more, argument, position) => {
    const details = { argument, ...(position === undefined ? {} : { position }) };
    expect(() => parseMetricDataRequest(inputOf(more))).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining(details) }),
    );
  });
});
