import type { AlarmAnnouncement } from '../../src/alarms/alarm-announcement.port.js';
import type { AlarmChange } from '../../src/alarms/alarm-change.port.js';
import type {
  AlarmMetricQuery,
  CompositeAlarmDefinition,
  MetricAlarmDefinition,
} from '../../src/alarms/alarm-definition.js';

const common = {
  alarmName: 'logins',
  alarmDescription: null,
  accountIds: null,
  actionsEnabled: true,
  alarmActions: [],
  okActions: [],
  insufficientDataActions: [],
  tags: {},
};

/** An alarm on a metric: more than 50 failed logins on average in five minutes. */
export function metricAlarm(more: Partial<MetricAlarmDefinition> = {}): MetricAlarmDefinition {
  return {
    ...common,
    alarmType: 'METRIC',
    namespace: 'Trail',
    metricName: 'FailedLogins',
    dimensions: [],
    unit: null,
    statistic: 'Average',
    extendedStatistic: null,
    metrics: null,
    period: 300,
    evaluationPeriods: 1,
    datapointsToAlarm: null,
    threshold: 50,
    thresholdMetricId: null,
    comparisonOperator: 'GreaterThanThreshold',
    treatMissingData: 'missing',
    evaluateLowSampleCountPercentile: null,
    evaluationDelay: 1800,
    ...more,
  };
}

/** An alarm on metric math. */
export function mathAlarm(
  metrics: readonly AlarmMetricQuery[],
  more: Partial<MetricAlarmDefinition> = {},
): MetricAlarmDefinition {
  return metricAlarm({ metrics, namespace: null, metricName: null, statistic: null, ...more });
}

/** A metric of an alarm on metric math. */
export function metricQuery(
  id: string,
  metricName: string,
  stat: string,
  more: Partial<AlarmMetricQuery> & { readonly accountId?: string; readonly region?: string } = {},
): AlarmMetricQuery {
  const { accountId = null, region = null, ...query } = more;
  const dimensions = [{ name: 'Host', value: 'h-1' }];
  const metric = { namespace: 'Trail', metricName, dimensions, accountId, region };
  const metricStat = { metric, period: 300, stat, unit: null };
  return { id, metricStat, expression: null, label: null, period: null, returnData: false, ...query };
}

export function expressionQuery(id: string, expression: string, label: string | null = null): AlarmMetricQuery {
  return { id, metricStat: null, expression, label, period: null, returnData: true };
}

export function compositeAlarm(more: Partial<CompositeAlarmDefinition> = {}): CompositeAlarmDefinition {
  return {
    ...common,
    alarmType: 'COMPOSITE',
    alarmRule: 'ALARM(cpu) OR ALARM(network)',
    actionsSuppressor: null,
    actionsSuppressorWaitPeriod: null,
    actionsSuppressorExtensionPeriod: null,
    ...more,
  };
}

/** A change of an alarm that goes into ALARM, on 2 October 2026, known a second later. */
export function alarmChange(more: Partial<AlarmChange> = {}): AlarmChange {
  const timestamp = Date.parse('2026-10-02T17:04:40.989Z');
  return {
    id: '0e5a7a3c-0000-4000-8000-000000000001',
    alarmId: '1',
    definition: metricAlarm(),
    evaluatedAt: Date.parse('2026-10-02T17:00:00Z'),
    timestamp,
    detectedAt: timestamp + 1000,
    previousState: 'OK',
    state: 'ALARM',
    stateReason: 'it breaches',
    stateReasonData: null,
    revision: 1,
    supersedes: null,
    ...more,
  };
}

/** A change of an alarm that speaks of no one account, put in the morning before. */
export function announcement(more: Partial<AlarmAnnouncement> = {}): AlarmAnnouncement {
  return {
    change: alarmChange(),
    place: { accountId: null, region: null },
    configuredAt: Date.parse('2026-10-01T08:00:00.267Z'),
    reachId: null,
    previous: null,
    suppression: null,
    ...more,
  };
}
