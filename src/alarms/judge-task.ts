import { minuteMs } from '../lib/time.js';
import { MathQueryError } from '../patterns/metric-math/metric-math-error.js';
import type { AlarmOutcome } from './alarm-outcome.js';
import type { AnnouncedChange, ClaimedAlarm } from './alarm-pass.store.js';
import type { Task } from './alarm-task.js';
import type { ChildRow } from './composite-alarm.store.js';
import type { ChildTimeline } from './composite-judgement.js';
import { judgeCompositeAlarm } from './judge-composite-alarm.js';
import { judgeLiveAlarm } from './judge-live-alarm.js';
import { type EvidentSpan, judgeLogAlarm } from './judge-log-alarm.js';
import type { Evidence } from './judge-windows.js';

/** What there is to know of a task: for each of its spans in their order. */
interface Own {
  readonly announced: readonly (readonly AnnouncedChange[])[];
  readonly evidence: readonly Evidence[];
  readonly children: readonly ChildRow[];
}

/** An expression that cannot be computed leaves its alarm as it is. */
export function judgeTask(task: Task, own: Own, now: number): AlarmOutcome {
  try {
    return judged(task, own, now);
  } catch (error) {
    if (!(error instanceof MathQueryError)) throw error;
    const judgedThrough = task.spans?.judgedThrough ?? task.alarm.judgedThrough;
    return { ...unjudged(task.alarm, now), judgedThrough, evaluationState: 'EVALUATION_ERROR' };
  }
}

function judged({ alarm, known, spans, judged: all }: Task, own: Own, now: number): AlarmOutcome {
  const parts = all.map((span, index): EvidentSpan => {
    return { span, evidence: own.evidence[index] as Evidence, announced: own.announced[index] ?? [] };
  });
  const [first] = parts;
  if (known.type === 'COMPOSITE') {
    const { definition, rule } = known;
    const { children } = own;
    const suppressor = children.find((child) => child.isSuppressor);
    return judgeCompositeAlarm({
      alarm,
      name: definition.alarmName,
      rule,
      children: children.filter((child) => !child.isSuppressor).map(timelineOf),
      suppressor: suppressor
        ? {
            timeline: timelineOf(suppressor),
            periods: {
              waitPeriod: definition.actionsSuppressorWaitPeriod ?? 0,
              extensionPeriod: definition.actionsSuppressorExtensionPeriod ?? 0,
            },
          }
        : null,
      announced: first?.announced ?? [],
      from: first?.span.from ?? now,
      isHistory: first?.span.isHistory ?? false,
      now,
    });
  }
  const { compiled } = known;
  if (spans === null) return judgeLiveAlarm(alarm, compiled, (first as EvidentSpan).evidence, now);
  const next = spans.next === null ? null : (parts.at(-1) as EvidentSpan);
  const reopened = next === null ? parts : parts.slice(0, -1);
  return judgeLogAlarm({ alarm, compiled, spans, now }, reopened, next);
}

/** One of which nothing was ever judged is as it was made. */
function timelineOf({ name, accountId, region, state, changes }: ChildRow): ChildTimeline {
  const stateBefore = changes[0]?.before ?? 'INSUFFICIENT_DATA';
  return { name, place: { accountId, region }, state, stateBefore, changes };
}

/** One that is judged in the next pass. */
export function putOff(alarm: ClaimedAlarm, now: number): AlarmOutcome {
  return { ...unjudged(alarm, now), dueAt: now, evaluationState: null, left: alarm.touches, isPutOff: true };
}

/** One that cannot be judged as it is. */
export function unjudged(alarm: ClaimedAlarm, now: number): AlarmOutcome {
  const { judgedThrough, earlyThrough, closedThrough, isSet, suppression } = alarm;
  return {
    changes: [],
    state: null,
    released: [],
    suppression,
    judgedThrough,
    earlyThrough,
    closedThrough,
    dueAt: now + minuteMs,
    isSet,
    evaluationState: 'EVALUATION_ERROR',
    left: [],
  };
}
