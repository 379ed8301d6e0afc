import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { TreatMissingData } from './alarm-definition.js';
import type { AlarmOutcome, OutcomeChange } from './alarm-outcome.js';
import type { AnnouncedChange, ClaimedAlarm } from './alarm-pass.store.js';
import { type Correction, correctTimeline } from './alarm-timeline.js';
import type { CompiledAlarm } from './compiled-alarm.js';
import { type Evidence, type Judged, type JudgedTransition, judgeWindow, judgeWindows } from './judge-windows.js';
import { type JudgedSpan, type JudgedSpans, mostWindows } from './judged-spans.js';
import { statedReason } from './stated-reason.js';

/** A span that is judged, with what windows in it see, and what was told of it. */
export interface EvidentSpan {
  readonly span: JudgedSpan;
  readonly evidence: Evidence;
  /** Of the span, the last before it, and the first behind it: in the order of time. */
  readonly announced: readonly AnnouncedChange[];
}

interface Judging {
  readonly alarm: ClaimedAlarm;
  readonly compiled: CompiledAlarm;
  readonly spans: JudgedSpans;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** What came of a span. */
interface JudgedPart extends EvidentSpan {
  readonly judged: Judged;
  readonly changes: readonly OutcomeChange[];
  /** The state at its end is not the one that was told: what follows may have to be judged anew as well. */
  readonly isApart: boolean;
}

const minuteMs = 60_000;

/**
 * Judges an alarm on metrics that come late, with log files: what happened when, and what has to be told of it. What was
 * told before and turns out otherwise is corrected.
 *
 * @param reopened of the spans that were judged before
 * @param next of what was not judged, or not for good; null: nothing
 */
export function judgeLogAlarm(
  judging: Judging,
  reopened: readonly EvidentSpan[],
  next: EvidentSpan | null,
): AlarmOutcome {
  const { alarm, spans, now } = judging;
  const parts: JudgedPart[] = [];
  for (const part of reopened) {
    const open = openPart(judging, part);
    if (open !== null) parts.push(judgePart(judging, open, parts.at(-1) ?? null));
  }
  if (next !== null) parts.push(judgePart(judging, next, parts.at(-1) ?? null));
  const last = parts.at(-1);
  const ending = last !== undefined && last.span.to >= alarm.judgedThrough ? last : null;
  const left = [...spans.left.map((touch) => ({ ...touch })), ...continuations(judging, parts, next)];
  const state = ending && stateOf(alarm, ending, now);
  const changes = parts.flatMap((part) => part.changes);
  if (alarm.isSet && state !== null) changes.push(...wayBack(alarm, state, changes, now));
  return {
    changes: withActionOfNow(alarm, changes, state),
    state: state !== null && (state.value !== alarm.state || (ending?.changes.length ?? 0) > 0) ? state : null,
    released: [],
    suppression: null,
    judgedThrough: spans.judgedThrough,
    closedThrough: alarm.closedThrough,
    earlyThrough: spans.future ?? (next === null ? alarm.earlyThrough : earlyThrough(last, spans.judgedThrough)),
    dueAt: spans.hasMore || left.length > 0 ? now : nextDue(judging),
    isSet: alarm.isSet && ending === null,
    evaluationState: null,
    left,
  };
}

/** The state of an alarm of which there never were any data. */
function stateWithoutData(treatMissingData: TreatMissingData): AlarmState {
  if (treatMissingData === 'notBreaching') return 'OK';
  return treatMissingData === 'breaching' ? 'ALARM' : 'INSUFFICIENT_DATA';
}

/**
 * What of a span that was judged can be judged again. Where data points are kept more coarsely than the alarm looks at them
 * they are not seen any more: what was told of that time stays. So does what another definition has told of the time
 * before the alarm was made.
 */
function openPart({ alarm, compiled }: Judging, part: EvidentSpan): EvidentSpan | null {
  const { span, announced, evidence } = part;
  const within = announced.some(({ at }) => at >= span.from && at <= span.to);
  if (alarm.closedThrough !== null && span.from <= alarm.judgedFrom && within) return null;
  const coarse = [...evidence.metrics.values()].flatMap(({ coarseUntil }) => coarseUntil ?? []);
  if (coarse.length === 0) return part;
  const periodMs = compiled.settings.period * 1000;
  const first = Math.ceil(Math.max(...coarse) / periodMs) * periodMs + compiled.range * periodMs;
  const from = Math.max(span.from, first);
  return from > span.to ? null : { ...part, span: { ...span, from } };
}

function judgePart(judging: Judging, part: EvidentSpan, previous: JudgedPart | null): JudgedPart {
  const { span, announced, evidence } = part;
  const before = stateBefore(judging, part, previous);
  const judged = judgeWindows(evidence, span, before.now, judging.now);
  const within = announced.filter(({ at }) => at >= span.from && at <= span.to);
  const changes = correctTimeline(within, judged.transitions, before.now).map((correction) =>
    changeOf(correction, part, judging.now),
  );
  const told = within.at(-1)?.to ?? before.told;
  return { ...part, judged, changes, isApart: judged.state !== told };
}

/** The state before a span: as it is known now, and as it was told. Its own time begins with INSUFFICIENT_DATA. */
function stateBefore(
  { alarm, compiled }: Judging,
  { span, announced }: EvidentSpan,
  previous: JudgedPart | null,
): { readonly now: AlarmState; readonly told: AlarmState } {
  const isOwnTime = span.from > alarm.judgedFrom;
  const isSameTime = (at: number) => at > alarm.judgedFrom === isOwnTime;
  const last = announced.filter(({ at }) => at < span.from && isSameTime(at)).at(-1);
  const beginning = isOwnTime ? 'INSUFFICIENT_DATA' : stateWithoutData(compiled.settings.treatMissingData);
  const told = last?.to ?? beginning;
  // What was told up to the end of the span before is what was judged there a moment ago.
  const isCovered = previous !== null && isSameTime(previous.span.to) && (last?.at ?? 0) <= previous.span.to;
  return { told, now: isCovered ? previous.judged.state : told };
}

function changeOf(
  correction: Correction<JudgedTransition>,
  { span, evidence }: EvidentSpan,
  now: number,
): OutcomeChange {
  const common = { isSet: false, suppression: null };
  if (correction.kind === 'withdrawn') {
    const { announced, state } = correction;
    const { window, evaluation } = judgeWindow(evidence, announced.at, state, now);
    return {
      ...common,
      evaluatedAt: announced.at,
      previousState: state,
      state,
      stateReason: `Unchanged: by the data that came since, the state remained ${state}.`,
      stateReasonData: statedReason(evidence.alarm, window, evaluation, now).reasonData,
      revision: announced.revision + 1,
      supersedes: announced.id,
      actions: [],
    };
  }
  const { transition } = correction;
  const announced = correction.kind === 'replaced' ? correction.announced : null;
  const { reason, reasonData } = statedReason(evidence.alarm, transition.window, transition.evaluation, now);
  const isNews = !span.isHistory && announced?.to !== transition.to;
  return {
    ...common,
    evaluatedAt: transition.at,
    previousState: transition.from,
    state: transition.to,
    stateReason: reason,
    stateReasonData: reasonData,
    revision: (announced?.revision ?? 0) + 1,
    supersedes: announced?.id ?? null,
    actions: isNews ? [transition.to] : [],
  };
}

function stateOf(alarm: ClaimedAlarm, { judged, changes, evidence }: JudgedPart, now: number): AlarmOutcome['state'] {
  const value = judged.state;
  const change = changes.filter(({ state }) => state === value).at(-1);
  if (change !== undefined) {
    const at = Math.min(change.evaluatedAt, now);
    return { value, reason: change.stateReason, reasonData: change.stateReasonData, at };
  }
  if (value === alarm.state || judged.last === null) {
    return { value, reason: alarm.stateReason, reasonData: alarm.stateReasonData, at: now };
  }
  return { value, ...statedReason(evidence.alarm, judged.last.window, judged.last.evaluation, now), at: now };
}

/** A state that was set by hand holds until the next evaluation. */
function wayBack(
  alarm: ClaimedAlarm,
  state: NonNullable<AlarmOutcome['state']>,
  changes: readonly OutcomeChange[],
  now: number,
): OutcomeChange[] {
  // What happened since it was set leads to the state as well.
  const isTold = changes.some((one) => one.state === state.value && one.evaluatedAt >= alarm.stateUpdatedAt);
  if (state.value === alarm.state || isTold) return [];
  return [
    {
      evaluatedAt: now,
      previousState: alarm.state,
      state: state.value,
      stateReason: state.reason,
      stateReasonData: state.reasonData,
      revision: 1,
      supersedes: null,
      isSet: true,
      actions: [state.value],
      suppression: null,
    },
  ];
}

/** Where what was told is withdrawn, and the alarm is in another state by that, those who act on its state hear of it. */
function withActionOfNow(
  alarm: ClaimedAlarm,
  changes: readonly OutcomeChange[],
  state: AlarmOutcome['state'],
): readonly OutcomeChange[] {
  const isHeard = changes.some(({ actions }) => actions.at(-1) === state?.value);
  const withdrawn = changes.findLast(
    (change) => change.previousState === change.state && change.state === state?.value,
  );
  if (state === null || state.value === alarm.state || isHeard || withdrawn === undefined) return changes;
  return changes.map((change) => (change === withdrawn ? { ...change, actions: [state.value] } : change));
}

/** What follows a span whose end is not as it was told: to the next that was told, or to where nothing was judged. */
function continuations({ alarm, compiled }: Judging, parts: readonly JudgedPart[], next: EvidentSpan | null) {
  const periodMs = compiled.settings.period * 1000;
  return parts.flatMap(({ span, announced, isApart }, index) => {
    const border = span.to <= alarm.judgedFrom ? alarm.judgedFrom : alarm.judgedThrough;
    const isFollowed = parts[index + 1]?.span.from === span.to + periodMs && border !== alarm.judgedFrom;
    if (!isApart || isFollowed || span === next?.span || span.to >= border) return [];
    const told = announced.find(({ at }) => at > span.to)?.at ?? border;
    const to = Math.min(told, border, span.to + mostWindows * periodMs);
    // As touches are: the start of the first period, and that of the last, behind which the windows that see it follow.
    const last = Math.max(span.to, to - (compiled.range + 1) * periodMs);
    return [{ from: span.to, to: last, isHistory: span.isHistory }];
  });
}

/** The next minute, in which more may be complete, or the end of a window's delay if that is before. */
function nextDue({ compiled, spans, now }: Judging): number {
  const { period, evaluationDelay } = compiled.settings;
  const delayed = spans.judgedThrough + (period + evaluationDelay) * 1000;
  return Math.min(Math.floor(now / minuteMs) * minuteMs + minuteMs, delayed);
}

function earlyThrough(last: JudgedPart | undefined, judgedThrough: number): number | null {
  const newest = last?.judged.transitions.at(-1)?.at ?? judgedThrough;
  return newest > judgedThrough ? newest : null;
}
