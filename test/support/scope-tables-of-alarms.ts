import { noon } from './events.js';
import { farAccount, ownAccount } from './planted-accounts.js';
import { commonMetric } from './planted-metrics.js';
import type { ArgumentTable } from './schema-walk.js';

/** An alarm of these is there, or was never. */
const alarmNames = [
  'canary-alarm-name',
  'canary-composite-name',
  'canary-shared-alarm',
  'canary-every-alarm',
  'nobodys',
];
const span = { from: new Date(noon).toISOString(), to: new Date(noon + 3_600_000).toISOString() };
const alarm = {
  alarmName: 'taken',
  evaluationPeriods: 1,
  threshold: 1,
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
};
const onCommonMetric = { ...alarm, ...commonMetric, statistic: 'Sum', period: 60, evaluationDelay: 0 };
const mathOf = (metric: object) => ({
  ...alarm,
  metrics: [{ id: 'm1', metricStat: { metric: { ...commonMetric, ...metric }, period: 60, stat: 'Sum' } }],
});
const onSpareMetric = { ...onCommonMetric, namespace: 'canary-namespace', metricName: 'canary-metric' };

/**
 * Where ways that lead to or through an alarm end: events, filters, and alarms that a change or a mutation leads to are walked
 * from elsewhere, over the same resolvers.
 */
export const alarmWayEnds = [
  'RelatedEventConnection.nodes',
  'RelatedEventEdge.node',
  'AlarmStateChange.alarm',
  'AlarmEdge.node',
  ...['AlarmPayload.alarm', 'MetricAlarmPayload.alarm', 'CompositeAlarmPayload.alarm', 'AlarmsPayload.alarms'],
  ...['AlarmPackPayload.alarms', 'AlarmPackPayload.metricFilters'],
];

/** Of the fields of an alarm. */
function fieldArguments(cursors: AlarmCursors): ArgumentTable {
  const both = (field: string, values: readonly unknown[]) =>
    Object.fromEntries(['MetricAlarm', 'CompositeAlarm'].map((type) => [`${type}.${field}`, values]));
  return {
    '(types: HistoryItemType)': [undefined, ['Action']],
    ...both('history(after:)', [undefined, cursors.alarmHistory]),
    ...both('relatedEvents(after:)', [undefined, cursors.relatedEvents]),
    'AlarmStateChange.relatedEvents(after:)': [undefined, cursors.relatedEvents],
    '(window: Int)': [undefined, 604_800],
    '(time: TimeRangeInput)': [undefined, span],
  };
}

/** Behind what is the far account's. */
export interface AlarmCursors {
  readonly alarms: string;
  readonly alarmFeed: string;
  readonly alarmHistory: string;
  readonly relatedEvents: string;
}

/** Ids of alarms: metric and composite ones of each account, then what both share. */
interface AlarmIds {
  readonly own: readonly string[];
  readonly far: readonly string[];
  readonly shared: readonly string[];
}

export function alarmQueryArguments(ids: AlarmIds, cursors: AlarmCursors): ArgumentTable {
  const time = { startTime: new Date(noon - 600_000).toISOString(), endTime: new Date(noon + 600_000).toISOString() };
  return {
    ...fieldArguments(cursors),
    'Query.alarm(id:)': [...ids.own, ...ids.far, ...ids.shared, '999999999'],
    '(filter: AlarmFilter)': [undefined, ...alarmFilters],
    'Query.alarms(after:)': [undefined, cursors.alarms],
    'Query.alarmFeed(after:)': [undefined, cursors.alarmFeed],
    'Query.alarmFeed(from:)': [undefined, span.from],
    'Query.backtestAlarm(input:)': [
      { ...time, alarm: onCommonMetric },
      { ...time, alarm: onSpareMetric },
      { ...time, alarm: { ...onCommonMetric, accountIds: [farAccount] } },
      { ...time, alarm: { ...onCommonMetric, accountIds: [ownAccount, farAccount] } },
      { ...time, alarm: mathOf({ accountId: farAccount }) },
      { ...time, alarm: mathOf({ region: 'eu-canary-5' }) },
    ],
  };
}

/** Each condition by itself, asking for what is the far account's. */
export const alarmFilters: readonly object[] = [
  { accountIds: [farAccount] },
  { names: alarmNames },
  { namePrefix: 'canary' },
  { states: ['ALARM'] },
  { origins: ['CROSSTRAIL'] },
  { regions: ['eu-canary-6'] },
  { tags: [{ key: 'canary-alarm-tag' }] },
  { tags: [{ key: 'canary-alarm-tag', value: 'canary-alarm-tag-value' }] },
];

/** That a name is taken is left out, as with rules and filters. */
export function alarmMutationArguments(reachesBeyond: readonly (readonly string[])[]): ArgumentTable {
  const named = alarmNames.map((name) => ({ alarmNames: [name] }));
  const composite = { alarmName: 'taken-composite' };
  return {
    'Mutation.putMetricAlarm(input:)': [
      ...reachesBeyond.map((accountIds) => ({ ...onCommonMetric, accountIds })),
      ...reachesBeyond.map((accountIds) => ({ ...onCommonMetric, alarmName: 'own-band-name', accountIds })),
      { ...onCommonMetric, alarmName: 'canary-alarm-name', accountIds: [farAccount] },
      { ...onCommonMetric, alarmActions: ['canary-target-name'] },
    ],
    'Mutation.putCompositeAlarm(input:)': [
      ...reachesBeyond.map((accountIds) => ({ ...composite, alarmRule: 'TRUE', accountIds })),
      ...alarmNames.map((name) => ({ ...composite, alarmRule: `ALARM("${name}")` })),
      ...alarmNames.map((actionsSuppressor) => ({
        ...composite,
        alarmRule: 'ALARM("own-alarm-name")',
        ...{ actionsSuppressor, actionsSuppressorWaitPeriod: 1, actionsSuppressorExtensionPeriod: 1 },
      })),
    ],
    'Mutation.deleteAlarms(input:)': [...named, { alarmNames: ['own-band-name', 'canary-alarm-name'] }],
    'Mutation.enableAlarmActions(input:)': named,
    'Mutation.disableAlarmActions(input:)': named,
    'Mutation.setAlarmState(input:)': alarmNames.map((alarmName) => ({
      ...{ alarmName, stateValue: 'INSUFFICIENT_DATA', stateReason: 'taken' },
    })),
    ...Object.fromEntries(
      ['installAlarmPack', 'removeAlarmPack'].flatMap((name) => [
        [`Mutation.${name}(name:)`, ['CIS_AWS_FOUNDATIONS']],
        [`Mutation.${name}(accountIds:)`, reachesBeyond],
      ]),
    ),
    'Mutation.installAlarmPack(alarmActions:)': [undefined, ['canary-target-name']],
    'Mutation.installAlarmPack(okActions:)': [undefined],
  };
}
