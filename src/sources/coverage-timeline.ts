import { clip, type Span, without } from '../lib/spans.js';
import { hourMs } from '../lib/time.js';
import type { CoverageState } from './coverage.entity.js';

/** A span of a trail's time and what is known of it. Times are milliseconds since 1970 UTC. */
export interface CoveredSpan extends Span {
  readonly state: CoverageState;
  readonly files: number;
  readonly events: number;
}

/** Windows of verified digests that touch and are in one state; complete ones of one proven span. */
export interface WindowRun extends CoveredSpan {
  /** The first of them begins a chain: validation was switched on then, or logging was. */
  readonly beginsChain: boolean;
}

/** A digest that proves nothing, at the end of its window, as its name has it. */
export interface Mark {
  readonly at: number;
  readonly state: 'DISCOVERED' | 'INVALID' | 'MISSING' | 'UNVERIFIABLE';
}

/** What is known of the digests of one chain around a range of time. */
export interface ChainKnowledge {
  /** In their order, as far as they touch the range; they do not overlap. */
  readonly runs: readonly WindowRun[];
  /** The end of the last verified window before the range, and the start of the first one after it. */
  readonly before: number | null;
  readonly after: { readonly start: number; readonly beginsChain: boolean } | null;
  /** Digests that prove nothing, in their order, from the first one within the range to the first window after it. */
  readonly marks: readonly Mark[];
  /** The first digest of all that proves nothing. */
  readonly firstMark: number | null;
  /** Windows of backfill digests of which a file is gone, changed, or not in hand yet. */
  readonly refuted: readonly CoveredSpan[];
}

/** A digest's name has whole seconds; what is left behind it up to the next window belongs to it. */
const nameToleranceMs = 60_000;

/**
 * The range as a sequence of spans, each in one state. Times before the first digest of the chain have none. What the
 * digests leave open is judged by what stands in the gap, and by what ends it.
 *
 * @param range ends no later than now
 */
export function timelineOf(chain: ChainKnowledge, range: Span): CoveredSpan[] {
  const spans: CoveredSpan[] = [];
  const marks = chain.marks.toReversed();
  let reached = chain.before ?? beginning(chain);
  for (const run of [...chain.runs, ...(chain.after === null ? [] : [{ ...chain.after, end: Infinity }])]) {
    if (reached !== null && reached < run.start) {
      spans.push(...gap({ start: reached, end: run.start }, marks, run.beginsChain ? 'UNVERIFIABLE' : 'MISSING'));
    }
    if ('state' in run) spans.push({ ...zero, ...run });
    reached = run.end;
  }
  if (reached !== null && reached < range.end) spans.push(...gap({ start: reached, end: range.end }, marks, 'OPEN'));
  const judged = chain.refuted.reduce(overlay, spans);
  return joined(judged.map((span) => clip(span, range)).filter((span) => span !== null));
}

const zero = { files: 0, events: 0 };

function beginning({ runs, after, firstMark }: ChainKnowledge): number | null {
  const first = runs[0]?.start ?? after?.start ?? null;
  if (firstMark === null || (first !== null && first <= firstMark)) return first;
  // Windows are an hour, as a rule; of one that could not be read that is all there is to say.
  return firstMark - hourMs;
}

/**
 * A gap is divided at the digests in it that prove nothing: each speaks of the time up to its name. Before a digest that
 * is still to be read, everything is open, since it names the one before it.
 *
 * @param marks in the opposite order; those up to the end of the gap are taken out
 * @param otherwise what the rest is, behind the last of them: OPEN where the chain may go on, MISSING where it did go on,
 *   and UNVERIFIABLE where it began anew, as AWS's validator has it: "No log files were delivered by CloudTrail"
 */
function gap(span: Span, marks: Mark[], otherwise: CoverageState): CoveredSpan[] {
  const parts: CoveredSpan[] = [];
  let start = span.start;
  for (let mark = marks.at(-1); mark !== undefined && mark.at <= span.end; mark = marks.at(-1)) {
    marks.pop();
    if (mark.at <= start) continue;
    const isLast = span.end - mark.at < nameToleranceMs && otherwise !== 'OPEN';
    const end = isLast ? span.end : mark.at;
    parts.push({ ...zero, start, end, state: stateOf(mark.state) });
    start = end;
  }
  if (start < span.end) parts.push({ ...zero, start, end: span.end, state: otherwise });
  return parts;
}

function stateOf(state: Mark['state']): CoverageState {
  if (state === 'DISCOVERED') return 'OPEN';
  return state === 'MISSING' ? 'MISSING' : 'UNVERIFIABLE';
}

/**
 * Puts a span over others. What it covers of them goes; their counts stay with the first part that is left. One that is
 * only in doubt covers nothing but what was complete.
 */
function overlay(spans: readonly CoveredSpan[], over: CoveredSpan): CoveredSpan[] {
  const isInDoubt = over.state === 'OPEN' || over.state === 'UNVERIFIABLE';
  const stay = isInDoubt ? spans.filter(({ state }) => state !== 'COMPLETE') : [];
  const parts = cutOut([over], stay);
  const left = spans.flatMap((span) => (stay.includes(span) ? [span] : cutOut([span], parts)));
  return [...left, ...parts].sort((a, b) => a.start - b.start);
}

/** What is left of spans without others; the counts of each stay with its first part. */
function cutOut(spans: readonly CoveredSpan[], others: readonly Span[]): CoveredSpan[] {
  return others.reduce<CoveredSpan[]>(
    (left, other) =>
      left.flatMap((span) => without(span, other).map((part, index) => (index === 0 ? part : { ...part, ...zero }))),
    [...spans],
  );
}

/** Spans of one state that touch are one; but two complete ones, of which nothing links the second to the first. */
function joined(spans: readonly CoveredSpan[]): CoveredSpan[] {
  const result: CoveredSpan[] = [];
  for (const { start, end, state, files, events } of spans) {
    const last = result.at(-1);
    if (last !== undefined && last.state === state && state !== 'COMPLETE' && last.end === start) {
      result[result.length - 1] = { ...last, end, files: last.files + files, events: last.events + events };
    } else result.push({ start, end, state, files, events });
  }
  return result;
}
