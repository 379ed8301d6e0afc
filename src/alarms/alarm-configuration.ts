import type {
  AlarmDefinition,
  AlarmMetricQuery,
  CompositeAlarmDefinition,
  MetricAlarmDefinition,
} from './alarm-definition.js';
import { awsTimestamp } from './aws-timestamp.js';

/** `configuration` of the events that tell of a state. Source: "Alarm events and EventBridge", CloudWatch User Guide. */
export function stateConfiguration(definition: AlarmDefinition): object {
  return {
    ...given({ description: definition.alarmDescription }),
    ...(definition.alarmType === 'METRIC' ? { metrics: metricsOf(definition) } : compositeOf(definition)),
  };
}

/**
 * `configuration` of the events that tell of an alarm being made, changed or deleted. Source: as above.
 *
 * @param configuredAt milliseconds since 1970 UTC
 */
export function wholeConfiguration(definition: AlarmDefinition, configuredAt: number): object {
  return {
    ...(definition.alarmType === 'METRIC' ? evaluationOf(definition) : compositeOf(definition)),
    alarmName: definition.alarmName,
    ...given({ description: definition.alarmDescription }),
    actionsEnabled: definition.actionsEnabled,
    timestamp: awsTimestamp(configuredAt),
    okActions: definition.okActions,
    alarmActions: definition.alarmActions,
    insufficientDataActions: definition.insufficientDataActions,
  };
}

/** What is there of some members. */
export function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function evaluationOf(definition: MetricAlarmDefinition): object {
  return {
    evaluationPeriods: definition.evaluationPeriods,
    ...given({
      datapointsToAlarm: definition.datapointsToAlarm,
      threshold: definition.threshold,
      thresholdMetricId: definition.thresholdMetricId,
    }),
    comparisonOperator: definition.comparisonOperator,
    treatMissingData: definition.treatMissingData,
    ...given({ evaluateLowSampleCountPercentile: definition.evaluateLowSampleCountPercentile }),
    metrics: metricsOf(definition),
  };
}

function compositeOf(definition: CompositeAlarmDefinition): object {
  const { alarmRule, actionsSuppressor, actionsSuppressorWaitPeriod, actionsSuppressorExtensionPeriod } = definition;
  return { alarmRule, ...given({ actionsSuppressor, actionsSuppressorWaitPeriod, actionsSuppressorExtensionPeriod }) };
}

/** AWS makes up a UUID as the id of a single metric. `m1` says as much, and stays the same. */
function metricsOf(definition: MetricAlarmDefinition): object[] {
  const { metrics, namespace, metricName, dimensions, unit, statistic, extendedStatistic, period } = definition;
  if (metrics !== null) return metrics.map(queryOf);
  const metric = { dimensions: dimensionsOf(dimensions), name: metricName, namespace };
  const stat = statistic ?? extendedStatistic;
  return [{ id: 'm1', metricStat: { metric, period, stat, ...given({ unit }) }, returnData: true }];
}

/** The region of a metric is ours: AWS's alarms see one region. */
function queryOf({ id, metricStat, expression, label, period, returnData }: AlarmMetricQuery): object {
  if (metricStat === null) return { ...given({ expression, id, label, period }), returnData };
  const { metric, stat, unit } = metricStat;
  const { namespace, metricName: name, accountId, region } = metric;
  return {
    id,
    ...given({ label }),
    metricStat: {
      metric: { dimensions: dimensionsOf(metric.dimensions), name, namespace },
      period: metricStat.period,
      stat,
      ...given({ unit }),
    },
    returnData,
    ...given({ accountId, region }),
  };
}

function dimensionsOf(dimensions: MetricAlarmDefinition['dimensions']): object {
  return Object.fromEntries(dimensions.map(({ name, value }) => [name, value]));
}
