import { dayMs } from '../lib/time.js';
import type { AlarmRule } from '../patterns/alarm-rule/alarm-rule.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import {
  type ActionSuppression,
  type SuppressionEvent,
  type SuppressionPeriods,
  suppressActions,
} from './action-suppression.js';
import { alarmArn } from './alarm-arn.js';
import type { AlarmOutcome, OutcomeChange } from './alarm-outcome.js';
import type { AnnouncedChange, ClaimedAlarm } from './alarm-pass.store.js';
import { type Correction, correctTimeline } from './alarm-timeline.js';
import { awsTimestamp } from './aws-timestamp.js';
import {
  type ChildTimeline,
  type CompositeTransition,
  judgeRule,
  type NamedChild,
  stateByRule,
  stateNow,
} from './composite-judgement.js';

/** A composite alarm, and all that its rule looks at. Times in milliseconds since 1970 UTC. */
export interface CompositeJudging {
  readonly alarm: ClaimedAlarm;
  readonly name: string;
  readonly rule: AlarmRule;
  readonly children: readonly ChildTimeline[];
  /** Null without one. */
  readonly suppressor: { readonly timeline: ChildTimeline; readonly periods: SuppressionPeriods } | null;
  /** From `from` on, and the last before it: in the order of time. */
  readonly announced: readonly AnnouncedChange[];
  /** From when on its children may have changed. */
  readonly from: number;
  /** What its children told was no news. */
  readonly isHistory: boolean;
  readonly now: number;
}

/** How long nothing needs to look at it: its children's changes are told. */
const restMs = dayMs;

/**
 * Judges a composite alarm: at each change of its children from a time on, and now. What was told before and turns out
 * otherwise is corrected, as with other alarms. A state that was set by hand, its own or a child's, is told beside that.
 */
export function judgeCompositeAlarm(judging: CompositeJudging): AlarmOutcome {
  const { alarm, rule, children, now } = judging;
  // "It returns to its actual state only once any of its children alarms change state": SetAlarmState, API Reference.
  const isHeld = alarm.isSet && alarm.touches.length === 0;
  const changes = isHeld ? [] : [...judgeOwnTime(judging, false), ...judgeOwnTime(judging, true)];
  const current = stateNow(rule, children);
  const value = isHeld ? alarm.state : current.state;
  const newest = changes.at(-1);
  const isTold = newest?.state === value && (!alarm.isSet || newest.evaluatedAt >= alarm.stateUpdatedAt);
  const all = value === alarm.state || isTold ? changes : [...changes, setChange(judging, current)];
  const last = all.findLast(({ state }) => state === value);
  const { told, released, pending } = suppressed(judging, all, value);
  return {
    changes: told,
    state:
      value === alarm.state || last === undefined
        ? null
        : { value, reason: last.stateReason, reasonData: last.stateReasonData, at: Math.min(last.evaluatedAt, now) },
    released,
    suppression: pending,
    judgedThrough: now,
    earlyThrough: null,
    closedThrough: alarm.closedThrough,
    dueAt: pending?.dueAt ?? now + restMs,
    isSet: isHeld || current.set !== null,
    evaluationState: null,
    left: [],
  };
}

/** The time before it was made is a time of its own, and so is the time since. */
function judgeOwnTime(judging: CompositeJudging, isOwnTime: boolean): OutcomeChange[] {
  const { alarm, rule, children, announced, now } = judging;
  const own = announced.filter(({ at }) => at >= alarm.judgedFrom === isOwnTime);
  const from = isOwnTime ? Math.max(judging.from, alarm.judgedFrom, alarm.closedThrough ?? 0) : judging.from;
  // A child may be judged before its period is over.
  const to = isOwnTime ? Number.POSITIVE_INFINITY : alarm.judgedFrom - 1;
  const isClosed = !isOwnTime && alarm.closedThrough !== null && own.some(({ at }) => at >= from);
  if (from > to || isClosed) return [];
  const told = own.filter(({ at }) => at < from).at(-1);
  const before = told?.to ?? (isOwnTime ? 'INSUFFICIENT_DATA' : stateByRule(rule, children, from));
  const within = own.filter(({ at }) => at >= from);
  const times = [...within.map(({ at }) => at), ...(isOwnTime ? [now] : [])];
  const { transitions } = judgeRule(rule, children, { from, to, times }, before);
  return correctTimeline(within, transitions, before).map((correction) => changeOf(judging, correction));
}

