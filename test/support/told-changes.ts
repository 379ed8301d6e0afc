import { randomUUID } from 'node:crypto';
import type { NewChange } from '../../src/alarms/alarm-change.store.js';
import { minuteMs } from '../../src/lib/time.js';
import { noon } from './events.js';
import type { PlantedAlarm } from './planted-alarms.js';

let made = 0;

/** A change of an alarm, a minute after the one that was made before. */
export function toldChange(alarm: PlantedAlarm, more: Partial<NewChange> = {}): NewChange {
  const at = noon + ++made * minuteMs;
  return {
    id: randomUUID(),
    alarmId: alarm.id,
    definitionId: alarm.definitionId,
    definition: alarm.definition,
    accountIds: alarm.definition.accountIds,
    ...{ evaluatedAt: at, timestamp: at, detectedAt: at },
    ...{ previousState: 'OK', state: 'ALARM', stateReason: 'it breaches', stateReasonData: null },
    ...{ revision: 1, supersedes: null, isSet: false },
    ...more,
  };
}

export const idsOf = (changes: readonly { readonly id: string }[]) => changes.map(({ id }) => id);
