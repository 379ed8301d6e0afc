import type { AlarmWindow, Evaluation } from './alarm-evaluation.js';
import { reasonDataOf, reasonOf } from './alarm-reason.js';
import type { CompiledAlarm } from './compiled-alarm.js';

/** Why a window was judged as it was, in words and in figures. */
export function statedReason(
  { definition }: CompiledAlarm,
  window: AlarmWindow,
  evaluation: Evaluation,
  now: number,
): { readonly reason: string; readonly reasonData: Readonly<Record<string, unknown>> } {
  const statistic = definition.statistic ?? definition.extendedStatistic;
  return {
    reason: reasonOf(evaluation, window),
    reasonData: reasonDataOf(evaluation, window, { queryDate: now, statistic, unit: definition.unit }),
  };
}
