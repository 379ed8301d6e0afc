import { type Argument, callFunction } from './call-function.js';
import { checkSeriesCount, MathContext } from './math-context.js';
import type { MathNode, SearchCall } from './math-expression.js';
import { isMathFunction } from './math-functions.js';
import { mathOperators } from './math-operators.js';
import { isDynamicLabel } from './metric-label.js';
import { MathQueryError, MetricMathError } from './metric-math-error.js';
import type { MathPlan, MathQuery, PlannedQuery } from './metric-math-plan.js';
import { combineValues, emptySeries, isArray, isSeries, type MathValue } from './series-math.js';
import type { TimeSeries } from './time-series.js';

/** Where evaluation gets its data. Of all series, the points of the periods that `[start, end)` touches and no others. */
export interface MathInput {
  /** Milliseconds since 1970 UTC, [start, end). */
  readonly start: number;
  readonly end: number;
  /** Seconds, for searches and constants in a query without a period and without metrics; null for 300. */
  readonly period: number | null;
  /** The data of the metric query `id`. */
  series(id: string): TimeSeries;
  /** What a search finds, at most 500. `call.period` is never null. */
  search(call: SearchCall): readonly TimeSeries[];
  /** The band around the series of the metric or expression `series.id`; null while its model is not there. */
  band(series: TimeSeries, deviations: number): { readonly upper: TimeSeries; readonly lower: TimeSeries } | null;
  /** How many values may be read and computed, over all expressions; 5 million if not given. */
  readonly maxOperations?: number;
}

const defaultMaxOperations = 5_000_000;
/** The console's own. */
const defaultPeriod = 300;
/** Source: the function ANOMALY_DETECTION_BAND in "Using math expressions with CloudWatch metrics". */
const defaultDeviations = 2;

/**
 * Computes all expressions of a plan.
 *
 * - Where series of different periods meet, the result has the longest period, and of the others the points that stand
 *   at the same timestamps count. AWS does not publish what it does.
 * - A single series has the query's id and, without a label, its id as label. Of an array each series keeps the id and
 *   the label that it came with, behind the query's label. A dynamic label is not applied here, see `applyLabel`: such a
 *   series has its own label.
 * - Results that are not finite numbers are dropped.
 *
 * @returns by the id of the expression, in the order of evaluation
 * @throws MathQueryError where it would take too many operations or series, or a computed count is none
 */
export function evaluateMetricMath(plan: MathPlan, input: MathInput): ReadonlyMap<string, readonly TimeSeries[]> {
  const evaluation = new Evaluation(plan, input);
  return new Map(plan.queries.map((planned) => [planned.query.id, evaluation.results(planned)]));
}

class Evaluation {
  readonly #plan: MathPlan;
  readonly #input: MathInput;
  readonly #context: MathContext;
  /** Of metrics and expressions, by id. */
  readonly #values = new Map<string, TimeSeries | readonly TimeSeries[]>();

  constructor(plan: MathPlan, input: MathInput) {
    this.#plan = plan;
    this.#input = input;
    this.#context = new MathContext(input.start, input.end, input.maxOperations ?? defaultMaxOperations);
  }

  /** Those that the query refers to must have been asked for before. */
  results(planned: PlannedQuery): readonly TimeSeries[] {
    const { query, expression } = planned;
    const period = planned.period ?? this.#input.period ?? defaultPeriod;
    try {
      const value = this.#value(expression.root, period);
      if (isArray(value)) {
        const array = value.map((series) => namedOfMany(query, series));
        this.#values.set(query.id, array);
        return array;
      }
      // The type check has refused numbers.
      const series = isSeries(value) ? value : emptySeries(period);
      const named = { ...series, id: query.id, label: labelOfOne(query) };
      this.#values.set(query.id, named);
      return [named];
    } catch (error) {
      if (!(error instanceof MetricMathError)) throw error;
      throw new MathQueryError(query.id, error.reason, error.position);
    }
  }

  #value(node: MathNode, period: number): MathValue {
    switch (node.type) {
      case 'number':
        return node.value;
      case 'reference':
        return this.#valueOf(node.id);
      case 'metrics':
        return this.#metrics(node.idPart);
      case 'search':
        return this.#search(node.call, period);
      case 'band':
        return this.#band(node, period);
      case 'array':
        return this.#array(node.elements, period, node.position);
      case 'negation':
        return this.#combine('*', -1, this.#value(node.operand, period), node.position);
      case 'operation':
        return this.#combine(
          node.operator,
          this.#value(node.left, period),
          this.#value(node.right, period),
          node.position,
        );
      case 'call':
        return this.#call(node, period);
      default:
        return Number.NaN;
    }
  }

  #valueOf(id: string): TimeSeries | readonly TimeSeries[] {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const metric = this.#input.series(id);
    this.#values.set(id, metric);
    return metric;
  }

  #metrics(idPart: string | null): readonly TimeSeries[] {
    const ids = this.#plan.metrics.map(({ id }) => id).filter((id) => idPart === null || id.includes(idPart));
    return ids.map((id) => this.#valueOf(id)).filter(isSeries);
  }

  #search(call: SearchCall, period: number): readonly TimeSeries[] {
    const found = this.#input.search({ ...call, period: call.period ?? period });
    checkSeriesCount(found.length, call.position);
    return found;
  }

  #band(node: MathNode & { type: 'band' }, period: number): readonly TimeSeries[] {
    const series = this.#valueOf(node.id);
    const deviations = node.deviations === null ? defaultDeviations : this.#value(node.deviations, period);
    if (!isSeries(series) || typeof deviations !== 'number') return [];
    if (!(deviations > 0)) {
      const position = node.deviations?.position ?? node.position;
      throw new MetricMathError(`a band has standard deviations above 0, not ${deviations}`, position);
    }
    this.#context.spendOn([series], node.position);
    const band = this.#input.band(series, deviations);
    const none = { ...emptySeries(series.period), id: series.id, label: series.label };
    return band === null ? [none, none] : [band.upper, band.lower];
  }

  #array(elements: readonly MathNode[], period: number, position: number): readonly TimeSeries[] {
    const series: TimeSeries[] = [];
    for (const element of elements) {
      const value = this.#value(element, period);
      if (isArray(value)) series.push(...value);
      else if (isSeries(value)) series.push(value);
      checkSeriesCount(series.length, position);
    }
    return series;
  }

  #combine(operator: keyof typeof mathOperators, left: MathValue, right: MathValue, position: number): MathValue {
    this.#context.spendOn([left, right], position);
    return combineValues(left, right, mathOperators[operator]);
  }

  #call(node: MathNode & { type: 'call' }, period: number): MathValue {
    const given = node.arguments.map(
      (argument): Argument => ({ node: argument, value: this.#value(argument, period) }),
    );
    const { name, position } = node;
    this.#context.spendOn(
      given.map(({ value }) => value),
      position,
    );
    // The type check has refused other names.
    if (!isMathFunction(name)) return Number.NaN;
    return callFunction(name, { arguments: given, position, context: this.#context, period });
  }
}

function labelOfOne({ id, label }: MathQuery): string {
  return label == null || isDynamicLabel(label) ? id : label;
}

/** Source: "Expression-Label Metric-Label" in "Using math expressions with CloudWatch metrics". */
function namedOfMany({ id, label }: MathQuery, series: TimeSeries): TimeSeries {
  // What was computed of several series, like a sum within an array, has no id of its own.
  const own = series.id === '' ? { ...series, id, label: id } : series;
  if (label == null || label === '' || isDynamicLabel(label)) return own;
  return { ...own, label: `${label} ${own.label}` };
}
