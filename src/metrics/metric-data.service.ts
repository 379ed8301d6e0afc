import { hash } from 'node:crypto';
import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import { applyLabel, isDynamicLabel } from '../patterns/metric-math/metric-label.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { Database } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { decodeCursor } from '../platform/graphql/connection.js';
import type { MetricDataResult } from './metric.entity.js';
import type { MetricDataInput } from './metric.inputs.js';
import { type PagePart, type PagePlace, pageOfSeries } from './metric-data-page.js';
import { type MetricDataRequest, parseMetricDataRequest } from './metric-data-request.js';
import { type Evaluated, evaluate, fitBands } from './metric-evaluation.js';
import { findReads } from './metric-reads.js';

export interface MetricDataDeps {
  readonly database: Database;
  readonly cursors: CursorCodec;
  readonly now: () => Date;
}

const cursorKind = 'metricData';
/** Of all results together, whatever is left of them for a page. */
const mostPoints = 1_000_000;

/** Answers questions for data points, as GetMetricData does. */
export class MetricDataService {
  constructor(private readonly deps: MetricDataDeps) {}

  /** @throws BAD_USER_INPUT for what cannot be answered, COST_EXCEEDED for what would be too much */
  async read(scope: AccountScope, input: MetricDataInput, signal: AbortSignal): Promise<MetricDataResult[]> {
    const request = parseMetricDataRequest(input);
    const question = questionOf(input);
    const token = decodeCursor(this.deps.cursors, cursorKind, input.nextToken, 'input.nextToken');
    const [index = 0, after = null, asked = question] = token ?? [];
    if (asked !== question) throw badInput('input.nextToken', 'is of another question: leave all else as it was');
    const place: PagePlace = { index: Number(index), after: after === null ? null : Number(after) };
    const sql = this.deps.database.until(signal).reads;
    const reads = await findReads(sql, scope, request);
    const now = this.deps.now().getTime();
    const bands = await fitBands(sql, request, reads, now);
    return this.#pageOf(request, await evaluate(sql, request, reads, { ...request, now, bands }), place, question);
  }

  #pageOf(request: MetricDataRequest, evaluated: Evaluated, from: PagePlace, question: string): MetricDataResult[] {
    const now = this.deps.now().getTime();
    const returned = request.returned.flatMap(({ id, label }) =>
      (evaluated.series.get(id) ?? []).map((series) => ({ id, label, series })),
    );
    requireFewPoints(returned.map(({ series }) => series));
    const all = returned.map((one) => ({ ...one, label: shownLabel(evaluated.stats, one, now) }));
    const { parts, next } = pageOfSeries(
      all.map((one) => one.series),
      { scanBy: request.scanBy, most: request.maxDatapoints, from },
    );
    const nextToken = next === null ? null : this.deps.cursors.encode(cursorKind, [next.index, next.after, question]);
    return all.map(({ id, label }, index) => {
      const { timestamps, values, hasMore } = parts[index] as PagePart;
      return {
        id,
        label,
        timestamps: timestamps.map((time) => new Date(time)),
        values: [...values],
        statusCode: hasMore ? 'PartialData' : 'Complete',
        messages: evaluated.messages.get(id) ?? [],
        nextToken,
      };
    });
  }
}

/** What a token goes on with: all of a request but the token, and how many data points a page has. */
function questionOf({ nextToken: _token, maxDatapoints: _most, ...question }: MetricDataInput): string {
  return hash('sha256', JSON.stringify(question), 'base64url').slice(0, 16);
}

/** Expressions may return one series many times over; what labels say of each is worked out for each. */
function requireFewPoints(all: readonly TimeSeries[]): void {
  const points = all.reduce((sum, { values }) => sum + values.length, 0);
  if (points <= mostPoints) return;
  throw new CrosstrailError(
    'COST_EXCEEDED',
    `the results have ${points} data points, and ${mostPoints} are the most: return fewer series`,
    { limit: mostPoints, cost: points },
  );
}

/** @param stats of metrics, by the id of their series */
function shownLabel(
  stats: Evaluated['stats'],
  { label, series }: { readonly label: string | null; readonly series: TimeSeries },
  now: number,
): string {
  const stat = stats.get(series.id);
  if (label === null || (stat === undefined && !isDynamicLabel(label))) return series.label;
  // What a search has found has a part of its label from the expression already.
  if (stat !== undefined && series.id.startsWith('metric:') && !isDynamicLabel(label)) return series.label;
  return applyLabel(label, series, { ...stat?.metric, stat: stat?.stat ?? null, now });
}
