import type { Sql } from '../platform/database/database.js';
import { type MetricName, nameDigestOf } from './metric-identity.js';
import * as store from './metric-watch.store.js';

export { touchWatchersOfDefaults } from './metric-watch.store.js';

/** A metric that is watched: in any account and region where these are null. */
export interface WatchedMetric extends MetricName {
  readonly accountId: string | null;
  readonly region: string | null;
}

/** What watchers are to be told of from now on, in place of what they were told of before. */
export async function watchMetrics(sql: Sql, watchers: ReadonlyMap<string, readonly WatchedMetric[]>): Promise<void> {
  await store.replaceWatches(
    sql,
    [...watchers.keys()],
    [...watchers].flatMap(([watcherId, metrics]) =>
      metrics.map((metric) => ({ ...metric, watcherId, nameDigest: nameDigestOf(metric) })),
    ),
  );
}
