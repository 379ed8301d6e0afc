import { dayMs } from '../lib/time.js';
import type { ClaimedAlarm } from './alarm-pass.store.js';
import type { completeThroughOfReach } from './complete-through.js';
import type { CompiledDefinition } from './definitions.service.js';
import { liveEnds } from './judge-live-alarm.js';
import { type JudgedSpan, type JudgedSpans, spansToJudge } from './judged-spans.js';

/** What is to be judged of one alarm. */
export interface Task {
  readonly alarm: ClaimedAlarm;
  readonly known: CompiledDefinition;
  /** Null for those that are judged as they are now. */
  readonly spans: JudgedSpans | null;
  /** In the order of time. */
  readonly judged: readonly JudgedSpan[];
  readonly completeThrough: number | null;
}

/** What is to be judged of an alarm at a time: milliseconds since 1970 UTC. */
export function taskOf(
  alarm: ClaimedAlarm,
  known: CompiledDefinition,
  completeOf: ReturnType<typeof completeThroughOfReach>,
  now: number,
): Task {
  if (known.type === 'COMPOSITE') {
    const from = alarm.touches.reduce((first, touch) => Math.min(first, touch.from), now);
    // Its children may be judged before their periods are over.
    const span = { from, to: now + 2 * dayMs, isHistory: isHistory(alarm) };
    return { alarm, known, spans: null, judged: [span], completeThrough: null };
  }
  const { compiled } = known;
  if (!alarm.isCounted) {
    const { over, open } = liveEnds(compiled, now);
    const span = { from: over, to: open, isHistory: false };
    return { alarm, known, spans: null, judged: [span], completeThrough: now };
  }
  const complete = completeOf(alarm);
  const { period, evaluationDelay } = compiled.settings;
  const counted = asCounted(alarm);
  const place = { ...counted, period, evaluationDelay, range: compiled.range, completeThrough: complete };
  const spans = spansToJudge(place, now);
  const judged = spans.next === null ? spans.reopened : [...spans.reopened, spans.next];
  return { alarm: counted, known, spans, judged, completeThrough: complete };
}

/** What was judged before a metric filter counted any of its metrics was judged by what was there, and stays so. */
function asCounted(alarm: ClaimedAlarm): ClaimedAlarm {
  const isFirst = !alarm.wasCounted && alarm.judgedThrough > alarm.judgedFrom;
  return isFirst ? { ...alarm, closedThrough: alarm.judgedThrough } : alarm;
}

/** How many windows it comes to. */
export function windowsOf({ known, judged }: Task): number {
  if (known.type === 'COMPOSITE') return 1;
  const periodMs = known.compiled.settings.period * 1000;
  return judged.reduce((sum, { from, to }) => sum + (to - from) / periodMs + 1, 0);
}

function isHistory({ touches }: ClaimedAlarm): boolean {
  return touches.length > 0 && touches.every((touch) => touch.isHistory);
}
