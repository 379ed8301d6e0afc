import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';

/** `ActionsSuppressedBy`, CloudWatch API Reference. */
export type ActionsSuppressedBy = 'WaitPeriod' | 'ExtensionPeriod' | 'Alarm';

/** Actions of a composite alarm that are held back. Plain data, to be kept with the alarm; null stands for none. */
export interface ActionSuppression {
  readonly suppressedBy: ActionsSuppressedBy;
  /** The state that the composite alarm is in, whose actions are held back. */
  readonly state: AlarmState;
  /** When the period is over, in milliseconds of the epoch; null while the suppressor is in ALARM. */
  readonly dueAt: number | null;
}

/** `ActionsSuppressorWaitPeriod` and `ActionsSuppressorExtensionPeriod`, in seconds, 0 or more. */
export interface SuppressionPeriods {
  readonly waitPeriod: number;
  readonly extensionPeriod: number;
}

export type SuppressionEvent =
  /** The composite alarm changed to `state`; the suppressor is in `suppressorState` now. */
  | { readonly type: 'compositeChanged'; readonly state: AlarmState; readonly suppressorState: AlarmState }
  | { readonly type: 'suppressorChanged'; readonly suppressorState: AlarmState }
  /** Time has gone by: what is due is done. */
  | { readonly type: 'timePassed' };

export interface SuppressionOutcome {
  readonly pending: ActionSuppression | null;
  /** The states whose actions run now, in this order: two where an event comes late and runs those of its own state. */
  readonly run: readonly AlarmState[];
}

/**
 * What an event does to the actions of a composite alarm that has a suppressor.
 *
 * A change of the composite alarm waits for the suppressor (WaitPeriod) unless that is in ALARM already, which holds the
 * actions back until it leaves ALARM and the ExtensionPeriod is over. A further change of the composite alarm replaces
 * what was held back and waits anew: at the end of a period the actions of its then current state run, also where it is
 * back in the state in which it was before. INSUFFICIENT_DATA of the suppressor is as good as OK.
 *
 * A period of n seconds holds what happens within n seconds, the last moment included; so, of what happens at one time,
 * changes of alarms are told first, and then `timePassed`. Of two changes either may be first, unless the ExtensionPeriod
 * is 0: then one that was held back runs before the composite alarm's change, or is replaced by it. A
 * period that is over when an event comes, since nobody told that time has passed, runs its actions first: how late that
 * is told changes nothing else.
 *
 * A suppressor that changes while nothing is held back does nothing. Where the suppressor is replaced or taken away, the
 * caller goes on with null: AWS discards the periods then.
 *
 * Source: "Suppressing composite alarm actions", Amazon CloudWatch User Guide. It is silent on the last moment of a
 * period.
 *
 * @param now in milliseconds of the epoch, when the event happened
 */
export function suppressActions(
  pending: ActionSuppression | null,
  event: SuppressionEvent,
  periods: SuppressionPeriods,
  now: number,
): SuppressionOutcome {
  const isOver = pending !== null && pending.dueAt !== null && pending.dueAt < now;
  const before = isOver ? release(pending.state) : { pending, run: [] };
  const after = outcomeOf(before.pending, event, periods, now);
  return { pending: after.pending, run: [...before.run, ...after.run] };
}

/** `ActionsSuppressedReason`. Of AWS's texts that of WaitPeriod is published; the others are written like it. */
export function actionsSuppressedReason({ suppressedBy }: ActionSuppression): string {
  return `Actions suppressed by ${suppressedBy}`;
}

function outcomeOf(
  pending: ActionSuppression | null,
  event: SuppressionEvent,
  { waitPeriod, extensionPeriod }: SuppressionPeriods,
  now: number,
): SuppressionOutcome {
  if (event.type === 'compositeChanged') {
    const { state } = event;
    return event.suppressorState === 'ALARM' ? holdByAlarm(state) : holdFor('WaitPeriod', state, waitPeriod, now);
  }
  if (pending === null) return { pending, run: [] };
  const { state, suppressedBy, dueAt } = pending;
  if (event.type === 'timePassed') return dueAt !== null && dueAt <= now ? release(state) : { pending, run: [] };
  if (event.suppressorState === 'ALARM') return holdByAlarm(state);
  return suppressedBy === 'Alarm' ? holdFor('ExtensionPeriod', state, extensionPeriod, now) : { pending, run: [] };
}

function holdByAlarm(state: AlarmState): SuppressionOutcome {
  return { pending: { suppressedBy: 'Alarm', state, dueAt: null }, run: [] };
}

function holdFor(
  suppressedBy: 'WaitPeriod' | 'ExtensionPeriod',
  state: AlarmState,
  seconds: number,
  now: number,
): SuppressionOutcome {
  return seconds > 0 ? { pending: { suppressedBy, state, dueAt: now + seconds * 1000 }, run: [] } : release(state);
}

function release(state: AlarmState): SuppressionOutcome {
  return { pending: null, run: [state] };
}
