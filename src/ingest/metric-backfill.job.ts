import type { MetricBackfills } from '../metrics/metric-backfill.service.js';
import type { JobDefinition } from '../platform/queue/queue.js';

/** Says that a metric filter is to be run over stored events. It carries nothing: rows say which. */
export const metricBackfillJob = { name: 'metric-backfill' };

/** Runs metric filters over stored events, a part of each in turn, until nothing is due. */
export function createMetricBackfillJob(deps: {
  readonly metricBackfills: Pick<MetricBackfills, 'step'>;
  /** Aborts when the process is told to stop. */
  readonly stopping: AbortSignal;
}): JobDefinition<object> {
  return {
    ...metricBackfillJob,
    concurrency: 1,
    everySeconds: 10,
    async handle(_data, context) {
      const signal = AbortSignal.any([context.signal, deps.stopping]);
      while (!signal.aborted && (await deps.metricBackfills.step()));
    },
  };
}
