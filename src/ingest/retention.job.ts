import type { Retention } from '../accounts/retention.service.js';
import { forgetOldChanges } from '../alarms/alarm-retention.service.js';
import type { DeliveryService } from '../deliveries/delivery.service.js';
import { deleteExpired } from '../events/event-retention.service.js';
import { mergeMonths } from '../events/partition-merge.service.js';
import { forgetPoints } from '../metrics/point-merge.service.js';
import { advisoryLocks, withAdvisoryLock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import { forgetFiles } from '../sources/ledger-retention.service.js';

export interface RetentionJobDeps {
  readonly database: Database;
  readonly retention: Retention;
  readonly deliveries: Pick<DeliveryService, 'forget'>;
  readonly now: () => number;
}

/** Deletes what is no longer kept, and merges the days of months gone by. What it leaves undone the next round does. */
export function createRetentionJob({ database, retention, deliveries, now }: RetentionJobDeps): JobDefinition<object> {
  return {
    name: 'retention',
    concurrency: 1,
    everySeconds: 3600,
    async handle(_data, { signal, log }) {
      await withAdvisoryLock(database, advisoryLocks.retention, async () => {
        const kept = await retention.keptSince();
        const deleted = await deleteExpired({ database, now, signal }, kept);
        const files = await forgetFiles(database, kept, signal);
        if (deleted.events + deleted.emptied + deleted.dropped + files > 0) {
          log.info({ ...deleted, files }, 'what is no longer kept was deleted');
        }
        const forgotten = await deliveries.forget(signal);
        if (forgotten > 0) log.info({ deliveries: forgotten }, 'deliveries that ended long ago were forgotten');
        const points = await forgetPoints(database, new Date(now()), signal);
        if (points > 0) log.info({ points }, 'data points that CloudWatch would not keep were deleted');
        while (!signal.aborted && (await forgetOldChanges(database, now())) > 0);
        const months = await mergeMonths({ database, now, signal });
        if (months > 0) log.info({ months }, 'partitions of days were merged into months');
      });
    },
  };
}
