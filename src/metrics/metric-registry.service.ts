import type { Sql } from '../platform/database/database.js';
import { digestOf, type MetricIdentity } from './metric-identity.js';
import * as store from './metric-registry.store.js';

/** Far less than the day for which a metric without data points waits to be deleted. */
const keptMs = 3_600_000;
const mostKept = 200_000;
/** Metrics of one name and reach, made of the values of dimensions: what events hold must not fill the table. */
export const mostOfName = 10_000;

/** The ids of metrics, made when they are first asked for. One in a process. */
export class MetricRegistry {
  readonly #ids = new Map<string, string>();
  #since = 0;

  constructor(private readonly now: () => Date) {}

  /**
   * The ids of metrics by their digests; those that are new are made in the caller's transaction. One is left out where its
   * name has as many as it may have.
   *
   * @param own ids that this transaction has made itself: others must not know of them before it commits
   */
  async idsOf(
    sql: Sql,
    metrics: ReadonlyMap<string, MetricIdentity>,
    own: Map<string, string>,
  ): Promise<ReadonlyMap<string, string>> {
    this.#forgetOld();
    const ids = new Map<string, string>();
    const unknown = new Map<string, MetricIdentity>();
    for (const [digest, metric] of metrics) {
      const id = own.get(digest) ?? this.#ids.get(digest);
      if (id === undefined) unknown.set(digest, metric);
      else ids.set(digest, id);
    }
    if (unknown.size === 0) return ids;
    for (const { digest, id } of await store.findMetrics(sql, [...unknown.keys()])) {
      ids.set(digest, id);
      this.#ids.set(digest, id);
      unknown.delete(digest);
    }
    // In one order, so that two transactions that make the same metrics wait for each other in one direction.
    const missing = [...unknown].sort(([one], [other]) => (one < other ? -1 : 1));
    for (const { digest, id } of await store.insertMetrics(sql, missing, mostOfName)) {
      ids.set(digest, id);
      own.set(digest, id);
    }
    return ids;
  }

  /** The id of one metric. */
  async idOf(sql: Sql, metric: MetricIdentity): Promise<string | null> {
    const digest = digestOf(metric);
    return (await this.idsOf(sql, new Map([[digest, metric]]), new Map())).get(digest) ?? null;
  }

  #forgetOld(): void {
    const now = this.now().getTime();
    if (now - this.#since < keptMs && this.#ids.size < mostKept) return;
    this.#ids.clear();
    this.#since = now;
  }
}
