import type { Event } from '../events/event.entity.js';
import {
  type EventIdentity,
  type EventKey,
  type EventTrail,
  eventKey,
  type RecordPlace,
} from '../events/event-trail.port.js';
import type { SearchBudget } from '../events/search-budget.service.js';
import type { Span } from '../lib/spans.js';
import type { AlarmCauses } from './alarm-causes.js';
import { RelatedActors } from './related-actors.js';
import type { EventRelation } from './related-event.entity.js';
import type { RelatedPlace } from './related-place.js';
import { phases, type Stretch } from './related-stretches.js';

/** An event of the list, and the place behind it. */
export interface RelatedEvent {
  readonly event: Event;
  readonly relation: EventRelation;
  readonly place: RelatedPlace;
}

/** A part of the list. */
export interface RelatedPart {
  readonly found: readonly RelatedEvent[];
  /** Set where the budget ended it: how far it came. */
  readonly stoppedAt: RelatedPlace | null;
}

/** Before every event of its time. */
const firstId = '00000000-0000-0000-0000-000000000000';

/** Goes through the causes of an alarm, and learns from them whom to follow; then through what those did. */
export class RelatedWalk {
  readonly #actors = new RelatedActors();
  readonly #sources: RecordPlace[] = [];
  readonly #found: RelatedEvent[] = [];
  #hasSearched = false;

  constructor(
    private readonly trail: EventTrail,
    private readonly causes: AlarmCauses,
    private readonly budget: SearchBudget,
  ) {}

  /**
   * @param stretches of the list, in its order
   * @param place behind which it goes on; null: from the beginning
   * @param limit of events
   */
  async read(stretches: readonly Stretch[], place: RelatedPlace | null, limit: number): Promise<RelatedPart> {
    if (place !== null) await this.#recall(place.sources, stretches);
    for (const stretch of stretches) {
      if (this.#found.length === limit) break;
      if (stretch.phase === phases.actors && this.#actors.isEmpty) break;
      const after = startOf(stretch, place);
      if (after === null) continue;
      const stoppedAt = await this.#readStretch(stretch, after, limit - this.#found.length);
      if (stoppedAt !== null) return { found: this.#found, stoppedAt: this.#placeAt(stretch, stoppedAt) };
    }
    return { found: this.#found, stoppedAt: null };
  }

  /** @returns how far it came, where the budget ended it */
  async #readStretch(stretch: Stretch, after: EventKey, limit: number): Promise<EventKey | null> {
    if (stretch.isBreaching) {
      // A request that could not even begin is refused by the budget itself.
      if (this.#hasSearched && this.budget.left === 0) return after;
      this.#hasSearched = true;
    }
    const { events, stoppedAt } = await this.trail.list({
      ...this.#questionOf(stretch),
      order: 'OLDEST_FIRST',
      after,
      limit,
    });
    const identities = await this.#identitiesOf(events, stretch);
    for (const event of events) {
      const identity = identities.get(keyOf(event));
      // Deleted between the two statements: what follows it is read with the next page.
      if (identity === undefined) return eventKey(event);
      const relation = stretch.phase === phases.causes ? 'CAUSE' : this.#actors.relationOf(identity);
      if (relation === 'CAUSE') this.#learn(identity);
      this.#found.push({ event, relation, place: this.#placeAt(stretch, eventKey(event)) });
    }
    return stoppedAt;
  }

  #questionOf({ phase, start, end, isBreaching }: Stretch) {
    const { filter, test } = this.causes;
    const eventTime = { from: new Date(start), to: new Date(end) };
    if (phase === phases.causes) return { filter: { ...filter, eventTime }, actors: null, test };
    // Where causes lie, those are left out: they came first.
    const isOther = (record: Buffer, accountId: string) => !test(record, accountId);
    return { filter: { eventTime }, actors: this.#actors.values, test: isBreaching ? isOther : null };
  }

  #learn(identity: EventIdentity): void {
    const { batchId, ordinal } = identity;
    if (this.#actors.add(identity)) this.#sources.push({ batchId, ordinal });
  }

  /** Learns once more what the pages before have learned. */
  async #recall(sources: readonly RecordPlace[], stretches: readonly Stretch[]): Promise<void> {
    const causes = stretches.filter(({ phase }) => phase === phases.causes);
    const span = { from: causes[0]?.start ?? 0, to: causes.at(-1)?.end ?? 0 };
    for (const identity of await this.trail.identities(sources, span)) this.#learn(identity);
  }

  async #identitiesOf(events: readonly Event[], { start, end }: Span): Promise<Map<string, EventIdentity>> {
    const identities = await this.trail.identities(events, { from: start, to: end });
    return new Map(identities.map((identity) => [keyOf(identity), identity]));
  }

  #placeAt({ phase }: Stretch, key: EventKey): RelatedPlace {
    return { pinnedAt: this.trail.pinnedAt, phase, key, sources: [...this.#sources] };
  }
}

/** Behind what a stretch begins; null where it is over. */
function startOf({ phase, start, end }: Stretch, place: RelatedPlace | null): EventKey | null {
  if (place !== null && phase < place.phase) return null;
  if (place === null || phase > place.phase || place.key.eventTime < start) {
    return { eventTime: start, eventId: firstId, accountId: '' };
  }
  return place.key.eventTime < end ? place.key : null;
}

function keyOf({ batchId, ordinal }: RecordPlace): string {
  return `${batchId}/${ordinal}`;
}
