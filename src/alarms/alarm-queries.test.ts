import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import type { MetricAlarmInput } from './alarm.inputs.js';
import { parseMetricAlarm } from './alarm-settings.js';

/*
 * Alarms on metric math. Truth: PutMetricAlarm and MetricDataQuery, Amazon CloudWatch API Reference; "Create an alarm based
 * on metric math" and "Create an alarm based on anomaly detection", CloudWatch User Guide; positions counted by hand.
 */

type Query = NonNullable<MetricAlarmInput['metrics']>[number];

const metric = (id: string, { period = 60, returnData = false, stat = 'Sum' } = {}): Query => ({
  id,
  metricStat: { metric: { namespace: 'Shop', metricName: id }, period, stat },
  returnData,
});
const math = (id: string, expression: string, more: Partial<Query> = {}): Query => ({ id, expression, ...more });
const metrics = (count: number) => Array.from({ length: count }, (_, n) => metric(`m${n}`));

const ofMath: MetricAlarmInput = {
  alarmName: 'share',
  metrics: [],
  evaluationPeriods: 1,
  threshold: 5,
  comparisonOperator: 'GreaterThanThreshold',
};
const ofBand: MetricAlarmInput = {
  ...ofMath,
  threshold: null,
  thresholdMetricId: 'b1',
  comparisonOperator: 'GreaterThanUpperThreshold',
};
const parse = (input: MetricAlarmInput) => parseMetricAlarm(input, scopeOfGrant(null));
const band = math('b1', 'ANOMALY_DETECTION_BAND(m1, 2)');
const returned = metric('m1', { returnData: true });

describe('metric math is taken', () => {
  const cases: [string, Query[], number][] = [
    ['of two metrics', [metric('m1'), metric('m2'), math('e1', '100 * m1 / m2')], 60],
    ['of one metric', [metric('m1', { period: 300, returnData: true })], 300],
    ['of a high resolution', [metric('m1', { period: 10 }), math('e1', 'm1 * 2')], 10],
    ['of METRICS made one', [metric('m1'), metric('m2'), math('e1', 'SUM(METRICS())')], 60],
    ['over another expression', [metric('m1'), math('e1', 'm1', { returnData: false }), math('e2', 'e1 + 1')], 60],
    ['with a period of its own', [metric('m1'), math('e1', 'm1', { period: 60 })], 60],
    ['of 10 metrics', [...metrics(10), math('e1', 'SUM(METRICS())')], 60],
    ['of a percentile', [metric('m1', { stat: 'p99', returnData: true })], 60],
    ['of one side of a band', [metric('m1'), math('e1', 'm1 - FIRST(ANOMALY_DETECTION_BAND(m1))')], 60],
  ];
  it.each(cases)('%s', (_, given, period) => {
    const expected = { metrics: given.map(({ id }) => ({ id })), period, namespace: null, statistic: null };
    expect(parse({ ...ofMath, metrics: given })).toMatchObject(expected);
  });

  it('with all that was left out', () => {
    expect(parse({ ...ofMath, metrics: [metric('m1'), math('e1', 'm1')] }).metrics).toEqual([
      {
        id: 'm1',
        metricStat: {
          metric: { namespace: 'Shop', metricName: 'm1', dimensions: [], accountId: null, region: null },
          period: 60,
          stat: 'Sum',
          unit: null,
        },
        expression: null,
        label: null,
        period: null,
        returnData: false,
      },
      { id: 'e1', metricStat: null, expression: 'm1', label: null, period: null, returnData: true },
    ]);
  });

  it.each([
    ['that is returned', band],
    ['that is not', { ...band, returnData: false }],
    ['around an expression', { ...band, expression: 'ANOMALY_DETECTION_BAND(e1)' }],
  ])('with a band %s', (_, one) => {
    const given = [returned, math('e1', 'm1 * 2', { returnData: false }), one];
    expect(parse({ ...ofBand, metrics: given })).toMatchObject({
      threshold: null,
      thresholdMetricId: 'b1',
      period: 60,
    });
  });
});

