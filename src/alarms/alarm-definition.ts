import type { ComparisonOperator } from './comparison-operator.js';

/** How missing data points are taken. */
export type TreatMissingData = 'missing' | 'notBreaching' | 'breaching' | 'ignore';

/** A metric or an expression of an alarm on metric math, as PutMetricAlarm has it. */
export interface AlarmMetricQuery {
  readonly id: string;
  readonly metricStat: {
    readonly metric: {
      readonly namespace: string;
      readonly metricName: string;
      readonly dimensions: readonly AlarmDimension[];
      readonly accountId: string | null;
      readonly region: string | null;
    };
    readonly period: number;
    readonly stat: string;
    readonly unit: string | null;
  } | null;
  readonly expression: string | null;
  readonly label: string | null;
  readonly period: number | null;
  readonly returnData: boolean;
}

export interface AlarmDimension {
  readonly name: string;
  readonly value: string;
}

interface CommonDefinition {
  readonly alarmName: string;
  readonly alarmDescription: string | null;
  /** Whose data it sees: sorted; null: every account's. */
  readonly accountIds: readonly string[] | null;
  readonly actionsEnabled: boolean;
  /** Names of targets. */
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** An alarm on a metric or on metric math, as it was put: what was left out is null, or what it stands for. */
export interface MetricAlarmDefinition extends CommonDefinition {
  readonly alarmType: 'METRIC';
  /** Null with `metrics`, as the fields below it. */
  readonly namespace: string | null;
  readonly metricName: string | null;
  readonly dimensions: readonly AlarmDimension[];
  readonly unit: string | null;
  readonly statistic: string | null;
  readonly extendedStatistic: string | null;
  /** Null for a single metric. */
  readonly metrics: readonly AlarmMetricQuery[] | null;
  /** Seconds: that of its metric or metrics. */
  readonly period: number;
  readonly evaluationPeriods: number;
  /** As given: null stands for `evaluationPeriods`. */
  readonly datapointsToAlarm: number | null;
  /** Null where there is a `thresholdMetricId`. */
  readonly threshold: number | null;
  readonly thresholdMetricId: string | null;
  readonly comparisonOperator: ComparisonOperator;
  readonly treatMissingData: TreatMissingData;
  readonly evaluateLowSampleCountPercentile: 'evaluate' | 'ignore' | null;
  /** Seconds after a window's end at which it is judged, whatever has not come. */
  readonly evaluationDelay: number;
}

/** An alarm on the states of others. */
export interface CompositeAlarmDefinition extends CommonDefinition {
  readonly alarmType: 'COMPOSITE';
  readonly alarmRule: string;
  /** The name of an alarm. */
  readonly actionsSuppressor: string | null;
  /** Seconds. */
  readonly actionsSuppressorWaitPeriod: number | null;
  readonly actionsSuppressorExtensionPeriod: number | null;
}

export type AlarmDefinition = MetricAlarmDefinition | CompositeAlarmDefinition;
