import type { AccountScope } from '../access/scope.js';
import { checkMetricName, isMetricUnit, parseDimensions, statisticOf } from '../metrics/metric-query.service.js';
import { badInput } from '../platform/errors.js';
import type { MetricAlarmInput } from './alarm.inputs.js';
import type { AlarmDimension, MetricAlarmDefinition } from './alarm-definition.js';
import { parseAlarmQueries } from './alarm-queries.js';
import { checkBounds, parseCommonSettings } from './common-alarm-settings.js';

/** Source: PutMetricAlarm, Amazon CloudWatch API Reference. Periods above a day are none of our metrics. */
const mostPeriod = 86_400;
const highResolutionPeriods: readonly number[] = [10, 20, 30];
const daySeconds = 86_400;
const delay = { usual: 1800, most: daySeconds };

const plainStatistics: readonly string[] = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];
const bandOperators: readonly string[] = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
];

/**
 * What a user gave, once it is known to be sound.
 *
 * Source: PutMetricAlarm, Amazon CloudWatch API Reference.
 *
 * @param path what stands before the names of arguments
 * @throws BAD_USER_INPUT naming the argument, and the position of what is wrong in an expression or a statistic
 */
export function parseMetricAlarm(input: MetricAlarmInput, scope: AccountScope, path = 'input.'): MetricAlarmDefinition {
  const common = parseCommonSettings(input, scope, path);
  const watched = parseWatched(input, path);
  const evaluationPeriods = parseEvaluationPeriods(`${path}evaluationPeriods`, input.evaluationPeriods, watched.period);
  const datapointsToAlarm = input.datapointsToAlarm ?? null;
  if (datapointsToAlarm !== null) checkBounds(`${path}datapointsToAlarm`, datapointsToAlarm, 1, evaluationPeriods);
  return {
    alarmType: 'METRIC',
    ...common,
    ...watched,
    evaluationPeriods,
    datapointsToAlarm,
    ...parseThreshold(input, path),
    comparisonOperator: input.comparisonOperator,
    treatMissingData: input.treatMissingData ?? 'missing',
    evaluateLowSampleCountPercentile: parseLowSamples(input, path),
    evaluationDelay: checkBounds(`${path}evaluationDelay`, input.evaluationDelay ?? delay.usual, 0, delay.most),
  };
}

type Watched = Pick<
  MetricAlarmDefinition,
  'namespace' | 'metricName' | 'dimensions' | 'unit' | 'statistic' | 'extendedStatistic' | 'metrics' | 'period'
>;

function parseWatched(input: MetricAlarmInput, path: string): Watched {
  const given = (['statistic', 'extendedStatistic', 'metrics'] as const).filter((name) => isGiven(input[name]));
  if (given.length !== 1) {
    throw badInput(path.slice(0, -1), 'must have exactly one of statistic, extendedStatistic and metrics');
  }
  return isGiven(input.metrics) ? parseMath(input, path) : parseMetric(input, path);
}

function parseMath(input: MetricAlarmInput, path: string): Watched {
  const ofMetric = ['namespace', 'metricName', 'dimensions', 'unit', 'period'] as const;
  const wrong = ofMetric.find((name) => isGiven(input[name]));
  if (wrong !== undefined) throw badInput(path + wrong, 'cannot be given together with metrics');
  const metrics = parseAlarmQueries(`${path}metrics`, input.metrics ?? [], input.thresholdMetricId ?? null);
  const period = metrics.find(({ metricStat }) => metricStat !== null)?.metricStat?.period ?? 0;
  checkPeriod(`${path}metrics`, period);
  const none = {
    namespace: null,
    metricName: null,
    dimensions: [],
    unit: null,
    statistic: null,
    extendedStatistic: null,
  };
  return { ...none, metrics, period };
}

