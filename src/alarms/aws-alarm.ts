import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { type AlarmPlace, alarmArn } from './alarm-arn.js';
import { given } from './alarm-configuration.js';
import type {
  AlarmDefinition,
  AlarmDimension,
  AlarmMetricQuery,
  CompositeAlarmDefinition,
  MetricAlarmDefinition,
} from './alarm-definition.js';
import { awsTimestamp } from './aws-timestamp.js';

/** What is known of an alarm besides its definition. Times in milliseconds since 1970 UTC. */
export interface AwsAlarmFacts {
  readonly place: AlarmPlace;
  readonly configuredAt: number;
  readonly state: { readonly value: AlarmState; readonly updatedAt: number };
}

/** `MetricAlarm` or `CompositeAlarm` of the CloudWatch API Reference; what an alarm has not is left out. */
export function toAwsAlarm(definition: AlarmDefinition, facts: AwsAlarmFacts): Record<string, unknown> {
  const { alarmName, alarmDescription, okActions, alarmActions, insufficientDataActions } = definition;
  return {
    AlarmName: alarmName,
    ...given({ AlarmDescription: alarmDescription }),
    AlarmArn: alarmArn(alarmName, facts.place),
    AlarmConfigurationUpdatedTimestamp: awsTimestamp(facts.configuredAt),
    ...(definition.alarmType === 'METRIC' ? metricAlarm(definition) : compositeAlarm(definition)),
    StateValue: facts.state.value,
    StateUpdatedTimestamp: awsTimestamp(facts.state.updatedAt),
    ActionsEnabled: definition.actionsEnabled,
    AlarmActions: alarmActions,
    InsufficientDataActions: insufficientDataActions,
    OKActions: okActions,
  };
}

function metricAlarm(definition: MetricAlarmDefinition): object {
  const { metrics } = definition;
  return {
    ...(metrics === null ? metricOf(definition) : { Metrics: metrics.map(queryOf) }),
    ...given({ Threshold: definition.threshold, ThresholdMetricId: definition.thresholdMetricId }),
    ComparisonOperator: definition.comparisonOperator,
    EvaluationPeriods: definition.evaluationPeriods,
    ...given({ DatapointsToAlarm: definition.datapointsToAlarm }),
    TreatMissingData: definition.treatMissingData,
    ...given({ EvaluateLowSampleCountPercentile: definition.evaluateLowSampleCountPercentile }),
  };
}

function metricOf(definition: MetricAlarmDefinition): object {
  const { namespace, metricName, statistic, extendedStatistic, period, unit, dimensions } = definition;
  return {
    Namespace: namespace,
    MetricName: metricName,
    ...given({ Statistic: statistic, ExtendedStatistic: extendedStatistic }),
    Period: period,
    ...given({ Unit: unit }),
    Dimensions: dimensions.map(dimensionOf),
  };
}

function compositeAlarm(definition: CompositeAlarmDefinition): object {
  return {
    AlarmRule: definition.alarmRule,
    ...given({
      ActionsSuppressor: definition.actionsSuppressor,
      ActionsSuppressorWaitPeriod: definition.actionsSuppressorWaitPeriod,
      ActionsSuppressorExtensionPeriod: definition.actionsSuppressorExtensionPeriod,
    }),
  };
}

function queryOf({ id, metricStat, expression, label, period, returnData }: AlarmMetricQuery): object {
  const stat = metricStat && {
    Metric: {
      Namespace: metricStat.metric.namespace,
      MetricName: metricStat.metric.metricName,
      Dimensions: metricStat.metric.dimensions.map(dimensionOf),
    },
    Period: metricStat.period,
    Stat: metricStat.stat,
    ...given({ Unit: metricStat.unit }),
  };
  return {
    ...given({ Id: id, MetricStat: stat, Expression: expression, Label: label, Period: period }),
    ReturnData: returnData,
    ...given({ AccountId: metricStat?.metric.accountId ?? null }),
  };
}

function dimensionOf({ name, value }: AlarmDimension): object {
  return { Name: name, Value: value };
}
