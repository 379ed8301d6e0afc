import type { MetricDataQuery } from '../metrics/metric.inputs.js';
import { learningOf, parseSeriesQuery, type SeriesQuery } from '../metrics/metric-series.service.js';
import type { AlarmMetricQuery, MetricAlarmDefinition } from './alarm-definition.js';
import { type EvaluationSettings, evaluationRange, minimumSamplesFor } from './alarm-evaluation.js';

/** A metric alarm, ready to be judged. */
export interface CompiledAlarm {
  readonly definition: MetricAlarmDefinition;
  readonly settings: EvaluationSettings;
  /** How many periods a window looks at. */
  readonly range: number;
  readonly query: SeriesQuery;
  /** The query whose series is judged, and the one that is its band. */
  readonly resultId: string;
  readonly bandId: string | null;
  /** Whether the series is computed, and may have points where its metrics have none. */
  readonly isComputed: boolean;
  /** What its bands are learned from. */
  readonly learning: ReturnType<typeof learningOf>;
}

/** How a single metric is called among the queries of its alarm. */
const onlyId = 'm1';

export function compileAlarm(definition: MetricAlarmDefinition): CompiledAlarm {
  const queries = queriesOf(definition);
  const query = parseSeriesQuery(queries.map(toDataQuery));
  const bandId = definition.thresholdMetricId;
  const result = queries.find(({ id, returnData }) => returnData && id !== bandId);
  const settings = settingsOf(definition);
  return {
    definition,
    settings,
    range: evaluationRange(settings),
    query,
    resultId: result?.id ?? onlyId,
    bandId,
    isComputed: definition.metrics !== null && result?.metricStat === null,
    learning: learningOf(query),
  };
}

function settingsOf(definition: MetricAlarmDefinition): EvaluationSettings {
  const { period, evaluationPeriods, datapointsToAlarm, comparisonOperator, threshold } = definition;
  const { treatMissingData, evaluationDelay, extendedStatistic, evaluateLowSampleCountPercentile } = definition;
  const percentile = /^p([\d.]+)$/i.exec(extendedStatistic ?? '')?.[1];
  const isIgnored = evaluateLowSampleCountPercentile === 'ignore' && percentile !== undefined;
  return {
    period,
    evaluationPeriods,
    datapointsToAlarm,
    comparisonOperator,
    threshold,
    treatMissingData,
    minimumSamples: isIgnored ? minimumSamplesFor(Number(percentile) / 100) : null,
    evaluationDelay,
    direction: directionOf(definition),
  };
}

function directionOf({ statistic, metrics, thresholdMetricId }: MetricAlarmDefinition): 'up' | 'down' | null {
  if (metrics !== null || thresholdMetricId !== null) return null;
  if (statistic === 'Sum' || statistic === 'SampleCount' || statistic === 'Maximum') return 'up';
  return statistic === 'Minimum' ? 'down' : null;
}

/** What an alarm reads: of a single metric the one query that stands for it. */
export function queriesOf(definition: MetricAlarmDefinition): readonly AlarmMetricQuery[] {
  if (definition.metrics !== null) return definition.metrics;
  const { namespace, metricName, dimensions, period, statistic, extendedStatistic, unit } = definition;
  const metric = {
    namespace: namespace ?? '',
    metricName: metricName ?? '',
    dimensions,
    accountId: null,
    region: null,
  };
  const metricStat = { metric, period, stat: statistic ?? extendedStatistic ?? '', unit };
  return [{ id: onlyId, metricStat, expression: null, label: null, period: null, returnData: true }];
}

function toDataQuery({ metricStat, ...query }: AlarmMetricQuery): MetricDataQuery {
  if (metricStat === null) return { ...query };
  const dimensions = metricStat.metric.dimensions.map((dimension) => ({ ...dimension }));
  return { ...query, metricStat: { ...metricStat, metric: { ...metricStat.metric, dimensions } } };
}
