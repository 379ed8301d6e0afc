import { compactCounts } from '../events/count-compaction.service.js';
import type { Partitions } from '../events/partition.service.js';
import { dayMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import type { JobDefinition } from '../platform/queue/queue.js';

export interface MaintainDeps {
  readonly database: Database;
  readonly partitions: Partitions;
  readonly now: () => number;
}

/** Keeps the store in shape: partitions for the days ahead, hourly counts summed up. */
export function createMaintainJob({ database, partitions, now }: MaintainDeps): JobDefinition<object> {
  return {
    name: 'maintain',
    concurrency: 1,
    everySeconds: 60,
    async handle(_data, { signal, log }) {
      await partitions.ensure([now(), now() + dayMs]);
      let hours = 0;
      while (!signal.aborted) {
        const compacted = await compactCounts(database, now());
        if (compacted === 0) break;
        hours += compacted;
      }
      if (hours > 0) log.debug({ hours }, 'hourly counts summed up');
    },
  };
}
