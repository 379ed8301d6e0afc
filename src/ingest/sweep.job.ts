import type { JobDefinition } from '../platform/queue/queue.js';
import type { Ledger } from '../sources/ledger.port.js';

/** Finds work that no job speaks of: files of workers that died, and files whose hint was lost or that wait for another try. */
export function createSweepJob(deps: { ledger: Ledger; wake: () => Promise<void> }): JobDefinition<object> {
  return {
    name: 'sweep',
    concurrency: 1,
    everySeconds: 5,
    async handle(_data, { log }) {
      const { expired, due } = await deps.ledger.sweep();
      if (expired > 0) log.warn({ files: expired }, 'leases of log files had ended; their files are due again');
      if (due) await deps.wake();
    },
  };
}
