import { type AlarmRule, decidingAlarms, evaluateAlarmRule } from '../patterns/alarm-rule/alarm-rule.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Transition } from './alarm-timeline.js';

/** What is known of an alarm that a rule names. Times in milliseconds since 1970 UTC. */
export interface ChildTimeline {
  readonly name: string;
  /** Before the first of its changes. */
  readonly stateBefore: AlarmState;
  /** In the order of time. */
  readonly changes: readonly { readonly at: number; readonly state: AlarmState }[];
}

/** A change of state of a composite alarm, with the children that decided it. */
export interface CompositeTransition extends Transition {
  readonly triggering: readonly { readonly name: string; readonly state: AlarmState; readonly since: number | null }[];
  /** The child whose change caused it; null where none changed then. */
  readonly cause: { readonly name: string; readonly state: AlarmState } | null;
}

/**
 * The states of a composite alarm over a time: what its rule says of its children's states, at each of their changes.
 *
 * @param times when to look besides: in any order
 * @param before its state before the first
 */
export function judgeRule(
  rule: AlarmRule,
  children: readonly ChildTimeline[],
  { from, to, times }: { readonly from: number; readonly to: number; readonly times: readonly number[] },
  before: AlarmState,
): { readonly transitions: readonly CompositeTransition[]; readonly state: AlarmState } {
  const now = new Map(
    children.map((child) => [child.name, { state: child.stateBefore, since: null as number | null }]),
  );
  const changes = children
    .flatMap(({ name, changes: all }) => all.map((change) => ({ ...change, name })))
    .sort((one, other) => one.at - other.at);
  const looked = [...new Set([...times, ...changes.map(({ at }) => at)])]
    .filter((at) => at >= from && at <= to)
    .sort((one, other) => one - other);
  const stateOf = (name: string): AlarmState => now.get(name)?.state ?? 'INSUFFICIENT_DATA';
  const transitions: CompositeTransition[] = [];
  let state = before;
  let next = 0;
  for (const at of looked) {
    const changed: { readonly name: string; readonly state: AlarmState }[] = [];
    for (; (changes[next]?.at ?? Number.POSITIVE_INFINITY) <= at; next++) {
      const change = changes[next] as (typeof changes)[number];
      now.set(change.name, { state: change.state, since: change.at });
      if (change.at === at) changed.push({ name: change.name, state: change.state });
    }
    const judged: AlarmState = evaluateAlarmRule(rule, stateOf) ? 'ALARM' : 'OK';
    if (judged === state) continue;
    const triggering = decidingAlarms(rule, stateOf).map((name) => ({
      name,
      state: stateOf(name),
      since: now.get(name)?.since ?? null,
    }));
    const cause = changed.findLast(({ name }) => triggering.some((one) => one.name === name)) ?? null;
    transitions.push({ at, from: state, to: judged, triggering, cause });
    state = judged;
  }
  return { transitions, state };
}

/** What a rule says of the states that its children had before a time. */
export function stateByRule(rule: AlarmRule, children: readonly ChildTimeline[], before: number): AlarmState {
  const states = new Map(
    children.map(({ name, stateBefore, changes }) => [
      name,
      changes.filter(({ at }) => at < before).at(-1)?.state ?? stateBefore,
    ]),
  );
  return evaluateAlarmRule(rule, (name) => states.get(name) ?? 'INSUFFICIENT_DATA') ? 'ALARM' : 'OK';
}
