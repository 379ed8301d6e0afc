import type { AlarmOutcome, OutcomeChange } from './alarm-outcome.js';
import type { ClaimedAlarm } from './alarm-pass.store.js';
import type { CompiledAlarm } from './compiled-alarm.js';
import { type Evidence, judgeWindow } from './judge-windows.js';
import { statedReason } from './stated-reason.js';

/** The ends of the two windows that are looked at: the newest that is over, and the one in which it is now. */
export function liveEnds({ settings }: CompiledAlarm, now: number): { readonly over: number; readonly open: number } {
  const periodMs = settings.period * 1000;
  const over = Math.floor(now / periodMs) * periodMs;
  return { over, open: over + periodMs };
}

/**
 * Judges an alarm on metrics that come as things happen, as CloudWatch does: by what is there when it is looked at. What
 * comes later may change the state from then on; it is not told of the past. The period that is not over yet counts where
 * nothing could take its breach back.
 *
 * @param evidence of both windows, complete up to now
 */
export function judgeLiveAlarm(
  alarm: ClaimedAlarm,
  compiled: CompiledAlarm,
  evidence: Evidence,
  now: number,
): AlarmOutcome {
  const { over, open } = liveEnds(compiled, now);
  const closed = judgeWindow(evidence, over, alarm.state, now);
  const newest = judgeWindow(evidence, open, closed.evaluation.state, now);
  const deciding = newest.evaluation.isKept ? closed : newest;
  const value = newest.evaluation.state;
  const stated = value === alarm.state ? null : statedReason(compiled, deciding.window, deciding.evaluation, now);
  const change: OutcomeChange | null = stated && {
    evaluatedAt: now,
    previousState: alarm.state,
    state: value,
    stateReason: stated.reason,
    stateReasonData: stated.reasonData,
    revision: 1,
    supersedes: null,
    isSet: false,
    actions: [value],
    suppression: null,
  };
  return {
    changes: change === null ? [] : [change],
    state: stated && { value, ...stated, at: now },
    released: [],
    suppression: null,
    judgedThrough: Math.max(alarm.judgedThrough, over),
    earlyThrough: null,
    closedThrough: alarm.closedThrough,
    dueAt: open,
    isSet: false,
    evaluationState: null,
    left: [],
  };
}
