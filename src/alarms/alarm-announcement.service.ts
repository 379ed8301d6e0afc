import { dayMs } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import type { ActionSuppression } from './action-suppression.js';
import type { AlarmAnnouncement, PreviousState } from './alarm-announcement.port.js';
import { type ChangedAlarm, readChangedAlarms } from './alarm-announcement.store.js';
import type { AlarmChange } from './alarm-change.port.js';

/** A change that is to be told. */
export interface ToldChange {
  readonly change: AlarmChange;
  readonly suppression: ActionSuppression | null;
}

/** For so long at least changes are kept: a younger alarm of which there is no earlier one has had none. */
const keptMs = 14 * dayMs;

/**
 * Reads what messages of changes tell besides. The changes themselves may be written before or after.
 *
 * @param told of each alarm in the order in which its changes follow each other
 * @returns in the same order, without those of alarms that are gone
 */
export async function announcementsOf(sql: Sql, told: readonly ToldChange[]): Promise<AlarmAnnouncement[]> {
  if (told.length === 0) return [];
  const alarms = await readChangedAlarms(
    sql,
    told.map(({ change }) => change),
  );
  const earlier = new Map<string, AlarmChange>();
  return alarms.map((alarm) => {
    const { change, suppression } = told[alarm.index] as ToldChange;
    const { accountId, region, reachId, configuredAt } = alarm;
    const previous = previousOf(change, alarm, earlier.get(change.alarmId) ?? null);
    earlier.set(change.alarmId, change);
    return { change, place: { accountId, region }, configuredAt, reachId, previous, suppression };
  });
}

/** The newer of what is stored and what is told just now, if it led to the state from which the change goes, and may be told. */
function previousOf(change: AlarmChange, alarm: ChangedAlarm, told: AlarmChange | null): PreviousState | null {
  const { before, createdAt } = alarm;
  if (told !== null && told.evaluatedAt >= (before?.evaluatedAt ?? 0) && told.evaluatedAt <= change.evaluatedAt) {
    const { stateReason: reason, stateReasonData: reasonData, timestamp, state } = told;
    return state === change.previousState ? { reason, reasonData, timestamp } : null;
  }
  if (before !== null) {
    const { reason, reasonData, timestamp, state, isWithinReach } = before;
    return isWithinReach && state === change.previousState ? { reason, reasonData, timestamp } : null;
  }
  const isFirst = change.previousState === 'INSUFFICIENT_DATA' && change.detectedAt - createdAt < keptMs;
  return isFirst ? { reason: 'Unchecked: Initial alarm creation', reasonData: null, timestamp: createdAt } : null;
}
