import { fitAnomalyModel } from '../patterns/metric-math/anomaly-band.js';
import { evaluateMetricMath } from '../patterns/metric-math/evaluate-metric-math.js';
import { MathQueryError } from '../patterns/metric-math/metric-math-error.js';
import { planMetricMath } from '../patterns/metric-math/metric-math-plan.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import { badInput } from '../platform/errors.js';
import { bandAround } from './anomaly-bands.js';
import type { MetricDataResult } from './metric.entity.js';
import type { TestMetricMathInput } from './metric.inputs.js';
import { parsePeriod } from './retention-tiers.js';

const most = { series: 499, values: 1000 };
const latest = Date.UTC(10_000, 0);
/** What a series cannot be called. */
const answer = 'answer_of_the_expression';

/**
 * An expression tried with series that are given: the oldest point first. A band is learned from the series itself, since
 * there is no past of it.
 *
 * @throws BAD_USER_INPUT with the position of what is wrong in the expression
 */
export function testMetricMath({ expression, startTime, period, series }: TestMetricMathInput): MetricDataResult[] {
  const seconds = parsePeriod('input.period', period ?? 60);
  const start = Math.floor((startTime?.getTime() ?? 0) / (seconds * 1000)) * seconds * 1000;
  if (series.length > most.series) throw badInput('input.series', `has more than ${most.series}`);
  const long = series.findIndex(({ values }) => values.length > most.values);
  if (long >= 0) throw badInput(`input.series[${long}].values`, `has more than ${most.values} values`);
  const given = new Map(series.map(({ id, values }) => [id, seriesOf(id, values, start, seconds)]));
  const end = start + Math.max(1, ...series.map(({ values }) => values.length)) * seconds * 1000;
  if (end > latest) throw badInput('input.startTime', 'is too late: the series would go beyond the year 9999');
  const metrics = series.map(({ id }) => ({ id, period: seconds, label: id }));
  const computed = located(series, () => {
    const plan = planMetricMath(metrics, [{ id: answer, expression, period: seconds }]);
    return evaluateMetricMath(plan, {
      start,
      end,
      period: seconds,
      series: (id) => given.get(id) as TimeSeries,
      search: ({ position }) => {
        throw new MathQueryError(
          answer,
          'SEARCH has nothing to look through here: give its series by their ids',
          position,
        );
      },
      band: (one, deviations) => bandAround(fitAnomalyModel(one), one, deviations),
    });
  });
  return (computed.get(answer) ?? []).map(({ id, label, timestamps, values }) => ({
    id: id === answer ? 'expression' : id,
    label: label === answer ? 'expression' : label,
    timestamps: timestamps.map((time) => new Date(time)),
    values: [...values],
    statusCode: 'Complete',
    messages: [],
    nextToken: null,
  }));
}

function seriesOf(id: string, given: readonly (number | null)[], start: number, period: number): TimeSeries {
  const there = given.flatMap((value, index) =>
    value === null ? [] : [{ value, time: start + index * period * 1000 }],
  );
  return { id, label: id, period, timestamps: there.map(({ time }) => time), values: there.map(({ value }) => value) };
}

function located<T>(series: TestMetricMathInput['series'], compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof MathQueryError)) throw error;
    const index = series.findLastIndex(({ id }) => id === error.queryId);
    throw badInput(index < 0 ? 'input.expression' : `input.series[${index}].id`, error.reason, error.position);
  }
}
