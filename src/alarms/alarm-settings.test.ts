import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import { CrosstrailError } from '../platform/errors.js';
import type { MetricAlarmInput } from './alarm.inputs.js';
import { parseMetricAlarm } from './alarm-settings.js';

const everyone = scopeOfGrant(null);
const plain: MetricAlarmInput = {
  alarmName: 'errors',
  namespace: 'Shop',
  metricName: 'Errors',
  statistic: 'Sum',
  period: 60,
  evaluationPeriods: 3,
  threshold: 5,
  comparisonOperator: 'GreaterThanThreshold',
};

function refusal(input: MetricAlarmInput): { code: string; details: Readonly<Record<string, unknown>> } {
  try {
    parseMetricAlarm(input, everyone);
  } catch (error) {
    if (error instanceof CrosstrailError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

// Truth: the descriptions of `MetricAlarmInput` in the schema.
describe('what is left out of an alarm', () => {
  it('has its default', () => {
    expect(parseMetricAlarm(plain, everyone)).toEqual({
      alarmType: 'METRIC',
      alarmName: 'errors',
      alarmDescription: null,
      accountIds: null,
      actionsEnabled: true,
      alarmActions: [],
      okActions: [],
      insufficientDataActions: [],
      tags: {},
      namespace: 'Shop',
      metricName: 'Errors',
      dimensions: [],
      unit: null,
      statistic: 'Sum',
      extendedStatistic: null,
      metrics: null,
      period: 60,
      evaluationPeriods: 3,
      datapointsToAlarm: null,
      threshold: 5,
      thresholdMetricId: null,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'missing',
      evaluateLowSampleCountPercentile: null,
      evaluationDelay: 1800,
    });
  });

  it('has it for null, too', () => {
    const names = ['accountIds', 'actionsEnabled', 'alarmActions', 'tags', 'dimensions', 'unit', 'metrics'] as const;
    const more = ['datapointsToAlarm', 'treatMissingData', 'evaluationDelay', 'thresholdMetricId'] as const;
    const nulls = Object.fromEntries([...names, ...more].map((name) => [name, null]));
    expect(parseMetricAlarm({ ...plain, ...nulls }, everyone)).toEqual(parseMetricAlarm(plain, everyone));
  });

  it('is, of accounts, all that the token covers', () => {
    const scope = scopeOfGrant(['222222222222', '111111111111']);
    expect(parseMetricAlarm(plain, scope).accountIds).toEqual(['111111111111', '222222222222']);
  });
});

// Truth: PutMetricAlarm, Amazon CloudWatch API Reference.
describe('an alarm is taken', () => {
  const cases: [string, object, object][] = [
    ['with a name of 255', { alarmName: 'é'.repeat(255) }, {}],
    ['with a description of 1,024', { alarmDescription: 'x'.repeat(1024) }, {}],
    ['on a metric of AWS', { namespace: 'AWS/EC2' }, { namespace: 'AWS/EC2' }],
    [
      'with dimensions in any order',
      { dimensions: [dimension('b'), dimension('a')] },
      { dimensions: [dimension('a'), dimension('b')] },
    ],
    ['with 30 dimensions', { dimensions: Array.from({ length: 30 }, (_, n) => dimension(`d${n}`)) }, {}],
    ['with a unit', { unit: 'Bytes/Second' }, { unit: 'Bytes/Second' }],
    [
      'on a percentile',
      { statistic: null, extendedStatistic: 'p99.9' },
      { extendedStatistic: 'p99.9', statistic: null },
    ],
    ['on a trimmed mean', { statistic: null, extendedStatistic: 'TM(10%:90%)' }, {}],
    ['on the middle half', { statistic: null, extendedStatistic: 'IQM' }, {}],
    [
      'on a percentile of few samples',
      { statistic: null, extendedStatistic: 'p50', evaluateLowSampleCountPercentile: 'ignore' },
      { evaluateLowSampleCountPercentile: 'ignore' },
    ],
    ['with periods of 10 s', { period: 10 }, { period: 10 }],
    ['with periods of 20 s', { period: 20 }, { period: 20 }],
    ['with periods of 30 s', { period: 30 }, { period: 30 }],
    ['with periods of 7 min', { period: 420 }, { period: 420 }],
    ['of a day of minutes', { evaluationPeriods: 1440 }, {}],
    ['of seven days of hours', { period: 3600, evaluationPeriods: 168 }, {}],
    ['of seven days', { period: 86_400, evaluationPeriods: 7 }, {}],
    ['with 1 of 3', { datapointsToAlarm: 1 }, { datapointsToAlarm: 1 }],
    ['with 3 of 3', { datapointsToAlarm: 3 }, { datapointsToAlarm: 3 }],
    ['with a threshold of 0', { threshold: 0 }, { threshold: 0 }],
    ['with 5 actions', { okActions: ['a', 'b', 'c', 'd', 'e'] }, { okActions: ['a', 'b', 'c', 'd', 'e'] }],
    ['with no delay', { evaluationDelay: 0 }, { evaluationDelay: 0 }],
    ['with tags', { tags: { b: '', a: 'x' } }, { tags: { a: 'x', b: '' } }],
    ['with tags as AWS has them', { tags: [{ key: 'team', value: 'shop' }] }, { tags: { team: 'shop' } }],
  ];
  it.each(cases)('%s', (_, change, expected) => {
    expect(parseMetricAlarm({ ...plain, ...change }, everyone)).toMatchObject(expected);
  });
});

function dimension(name: string) {
  return { name, value: 'x' };
}

// Truth: PutMetricAlarm and Tag, Amazon CloudWatch API Reference; positions counted by hand.
describe('an alarm is refused', () => {
  const cases: [string, object, string, number?][] = [
    ['without a name', { alarmName: '' }, 'alarmName'],
    ['with a name of blanks', { alarmName: ' ' }, 'alarmName'],
    ['with a name of 256', { alarmName: 'x'.repeat(256) }, 'alarmName'],
    ['with a name of two lines', { alarmName: 'a\nb' }, 'alarmName'],
    ['with a description of 1,025', { alarmDescription: 'x'.repeat(1025) }, 'alarmDescription'],
    ['for no account', { accountIds: [] }, 'accountIds'],
    ['with 6 actions', { alarmActions: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'alarmActions'],
    ['with an action twice', { insufficientDataActions: ['a', 'b', 'a'] }, 'insufficientDataActions[2]'],
    ['with tags that are none', { tags: 'team' }, 'tags'],
    ['with a list of tags that are none', { tags: ['team'] }, 'tags'],
    ['with 51 tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, ''])) }, 'tags'],
    ['with an empty key', { tags: { '': 'x' } }, 'tags'],
    ['with a key of 129', { tags: { ['k'.repeat(129)]: 'x' } }, 'tags'],
    ['with a key of AWS', { tags: { 'aws:x': 'x' } }, 'tags.aws:x'],
    [
      'with a key twice',
      {
        tags: [
          { key: 'a', value: '' },
          { key: 'a', value: '' },
        ],
      },
      'tags',
    ],
    ['with a tag of 257', { tags: { a: 'x'.repeat(257) } }, 'tags.a'],
    ['with a tag that is a number', { tags: { a: 1 } }, 'tags.a'],
    ['with neither statistic nor metrics', { statistic: null }, ''],
    ['with both statistics', { extendedStatistic: 'p99' }, ''],
    ['with statistic and metrics', { metrics: [] }, ''],
    ['without a namespace', { namespace: null }, 'namespace'],
    ['with a namespace of ":"', { namespace: ':a' }, 'namespace'],
    ['with a namespace of 256', { namespace: 'x'.repeat(256) }, 'namespace'],
    ['without a metric', { metricName: null }, 'metricName'],
    ['with a metric that is no ASCII', { metricName: 'é' }, 'metricName'],
    ['without a period', { period: null }, 'period'],
    ['with 31 dimensions', { dimensions: Array.from({ length: 31 }, (_, n) => dimension(`d${n}`)) }, 'dimensions'],
    ['with an unknown unit', { unit: 'Orders' }, 'unit'],
    ['with a percentile as statistic', { statistic: 'p99' }, 'statistic'],
    ['with a statistic in small letters', { statistic: 'sum' }, 'statistic'],
    ['with a sum as extended statistic', { statistic: null, extendedStatistic: 'Sum' }, 'extendedStatistic'],
    ['with a percentile of 101', { statistic: null, extendedStatistic: 'p101' }, 'extendedStatistic', 1],
    ['with low samples of a sum', { evaluateLowSampleCountPercentile: 'ignore' }, 'evaluateLowSampleCountPercentile'],
    [
      'with low samples of a trimmed mean',
      { statistic: null, extendedStatistic: 'tm99', evaluateLowSampleCountPercentile: 'ignore' },
      'evaluateLowSampleCountPercentile',
    ],
    ['with periods of 0', { period: 0 }, 'period'],
    ['with periods of 5 s', { period: 5 }, 'period'],
    ['with periods of 45 s', { period: 45 }, 'period'],
    ['with periods of 90 s', { period: 90 }, 'period'],
    ['with periods of two days', { period: 172_800 }, 'period'],
    ['with no period to evaluate', { evaluationPeriods: 0 }, 'evaluationPeriods'],
    ['of a day and a minute', { evaluationPeriods: 1441 }, 'evaluationPeriods'],
    ['of seven days and an hour', { period: 3600, evaluationPeriods: 169 }, 'evaluationPeriods'],
    ['of more than a day of 59 min', { period: 3540, evaluationPeriods: 25 }, 'evaluationPeriods'],
    ['with 0 of 3', { datapointsToAlarm: 0 }, 'datapointsToAlarm'],
    ['with 4 of 3', { datapointsToAlarm: 4 }, 'datapointsToAlarm'],
    ['without a threshold', { threshold: null }, 'threshold'],
    ['with a band and no metrics', { threshold: null, thresholdMetricId: 'b1' }, 'thresholdMetricId'],
    ['with a threshold and > band', { comparisonOperator: 'LessThanLowerThreshold' }, 'comparisonOperator'],
    ['with a delay below 0', { evaluationDelay: -1 }, 'evaluationDelay'],
    ['with a delay of more than a day', { evaluationDelay: 86_401 }, 'evaluationDelay'],
  ];
  it.each(cases)('%s', (_, change, argument, position) => {
    const { code, details } = refusal({ ...plain, ...change });
    expect({ code, argument: details['argument'], position: details['position'] }).toEqual({
      code: 'BAD_USER_INPUT',
      argument: argument === '' ? 'input' : `input.${argument}`,
      position,
    });
    expect(details['reason']).toMatch(/\S/);
  });

  it('by the argument as the client wrote it, where it is part of another input', () => {
    expect(() => parseMetricAlarm({ ...plain, period: 5 }, everyone, 'input.alarm.')).toThrow('input.alarm.period');
  });

  it('for accounts that the token does not cover', () => {
    const scope = scopeOfGrant(['111111111111']);
    expect(() => parseMetricAlarm({ ...plain, accountIds: ['222222222222'] }, scope)).toThrow('input.accountIds');
  });
});
