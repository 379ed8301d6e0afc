import type { Dispatcher } from '../deliveries/dispatcher.service.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import type { DigestLedgerService } from '../sources/digest-ledger.service.js';
import type { Ledger } from '../sources/ledger.port.js';

export interface SweepDeps {
  readonly ledger: Ledger;
  readonly digests: Pick<DigestLedgerService, 'isAnyDue'>;
  readonly dispatcher: Pick<Dispatcher, 'sweep'>;
  readonly waker: { filesDue(): Promise<void>; digestsDue(): Promise<void>; deliveriesDue(): Promise<void> };
}

/**
 * Finds work that no job speaks of: files and deliveries of workers that died, and files, digests and deliveries whose
 * hint was lost or that wait for another try.
 */
export function createSweepJob({ ledger, digests, dispatcher, waker }: SweepDeps): JobDefinition<object> {
  return {
    name: 'sweep',
    concurrency: 1,
    everySeconds: 5,
    async handle(_data, { log }) {
      const { expired, due } = await ledger.sweep();
      if (expired > 0) log.warn({ files: expired }, 'leases of log files had ended; their files are due again');
      if (due) await waker.filesDue();
      if (await digests.isAnyDue()) await waker.digestsDue();
      if (await dispatcher.sweep()) await waker.deliveriesDue();
    },
  };
}
