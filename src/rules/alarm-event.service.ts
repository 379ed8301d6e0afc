import type { AlarmEvent, AlarmEvents } from '../alarms/alarm-events.port.js';
import { ownAccount } from '../deliveries/own-account.port.js';
import type { Sql } from '../platform/database/database.js';
import { defaultEventBus } from './event-bus.js';
import { type BusEvent, type EventRunDeps, EventRuns } from './event-run.service.js';

/** Events of alarms come to the default bus, as AWS's own do. A rule sees those of alarms whose whole reach lies in its own. */
export class AlarmEventRules implements AlarmEvents {
  readonly #runs: EventRuns;

  constructor(deps: EventRunDeps) {
    this.#runs = new EventRuns(deps);
  }

  publish(sql: Sql, events: readonly AlarmEvent[]): Promise<number> {
    return this.#runs.run(sql, events.map(busEventOf));
  }
}

function busEventOf({ envelope, accountIds, time }: AlarmEvent): BusEvent {
  return {
    eventBusName: defaultEventBus,
    value: envelope,
    text: () => JSON.stringify(envelope),
    accountId: envelope.account === ownAccount ? null : envelope.account,
    accountIds,
    time,
  };
}
