import type { AlarmRow } from './alarm.store.js';
import type { AlarmConfigurationChange } from './alarm-configuration-change.port.js';
import type { AlarmEvent } from './alarm-events.port.js';
import { configurationChangeForRules } from './alarm-messages.js';

/**
 * The event that tells of an alarm being made, changed or deleted.
 *
 * @param id a UUID, of the event
 * @param now when an alarm is deleted
 */
export function configurationEvent(change: AlarmConfigurationChange, id: string, now: Date): AlarmEvent {
  const { operation, before, after } = change;
  const alarm: AlarmRow = after ?? before;
  return configurationChangeForRules({
    id,
    time: (operation === 'delete' ? now : alarm.updatedAt).getTime(),
    operation,
    place: { accountId: alarm.accountId, region: alarm.region },
    definition: alarm.definition,
    configuredAt: alarm.updatedAt.getTime(),
    previous:
      operation === 'update' ? { definition: before.definition, configuredAt: before.updatedAt.getTime() } : null,
    state: { value: alarm.state, timestamp: alarm.stateUpdatedAt.getTime() },
  });
}