function parseMetric(input: MetricAlarmInput, path: string): Watched {
  const unit = input.unit ?? null;
  if (unit !== null && !isMetricUnit(unit)) {
    throw badInput(`${path}unit`, 'must be a unit of CloudWatch, such as Count or None');
  }
  const metricName = required(`${path}metricName`, input.metricName);
  checkMetricName(`${path}metricName`, metricName);
  return {
    namespace: parseNamespace(`${path}namespace`, required(`${path}namespace`, input.namespace)),
    metricName,
    dimensions: dimensionList(parseDimensions(`${path}dimensions`, input.dimensions ?? [])),
    unit,
    statistic: parseStatistic(`${path}statistic`, input.statistic ?? null),
    extendedStatistic: parseExtendedStatistic(`${path}extendedStatistic`, input.extendedStatistic ?? null),
    metrics: null,
    period: checkPeriod(`${path}period`, required(`${path}period`, input.period)),
  };
}

/** One that nobody may put metrics into may well be watched. */
function parseNamespace(argument: string, namespace: string): string {
  if (namespace.length > 255 || namespace.trim() === '') throw badInput(argument, 'must have 1 to 255 characters');
  if (namespace.startsWith(':')) throw badInput(argument, 'must not begin with ":"');
  return namespace;
}

function parseStatistic(argument: string, statistic: string | null): string | null {
  if (statistic === null || plainStatistics.includes(statistic)) return statistic;
  throw badInput(argument, `must be one of ${plainStatistics.join(', ')}; give any other as extendedStatistic`);
}

function parseExtendedStatistic(argument: string, statistic: string | null): string | null {
  if (statistic === null) return null;
  if (plainStatistics.includes(statistic)) throw badInput(argument, `give "${statistic}" as statistic`);
  statisticOf(argument, statistic);
  return statistic;
}

function checkPeriod(argument: string, period: number): number {
  if (highResolutionPeriods.includes(period)) return period;
  if (period >= 60 && period % 60 === 0 && period <= mostPeriod) return period;
  throw badInput(
    argument,
    `the period of an alarm is ${highResolutionPeriods.join(', ')} or a multiple of 60 seconds, and at most ${mostPeriod}`,
  );
}

function parseEvaluationPeriods(argument: string, evaluationPeriods: number, period: number): number {
  const mostSeconds = period < 3600 ? daySeconds : 7 * daySeconds;
  const most = Math.floor(mostSeconds / period);
  if (evaluationPeriods >= 1 && evaluationPeriods <= most) return evaluationPeriods;
  throw badInput(
    argument,
    `must be between 1 and ${most}: with periods of ${period} seconds that is ${mostSeconds} seconds`,
  );
}

type Threshold = Pick<MetricAlarmDefinition, 'threshold' | 'thresholdMetricId'>;

function parseThreshold(input: MetricAlarmInput, path: string): Threshold {
  const threshold = input.threshold ?? null;
  const thresholdMetricId = input.thresholdMetricId ?? null;
  if (threshold === null && thresholdMetricId === null) throw badInput(`${path}threshold`, 'is required');
  if (threshold !== null && thresholdMetricId !== null) {
    throw badInput(`${path}threshold`, 'cannot be given together with thresholdMetricId');
  }
  const isBand = thresholdMetricId !== null;
  if (isBand && !isGiven(input.metrics)) throw badInput(`${path}thresholdMetricId`, 'is for an alarm with metrics');
  if (isBand !== bandOperators.includes(input.comparisonOperator)) {
    const reason = isBand
      ? 'must be one that compares with a band'
      : 'compares with a band: give its thresholdMetricId';
    throw badInput(`${path}comparisonOperator`, reason);
  }
  if (threshold !== null && !Number.isFinite(threshold)) throw badInput(`${path}threshold`, 'must be a number');
  return { threshold, thresholdMetricId };
}

function parseLowSamples(
  input: MetricAlarmInput,
  path: string,
): MetricAlarmDefinition['evaluateLowSampleCountPercentile'] {
  const lowSamples = input.evaluateLowSampleCountPercentile ?? null;
  if (lowSamples !== null && !/^p\d/.test(input.extendedStatistic ?? '')) {
    throw badInput(`${path}evaluateLowSampleCountPercentile`, 'is for an alarm on a percentile, such as p99');
  }
  return lowSamples;
}

function dimensionList(dimensions: Readonly<Record<string, string>>): readonly AlarmDimension[] {
  return Object.entries(dimensions).map(([name, value]) => ({ name, value }));
}

function required<T>(argument: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw badInput(argument, 'is required without metrics');
  return value;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
