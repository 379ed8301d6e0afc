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
import {
  alarmStateChangeEvent,
  type ConfigurationChange,
  configurationChangeEvent,
  configurationChangeForRules,
  lambdaActionEvent,
  stateChangeForRules,
} from './alarm-messages.js';

const A = '111122223333';
const place = { accountId: A, region: 'us-east-1' };
const at = (text: string) => Date.parse(text);
const metricOfHost = (name: string) => ({ dimensions: { Host: 'h-1' }, name, namespace: 'Trail' });
const told = (definition: AlarmDefinition, more: Partial<AlarmAnnouncement> = {}) =>
  announcement({ change: alarmChange({ definition }), place, ...more });
const detailOf = (given: AlarmAnnouncement) => alarmStateChangeEvent(given).detail as Record<string, unknown>;

// Shapes: the examples of "Alarm events and EventBridge", CloudWatch User Guide, with names and numbers of our own.
describe('CloudWatch Alarm State Change', () => {
  it('has the envelope of EventBridge, under the id of the change', () => {
    const { detail, ...envelope } = alarmStateChangeEvent(told(metricAlarm()));
    expect(envelope).toEqual({
      version: '0',
      id: '0e5a7a3c-0000-4000-8000-000000000001',
      'detail-type': 'CloudWatch Alarm State Change',
      source: 'aws.cloudwatch',
      account: A,
      time: '2026-10-02T17:04:40Z',
      region: 'us-east-1',
      resources: ['arn:aws:cloudwatch:us-east-1:111122223333:alarm:logins'],
    });
    expect(Object.keys(detail)).toEqual(['alarmName', 'configuration', 'previousState', 'state', 'crosstrail']);
  });

  // Truth: our own word on what belongs to no account.
  it.each([
    [{ accountId: null, region: null }, '000000000000', '', 'arn:aws:cloudwatch:::alarm:logins'],
    [{ accountId: A, region: null }, A, '', `arn:aws:cloudwatch::${A}:alarm:logins`],
    [{ accountId: A, region: 'cn-north-1' }, A, 'cn-north-1', `arn:aws-cn:cloudwatch:cn-north-1:${A}:alarm:logins`],
  ])('of an alarm that speaks of %j names account %j and region %j', (of, account, region, arn) => {
    const event = alarmStateChangeEvent(told(metricAlarm(), { place: of }));
    expect(event).toMatchObject({ account, region, resources: [arn] });
  });

  const metricStat = (metric: object, stat: string, more: object = {}) => ({ metric, period: 300, stat, ...more });
  const configurations: [string, AlarmDefinition, object][] = [
    [
      'a metric',
      metricAlarm({ alarmDescription: 'Too many', dimensions: [{ name: 'Host', value: 'h-1' }] }),
      {
        description: 'Too many',
        metrics: [{ id: 'm1', metricStat: metricStat(metricOfHost('FailedLogins'), 'Average'), returnData: true }],
      },
    ],
    [
      'a percentile, with a unit',
      metricAlarm({ statistic: null, extendedStatistic: 'p99.9', unit: 'Seconds' }),
      {
        metrics: [
          {
            id: 'm1',
            metricStat: metricStat({ dimensions: {}, name: 'FailedLogins', namespace: 'Trail' }, 'p99.9', {
              unit: 'Seconds',
            }),
            returnData: true,
          },
        ],
      },
    ],
    [
      'metric math',
      mathAlarm([
        expressionQuery('e1', 'SUM(METRICS())', 'All logins'),
        metricQuery('m1', 'Logins', 'Maximum'),
        metricQuery('m2', 'FailedLogins', 'Maximum', { accountId: A, region: 'eu-west-1' }),
      ]),
      {
        metrics: [
          { id: 'e1', expression: 'SUM(METRICS())', label: 'All logins', returnData: true },
          { id: 'm1', metricStat: metricStat(metricOfHost('Logins'), 'Maximum'), returnData: false },
          {
            id: 'm2',
            metricStat: metricStat(metricOfHost('FailedLogins'), 'Maximum'),
            returnData: false,
            accountId: A,
            region: 'eu-west-1',
          },
        ],
      },
    ],
    [
      'an anomaly band',
      mathAlarm(
        [
          metricQuery('m1', 'Logins', 'Average', { returnData: true }),
          expressionQuery('ad1', 'ANOMALY_DETECTION_BAND(m1, 0.8)', 'Logins (expected)'),
        ],
        { threshold: null, thresholdMetricId: 'ad1', comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold' },
      ),
      {
        metrics: [
          { id: 'm1', metricStat: metricStat(metricOfHost('Logins'), 'Average'), returnData: true },
          {
            id: 'ad1',
            expression: 'ANOMALY_DETECTION_BAND(m1, 0.8)',
            label: 'Logins (expected)',
            returnData: true,
          },
        ],
      },
    ],
    ['a composite alarm', compositeAlarm(), { alarmRule: 'ALARM(cpu) OR ALARM(network)' }],
    [
      'a composite alarm with a suppressor',
      compositeAlarm({
        actionsSuppressor: 'maintenance',
        actionsSuppressorWaitPeriod: 120,
        actionsSuppressorExtensionPeriod: 180,
      }),
      {
        alarmRule: 'ALARM(cpu) OR ALARM(network)',
        actionsSuppressor: 'maintenance',
        actionsSuppressorWaitPeriod: 120,
        actionsSuppressorExtensionPeriod: 180,
      },
    ],
  ];
  it.each(configurations)('tells the configuration of %s', (_, definition, expected) => {
    expect(detailOf(told(definition))['configuration']).toEqual(expected);
  });

  const reasonData = { version: '1.0', queryDate: '2026-10-02T17:04:40.985+0000', recentDatapoints: [99.5] };
  it('tells the state and the one before, with the data of the reasons as JSON text', () => {
    const given = announcement({
      change: alarmChange({ stateReason: 'it was greater', stateReasonData: reasonData }),
      previous: { reason: 'it was not', reasonData: { version: '1.0' }, timestamp: at('2026-10-01T13:56:40.987Z') },
    });
    expect(detailOf(given)).toMatchObject({
      previousState: {
        reason: 'it was not',
        reasonData: '{"version":"1.0"}',
        timestamp: '2026-10-01T13:56:40.987+0000',
        value: 'OK',
      },
      state: {
        reason: 'it was greater',
        reasonData: '{"version":"1.0","queryDate":"2026-10-02T17:04:40.985+0000","recentDatapoints":[99.5]}',
        timestamp: '2026-10-02T17:04:40.989+0000',
        value: 'ALARM',
      },
    });
  });

  it.each([
    ['that was just made', { reason: 'Unchecked', reasonData: null, timestamp: 0 }, ['value', 'reason', 'timestamp']],
    ['that is not known any more', null, ['value']],
  ])('tells of a state before %s what there is', (_, previous, members) => {
    expect(Object.keys(detailOf(announcement({ previous }))['previousState'] as object)).toEqual(members);
  });

  it.each([
    ['WaitPeriod', 'Actions suppressed by WaitPeriod'],
    ['ExtensionPeriod', 'Actions suppressed by ExtensionPeriod'],
    ['Alarm', 'Actions suppressed by Alarm'],
  ] as const)('tells that actions are held back by %s', (suppressedBy, reason) => {
    const given = told(compositeAlarm(), { suppression: { suppressedBy, state: 'ALARM', dueAt: null } });
    expect(detailOf(given)['state']).toEqual({
      actionsSuppressedBy: suppressedBy,
      actionsSuppressedReason: reason,
      value: 'ALARM',
      reason: 'it breaches',
      timestamp: '2026-10-02T17:04:40.989+0000',
    });
  });

  // Truth: ours, `AlarmStateChange` of the schema.
  it('tells what AWS has not in a place of its own', () => {
    const supersedes = '0e5a7a3c-0000-4000-8000-000000000000';
    const definition = metricAlarm({ accountIds: [A] });
    const given = announcement({ change: alarmChange({ definition, revision: 2, supersedes }) });
    expect(detailOf(given)['crosstrail']).toEqual({
      detectedAt: '2026-10-02T17:04:41.989+0000',
      revision: 2,
      supersedes,
      accountIds: [A],
    });
    expect(stateChangeForRules(given)).toMatchObject({ accountIds: [A], time: at('2026-10-02T17:04:40.989Z') });
  });
});

const created = at('2026-03-03T17:06:13.757Z');
const changed = at('2026-03-03T17:06:34.267Z');
function configured(more: Partial<ConfigurationChange>): ConfigurationChange {
  return {
    id: '0e5a7a3c-0000-4000-8000-000000000002',
    time: changed,
    operation: 'create',
    place,
    definition: metricAlarm(),
    configuredAt: changed,
    previous: null,
    state: { value: 'INSUFFICIENT_DATA', timestamp: created },
    ...more,
  };
}

// Shapes: as above.
describe('CloudWatch Alarm Configuration Change', () => {
  const detail = (change: ConfigurationChange) => configurationChangeEvent(change).detail;
  const metrics = [
    {
      id: 'm1',
      metricStat: {
        metric: { dimensions: {}, name: 'FailedLogins', namespace: 'Trail' },
        period: 300,
        stat: 'Average',
      },
      returnData: true,
    },
  ];
  const nobody = { okActions: [], alarmActions: [], insufficientDataActions: [] };
  const state = { value: 'INSUFFICIENT_DATA', timestamp: '2026-03-03T17:06:13.757+0000' };
  const before = {
    evaluationPeriods: 1,
    threshold: 70,
    comparisonOperator: 'GreaterThanThreshold',
    treatMissingData: 'ignore',
    metrics,
    alarmName: 'logins',
    description: 'Too many',
    actionsEnabled: true,
    timestamp: '2026-03-03T17:06:13.757+0000',
    ...nobody,
  };

  it('is of the alarm, at the time at which it was put', () => {
    const { detail: _, ...envelope } = configurationChangeEvent(configured({}));
    expect(envelope).toMatchObject({
      id: '0e5a7a3c-0000-4000-8000-000000000002',
      'detail-type': 'CloudWatch Alarm Configuration Change',
      time: '2026-03-03T17:06:34Z',
      resources: [`arn:aws:cloudwatch:us-east-1:${A}:alarm:logins`],
    });
  });

  it('tells what an update has changed', () => {
    const definition = metricAlarm({ alarmDescription: 'Too many', treatMissingData: 'ignore' });
    const change = configured({
      operation: 'update',
      definition: { ...definition, threshold: 80, datapointsToAlarm: 1, okActions: ['desk'] },
      previous: { definition: { ...definition, threshold: 70 }, configuredAt: created },
    });
    expect(detail(change)).toEqual({
      alarmName: 'logins',
      operation: 'update',
      state,
      configuration: {
        ...before,
        threshold: 80,
        datapointsToAlarm: 1,
        timestamp: '2026-03-03T17:06:34.267+0000',
        okActions: ['desk'],
      },
      previousConfiguration: before,
      crosstrail: { accountIds: null },
    });
  });

  it('tells that a composite alarm with a suppressor was made', () => {
    const suppressor = {
      actionsSuppressor: 'maintenance',
      actionsSuppressorWaitPeriod: 120,
      actionsSuppressorExtensionPeriod: 180,
    };
    expect(detail(configured({ definition: compositeAlarm(suppressor) }))).toEqual({
      alarmName: 'logins',
      operation: 'create',
      state,
      configuration: {
        alarmRule: 'ALARM(cpu) OR ALARM(network)',
        ...suppressor,
        alarmName: 'logins',
        actionsEnabled: true,
        timestamp: '2026-03-03T17:06:34.267+0000',
        ...nobody,
      },
      crosstrail: { accountIds: null },
    });
  });

  it('tells of one that is deleted what it was', () => {
    const change = configured({
      operation: 'delete',
      definition: compositeAlarm(),
      state: { value: 'ALARM', timestamp: created },
    });
    expect(detail(change)).toMatchObject({
      operation: 'delete',
      state: { ...state, value: 'ALARM' },
      configuration: { alarmRule: 'ALARM(cpu) OR ALARM(network)' },
    });
    expect(detail(change)).not.toHaveProperty('previousConfiguration');
  });

  // Own reckoning: whoever may know of the event may know all that it tells of.
  it.each([
    [['1'], null, ['1']],
    [['1'], ['1', '2'], ['1', '2']],
    [
      ['2', '3'],
      ['1', '2'],
      ['1', '2', '3'],
    ],
    [null, ['1'], null],
    [['1'], 'every', null],
  ] as const)('of an alarm of %j that was of %j is for those who see %j', (accountIds, earlier, expected) => {
    const before = earlier === null ? null : metricAlarm({ accountIds: earlier === 'every' ? null : earlier });
    const change = configured({
      operation: 'update',
      definition: metricAlarm({ accountIds }),
      previous: before && { definition: before, configuredAt: created },
    });
    expect(configurationChangeForRules(change).accountIds).toEqual(expected);
  });
});

// Shape: the example of "Invoke a Lambda function from an alarm", CloudWatch User Guide, and of AWS's own client libraries.
describe('the event of a function', () => {
  it('has the members of AWS, and no others', () => {
    const given = announcement({
      place,
      change: alarmChange({ definition: compositeAlarm(), stateReasonData: { triggeringAlarms: [] } }),
      previous: { reason: 'none was', reasonData: null, timestamp: created },
    });
    expect(lambdaActionEvent(given)).toEqual({
      source: 'aws.cloudwatch',
      alarmArn: `arn:aws:cloudwatch:us-east-1:${A}:alarm:logins`,
      accountId: A,
      time: '2026-10-02T17:04:40.989+0000',
      region: 'us-east-1',
      alarmData: {
        alarmName: 'logins',
        state: {
          value: 'ALARM',
          reason: 'it breaches',
          reasonData: '{"triggeringAlarms":[]}',
          timestamp: '2026-10-02T17:04:40.989+0000',
        },
        previousState: { value: 'OK', reason: 'none was', timestamp: '2026-03-03T17:06:13.757+0000' },
        configuration: { alarmRule: 'ALARM(cpu) OR ALARM(network)' },
      },
    });
  });

  it('of an alarm of no one account has none', () => {
    expect(lambdaActionEvent(announcement())).toMatchObject({ accountId: '000000000000', region: '' });
  });
});
