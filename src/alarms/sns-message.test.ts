import { describe, expect, it } from 'vitest';
import {
  alarmChange,
  announcement,
  compositeAlarm,
  expressionQuery,
  mathAlarm,
  metricAlarm,
  metricQuery,
} from '../../test/support/alarm-announcements.js';
import type { AlarmAnnouncement } from './alarm-announcement.port.js';
import type { AlarmDefinition } from './alarm-definition.js';
import { alarmSubject, snsMessage } from './sns-message.js';

const A = '111122223333';
const read = (given: AlarmAnnouncement) => JSON.parse(snsMessage(given)) as Record<string, unknown>;
const triggerOf = (definition: AlarmDefinition) =>
  read(announcement({ change: alarmChange({ definition }) }))['Trigger'];

// Shape: the message that localstack's tests have recorded from AWS, with names of our own.
it('a topic is told of a metric alarm as AWS tells it', () => {
  const definition = metricAlarm({
    alarmDescription: 'Too many',
    dimensions: [{ name: 'Host', value: 'h-1' }],
    unit: 'Seconds',
    period: 10,
    evaluationPeriods: 2,
    threshold: 2,
    treatMissingData: 'ignore',
    alarmActions: ['desk', 'phone'],
    okActions: ['desk'],
  });
  const change = alarmChange({ definition, previousState: 'INSUFFICIENT_DATA' });
  const given = announcement({ change, place: { accountId: A, region: 'us-east-1' } });
  expect(read(given)).toEqual({
    AlarmName: 'logins',
    AlarmDescription: 'Too many',
    AWSAccountId: A,
    AlarmConfigurationUpdatedTimestamp: '2026-10-01T08:00:00.267+0000',
    NewStateValue: 'ALARM',
    NewStateReason: 'it breaches',
    StateChangeTime: '2026-10-02T17:04:40.989+0000',
    Region: 'US East (N. Virginia)',
    AlarmArn: `arn:aws:cloudwatch:us-east-1:${A}:alarm:logins`,
    OldStateValue: 'INSUFFICIENT_DATA',
    OKActions: ['desk'],
    AlarmActions: ['desk', 'phone'],
    InsufficientDataActions: [],
    Trigger: {
      MetricName: 'FailedLogins',
      Namespace: 'Trail',
      StatisticType: 'Statistic',
      Statistic: 'AVERAGE',
      Unit: 'Seconds',
      Dimensions: [{ value: 'h-1', name: 'Host' }],
      Period: 10,
      EvaluationPeriods: 2,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 2,
      TreatMissingData: 'ignore',
      EvaluateLowSampleCountPercentile: '',
    },
  });
});

describe('the trigger', () => {
  const single = { MetricName: 'FailedLogins', Namespace: 'Trail', Unit: null, Dimensions: [] };
  const judged = {
    Period: 300,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 50,
    TreatMissingData: 'missing',
    EvaluateLowSampleCountPercentile: '',
  };
  const stat = (metricName: string, statistic: string) => ({
    Metric: { Dimensions: [{ value: 'h-1', name: 'Host' }], MetricName: metricName, Namespace: 'Trail' },
    Period: 300,
    Stat: statistic,
  });

  // Shapes: notifications of AWS's as their receivers have published them.
  const triggers: [string, AlarmDefinition, object][] = [
    [
      'a percentile',
      metricAlarm({ statistic: null, extendedStatistic: 'p99', evaluateLowSampleCountPercentile: 'ignore' }),
      {
        ...single,
        ...judged,
        StatisticType: 'ExtendedStatistic',
        ExtendedStatistic: 'p99',
        EvaluateLowSampleCountPercentile: 'ignore',
      },
    ],
    [
      'M of N',
      metricAlarm({ statistic: 'SampleCount', evaluationPeriods: 5, datapointsToAlarm: 3 }),
      {
        ...single,
        ...judged,
        StatisticType: 'Statistic',
        Statistic: 'SAMPLE_COUNT',
        EvaluationPeriods: 5,
        DatapointsToAlarm: 3,
      },
    ],
    [
      'metric math',
      mathAlarm([
        expressionQuery('e1', '100*(failed/all)'),
        metricQuery('failed', 'FailedLogins', 'Sum', { label: 'Failed' }),
        metricQuery('all', 'Logins', 'Sum', { accountId: A }),
      ]),
      {
        ...judged,
        Metrics: [
          { Expression: '100*(failed/all)', Id: 'e1', ReturnData: true },
          { Id: 'failed', Label: 'Failed', MetricStat: stat('FailedLogins', 'Sum'), ReturnData: false },
          { Id: 'all', MetricStat: stat('Logins', 'Sum'), ReturnData: false, AccountId: A },
        ],
      },
    ],
    [
      'an anomaly band, which has no threshold',
      mathAlarm(
        [
          metricQuery('m1', 'Logins', 'Sum', { returnData: true }),
          expressionQuery('ad1', 'ANOMALY_DETECTION_BAND(m1, 1.5)', 'Logins (expected)'),
        ],
        { threshold: null, thresholdMetricId: 'ad1', comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold' },
      ),
      {
        Period: 300,
        EvaluationPeriods: 1,
        ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
        ThresholdMetricId: 'ad1',
        TreatMissingData: 'missing',
        EvaluateLowSampleCountPercentile: '',
        Metrics: [
          { Id: 'm1', MetricStat: stat('Logins', 'Sum'), ReturnData: true },
          {
            Expression: 'ANOMALY_DETECTION_BAND(m1, 1.5)',
            Id: 'ad1',
            Label: 'Logins (expected)',
            ReturnData: true,
          },
        ],
      },
    ],
  ];
  it.each(triggers)('of %s', (_, definition, expected) => {
    expect(triggerOf(definition)).toEqual(expected);
  });
});

// Shape: a notification of a composite alarm, as its receiver has published it.
it('a topic is told of a composite alarm which alarms have made it change', () => {
  const arn = `arn:aws:cloudwatch:us-east-1:${A}:alarm:cpu`;
  const state = { value: 'ALARM', timestamp: '2026-10-02T17:04:40.640+0000' };
  const change = alarmChange({
    definition: compositeAlarm(),
    stateReasonData: { triggeringAlarms: [{ arn, state }] },
  });
  const message = read(announcement({ change }));
  expect(message).toMatchObject({
    AlarmRule: 'ALARM(cpu) OR ALARM(network)',
    TriggeringChildren: [{ Arn: arn, State: { Value: 'ALARM', Timestamp: '2026-10-02T17:04:40.640+0000' } }],
  });
  expect(message).not.toHaveProperty('Trigger');
});

it('of a composite alarm whose state was set by hand no alarms are named', () => {
  const change = alarmChange({ definition: compositeAlarm(), stateReasonData: { note: 'a test' } });
  expect(read(announcement({ change }))['TriggeringChildren']).toEqual([]);
});

// Names: notifications, see region-names.ts. Where AWS has always a region, an alarm of ours may have none.
it.each([
  ['eu-west-1', 'EU (Ireland)', 'ALARM: "logins" in EU (Ireland)'],
  ['us-west-2', 'US West (Oregon)', 'ALARM: "logins" in US West (Oregon)'],
  ['xx-new-1', 'xx-new-1', 'ALARM: "logins" in xx-new-1'],
  [null, '', 'ALARM: "logins"'],
])('the region %s is %j, and the subject %j', (region, name, subject) => {
  const given = announcement({ place: { accountId: null, region } });
  expect(read(given)).toMatchObject({ Region: name, AWSAccountId: '000000000000' });
  expect(alarmSubject(given)).toBe(subject);
});
