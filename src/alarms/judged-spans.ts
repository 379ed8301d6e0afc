import type { Touch } from './alarm-pass.store.js';

/** What there is to know to say which windows of an alarm are to be judged. Times in milliseconds since 1970 UTC. */
export interface JudgingPlace {
  /** Seconds. */
  readonly period: number;
  /** Periods that a window looks at. */
  readonly range: number;
  /** Seconds. */
  readonly evaluationDelay: number;
  readonly judgedFrom: number;
  readonly judgedThrough: number;
  readonly earlyThrough: number | null;
  /** Between `judgedFrom` and here it was judged by another definition: that is closed. */
  readonly closedThrough: number | null;
  /** Its state was set by hand: its newest window is judged anew. */
  readonly isSet: boolean;
  readonly touches: readonly Touch[];
  /** Up to when all data is known to have come. */
  readonly completeThrough: number | null;
}

/** Windows to judge, by their ends: the first and the last. */
export interface JudgedSpan {
  readonly from: number;
  readonly to: number;
  /** What comes of it is no news. */
  readonly isHistory: boolean;
}

/** What is to be judged now, and what later. */
export interface JudgedSpans {
  /** In the order of time, apart from each other: what was judged before, and is to be judged anew. */
  readonly reopened: readonly JudgedSpan[];
  /** What was not judged yet, or not for good; null: nothing. */
  readonly next: JudgedSpan | null;
  /** Up to where all is judged for good afterwards. */
  readonly judgedThrough: number;
  /** The end of the last period of which data came that has not begun yet; null: there is none. */
  readonly future: number | null;
  /** For the next pass. */
  readonly left: readonly Touch[];
  /** Whether more could be judged at once. */
  readonly hasMore: boolean;
}

/** Windows of one span, and spans of one pass: what is more comes with the next. */
export const mostWindows = 1500;
const mostSpans = 50;

/**
 * Which windows of an alarm are to be judged: those whose time has come, and those that were judged and of which data came
 * since. A window is judged for good when all of its data is known to have come, or when its delay is over.
 */
export function spansToJudge(place: JudgingPlace, now: number): JudgedSpans {
  const periodMs = place.period * 1000;
  const down = (time: number) => Math.floor(time / periodMs) * periodMs;
  const settled = Math.max(place.completeThrough ?? Number.NEGATIVE_INFINITY, now - place.evaluationDelay * 1000);
  const finalThrough = Math.max(place.judgedThrough, down(Math.min(settled, now)));
  // The end of the period in which it is now: what lies beyond has not begun.
  const newest = down(now) + periodMs;
  const touches = place.touches.map((touch) => ({ ...touch, end: Math.min(down(touch.to) + periodMs, newest) }));
  if (place.isSet) touches.push(newestOf(place.judgedThrough, periodMs));
  const ends = place.touches.map((touch) => down(touch.to) + periodMs);
  const latest = [place.earlyThrough, ...ends].reduce(
    (last, end) => (end !== null && end > (last ?? 0) ? end : last),
    null,
  );
  const early = Math.max(
    Math.min(place.earlyThrough ?? finalThrough, newest),
    ...touches.map(({ end }) => end),
    finalThrough,
  );
  const from = place.judgedThrough + periodMs;
  const to = Math.min(early, place.judgedThrough + mostWindows * periodMs);
  const reopened = mergeSpans(
    touches.flatMap(({ from: first, end, isHistory }): JudgedSpan[] => {
      // To the first window that does not see it any more.
      const span = { from: down(first) + periodMs, to: end + place.range * periodMs, isHistory };
      if (span.from > place.judgedThrough) return [];
      return openParts(place, { ...span, to: Math.min(span.to, place.judgedThrough) }, periodMs);
    }),
    place.judgedFrom,
    periodMs,
  );
  const cut = reopened.map((span) => cutSpan(span, periodMs));
  const judged = cut.slice(0, mostSpans);
  const rest = [...reopened.slice(mostSpans), ...cut.slice(0, mostSpans).flatMap(({ rest: more }) => more ?? [])];
  return {
    reopened: judged.map(({ span }) => span),
    next: to < from ? null : { from, to, isHistory: false },
    judgedThrough: Math.min(finalThrough, Math.max(to, place.judgedThrough)),
    future: latest !== null && latest > newest ? latest : null,
    left: rest.map(({ from: first, to: last, isHistory }) => {
      const start = first - periodMs;
      return { from: start, to: Math.max(start, last - (place.range + 1) * periodMs), isHistory };
    }),
    hasMore: rest.length > 0 || to < early,
  };
}

function newestOf(judgedThrough: number, periodMs: number) {
  const from = judgedThrough - periodMs;
  return { from, to: from, end: judgedThrough, isHistory: false };
}

/** The time before an alarm was made is a time of its own: no state is carried over from it. */
function openParts({ judgedFrom, closedThrough }: JudgingPlace, span: JudgedSpan, periodMs: number): JudgedSpan[] {
  const before = { ...span, to: Math.min(span.to, judgedFrom) };
  const after = { ...span, from: Math.max(span.from, (closedThrough ?? judgedFrom) + periodMs) };
  return [before, after].filter(({ from, to }) => from <= to);
}

/** One span of those that touch, but for the two sides of a border. */
function mergeSpans(spans: readonly JudgedSpan[], border: number, periodMs: number): JudgedSpan[] {
  const merged: JudgedSpan[] = [];
  for (const span of [...spans].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to + periodMs && !(last.to <= border && span.from > border)) {
      const isHistory = last.isHistory && span.isHistory;
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to), isHistory };
    } else {
      merged.push(span);
    }
  }
  return merged;
}

function cutSpan(span: JudgedSpan, periodMs: number): { span: JudgedSpan; rest: JudgedSpan | null } {
  const to = span.from + (mostWindows - 1) * periodMs;
  if (span.to <= to) return { span, rest: null };
  return { span: { ...span, to }, rest: { ...span, from: to + periodMs } };
}
