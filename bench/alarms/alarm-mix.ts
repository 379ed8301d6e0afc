import type { MetricAlarmInput } from '../../src/alarms/alarm.inputs.js';
import type { MetricDataQuery } from '../../src/metrics/metric.inputs.js';
import type { MetricIdentity } from '../../src/metrics/metric-identity.js';
import { targetName } from './alarm-writing.js';

export const namespace = 'Bench';
export type MixMetric = Pick<MetricIdentity, 'namespace' | 'metricName' | 'dimensions'>;

/** An alarm of the mix, with the metrics that it is on. */
export interface MixAlarm {
  readonly input: MetricAlarmInput;
  readonly metrics: readonly MixMetric[];
}

/** Kinds of metric alarms, and how many there are of 10,000; the others are composite. */
export const mixKinds = {
  counted: 4000,
  defaulted: 100,
  live: 3000,
  percentile: 1000,
  math: 1000,
  band: 300,
} as const;

export type MixKind = keyof typeof mixKinds;

/** What a composite alarm is made of. */
export const childrenOfComposite = 5;
/** Filters that count the metrics of alarms, each into many metrics by a dimension. */
export const countingFilters = 20;

const treatments = ['missing', 'notBreaching', 'breaching', 'ignore'] as const;
const statistics = ['Sum', 'Average', 'Maximum'] as const;

/** The alarm of a kind with a number. No two look at the same metric. */
export function mixAlarm(kind: MixKind, index: number): MixAlarm {
  const metrics = metricsOf(kind, index);
  const [first] = metrics as [MixMetric];
  const common = {
    alarmName: `${kind}-${index}`,
    evaluationPeriods: 1 + (index % 5),
    datapointsToAlarm: 1,
    treatMissingData: treatments[index % treatments.length],
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 50,
    alarmActions: [targetName],
    okActions: [targetName],
  };
  const plain = { ...common, ...named(first), period: 60 };
  const statistic = statistics[index % statistics.length];
  const inputs: Readonly<Record<MixKind, object>> = {
    counted: { ...plain, statistic },
    defaulted: { ...plain, statistic: 'Sum' },
    live: { ...plain, statistic },
    percentile: { ...plain, extendedStatistic: 'p99', threshold: 1e9 },
    math: { ...common, metrics: [...stats(metrics, 60), expression('100 * m1 / (m1 + m2)', true)], threshold: 80 },
    band: {
      ...common,
      threshold: null,
      comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
      thresholdMetricId: 'e1',
      metrics: [
        ...stats(metrics, 300).map((query) => ({ ...query, returnData: true })),
        expression('ANOMALY_DETECTION_BAND(m1, 2)', true),
      ],
    },
  };
  return { input: inputs[kind] as MetricAlarmInput, metrics };
}

function metricsOf(kind: MixKind, index: number): MixMetric[] {
  const of = (metricName: string) => ({ namespace, metricName, dimensions: { Number: String(index) } });
  if (kind === 'counted') return [of(`Counted${index % countingFilters}`)];
  if (kind === 'defaulted') return [{ namespace, metricName: `Defaulted${index}`, dimensions: {} }];
  return kind === 'math' ? [of('Errors'), of('Successes')] : [of(kind)];
}

function named({ dimensions, ...metric }: MixMetric) {
  return { ...metric, dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })) };
}

function stats(metrics: readonly MixMetric[], period: number): MetricDataQuery[] {
  return metrics.map((metric, index) => ({
    id: `m${index + 1}`,
    metricStat: { metric: named(metric), stat: 'Sum', period },
    returnData: false,
  }));
}

function expression(text: string, returnData: boolean): MetricDataQuery {
  return { id: 'e1', expression: text, returnData };
}
