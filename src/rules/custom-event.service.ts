import { randomUUID } from 'node:crypto';
import type { AccountScope } from '../access/scope.js';
import { ownAccount } from '../deliveries/own-account.port.js';
import type { Database } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import { type CustomEvent, type EntryError, entryBytes, maxEntriesBytes, parseEntry } from './custom-event.js';
import { type BusEvent, type EventRunDeps, EventRuns } from './event-run.service.js';
import type { PutEventsEntry } from './rule.entity.js';
import type { PutEventsPayload, PutEventsRequestEntry } from './rule.inputs.js';

export interface CustomEventDeps extends EventRunDeps {
  readonly database: Database;
  /** What custom events say as their region. */
  readonly region: string;
  /** Called after a commit that left something to deliver. */
  readonly onDeliveries: () => Promise<void>;
}

const mostEntries = 10;

/** Events that others put: they are matched against the rules of their bus, and not stored. */
export class CustomEvents {
  readonly #runs: EventRuns;

  constructor(private readonly deps: CustomEventDeps) {
    this.#runs = new EventRuns(deps);
  }

  /** Each entry succeeds or fails by itself, but for the limits on all of them together. */
  async put(scope: AccountScope, entries: readonly PutEventsRequestEntry[]): Promise<PutEventsPayload> {
    if (entries.length === 0 || entries.length > mostEntries) {
      throw badInput('input.entries', `must be 1 to ${mostEntries} events, and are ${entries.length}`);
    }
    const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    if (bytes > maxEntriesBytes) {
      throw badInput('input.entries', `have ${bytes} bytes together; ${maxEntriesBytes} are the most`);
    }
    const parsed = entries.map((entry) => ({ entry: parseEntry(entry, scope, this.deps.now()), id: randomUUID() }));
    const events = parsed.flatMap(({ entry, id }) => (isRefused(entry) ? [] : [this.#busEvent(id, entry)]));
    const deliveries = await this.deps.database.transaction((sql) => this.#runs.run(sql, events));
    if (deliveries > 0) await this.deps.onDeliveries();
    const results = parsed.map(({ entry, id }) => resultOf(entry, id));
    return { entries: results, failedEntryCount: results.filter(({ errorCode }) => errorCode !== null).length };
  }

  #busEvent(id: string, entry: CustomEvent): BusEvent {
    const { eventBusName, detail, detailType, source, accountId, time, resources } = entry;
    const envelope = {
      version: '0',
      id,
      'detail-type': detailType,
      source,
      account: accountId ?? ownAccount,
      time: `${time.toISOString().slice(0, 19)}Z`,
      region: this.deps.region,
      resources,
    };
    return {
      eventBusName,
      value: { ...envelope, detail: JSON.parse(detail) as object },
      text: () => `${JSON.stringify(envelope).slice(0, -1)},"detail":${detail}}`,
      accountId,
      accountIds: accountId === null ? null : [accountId],
      time: time.getTime(),
    };
  }
}

function isRefused(entry: CustomEvent | EntryError): entry is EntryError {
  return 'errorCode' in entry;
}

function resultOf(entry: CustomEvent | EntryError, id: string): PutEventsEntry {
  return isRefused(entry) ? { eventId: null, ...entry } : { eventId: id, errorCode: null, errorMessage: null };
}
