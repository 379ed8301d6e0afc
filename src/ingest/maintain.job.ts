import type { Dispatcher } from '../deliveries/dispatcher.service.js';
import type { TargetService } from '../deliveries/target.service.js';
import { compactCounts } from '../events/count-compaction.service.js';
import type { Partitions } from '../events/partition.service.js';
import { completeTerms } from '../events/term-completion.service.js';
import { dayMs } from '../lib/time.js';
import { mergeActivities, mergePoints } from '../metrics/point-merge.service.js';
import type { Database } from '../platform/database/database.js';
import type { JobDefinition } from '../platform/queue/queue.js';

export interface MaintainDeps {
  readonly database: Database;
  readonly partitions: Partitions;
  readonly dispatcher: Pick<Dispatcher, 'setAsideOrphans'>;
  readonly targets: Pick<TargetService, 'resealSecrets'>;
  readonly now: () => number;
}

/** Keeps the store in shape: partitions for the days ahead, hourly counts summed up, data points merged, terms of old chunks. */
export function createMaintainJob({
  database,
  partitions,
  dispatcher,
  targets,
  now,
}: MaintainDeps): JobDefinition<object> {
  return {
    name: 'maintain',
    concurrency: 1,
    everySeconds: 60,
    async handle(_data, { signal, log }) {
      await partitions.ensure([now(), now() + dayMs]);
      const hours = await untilNone(signal, () => compactCounts(database, now()));
      if (hours > 0) log.debug({ hours }, 'hourly counts summed up');
      const points = await untilNone(signal, () => mergePoints(database, new Date(now())));
      if (points > 0) log.debug({ points }, 'data points merged');
      await untilNone(signal, () => mergeActivities(database, new Date(now())));
      await dispatcher.setAsideOrphans();
      await targets.resealSecrets();
      const chunks = await untilNone(signal, () => completeTerms(database));
      if (chunks > 0) log.info({ chunks }, 'terms of chunks worked out that were stored without any');
    },
  };
}

/** Runs a piece of work again and again until it finds nothing to do; how much it did in all. */
async function untilNone(signal: AbortSignal, work: () => Promise<number>): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const done = await work();
    if (done === 0) break;
    total += done;
  }
  return total;
}
