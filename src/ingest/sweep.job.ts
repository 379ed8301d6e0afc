import type { JobDefinition } from '../platform/queue/queue.js';
import type { DigestLedgerService } from '../sources/digest-ledger.service.js';
import type { Ledger } from '../sources/ledger.port.js';

export interface SweepDeps {
  readonly ledger: Ledger;
  readonly digests: Pick<DigestLedgerService, 'isAnyDue'>;
  readonly waker: { filesDue(): Promise<void>; digestsDue(): Promise<void> };
}

/**
 * Finds work that no job speaks of: files of workers that died, and files and digests whose hint was lost or that wait
 * for another try.
 */
export function createSweepJob({ ledger, digests, waker }: SweepDeps): JobDefinition<object> {
  return {
    name: 'sweep',
    concurrency: 1,
    everySeconds: 5,
    async handle(_data, { log }) {
      const { expired, due } = await ledger.sweep();
      if (expired > 0) log.warn({ files: expired }, 'leases of log files had ended; their files are due again');
      if (due) await waker.filesDue();
      if (await digests.isAnyDue()) await waker.digestsDue();
    },
  };
}
