import { type BandTarget, checkBands } from './check-bands.js';
import { checkMathTypes } from './check-math-types.js';
import type { MathExpression, SearchCall } from './math-expression.js';
import { MathQueryError, MetricMathError } from './metric-math-error.js';
import { parseMetricMath } from './parse-metric-math.js';

/** A query of a request that is an expression. */
export interface MathQuery {
  readonly id: string;
  readonly label?: string | null;
  /** Seconds; what `SEARCH` without a period and `TIME_SERIES` go by. */
  readonly period?: number | null;
  readonly expression: string;
}

/** A query of a request that is a metric and a statistic. */
export interface MetricQuery {
  readonly id: string;
  /** Seconds. */
  readonly period: number;
  readonly label: string;
}

/** All queries of one request, checked together. */
export interface MathPlan {
  readonly metrics: readonly MetricQuery[];
  /** The expressions, each behind those that it refers to. */
  readonly queries: readonly PlannedQuery[];
  readonly searches: readonly PlannedSearch[];
  readonly bands: readonly PlannedBand[];
}

export interface PlannedQuery {
  readonly query: MathQuery;
  readonly expression: MathExpression;
  readonly kind: 'series' | 'array';
  /** The metrics that it depends on, also through other expressions and `METRICS`; in the order of the request. */
  readonly metricIds: readonly string[];
  /** The expressions that it depends on, also through others; what evaluates it alone needs these and no more. */
  readonly expressionIds: ReadonlySet<string>;
  /** Whether it depends on a `SEARCH`, also through other expressions. */
  readonly usesSearch: boolean;
  /** Whether it depends on a `METRICS`, also through other expressions. */
  readonly usesMetrics: boolean;
  /** Whether it depends on an `ANOMALY_DETECTION_BAND`, also through other expressions. */
  readonly usesBand: boolean;
  /** Seconds: its own, or the longest of its metrics; null where it has neither. */
  readonly period: number | null;
}

/** A search that evaluation will ask for; where the call has no period, it has that of the {@link PlannedQuery}. */
export interface PlannedSearch {
  readonly queryId: string;
  readonly call: SearchCall;
}

/** A band that evaluation will ask for: around the metric or expression `id`. */
export interface PlannedBand {
  readonly queryId: string;
  readonly id: string;
}

/** Source: `MetricDataQueries` of GetMetricData, CloudWatch API Reference. */
const maxQueries = 500;
/** Source: `Id` of `MetricDataQuery`, CloudWatch API Reference. */
const idPattern = /^[a-z][a-zA-Z0-9_]{0,254}$/;
/** Source: "Search expression limits" in "CloudWatch search expression syntax", Amazon CloudWatch User Guide. */
const maxSearches = 100;
/** In the text of an error. */
const maxShownIds = 10;

/**
 * Checks the queries of one request against each other: ids, cycles, kinds of arguments and results.
 *
 * @throws MathQueryError
 */
export function planMetricMath(metrics: readonly MetricQuery[], expressions: readonly MathQuery[]): MathPlan {
  checkIds([...metrics, ...expressions].map(({ id }) => id));
  return new Planner(metrics, expressions).plan();
}

function checkIds(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (!idPattern.test(id)) {
      throw new MathQueryError(
        id.slice(0, 255),
        'an id is a lower-case letter, then letters, digits or _; 255 at most',
        0,
      );
    }
    if (seen.has(id)) throw new MathQueryError(id, 'another query has this id', 0);
    seen.add(id);
    if (seen.size > maxQueries) throw new MathQueryError(id, `a request has ${maxQueries} queries at most`, 0);
  }
}

class Planner {
  readonly #metrics: ReadonlyMap<string, MetricQuery>;
  readonly #parsed = new Map<string, { readonly query: MathQuery; readonly expression: MathExpression }>();
  /** In the order of evaluation. */
  readonly #planned = new Map<string, PlannedQuery>();
  /** From the query that is being planned to the one that first led to it. */
  readonly #path = new Set<string>();

  constructor(metrics: readonly MetricQuery[], expressions: readonly MathQuery[]) {
    this.#metrics = new Map(metrics.map((metric) => [metric.id, metric]));
    let searchCount = 0;
    for (const query of expressions) {
      const expression = located(query.id, () => parseMetricMath(query.expression));
      this.#parsed.set(query.id, { query, expression });
      searchCount += expression.searches.length;
      if (searchCount > maxSearches) {
        throw new MathQueryError(query.id, `a request has ${maxSearches} calls of SEARCH at most`, 0);
      }
    }
  }

