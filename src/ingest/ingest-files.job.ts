import { failpoint } from '../platform/failpoint.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import type { Ledger } from '../sources/ledger.port.js';
import { BackfillLanes } from './backfill-lanes.js';
import { type Claim, ClaimedFiles, type ClaimedFilesDeps } from './claimed-files.js';
import { DuplicateGuesses } from './duplicate-guesses.js';
import { SourceLanes } from './source-lanes.js';

/** Hint that files may be due. It carries nothing: the ledger says which. */
export const ingestFilesJob = { name: 'ingest-files' };

/** Compressed bytes and files of one claim: enough that a transaction's fixed cost is lost, little enough to hold. */
const claimLimits = { maxFiles: 256, maxBytes: 8 * 1024 * 1024, leaseSeconds: 30 };
/** Less of what is old: where all workers are at a backfill, what is new waits for one of these to be stored. */
const backfillLimits = { maxFiles: 64, maxBytes: 2 * 1024 * 1024 };

export interface IngestFilesDeps extends Omit<ClaimedFilesDeps, 'guesses'> {
  readonly concurrency: number;
  /** Aborts when the process is told to stop: what is claimed is still finished, and nothing more is claimed. */
  readonly stopping: AbortSignal;
}

/** Takes files from the ledger until none is due. */
export function createIngestFilesJob(deps: IngestFilesDeps): JobDefinition<object> {
  const collecting = { ...deps, guesses: new DuplicateGuesses() };
  const lanes = new BackfillLanes(deps.concurrency);
  const sources = new SourceLanes(deps.concurrency, deps.health);
  return {
    ...ingestFilesJob,
    concurrency: deps.concurrency,
    async handle(_data, { signal, log }) {
      while (!signal.aborted && !deps.stopping.aborted) {
        const leaveLane = lanes.enter();
        try {
          const backfill = leaveLane && backfillLimits;
          const { claim, leave } = await sources.claim((passOver) =>
            deps.ledger.claim({ ...claimLimits, backfill, passOver }),
          );
          if (!claim.isBackfill) leaveLane?.();
          if (claim.files.length === 0) return;
          await ingestClaim(collecting, claim, signal, log).finally(leave);
        } finally {
          leaveLane?.();
        }
      }
    },
  };
}

async function ingestClaim(deps: ClaimedFilesDeps, claim: Claim, signal: AbortSignal, log: Logger): Promise<void> {
  failpoint('ingest.claimed');
  const extending = keepLease(deps.ledger, claim.lease, log);
  await new ClaimedFiles(deps, claim, signal, log).ingest().finally(() => clearInterval(extending));
}

function keepLease(ledger: Ledger, lease: string, log: Logger): NodeJS.Timeout {
  const extend = () => {
    ledger
      .extend(lease, claimLimits.leaseSeconds)
      .catch((error: unknown) => log.warn({ ...failureFields(error), lease }, 'lease not extended'));
  };
  return setInterval(extend, (claimLimits.leaseSeconds * 1000) / 4);
}
