import type { MathExpression } from './math-expression.js';
import { MetricMathError } from './metric-math-error.js';

/** What a band is to be around: a metric, or an expression and all that it depends on. */
export interface BandTarget {
  readonly usesMetrics: boolean;
  readonly usesSearch: boolean;
  readonly usesBand: boolean;
  /** Of its metrics, one each, in seconds. */
  readonly periods: readonly number[];
}

/** Source: "Anomaly detection on metric math", Amazon CloudWatch User Guide. */
const maxMetrics = 10;
/** The guide excludes high-resolution metrics. */
const minPeriod = 60;

/**
 * Refuses what AWS does not make bands of. That an expression has one band at most is a matter of its syntax.
 *
 * @throws MetricMathError
 */
export function checkBands(expression: MathExpression, targetOf: (id: string) => BandTarget): void {
  for (const { id, position } of expression.bands) {
    const target = targetOf(id);
    if (expression.usesMetrics || target.usesMetrics) {
      throw new MetricMathError('a band and METRICS may not be in one expression', position);
    }
    if (expression.searches.length > 0 || target.usesSearch) {
      throw new MetricMathError('a band and SEARCH may not be in one expression', position);
    }
    if (target.usesBand) throw new MetricMathError(`${id} is made of a band itself`, position);
    checkPeriods(target.periods, position);
  }
}

function checkPeriods(periods: readonly number[], position: number): void {
  if (periods.length > maxMetrics) {
    throw new MetricMathError(`a band may depend on ${maxMetrics} metrics at most`, position);
  }
  if (new Set(periods).size > 1) throw new MetricMathError('the metrics of a band must have one period', position);
  if (periods.some((period) => period < minPeriod)) {
    throw new MetricMathError(`the metrics of a band need a period of ${minPeriod} seconds or more`, position);
  }
}
