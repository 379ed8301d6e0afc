import { failureFields, type Logger } from '../platform/log.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import type { Ledger } from '../sources/ledger.port.js';
import { ClaimedFiles, type ClaimedFilesDeps } from './claimed-files.js';

/** Hint that files may be due. It carries nothing: the ledger says which. */
export const ingestFilesJob = { name: 'ingest-files' };

/** Compressed bytes and files of one claim: enough that a transaction's fixed cost is lost, little enough to hold. */
const claimLimits = { maxFiles: 256, maxBytes: 8 * 1024 * 1024, leaseSeconds: 30 };

export interface IngestFilesDeps extends ClaimedFilesDeps {
  readonly concurrency: number;
  /** Aborts when the process is told to stop: what is claimed is still finished, and nothing more is claimed. */
  readonly stopping: AbortSignal;
}

/** Takes files from the ledger until none is due. */
export function createIngestFilesJob(deps: IngestFilesDeps): JobDefinition<object> {
  return {
    ...ingestFilesJob,
    concurrency: deps.concurrency,
    async handle(_data, { signal, log }) {
      while (!signal.aborted && !deps.stopping.aborted) {
        const claim = await deps.ledger.claim(claimLimits);
        if (claim.files.length === 0) return;
        const extending = keepLease(deps.ledger, claim.lease, log);
        await new ClaimedFiles(deps, claim, signal, log).ingest().finally(() => clearInterval(extending));
      }
    },
  };
}

function keepLease(ledger: Ledger, lease: string, log: Logger): NodeJS.Timeout {
  const extend = () => {
    ledger
      .extend(lease, claimLimits.leaseSeconds)
      .catch((error: unknown) => log.warn({ ...failureFields(error), lease }, 'lease not extended'));
  };
  return setInterval(extend, (claimLimits.leaseSeconds * 1000) / 4);
}
