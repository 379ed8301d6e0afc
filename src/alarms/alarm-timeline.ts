import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';

/** A change of state. */
export interface Transition {
  /** The end of the window that was judged, in milliseconds since 1970 UTC. */
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
}

/** A change of state that was told. */
export interface AnnouncedTransition extends Transition {
  readonly id: string;
  /** 1 for the first word on it. */
  readonly revision: number;
}

/** What has to be told, so that what was told comes true. */
export type Correction<T extends Transition> =
  /** Nothing was told of it before. */
  | { readonly kind: 'new'; readonly transition: T }
  /** It was at another time, or between other states, than what was told. */
  | { readonly kind: 'replaced'; readonly transition: T; readonly announced: AnnouncedTransition }
  /** It did not happen: `state` held before and after. */
  | { readonly kind: 'withdrawn'; readonly announced: AnnouncedTransition; readonly state: AlarmState };

/**
 * What has to be told after late data made a stretch of time be judged anew, in the order of time. Applied to `announced`
 * (what was replaced or withdrawn goes, what is new or replaces comes) it makes `judged`.
 *
 * Of the transitions that differ, those at the same time belong together; then, in order, those to the same state. What was
 * withdrawn before (from a state to itself) says nothing, and is only replaced by what happened at its time after all.
 *
 * @param announced what was told of the stretch, the oldest first
 * @param judged what happened by all that is known now, the oldest first
 * @param stateBefore the state at the start of the stretch
 */
export function correctTimeline<T extends Transition>(
  announced: readonly AnnouncedTransition[],
  judged: readonly T[],
  stateBefore: AlarmState,
): Correction<T>[] {
  const left = { announced: announced.filter(({ from, to }) => from !== to), judged: [...judged] };
  takePairs(left, ({ at, from, to }) => `${at} ${from} ${to}`);
  const replaced = [...takePairs(left, ({ at }) => at), ...takePairs(left, ({ to }) => to)];
  const withdrawn = new Map(announced.filter(({ from, to }) => from === to).map((one) => [one.at, one]));
  const corrections: Correction<T>[] = [
    ...replaced.map((pair) => ({ kind: 'replaced' as const, ...pair })),
    ...left.judged.map((transition): Correction<T> => {
      const before = withdrawn.get(transition.at);
      return before === undefined ? { kind: 'new', transition } : { kind: 'replaced', transition, announced: before };
    }),
    ...withdrawals(left.announced, judged, stateBefore),
  ];
  return corrections.sort((one, other) => timeOf(one) - timeOf(other));
}

function timeOf(correction: Correction<Transition>): number {
  return correction.kind === 'withdrawn' ? correction.announced.at : correction.transition.at;
}

interface Pair<T extends Transition> {
  readonly announced: AnnouncedTransition;
  readonly transition: T;
}

/** Takes out of both lists what has the same key: the first with the first, the second with the second. */
function takePairs<T extends Transition>(
  left: { announced: AnnouncedTransition[]; judged: T[] },
  keyOf: (transition: Transition) => string | number,
): Pair<T>[] {
  const waiting = new Map<string | number, AnnouncedTransition[]>();
  // From the last to the first, so that the first one is at the end, where it can be popped.
  for (const one of left.announced.toReversed()) {
    const alike = waiting.get(keyOf(one));
    if (alike === undefined) waiting.set(keyOf(one), [one]);
    else alike.push(one);
  }
  const pairs: Pair<T>[] = [];
  const unpaired: T[] = [];
  for (const transition of left.judged) {
    const announced = waiting.get(keyOf(transition))?.pop();
    if (announced === undefined) unpaired.push(transition);
    else pairs.push({ announced, transition });
  }
  const taken = new Set(pairs.map(({ announced }) => announced));
  left.announced = left.announced.filter((one) => !taken.has(one));
  left.judged = unpaired;
  return pairs;
}

function withdrawals<T extends Transition>(
  announced: readonly AnnouncedTransition[],
  judged: readonly T[],
  stateBefore: AlarmState,
): Correction<T>[] {
  let state = stateBefore;
  let next = 0;
  return announced.map((one) => {
    for (; next < judged.length && (judged[next] as T).at <= one.at; next++) state = (judged[next] as T).to;
    return { kind: 'withdrawn' as const, announced: one, state };
  });
}
