import type { MetricDataQuery } from '../metrics/metric.inputs.js';
import { parseQuery } from '../metrics/metric-query.service.js';
import { MathQueryError } from '../patterns/metric-math/metric-math-error.js';
import { type MathPlan, type PlannedQuery, planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import { badInput } from '../platform/errors.js';
import type { AlarmMetricQuery } from './alarm-definition.js';

/** Of metrics: "Create an alarm based on metric math", Amazon CloudWatch User Guide. Of all together AWS publishes none. */
const most = { metrics: 10, queries: 20 };

/**
 * The metrics and expressions of an alarm: checked each by itself, against each other, and for what they come to, which is
 * one series, and with a threshold that is a band the band.
 *
 * @param argument such as `input.metrics`
 * @throws BAD_USER_INPUT naming the argument, and the position of what is wrong in an expression
 */
export function parseAlarmQueries(
  argument: string,
  given: readonly MetricDataQuery[],
  thresholdMetricId: string | null,
): readonly AlarmMetricQuery[] {
  if (given.length === 0 || given.length > most.queries) throw badInput(argument, `must be 1 to ${most.queries}`);
  const queries = given.map((query, index) => parseAlarmQuery(`${argument}[${index}]`, query));
  const metricCount = queries.filter(({ metricStat }) => metricStat !== null).length;
  if (metricCount === 0) throw badInput(argument, 'must have at least one metric');
  if (metricCount > most.metrics) throw badInput(argument, `must have ${most.metrics} metrics at most`);
  checkIds(argument, queries);
  checkOnePeriod(argument, queries);
  const plan = planOf(argument, queries);
  checkNoSearch(argument, queries, plan);
  if (thresholdMetricId !== null) checkBand(argument, queries, plan, thresholdMetricId);
  checkReturned(argument, queries, plan, thresholdMetricId);
  return queries;
}

function parseAlarmQuery(path: string, query: MetricDataQuery): AlarmMetricQuery {
  const { id, expression, label, period, metricStat, returnData } = query;
  const stat = parseQuery(path, query);
  return {
    id,
    metricStat: stat && {
      metric: {
        ...stat.metric,
        dimensions: Object.entries(stat.metric.dimensions).map(([name, value]) => ({ name, value })),
      },
      period: stat.period,
      stat: stat.stat,
      unit: metricStat?.unit ?? null,
    },
    expression: expression ?? null,
    label: label ?? null,
    period: period ?? null,
    returnData: returnData ?? true,
  };
}

/** Source: `Id` of `MetricDataQuery`, CloudWatch API Reference. */
function checkIds(argument: string, queries: readonly AlarmMetricQuery[]): void {
  const ids = queries.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    const path = `${argument}[${index}].id`;
    if (!/^[a-z][a-zA-Z0-9_]{0,254}$/.test(id)) {
      throw badInput(path, 'must be a small letter, then letters, digits or _: 255 at most');
    }
    if (ids.indexOf(id) < index) throw badInput(path, 'is that of another query');
  }
}

function checkOnePeriod(argument: string, queries: readonly AlarmMetricQuery[]): void {
  const first = queries.find(({ metricStat }) => metricStat !== null)?.metricStat?.period;
  for (const [index, { metricStat, period }] of queries.entries()) {
    const given = metricStat?.period ?? period;
    if (given === null || given === first) continue;
    const path = `${argument}[${index}].${metricStat === null ? 'period' : 'metricStat.period'}`;
    throw badInput(path, `all periods of an alarm must be equal, and another is ${first}`);
  }
}

function planOf(argument: string, queries: readonly AlarmMetricQuery[]): MathPlan {
  const metrics = queries.flatMap(({ id, metricStat }) =>
    metricStat === null ? [] : [{ id, period: metricStat.period, label: id }],
  );
  const expressions = queries.flatMap(({ expression, ...query }) =>
    expression === null ? [] : [{ ...query, expression }],
  );
  try {
    return planMetricMath(metrics, expressions);
  } catch (error) {
    if (!(error instanceof MathQueryError)) throw error;
    throw badInput(expressionOf(argument, queries, error.queryId), error.reason, error.position);
  }
}

function checkNoSearch(argument: string, queries: readonly AlarmMetricQuery[], plan: MathPlan): void {
  const [search] = plan.searches;
  if (search === undefined) return;
  const reason = 'SEARCH may not be in an alarm: name its metrics';
  throw badInput(expressionOf(argument, queries, search.queryId), reason, search.call.position);
}

function checkBand(argument: string, queries: readonly AlarmMetricQuery[], plan: MathPlan, id: string): void {
  const path = `${argument.replace(/metrics$/, '')}thresholdMetricId`;
  const band = plannedOf(plan, id);
  if (!queries.some((query) => query.id === id))
    throw badInput(path, `there is no query with the id ${id.slice(0, 255)}`);
  if (band?.expression.root.type !== 'band') {
    throw badInput(path, 'must be the id of an expression that is ANOMALY_DETECTION_BAND(…) and no more');
  }
}

/** @throws BAD_USER_INPUT unless one series is returned beside the band */
function checkReturned(
  argument: string,
  queries: readonly AlarmMetricQuery[],
  plan: MathPlan,
  bandId: string | null,
): void {
  const [returned, ...more] = queries.filter(({ id, returnData }) => returnData && id !== bandId);
  if (returned === undefined || more.length > 0) {
    const beside = bandId === null ? '' : ' beside the band';
    throw badInput(argument, `exactly one${beside} must have returnData, and ${returned ? more.length + 1 : 0} have`);
  }
  if (plannedOf(plan, returned.id)?.kind === 'array') {
    const reason =
      'comes to an array of time series: an alarm compares one. Use SUM, MAX or another function that makes one';
    throw badInput(expressionOf(argument, queries, returned.id), reason, 0);
  }
}

function plannedOf(plan: MathPlan, id: string): PlannedQuery | undefined {
  return plan.queries.find(({ query }) => query.id === id);
}

function expressionOf(argument: string, queries: readonly AlarmMetricQuery[], id: string): string {
  return `${argument}[${queries.findIndex((query) => query.id === id)}].expression`;
}
