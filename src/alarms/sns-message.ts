import { ownAccount } from '../deliveries/own-account.port.js';
import type { AlarmAnnouncement } from './alarm-announcement.port.js';
import { alarmArn } from './alarm-arn.js';
import { given } from './alarm-configuration.js';
import type { AlarmDimension, AlarmMetricQuery, MetricAlarmDefinition } from './alarm-definition.js';
import { awsTimestamp } from './aws-timestamp.js';
import { type TriggeringAlarm, triggeringAlarmsOf } from './reason-data.js';
import { regionName } from './region-names.js';

/**
 * What a topic of SNS is told of a change: JSON text, as CloudWatch writes it. Source: notifications recorded of metric,
 * math, anomaly and composite alarms. Actions are names of targets, where AWS has ARNs.
 */
export function snsMessage({ change, place, configuredAt }: AlarmAnnouncement): string {
  const { definition, state, previousState, stateReason, timestamp } = change;
  const { alarmName, okActions, alarmActions, insufficientDataActions } = definition;
  return JSON.stringify({
    AlarmName: alarmName,
    AlarmDescription: definition.alarmDescription,
    AWSAccountId: place.accountId ?? ownAccount,
    AlarmConfigurationUpdatedTimestamp: awsTimestamp(configuredAt),
    NewStateValue: state,
    NewStateReason: stateReason,
    StateChangeTime: awsTimestamp(timestamp),
    Region: regionName(place.region),
    AlarmArn: alarmArn(alarmName, place),
    OldStateValue: previousState,
    OKActions: okActions,
    AlarmActions: alarmActions,
    InsufficientDataActions: insufficientDataActions,
    ...(definition.alarmType === 'METRIC'
      ? { Trigger: triggerOf(definition) }
      : {
          AlarmRule: definition.alarmRule,
          TriggeringChildren: triggeringAlarmsOf(change.stateReasonData).map(childOf),
        }),
  });
}

/** What a message is about, in a line: `ALARM: "name" in US East (N. Virginia)`, which is SNS's subject at AWS. */
export function alarmSubject({ change, place }: AlarmAnnouncement): string {
  const where = place.region === null ? '' : ` in ${regionName(place.region)}`;
  return `${change.state}: "${change.definition.alarmName}"${where}`;
}

function triggerOf(definition: MetricAlarmDefinition): object {
  const { metrics, period, evaluationPeriods, datapointsToAlarm, threshold, thresholdMetricId } = definition;
  return {
    ...(metrics === null ? metricOf(definition) : {}),
    Period: period,
    EvaluationPeriods: evaluationPeriods,
    ...given({ DatapointsToAlarm: datapointsToAlarm }),
    ComparisonOperator: definition.comparisonOperator,
    ...given({ Threshold: threshold, ThresholdMetricId: thresholdMetricId }),
    TreatMissingData: definition.treatMissingData,
    EvaluateLowSampleCountPercentile: definition.evaluateLowSampleCountPercentile ?? '',
    ...(metrics === null ? {} : { Metrics: metrics.map(queryOf) }),
  };
}

function metricOf({ metricName, namespace, statistic, extendedStatistic, unit, dimensions }: MetricAlarmDefinition) {
  return {
    MetricName: metricName,
    Namespace: namespace,
    ...(statistic === null
      ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic: extendedStatistic }
      : { StatisticType: 'Statistic', Statistic: statistic.replace('SampleCount', 'Sample_Count').toUpperCase() }),
    Unit: unit,
    Dimensions: dimensions.map(dimensionOf),
  };
}

function queryOf({ id, expression, label, metricStat, period, returnData }: AlarmMetricQuery): object {
  if (metricStat === null) {
    return { ...given({ Expression: expression, Id: id, Label: label, Period: period }), ReturnData: returnData };
  }
  const { metric, stat, unit } = metricStat;
  return {
    Id: id,
    ...given({ Label: label }),
    MetricStat: {
      Metric: {
        Dimensions: metric.dimensions.map(dimensionOf),
        MetricName: metric.metricName,
        Namespace: metric.namespace,
      },
      Period: metricStat.period,
      Stat: stat,
      ...given({ Unit: unit }),
    },
    ReturnData: returnData,
    ...given({ AccountId: metric.accountId }),
  };
}

function dimensionOf({ name, value }: AlarmDimension): object {
  return { value, name };
}

/** An alarm that the reason names, which has its members in lower case there. */
function childOf({ arn, state }: TriggeringAlarm): object {
  return { Arn: arn, State: { Value: state.value, Timestamp: state.timestamp } };
}