describe('metric math is refused', () => {
  const cases: [string, Query[], string, number?][] = [
    ['of nothing', [], ''],
    ['without a metric', [math('e1', 'TIME_SERIES(1)')], ''],
    ['of 11 metrics', [...metrics(11), math('e1', 'SUM(METRICS())')], ''],
    ['of 21 queries', [...metrics(1), ...Array.from({ length: 20 }, (_, n) => math(`e${n}`, 'm0'))], ''],
    ['with a capital id', [metric('M1', { returnData: true })], '[0].id'],
    ['with an id twice', [metric('m1'), metric('m1', { returnData: true })], '[1].id'],
    ['of metric and expression in one', [{ ...returned, expression: 'm1' }], '[0]'],
    ['of neither', [{ id: 'm1' }], '[0]'],
    ['with two periods', [returned, metric('m2', { period: 300 })], '[1].metricStat.period'],
    ['with an expression of another period', [metric('m1'), math('e1', 'm1', { period: 300 })], '[1].period'],
    ['with periods of 5 s', [metric('m1', { period: 5, returnData: true })], ''],
    ['with an unknown statistic', [metric('m1', { stat: 'Mean' })], '[0].metricStat.stat', 0],
    ['with half an expression', [metric('m1'), math('e1', 'm1 +')], '[1].expression', 4],
    ['with an unknown id', [metric('m1'), math('e1', 'm1 + m7')], '[1].expression', 5],
    ['in a circle', [metric('m1'), math('e1', 'e2'), math('e2', 'e1')], '[2].expression', 0],
    ['with a SEARCH', [metric('m1'), math('e1', "SUM(SEARCH('{S} x', 'Sum', 60))")], '[1].expression', 4],
    ['with a number', [metric('m1'), math('e1', '7')], '[1].expression', 0],
    ['with nothing returned', [metric('m1'), math('e1', 'm1', { returnData: false })], ''],
    ['with two returned', [returned, math('e1', 'm1')], ''],
    ['with an array', [metric('m1'), metric('m2'), math('e1', 'METRICS()')], '[2].expression', 0],
    ['with a band that nothing names', [metric('m1'), band], '[1].expression', 0],
  ];
  it.each(cases)('%s', (_, given, argument, position) => {
    refused({ ...ofMath, metrics: given }, `metrics${argument}`, position);
  });

  const banded: [string, object, string, number?][] = [
    ['that is not there', { thresholdMetricId: 'b2' }, 'thresholdMetricId'],
    ['that is a metric', { thresholdMetricId: 'm1' }, 'thresholdMetricId'],
    [
      'that is a part of one',
      { metrics: [returned, math('b1', 'FIRST(ANOMALY_DETECTION_BAND(m1))')] },
      'thresholdMetricId',
    ],
    ['and nothing beside it', { metrics: [metric('m1'), band] }, 'metrics'],
    ['of 30 s', { metrics: [metric('m1', { period: 30, returnData: true }), band] }, 'metrics[1].expression', 0],
    ['and a threshold', { threshold: 1 }, 'threshold'],
    ['and > threshold', { comparisonOperator: 'GreaterThanThreshold' }, 'comparisonOperator'],
  ];
  it.each(banded)('with a band %s', (_, change, argument, position) => {
    refused({ ...ofBand, metrics: [returned, band], ...change }, argument, position);
  });

  it.each(['namespace', 'metricName', 'unit'])('with a %s beside it', (name) => {
    refused({ ...ofMath, metrics: [returned], [name]: 'Count' }, name);
  });

  it.each([
    ['dimensions', []],
    ['period', 60],
  ])('with %s beside it', (name, value) => refused({ ...ofMath, metrics: [returned], [name]: value }, name));
});

function refused(input: MetricAlarmInput, argument: string, position?: number): void {
  expect(() => parse(input)).toThrow(
    expect.objectContaining({
      code: 'BAD_USER_INPUT',
      details: {
        argument: `input.${argument}`,
        reason: expect.stringMatching(/\S/),
        ...(position === undefined ? {} : { position }),
      },
    }),
  );
}