  plan(): MathPlan {
    for (const id of this.#parsed.keys()) this.#plan(id);
    const queries = [...this.#planned.values()];
    return {
      metrics: [...this.#metrics.values()],
      queries,
      searches: queries.flatMap(({ query, expression, period }) =>
        expression.searches.map((call) => ({ queryId: query.id, call: { ...call, period: call.period ?? period } })),
      ),
      bands: queries.flatMap(({ query, expression }) => expression.bands.map(({ id }) => ({ queryId: query.id, id }))),
    };
  }

  #plan(id: string): void {
    const parsed = this.#parsed.get(id);
    if (parsed === undefined || this.#planned.has(id)) return;
    const { query, expression } = parsed;
    this.#path.add(id);
    for (const reference of expression.references) {
      this.#checkReference(id, reference.id, reference.position);
      this.#plan(reference.id);
    }
    this.#path.delete(id);
    const planned = located(id, () => this.#check(query, expression));
    this.#planned.set(id, planned);
  }

  #checkReference(from: string, to: string, position: number): void {
    if (!this.#metrics.has(to) && !this.#parsed.has(to)) {
      throw new MathQueryError(from, `there is no query with the id ${to}`, position);
    }
    if (!this.#path.has(to)) return;
    const path = [...this.#path];
    const cycle = [...path.slice(path.indexOf(to)), to];
    const shown = cycle.length > maxShownIds ? [...cycle.slice(0, maxShownIds), '...'] : cycle;
    throw new MathQueryError(from, `expressions may not depend on themselves: ${shown.join(' -> ')}`, position);
  }

  #check(query: MathQuery, expression: MathExpression): PlannedQuery {
    const kind = checkMathTypes(expression.root, {
      kindOf: (id) => this.#planned.get(id)?.kind ?? 'series',
      isMetric: (id) => this.#metrics.has(id),
    });
    checkBands(expression, (id) => this.#bandTarget(id));
    const referenced = new Set(expression.references.map(({ id }) => id));
    const used = [...this.#planned.values()].filter((each) => referenced.has(each.query.id));
    const expressionIds = dependencies(used);
    const metricIds = expression.usesMetrics ? [...this.#metrics.keys()] : this.#metricIds(referenced, expressionIds);
    return {
      query,
      expression,
      kind,
      metricIds,
      expressionIds,
      usesSearch: expression.searches.length > 0 || used.some((each) => each.usesSearch),
      usesMetrics: expression.usesMetrics || used.some((each) => each.usesMetrics),
      usesBand: expression.bands.length > 0 || used.some((each) => each.usesBand),
      period: query.period ?? this.#longestPeriod(metricIds),
    };
  }

  #metricIds(referenced: ReadonlySet<string>, expressionIds: ReadonlySet<string>): readonly string[] {
    const ids = new Set(referenced);
    for (const expressionId of expressionIds) {
      const planned = this.#planned.get(expressionId);
      if (planned?.expression.usesMetrics) return [...this.#metrics.keys()];
      for (const { id } of planned?.expression.references ?? []) ids.add(id);
    }
    return [...this.#metrics.keys()].filter((id) => ids.has(id));
  }

  #longestPeriod(metricIds: readonly string[]): number | null {
    return metricIds.length === 0 ? null : Math.max(...this.#periods(metricIds));
  }

  #bandTarget(id: string): BandTarget {
    const target = this.#planned.get(id);
    return {
      usesMetrics: target?.usesMetrics ?? false,
      usesSearch: target?.usesSearch ?? false,
      usesBand: target?.usesBand ?? false,
      periods: this.#periods(target?.metricIds ?? [id]),
    };
  }

  #periods(metricIds: readonly string[]): readonly number[] {
    return metricIds.map((id) => this.#metrics.get(id)?.period ?? 0);
  }
}

/** @param used in the order of evaluation */
function dependencies(used: readonly PlannedQuery[]): ReadonlySet<string> {
  const ids = new Set<string>();
  // From the last: it may depend on those before it, which then are there with all of theirs.
  for (const { query, expressionIds } of used.toReversed()) {
    if (ids.has(query.id)) continue;
    ids.add(query.id);
    for (const id of expressionIds) ids.add(id);
  }
  return ids;
}

/** Says of which query the error is. */
function located<T>(queryId: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error;
    throw new MathQueryError(queryId, error.reason, error.position);
  }
}
