import { type AccountScope, coversAll } from '../access/scope.js';
import { parseAlarmRule } from '../patterns/alarm-rule/parse-alarm-rule.js';
import type { Sql } from '../platform/database/database.js';
import { badInput, conflict } from '../platform/errors.js';
import type { AlarmRow } from './alarm.store.js';
import { findCycle } from './alarm-cycle.js';
import type { CompositeAlarmDefinition } from './alarm-definition.js';
import { reaches } from './alarm-reach.js';
import * as store from './alarm-tree.store.js';

/** Sources: PutCompositeAlarm, Amazon CloudWatch API Reference. That of links bounds the search for cycles. */
const most = { parents: 150, links: 100_000 };

/** A composite alarm as it was written, and what it is to be made of from now on. */
interface Composite {
  readonly id: string;
  readonly definition: CompositeAlarmDefinition;
}

/**
 * Has composite alarms be made of the alarms that they name, in a transaction that holds the lock of alarms.
 *
 * @param path what stands before the names of arguments
 * @throws BAD_USER_INPUT for an alarm that does not exist for the scope, or that sees accounts which the composite does not;
 *   CONFLICT for alarms that would depend on themselves
 */
export async function plantComposites(
  sql: Sql,
  scope: AccountScope,
  composites: readonly Composite[],
  path: string,
): Promise<void> {
  if (composites.length === 0) return;
  const named = composites.flatMap(({ id, definition }) => namedBy(id, definition));
  const found = new Map(
    (await store.findChildren(sql, [...new Set(named.map(({ name }) => name))])).map((child) => [child.name, child]),
  );
  const links = named.map(({ parentId, reach, name, isSuppressor }) => {
    const argument = path + (isSuppressor ? 'actionsSuppressor' : 'alarmRule');
    const child = found.get(name);
    if (child === undefined || !coversAll(scope, child.accountIds)) {
      throw badInput(argument, `there is no alarm "${name}"`);
    }
    if (!reaches(reach, child.accountIds)) throw badInput(argument, beyond(name));
    return { parentId, childId: child.id, isSuppressor };
  });
  const ids = composites.map(({ id }) => id);
  await store.replaceChildren(sql, ids, links);
  const crowded = await store.findCrowdedChild(sql, ids, most.parents);
  if (crowded !== null) throw conflict(`more than ${most.parents} composite alarms would use alarm "${crowded}"`);
  await refuseCycles(sql, ids);
}

function namedBy(parentId: string, definition: CompositeAlarmDefinition) {
  const { accountIds: reach, alarmRule, actionsSuppressor } = definition;
  const children = parseAlarmRule(alarmRule).children.map((name) => ({ parentId, reach, name, isSuppressor: false }));
  if (actionsSuppressor === null) return children;
  return [...children, { parentId, reach, name: actionsSuppressor, isSuppressor: true }];
}

async function refuseCycles(sql: Sql, ids: readonly string[]): Promise<void> {
  const links = await store.readLinksBelow(sql, ids, most.links);
  const cycle = findCycle(links);
  if (cycle !== null) throw conflict(`alarms may not depend on themselves: ${shortened(cycle).join(' → ')}`);
  if (links.length === most.links) throw conflict('composite alarms would depend on too many others: use fewer levels');
}

/** So that an answer stays short, however long the way is. */
function shortened(names: readonly string[]): readonly string[] {
  return names.length <= 10 ? names : [...names.slice(0, 5), '…', ...names.slice(-4)];
}

/**
 * Whoever sees a composite alarm may see what it is made of: its alarms cannot come to see more than it does.
 *
 * @param alarms as they are now
 */
export async function requireParentsReach(sql: Sql, alarms: readonly AlarmRow[], path: string): Promise<void> {
  const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]));
  const parents = await store.findParents(
    sql,
    alarms.map(({ id }) => id),
  );
  const isShort = parents.some(
    ({ childName, accountIds }) => !reaches(accountIds, byName.get(childName)?.accountIds ?? null),
  );
  if (isShort)
    throw badInput(`${path}accountIds`, 'composite alarms that use this one do not see all of these accounts');
}

/** @throws CONFLICT where a composite alarm that stays is made of one of them */
export async function requireUnused(sql: Sql, scope: AccountScope, alarms: readonly AlarmRow[]): Promise<void> {
  const ids = new Set(alarms.map(({ id }) => id));
  const left = (await store.findParents(sql, [...ids])).filter(({ parentId }) => !ids.has(parentId));
  const [seen = left[0]] = left.filter(({ accountIds }) => coversAll(scope, accountIds));
  if (seen === undefined) return;
  const who = coversAll(scope, seen.accountIds) ? `composite alarm "${seen.parentName}"` : 'a composite alarm';
  throw conflict(`${who} uses alarm "${seen.childName}": take it from there first`);
}

function beyond(name: string): string {
  return `alarm "${name}" sees accounts that this one does not: give this one more accountIds`;
}
