import { describe, expect, it } from 'vitest';
import {
  alarmChange,
  compositeAlarm,
  expressionQuery,
  mathAlarm,
  metricAlarm,
  metricQuery,
} from '../../test/support/alarm-announcements.js';
import type { AlarmDefinition } from './alarm-definition.js';
import { actionHistory, configurationHistory, stateUpdateHistory } from './alarm-history-shapes.js';

const A = '111122223333';
const put = Date.parse('2026-11-02T15:55:30.959Z');
const facts = {
  place: { accountId: A, region: 'us-east-1' },
  configuredAt: put,
  state: { value: 'INSUFFICIENT_DATA', updatedAt: put },
} as const;

// Shape: an item of `DescribeAlarmHistory` as its receiver has published it (`okactions` is AWS's spelling).
it('an alarm that is made is told whole', () => {
  const definition = metricAlarm({
    alarmDescription: 'Too many',
    dimensions: [{ name: 'Host', value: 'h-1' }],
    alarmActions: ['desk'],
  });
  const { summary, data } = configurationHistory('Create', definition, facts);
  expect(summary).toBe('Alarm "logins" created');
  expect(JSON.parse(data)).toEqual({
    version: '1.0',
    type: 'Create',
    createdAlarm: {
      alarmName: 'logins',
      alarmDescription: 'Too many',
      alarmArn: `arn:aws:cloudwatch:us-east-1:${A}:alarm:logins`,
      alarmConfigurationUpdatedTimestamp: '2026-11-02T15:55:30.959+0000',
      namespace: 'Trail',
      metricName: 'FailedLogins',
      statistic: 'Average',
      period: 300,
      dimensions: [{ name: 'Host', value: 'h-1' }],
      threshold: 50,
      comparisonOperator: 'GreaterThanThreshold',
      evaluationPeriods: 1,
      treatMissingData: 'missing',
      stateValue: 'INSUFFICIENT_DATA',
      stateUpdatedTimestamp: '2026-11-02T15:55:30.959+0000',
      actionsEnabled: true,
      alarmActions: ['desk'],
      insufficientDataActions: [],
      okactions: [],
    },
  });
});

describe('the history of', () => {
  // Words and members: Eucalyptus's CloudWatch, which has AWS's; members of alarms: `MetricAlarm` and `CompositeAlarm`.
  const cases: [string, 'Update' | 'Delete', AlarmDefinition, string, object][] = [
    [
      'an update of metric math',
      'Update',
      mathAlarm([metricQuery('m1', 'Logins', 'Sum', { accountId: A }), expressionQuery('e1', 'm1*2', 'Twice')]),
      'Alarm "logins" updated',
      {
        updatedAlarm: {
          metrics: [
            {
              id: 'm1',
              metricStat: {
                metric: { namespace: 'Trail', metricName: 'Logins', dimensions: [{ name: 'Host', value: 'h-1' }] },
                period: 300,
                stat: 'Sum',
              },
              returnData: false,
              accountId: A,
            },
            { id: 'e1', expression: 'm1*2', label: 'Twice', returnData: true },
          ],
        },
      },
    ],
    [
      'a deleted percentile',
      'Delete',
      metricAlarm({
        statistic: null,
        extendedStatistic: 'p90',
        evaluateLowSampleCountPercentile: 'ignore',
        datapointsToAlarm: 1,
      }),
      'Alarm "logins" deleted',
      {
        deletedAlarm: { extendedStatistic: 'p90', evaluateLowSampleCountPercentile: 'ignore', datapointsToAlarm: 1 },
      },
    ],
    [
      'an update of a composite alarm',
      'Update',
      compositeAlarm({ actionsSuppressor: 'maintenance', actionsSuppressorWaitPeriod: 60 }),
      'Alarm "logins" updated',
      {
        updatedAlarm: {
          alarmRule: 'ALARM(cpu) OR ALARM(network)',
          actionsSuppressor: 'maintenance',
          actionsSuppressorWaitPeriod: 60,
        },
      },
    ],
  ];
  it.each(cases)('%s', (_, type, definition, summary, data) => {
    const shape = configurationHistory(type, definition, facts);
    expect(shape.summary).toBe(summary);
    expect(JSON.parse(shape.data)).toMatchObject({ version: '1.0', type, ...data });
  });
});

describe('a change of state', () => {
  const shapeOf = (...args: Parameters<typeof stateUpdateHistory>) => {
    const { summary, data } = stateUpdateHistory(...args);
    return { summary, data: JSON.parse(data) as object };
  };

  // Shape: the example of `describe-alarm-history`, AWS CLI.
  it('tells both states and their reasons', () => {
    const change = alarmChange({ stateReasonData: { version: '1.0', threshold: 70 } });
    const previous = { reason: 'testing purposes', reasonData: null, timestamp: put };
    expect(shapeOf(change, previous)).toEqual({
      summary: 'Alarm updated from OK to ALARM',
      data: {
        version: '1.0',
        oldState: { stateValue: 'OK', stateReason: 'testing purposes' },
        newState: {
          stateValue: 'ALARM',
          stateReason: 'it breaches',
          stateReasonData: { version: '1.0', threshold: 70 },
        },
      },
    });
  });

  it('whose state before is not known any more tells its name', () => {
    expect(shapeOf(alarmChange(), null).data).toMatchObject({ oldState: { stateValue: 'OK' } });
  });

  // Ours: AWS corrects nothing.
  it.each([
    ['ALARM', 'Alarm updated from OK to ALARM'],
    ['OK', 'Alarm remains OK: a change that was told before is withdrawn'],
  ] as const)('that corrects another, and is to %s, says so', (state, summary) => {
    const supersedes = '0e5a7a3c-0000-4000-8000-000000000000';
    const shape = shapeOf(alarmChange({ state, revision: 2, supersedes }), null);
    expect(shape).toMatchObject({ summary, data: { crosstrail: { revision: 2, supersedes } } });
  });
});

// Shapes: items of `DescribeAlarmHistory` as their receivers have published them.
it.each([
  [null, 'Successfully executed action desk', 'Succeeded'],
  ['it answered 410', 'Failed to execute action desk. Received error: "it answered 410"', 'Failed'],
])('an action that ended with %j: %s', (error, summary, actionState) => {
  const shape = actionHistory({ target: 'desk', error, changedAt: put });
  expect(shape.summary).toBe(summary);
  expect(JSON.parse(shape.data)).toEqual({
    actionState,
    stateUpdateTimestamp: put,
    notificationResource: 'desk',
    error,
  });
});
