import type { AlarmEvaluator } from '../alarms/alarm-evaluator.service.js';
import type { JobDefinition } from '../platform/queue/queue.js';

/** Hint that alarms may be due. It carries nothing: their rows say which. */
export const evaluateAlarmsJob = { name: 'evaluate-alarms' };

/** Judges alarms whose time has come, or whose data did. */
export function createEvaluateAlarmsJob(alarms: Pick<AlarmEvaluator, 'work'>): JobDefinition<object> {
  return {
    ...evaluateAlarmsJob,
    concurrency: 1,
    everySeconds: 2,
    handle: (_data, { signal }) => alarms.work(signal),
  };
}
