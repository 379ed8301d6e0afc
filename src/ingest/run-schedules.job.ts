import type { JobDefinition } from '../platform/queue/queue.js';
import type { ScheduleRuns } from '../rules/schedule-run.service.js';

export interface RunSchedulesDeps {
  readonly schedules: Pick<ScheduleRuns, 'runDue'>;
  readonly waker: { deliveriesDue(): Promise<void> };
}

/** Runs schedules at their times. It may run more often, or in several processes at once: each time is run once. */
export function createRunSchedulesJob({ schedules, waker }: RunSchedulesDeps): JobDefinition<object> {
  return {
    name: 'run-schedules',
    concurrency: 1,
    everySeconds: 5,
    async handle(_data, { signal }) {
      const deliveries = await schedules.runDue(signal);
      if (deliveries > 0) await waker.deliveriesDue();
    },
  };
}
