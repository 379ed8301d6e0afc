import type { Event } from './event.entity.js';
import type { EventFilter, EventOrder } from './event.inputs.js';
import type { Actors } from './event-actors.port.js';
import type { EventKey } from './event-search.store.js';
import type { RecordPlace } from './record-matcher.js';
import type { RecordTest } from './record-test.js';
import type { Found } from './text-search.service.js';

export type { EventKey, RecordPlace, RecordTest };

/** Which events a trail is to give, and where it goes on. */
export interface TrailStep {
  readonly filter: EventFilter;
  /** Null: whoever it was. */
  readonly actors: Actors | null;
  /** What records must pass besides; null: they are not read for it. */
  readonly test: RecordTest | null;
  readonly order: EventOrder;
  /** Only what comes behind this place, in the order. */
  readonly after: EventKey | null;
  readonly limit: number;
}

/** By what the maker of an event is known. */
export interface EventIdentity extends RecordPlace {
  /** `userIdentity.type`. */
  readonly identityType: string | null;
  readonly principalArn: string | null;
  readonly sessionIssuerArn: string | null;
  readonly accessKeyId: string | null;
  readonly sourceIPAddress: string | null;
}

/** Stored events as of one position, for work that goes through them in several steps, and goes on in a later request. */
export interface EventTrail {
  /** What has arrived since is not seen. */
  readonly pinnedAt: string;
  list(step: TrailStep): Promise<Found>;
  /**
   * Who made some events; those that are out of scope, or deleted, are left out.
   *
   * @param span of event time, in milliseconds, both ends included: bounds where they are looked for
   * @returns in the order of the places
   */
  identities(
    places: readonly RecordPlace[],
    span: { readonly from: number; readonly to: number },
  ): Promise<EventIdentity[]>;
}

/** The place of an event in the total order. */
export function eventKey(event: Pick<Event, 'eventTime' | 'eventID' | 'account'>): EventKey {
  return { eventTime: event.eventTime.getTime(), eventId: event.eventID, accountId: event.account };
}
