import { randomUUID } from 'node:crypto';
import { everyAccount } from '../access/scope.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import { AlarmActions } from './alarm-actions.service.js';
import type { AlarmActionRun } from './alarm-announcement.port.js';
import { announcementsOf } from './alarm-announcement.service.js';
import { insertChanges, type NewChange, readChanges, readNewestChanges } from './alarm-change.store.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { AlarmEvents } from './alarm-events.port.js';
import { insertHistory } from './alarm-history.store.js';
import { stateUpdateHistory } from './alarm-history-shapes.js';
import { stateChangeForRules } from './alarm-messages.js';
import type { OutcomeChange } from './alarm-outcome.js';
import { touchAlarms } from './alarm-pass.store.js';
import { readParents } from './composite-alarm.store.js';

/** An alarm whose state changed, as it is in hand. */
export interface TellingAlarm {
  readonly id: string;
  readonly definitionId: string;
  readonly definition: AlarmDefinition;
  readonly accountIds: readonly string[] | null;
  readonly actionsEnabled: boolean;
}

/** What is to be told of an alarm. */
export interface Telling {
  readonly alarm: TellingAlarm;
  /** In the order of time. */
  readonly changes: readonly OutcomeChange[];
  /** Whether what caused them is no news: composite alarms must not take it for any. */
  readonly isHistory: boolean;
  /** States whose actions run now: what had held them back is over. */
  readonly released: readonly AlarmState[];
}

/** What telling has caused. */
export interface Told {
  readonly changes: number;
  readonly deliveries: number;
}

/**
 * Tells of changes in the transaction that makes them: to subscribers, to the history, to the rules, to composite alarms, and
 * to the targets of actions. As the last part of the transaction. The number of statements does not grow with the changes.
 */
export async function tellChanges(
  sql: Sql,
  events: AlarmEvents,
  tellings: readonly Telling[],
  now: Date,
): Promise<Told> {
  const told = tellings.flatMap(({ alarm, changes }) =>
    changes.map((change) => ({ alarm, outcome: change, change: newChange(alarm, change, now) })),
  );
  const actions = new AlarmActions(sql);
  await actions.add(await releasedActions(sql, tellings));
  if (told.length === 0) {
    await actions.seal();
    return { changes: 0, deliveries: actions.deliveries };
  }
  const announcements = await announcementsOf(
    sql,
    told.map(({ change, outcome }) => ({ change, suppression: outcome.suppression })),
  );
  const byId = new Map(announcements.map((announcement) => [announcement.change.id, announcement]));
  await insertHistory(
    sql,
    told.map(({ alarm, change }) => ({
      alarmId: alarm.id,
      alarmName: alarm.definition.alarmName,
      alarmType: alarm.definition.alarmType,
      accountIds: alarm.accountIds,
      timestamp: now,
      type: 'StateUpdate' as const,
      ...stateUpdateHistory(change, byId.get(change.id)?.previous ?? null),
    })),
  );
  await touchParents(sql, tellings);
  await actions.add(
    told.flatMap(({ alarm, outcome, change }) => {
      const announcement = byId.get(change.id);
      if (announcement === undefined || !alarm.actionsEnabled) return [];
      return outcome.actions.map((state) => ({ announcement, state }));
    }),
  );
  await actions.seal();
  const deliveries = await events.publish(sql, announcements.map(stateChangeForRules));
  await insertChanges(
    sql,
    told.map(({ change }) => change).sort((one, other) => one.evaluatedAt - other.evaluatedAt),
  );
  return { changes: told.length, deliveries: deliveries + actions.deliveries };
}

const scope = everyAccount('actions tell of changes to those whom the alarm names, by its own reach');

/** They tell of the newest change to the state, as it was told. */
async function releasedActions(sql: Sql, tellings: readonly Telling[]): Promise<AlarmActionRun[]> {
  const released = tellings.flatMap(({ alarm, released: states }) =>
    alarm.actionsEnabled ? states.map((state) => ({ alarmId: alarm.id, state })) : [],
  );
  if (released.length === 0) return [];
  const changes = await readNewestChanges(sql, scope, released);
  const announcements = await announcementsOf(
    sql,
    changes.map((change) => ({ change, suppression: null })),
  );
  return announcements.map((announcement) => ({ announcement, state: announcement.change.state }));
}

function newChange(alarm: TellingAlarm, change: OutcomeChange, now: Date): NewChange {
  const { evaluatedAt, previousState, state, stateReason, stateReasonData, revision, supersedes, isSet } = change;
  return {
    id: randomUUID(),
    alarmId: alarm.id,
    definitionId: alarm.definitionId,
    definition: alarm.definition,
    accountIds: alarm.accountIds,
    evaluatedAt,
    // What is judged before its period is over happened by now.
    timestamp: Math.min(evaluatedAt, now.getTime()),
    detectedAt: now.getTime(),
    previousState,
    state,
    stateReason,
    stateReasonData,
    revision,
    supersedes,
    isSet,
  };
}

/** Composite alarms are judged next, from the first time on at which their children changed, or had been told to. */
async function touchParents(sql: Sql, tellings: readonly Telling[]): Promise<void> {
  const changed = new Map(
    tellings.flatMap(({ alarm, changes, isHistory }) =>
      changes.length === 0 ? [] : [[alarm.id, { changes, isHistory }]],
    ),
  );
  const parents = await readParents(sql, [...changed.keys()]);
  if (parents.length === 0) return;
  const corrected = [...changed.values()].flatMap(({ changes }) =>
    changes.flatMap(({ supersedes }) => supersedes ?? []),
  );
  const told = corrected.length === 0 ? [] : await readChanges(sql, corrected);
  const toldAt = new Map(told.map(({ id, evaluatedAt }) => [id, evaluatedAt]));
  await touchAlarms(
    sql,
    parents.flatMap(({ parentId, childId }) => {
      const { changes, isHistory } = changed.get(childId) as { changes: readonly OutcomeChange[]; isHistory: boolean };
      // What a correction moves to a later time is wrong from the earlier one on.
      const times = changes.flatMap(({ evaluatedAt, supersedes }) => [
        evaluatedAt,
        toldAt.get(supersedes ?? '') ?? evaluatedAt,
      ]);
      const at = Math.min(...times);
      return [{ alarmId: parentId, from: at, to: at, isHistory }];
    }),
  );
}