function changeOf(judging: CompositeJudging, correction: Correction<CompositeTransition>): OutcomeChange {
  const common = { isSet: false, suppression: null };
  if (correction.kind === 'withdrawn') {
    const { announced, state } = correction;
    return {
      ...common,
      evaluatedAt: announced.at,
      previousState: state,
      state,
      stateReason: `Unchanged: by the data that came since, the state remained ${state}.`,
      stateReasonData: null,
      revision: announced.revision + 1,
      supersedes: announced.id,
      actions: [],
    };
  }
  const { transition } = correction;
  const announced = correction.kind === 'replaced' ? correction.announced : null;
  const isNews = !judging.isHistory && announced?.to !== transition.to;
  return {
    ...common,
    evaluatedAt: transition.at,
    previousState: transition.from,
    state: transition.to,
    stateReason: reasonOf(judging, transition),
    stateReasonData: triggeringAlarms(transition),
    revision: (announced?.revision ?? 0) + 1,
    supersedes: announced?.id ?? null,
    actions: isNews ? [transition.to] : [],
  };
}

/** In AWS's words, which are published for children in ALARM; source: "Composite alarms", and recorded events. */
function reasonOf({ alarm, name }: CompositeJudging, { cause, from, to, at }: CompositeTransition): string {
  if (cause !== null) return changedReason(cause, cause.since ?? at);
  const arn = alarmArn(name, { accountId: alarm.accountId, region: alarm.region });
  return from === 'INSUFFICIENT_DATA'
    ? `${arn} was created and its alarm rule evaluates to ${to}`
    : `${arn} was updated and its alarm rule evaluates to ${to}`;
}

function changedReason({ name, place, state }: Pick<NamedChild, 'name' | 'place' | 'state'>, at: number): string {
  return `${alarmArn(name, place)} transitioned to ${state} at ${longDate(at)}`;
}

function triggeringAlarms({ triggering }: CompositeTransition): Readonly<Record<string, unknown>> {
  return {
    triggeringAlarms: triggering.map(({ name, place, state, since }) => ({
      arn: alarmArn(name, place),
      state: { value: state, ...(since === null ? {} : { timestamp: awsTimestamp(since) }) },
    })),
  };
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** As in `Friday 22 July, 2022 15:57:45 UTC`. */
function longDate(time: number): string {
  const date = new Date(time);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const clock = date.toISOString().slice(11, 19);
  return `${weekdays[date.getUTCDay()]} ${day} ${months[date.getUTCMonth()]}, ${date.getUTCFullYear()} ${clock} UTC`;
}

/** To or from a state that was set by hand. */
function setChange({ alarm, now }: CompositeJudging, { state, set }: ReturnType<typeof stateNow>): OutcomeChange {
  return {
    evaluatedAt: now,
    previousState: alarm.state,
    state,
    stateReason: set === null ? `The alarm rule evaluates to ${state}` : changedReason(set, now),
    stateReasonData: null,
    revision: 1,
    supersedes: null,
    isSet: true,
    actions: [state],
    suppression: null,
  };
}

/**
 * What of the actions runs now. Of what is told late of the past, the suppressor's state of then decides; what the alarm is
 * in now goes through AWS's periods.
 */
function suppressed(
  { alarm, suppressor, now }: CompositeJudging,
  changes: readonly OutcomeChange[],
  current: AlarmState,
): { told: OutcomeChange[]; released: AlarmState[]; pending: ActionSuppression | null } {
  if (suppressor === null) return { told: [...changes], released: [], pending: null };
  const { timeline, periods } = suppressor;
  const suppressorState = timeline.state;
  let pending = alarm.suppression;
  const step = (event: SuppressionEvent): readonly AlarmState[] => {
    const outcome = suppressActions(pending, event, periods, now);
    pending = outcome.pending;
    return outcome.run;
  };
  const released = [...step({ type: 'suppressorChanged', suppressorState })];
  const newest = current === alarm.state ? undefined : changes.findLast(({ state }) => state === current);
  const told = changes.map((change): OutcomeChange => {
    if (change !== newest || change.actions.length === 0) {
      const isHeld = change.actions.length > 0 && stateAt(timeline, change.evaluatedAt) === 'ALARM';
      return isHeld
        ? { ...change, actions: [], suppression: { suppressedBy: 'Alarm', state: change.state, dueAt: null } }
        : change;
    }
    const actions = step({ type: 'compositeChanged', state: change.state, suppressorState });
    return { ...change, actions, suppression: pending };
  });
  released.push(...step({ type: 'timePassed' }));
  return { told, released, pending };
}

function stateAt({ stateBefore, changes }: ChildTimeline, time: number): AlarmState {
  return changes.filter(({ at }) => at <= time).at(-1)?.state ?? stateBefore;
}
