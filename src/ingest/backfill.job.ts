import type { JobDefinition } from '../platform/queue/queue.js';
import type { BackfillWork } from '../sources/backfill-work.service.js';
import type { DiscoveryTelemetry } from './discovery-telemetry.js';

export interface BackfillJobDeps {
  readonly backfills: BackfillWork;
  readonly telemetry: DiscoveryTelemetry;
  /** Aborts when the process is told to stop: the folders at hand go back, with how far they came. */
  readonly stopping: AbortSignal;
}

/** Says that a backfill was started, or goes on. It carries nothing: rows say which. */
export const backfillJob = { name: 'backfill' };

/** Lists folders of backfills, of each in turn, until none is due or enough of their files wait to be read. */
export function createBackfillJob({ backfills, telemetry, stopping }: BackfillJobDeps): JobDefinition<object> {
  return {
    ...backfillJob,
    concurrency: 1,
    everySeconds: 10,
    async handle(_data, context) {
      const signal = AbortSignal.any([context.signal, stopping]);
      const listed: Parameters<BackfillWork['round']>[2] = (type, result) => telemetry.listed(type, result, true);
      for (let isBusy = true; isBusy && !signal.aborted; ) {
        isBusy = false;
        for (const backfill of await backfills.running()) {
          if (signal.aborted) return;
          isBusy = (await backfills.round(backfill, signal, listed)) || isBusy;
          await backfills.note(backfill);
        }
      }
    },
  };
}
