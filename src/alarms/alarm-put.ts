import { isDeepStrictEqual } from 'node:util';
import { type AccountScope, coversAll } from '../access/scope.js';
import type { WatchedMetric } from '../metrics/metric-watch.service.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { conflict } from '../platform/errors.js';
import type { AlarmRow } from './alarm.store.js';
import type { AlarmDefinition } from './alarm-definition.js';
import { queriesOf } from './compiled-alarm.js';
import { type JudgingTimes, judgedPart, nextJudging } from './judging-times.js';

/** An alarm that is to be as it is defined, and the one that has its name already. */
export interface AlarmPut {
  readonly definition: AlarmDefinition;
  readonly known: AlarmRow | null;
}

/**
 * @param pack what it is installed with; null: nothing
 * @throws CONFLICT where its name is another's
 */
export function requireFree({ definition, known }: AlarmPut, scope: AccountScope, pack: string | null): void {
  if (known === null) return;
  const { alarmName, alarmType } = definition;
  if (!coversAll(scope, known.accountIds)) {
    throw conflict(`the name "${alarmName}" is taken by an alarm that this token does not cover`);
  }
  requireOwn(known);
  if (pack !== null && known.pack !== pack) {
    throw conflict(`the name "${alarmName}" is taken by an alarm that was not installed with ${pack}: delete it first`);
  }
  if (known.type === alarmType) return;
  const kind = known.type === 'METRIC' ? 'metric' : 'composite';
  throw conflict(`the name "${alarmName}" is taken by a ${kind} alarm`);
}

/** @throws CONFLICT for one that is CloudWatch's own */
export function requireOwn({ name, origin }: AlarmRow): void {
  if (origin !== 'CROSSTRAIL') throw conflict(`alarm "${name}" is one of CloudWatch: change it there`);
}

/** Whether there is nothing to do. */
export function isSame({ definition, known }: AlarmPut, pack: string | null): boolean {
  return known !== null && (pack === null || known.pack === pack) && isDeepStrictEqual(known.definition, definition);
}

/** Whether it comes to see other accounts than it did. */
export function isMoved({ definition, known }: AlarmPut): boolean {
  return known !== null && !isDeepStrictEqual(known.accountIds, definition.accountIds);
}

/** How it is judged from now on; null: as before. */
export function rejudging(
  definition: AlarmDefinition,
  known: AlarmRow,
  now: Date,
): Omit<JudgingTimes, 'judgedFrom'> | null {
  if (isDeepStrictEqual(judgedPart(known.definition), judgedPart(definition))) return null;
  return nextJudging(definition, known.judgedThrough, now);
}

/** A target that an alarm names. */
export interface NamedAction {
  readonly definition: AlarmDefinition;
  readonly state: AlarmState;
  readonly target: string;
  /** Such as `alarmActions[0]`. */
  readonly argument: string;
  readonly place: number;
}

const actionLists = [
  ['ALARM', 'alarmActions'],
  ['OK', 'okActions'],
  ['INSUFFICIENT_DATA', 'insufficientDataActions'],
] as const;

export function actionsOf(definition: AlarmDefinition): NamedAction[] {
  return actionLists.flatMap(([state, list]) =>
    definition[list].map((target, place) => ({ definition, state, target, argument: `${list}[${place}]`, place })),
  );
}

/** The metrics that it reads. */
export function watchedBy(definition: AlarmDefinition): WatchedMetric[] {
  if (definition.alarmType === 'COMPOSITE') return [];
  return queriesOf(definition).flatMap(({ metricStat }) => {
    if (metricStat === null) return [];
    const { dimensions, ...metric } = metricStat.metric;
    return [{ ...metric, dimensions: Object.fromEntries(dimensions.map(({ name, value }) => [name, value])) }];
  });
}
