import { type AlarmRule, decidingAlarms, evaluateAlarmRule } from '../patterns/alarm-rule/alarm-rule.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { AlarmPlace } from './alarm-arn.js';
import type { Transition } from './alarm-timeline.js';

/** What is known of an alarm that a rule names. Times in milliseconds since 1970 UTC. */
export interface ChildTimeline {
  readonly name: string;
  readonly place: AlarmPlace;
  /** The state that it is in, also where that was set by hand. */
  readonly state: AlarmState;
  /** Before the first of its changes. */
  readonly stateBefore: AlarmState;
  /** In the order of time: when windows end, and when it happened, which is before where it was known then. */
  readonly changes: readonly { readonly at: number; readonly happenedAt: number; readonly state: AlarmState }[];
}

/** A child, as a reason names it. */
export interface NamedChild {
  readonly name: string;
  readonly place: AlarmPlace;
  readonly state: AlarmState;
  /** Null: it was never in another state. */
  readonly since: number | null;
}

/** A change of state of a composite alarm, with the children that decided it. */
export interface CompositeTransition extends Transition {
  readonly triggering: readonly NamedChild[];
  /** The child whose change caused it; null where none changed then. */
  readonly cause: NamedChild | null;
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
    children.map(({ name, place, stateBefore }): [string, NamedChild] => [
      name,
      { name, place, state: stateBefore, since: null },
    ]),
  );
  const changes = children
    .flatMap(({ name, place, changes: all }) => all.map((change) => ({ ...change, name, place })))
    .sort((one, other) => one.at - other.at);
  const looked = [...new Set([...times, ...changes.map(({ at }) => at)])]
    .filter((at) => at >= from && at <= to)
    .sort((one, other) => one - other);
  const stateOf = (name: string): AlarmState => now.get(name)?.state ?? 'INSUFFICIENT_DATA';
  const transitions: CompositeTransition[] = [];
  let state = before;
  let next = 0;
  for (const at of looked) {
    const changed: NamedChild[] = [];
    for (; (changes[next]?.at ?? Number.POSITIVE_INFINITY) <= at; next++) {
      const change = changes[next] as (typeof changes)[number];
      const { name, place, state: changedTo, happenedAt } = change;
      const child = { name, place, state: changedTo, since: happenedAt };
      now.set(name, child);
      if (change.at === at) changed.push(child);
    }
    const judged: AlarmState = evaluateAlarmRule(rule, stateOf) ? 'ALARM' : 'OK';
    if (judged === state) continue;
    const triggering = decidingAlarms(rule, stateOf).flatMap((name) => now.get(name) ?? []);
    const cause = changed.findLast(({ name }) => triggering.some((one) => one.name === name)) ?? null;
    transitions.push({ at, from: state, to: judged, triggering, cause });
    state = judged;
  }
  return { transitions, state };
}

/** What a rule says of the states that its children are in now, and a child whose state was set by hand, if one was. */
export function stateNow(
  rule: AlarmRule,
  children: readonly ChildTimeline[],
): { readonly state: AlarmState; readonly set: ChildTimeline | null } {
  const states = new Map(children.map(({ name, state }) => [name, state]));
  const set = children.find(({ state, stateBefore, changes }) => state !== (changes.at(-1)?.state ?? stateBefore));
  return { state: stateBy(rule, states), set: set ?? null };
}

/** What a rule says of the states that its children had before a time. */
export function stateByRule(rule: AlarmRule, children: readonly ChildTimeline[], before: number): AlarmState {
  const states = new Map(
    children.map(({ name, stateBefore, changes }) => [
      name,
      changes.filter(({ at }) => at < before).at(-1)?.state ?? stateBefore,
    ]),
  );
  return stateBy(rule, states);
}

function stateBy(rule: AlarmRule, states: ReadonlyMap<string, AlarmState>): AlarmState {
  return evaluateAlarmRule(rule, (name) => states.get(name) ?? 'INSUFFICIENT_DATA') ? 'ALARM' : 'OK';
}
