import { everyAccount } from '../access/scope.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { ownPoint, ownSum } from '../metrics/own-figures.service.js';
import { PointWriter } from '../metrics/point-writer.service.js';
import { advisoryLocks, withAdvisoryLock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import type { CompletenessService } from '../sources/completeness.service.js';

export interface ReportFiguresDeps {
  readonly database: Database;
  readonly completeness: Pick<CompletenessService, 'eachAccount' | 'backlogs'>;
  readonly registry: MetricRegistry;
  readonly now: () => Date;
}

const scope = everyAccount('the server tells of every account how far behind it is, each to those who may see it');
const everySeconds = 300;

/**
 * Tells of each account how old what is known to be complete of it is, and what waits or has failed: also where nothing comes
 * any more, which no batch would tell of. Once in five minutes, whichever process does it.
 */
export function createReportFiguresJob({
  database,
  completeness,
  registry,
  now,
}: ReportFiguresDeps): JobDefinition<object> {
  return {
    name: 'report-figures',
    concurrency: 1,
    everySeconds,
    async handle() {
      await withAdvisoryLock(database, advisoryLocks.reportFigures, async () => {
        const time = now().getTime();
        const points = (await completeness.eachAccount(scope)).flatMap(({ account, expectedThrough }) => {
          if (account === null || expectedThrough === null) return [];
          const age = Math.max(0, Math.round((time - expectedThrough.getTime()) / 1000));
          return [ownPoint('ExpectedThroughAge', { accountIds: [account] }, time, [age])];
        });
        for (const { accountId, waiting, failed } of await completeness.backlogs()) {
          const subject = { accountIds: [accountId] };
          points.push(
            ...ownSum('FilesWaiting', subject, time, waiting),
            ...ownSum('FilesFailed', subject, time, failed),
          );
        }
        await database.transaction(async (sql) => {
          const writer = new PointWriter(sql, registry, now());
          await writer.add(points);
          await writer.finish();
        });
      });
    },
  };
}
