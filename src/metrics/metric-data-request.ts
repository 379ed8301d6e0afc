import { checkLabel } from '../patterns/metric-math/metric-label.js';
import { MathQueryError, MetricMathError } from '../patterns/metric-math/metric-math-error.js';
import { type MathPlan, planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import { badInput } from '../platform/errors.js';
import type { MetricDataInput, MetricDataQuery, MetricStatInput, ScanBy } from './metric.inputs.js';
import type { WantedMetric } from './metric.store.js';
import { checkMetricName, parseDimensions } from './metric-names.js';
import { isMetricUnit, unitNumber } from './metric-unit.js';
import { parsePeriod } from './retention-tiers.js';
import { parseStatistic, type Statistic } from './statistic.js';
import { StatisticError } from './statistic-error.js';

/** A statistic of a metric, as it was asked for and checked. */
export interface WantedStat {
  readonly metric: WantedMetric;
  /** Seconds. */
  readonly period: number;
  /** As it was written. */
  readonly stat: string;
  readonly statistic: Statistic;
  /** Null: any. */
  readonly unit: number | null;
}

/** What a request for data points asks for. */
export interface MetricDataRequest {
  /** Milliseconds since 1970 UTC: [start, end). */
  readonly start: number;
  readonly end: number;
  readonly plan: MathPlan;
  /** By the id of their query. */
  readonly stats: ReadonlyMap<string, WantedStat>;
  /** In the order of the answer. */
  readonly returned: readonly { readonly id: string; readonly label: string | null }[];
  readonly scanBy: ScanBy;
  readonly maxDatapoints: number;
}

/** Source: GetMetricData, Amazon CloudWatch API Reference. */
const most = { queries: 500, datapoints: 100_800 };

/** @throws BAD_USER_INPUT naming the argument, and the position of what is wrong in an expression */
export function parseMetricDataRequest(input: MetricDataInput): MetricDataRequest {
  const { startTime, endTime, metricDataQueries: queries } = input;
  if (startTime >= endTime) throw badInput('input.endTime', 'must be after startTime');
  if (queries.length === 0 || queries.length > most.queries) {
    throw badInput('input.metricDataQueries', `must be 1 to ${most.queries}`);
  }
  const maxDatapoints = input.maxDatapoints ?? most.datapoints;
  if (maxDatapoints < 1 || maxDatapoints > most.datapoints) {
    throw badInput('input.maxDatapoints', `must be between 1 and ${most.datapoints}`);
  }
  const stats = new Map<string, WantedStat>();
  for (const [index, query] of queries.entries()) {
    const stat = parseQuery(`input.metricDataQueries[${index}]`, query);
    if (stat !== null) stats.set(query.id, stat);
  }
  const returned = queries.filter(({ returnData }) => returnData ?? true);
  if (returned.length === 0) throw badInput('input.metricDataQueries', 'at least one must have returnData');
  return {
    start: startTime.getTime(),
    end: endTime.getTime(),
    plan: planOf(queries, stats),
    stats,
    returned: returned.map(({ id, label }) => ({ id, label: label ?? null })),
    scanBy: input.scanBy ?? 'TimestampDescending',
    maxDatapoints,
  };
}

function parseQuery(path: string, { metricStat, expression, label, period }: MetricDataQuery): WantedStat | null {
  const hasExpression = expression !== null && expression !== undefined;
  if (hasExpression === Boolean(metricStat)) throw badInput(path, 'must have either metricStat or expression');
  if (label) located(`${path}.label`, () => checkLabel(label));
  if (period !== null && period !== undefined) {
    if (metricStat) throw badInput(`${path}.period`, 'is for expressions: a metric has that of its metricStat');
    parsePeriod(`${path}.period`, period);
  }
  return metricStat ? parseStat(`${path}.metricStat`, metricStat) : null;
}

function parseStat(path: string, { metric, period, stat, unit }: MetricStatInput): WantedStat {
  if (metric.namespace.length === 0 || metric.namespace.length > 255) {
    throw badInput(`${path}.metric.namespace`, 'must have 1 to 255 characters');
  }
  checkMetricName(`${path}.metric.metricName`, metric.metricName);
  if (unit !== null && unit !== undefined && !isMetricUnit(unit)) {
    throw badInput(`${path}.unit`, 'must be a unit of CloudWatch, such as Count or None');
  }
  return {
    metric: {
      namespace: metric.namespace,
      metricName: metric.metricName,
      dimensions: parseDimensions(`${path}.metric.dimensions`, metric.dimensions ?? []),
      accountId: metric.accountId ?? null,
      region: metric.region ?? null,
    },
    period: parsePeriod(`${path}.period`, period),
    stat,
    statistic: statisticOf(`${path}.stat`, stat),
    unit: unit ? unitNumber(unit) : null,
  };
}

/** @throws BAD_USER_INPUT with the position of what is wrong */
export function statisticOf(argument: string, stat: string): Statistic {
  try {
    return parseStatistic(stat);
  } catch (error) {
    if (!(error instanceof StatisticError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}

function planOf(queries: readonly MetricDataQuery[], stats: ReadonlyMap<string, WantedStat>): MathPlan {
  const metrics = queries.flatMap(({ id }) => {
    const stat = stats.get(id);
    return stat === undefined ? [] : [{ id, period: stat.period, label: id }];
  });
  const expressions = queries.flatMap(({ id, label, period, expression }) =>
    typeof expression === 'string' ? [{ id, label: label ?? null, period: period ?? null, expression }] : [],
  );
  return ofQueries(queries, () => planMetricMath(metrics, expressions));
}

/** Says of which query an error is. */
export function ofQueries<T>(queries: readonly Pick<MetricDataQuery, 'id'>[], compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof MathQueryError)) throw error;
    // Of two with one id the second is wrong. What is far too long for one is cut.
    const index = queries.findLastIndex(({ id }) => id.slice(0, 255) === error.queryId);
    throw badInput(`input.metricDataQueries[${Math.max(0, index)}].expression`, error.reason, error.position);
  }
}

function located(argument: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}
