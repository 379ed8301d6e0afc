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
  /** Of all queries, in their order. */
  readonly ids: readonly string[];
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
  const ids = checkIds(queries);
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
    ids,
    plan: planOf(queries, stats),
    stats,
    returned: returned.map(({ id, label }) => ({ id, label: label ?? null })),
    scanBy: input.scanBy ?? 'TimestampDescending',
    maxDatapoints,
  };
}

export function parseQuery(
  path: string,
  { metricStat, expression, label, period }: MetricDataQuery,
): WantedStat | null {
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

/**
 * @param offset of the call that names it, in an expression
 * @throws BAD_USER_INPUT with the position of what is wrong
 */
export function statisticOf(argument: string, stat: string, offset?: number): Statistic {
  try {
    return parseStatistic(stat);
  } catch (error) {
    if (!(error instanceof StatisticError)) throw error;
    throw badInput(argument, error.reason, offset ?? error.position);
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
  return ofQueries({ ids: queries.map(({ id }) => id) }, () => planMetricMath(metrics, expressions));
}

/** The path of a part of a query, as the client wrote it. */
export function argumentOf({ ids }: Pick<MetricDataRequest, 'ids'>, id: string, part: string): string {
  return `input.metricDataQueries[${ids.indexOf(id)}].${part}`;
}

/** Says of which query an error is. */
export function ofQueries<T>(request: Pick<MetricDataRequest, 'ids'>, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof MathQueryError)) throw error;
    throw badInput(argumentOf(request, error.queryId, 'expression'), error.reason, error.position);
  }
}

const idPattern = /^[a-z][a-zA-Z0-9_]{0,254}$/;

/** Source: `Id` of `MetricDataQuery`, CloudWatch API Reference. */
function checkIds(queries: readonly MetricDataQuery[]): string[] {
  const ids = queries.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    const argument = `input.metricDataQueries[${index}].id`;
    if (!idPattern.test(id)) throw badInput(argument, 'must be a small letter, then letters, digits or _: 255 at most');
    if (ids.indexOf(id) < index) throw badInput(argument, 'is that of another query');
  }
  return ids;
}

function located(argument: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}
