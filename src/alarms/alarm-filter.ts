import { type AccountScope, coversAll } from '../access/scope.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { AlarmFilter } from './alarm.inputs.js';
import type { FeedChange, SupersededChange } from './alarm-change.store.js';
import { placeOf } from './alarm-place.js';

/** Which changes somebody wants to hear of. */
export interface ChangeFilter {
  readonly filter?: AlarmFilter | null | undefined;
  /** Only from one of these states; null or left out: from any. */
  readonly fromStates?: readonly AlarmState[] | null | undefined;
  readonly toStates?: readonly AlarmState[] | null | undefined;
}

/**
 * Whether a reader hears of a change: it covers all accounts that the alarm saw then, and asked for such changes. Whoever
 * heard of a change hears of what corrects it, whatever the correction is, and whatever became of the alarm meanwhile.
 */
export function hears(scope: AccountScope, wanted: ChangeFilter, change: FeedChange): boolean {
  if (!coversAll(scope, change.accountIds)) return false;
  return [change, ...change.superseded].some((one) => coversAll(scope, one.accountIds) && fits(wanted, one));
}

function fits(wanted: ChangeFilter, change: SupersededChange): boolean {
  return isOfAlarm(wanted.filter ?? {}, change) && isBetween(wanted, change.previousState, change.state);
}

function isOfAlarm(filter: AlarmFilter, { definition, accountIds }: SupersededChange): boolean {
  const { alarmName, tags } = definition;
  return (
    (filter.names?.includes(alarmName) ?? true) &&
    (!filter.namePrefix || alarmName.startsWith(filter.namePrefix)) &&
    (filter.origins?.includes('CROSSTRAIL') ?? true) &&
    (filter.accountIds?.some((accountId) => accountIds?.includes(accountId) ?? true) ?? true) &&
    (filter.regions?.some((region) => region === placeOf(definition).region) ?? true) &&
    (filter.tags?.every(({ key, value }) => Object.hasOwn(tags, key) && (value == null || tags[key] === value)) ?? true)
  );
}

function isBetween({ filter, fromStates, toStates }: ChangeFilter, from: AlarmState, to: AlarmState): boolean {
  return (
    (filter?.states?.includes(to) ?? true) && (fromStates?.includes(from) ?? true) && (toStates?.includes(to) ?? true)
  );
}
