import type { EventKey, RecordPlace } from '../events/event-trail.port.js';
import type { CursorCodec } from '../lib/cursor.js';
import { badInput } from '../platform/errors.js';
import { decodeCursor } from '../platform/graphql/connection.js';
import { type Phase, phases } from './related-stretches.js';

const cursorKind = 'relatedEvents';

/** Where a reader of related events stands. */
export interface RelatedPlace {
  readonly pinnedAt: string;
  readonly phase: Phase;
  readonly key: EventKey;
  /**
   * The causes so far that brought an actor: from them it is known who is followed, however many others were read. The
   * values themselves would make a cursor too long.
   */
  readonly sources: readonly RecordPlace[];
}

export function encodePlace(cursors: CursorCodec, { pinnedAt, phase, key, sources }: RelatedPlace): string {
  const places = sources.map(({ batchId, ordinal }) => `${BigInt(batchId).toString(36)}.${ordinal.toString(36)}`);
  return cursors.encode(cursorKind, [pinnedAt, phase, key.eventTime, key.eventId, key.accountId, places.join(' ')]);
}

/** @throws BAD_USER_INPUT for what is no cursor of this list */
export function decodePlace(cursors: CursorCodec, after: string | null | undefined): RelatedPlace | null {
  const payload = decodeCursor(cursors, cursorKind, after);
  if (payload === null) return null;
  const [pinnedAt, phase, eventTime, eventId, accountId, places] = payload;
  if (
    typeof pinnedAt !== 'string' ||
    (phase !== phases.causes && phase !== phases.actors) ||
    typeof eventTime !== 'number' ||
    typeof eventId !== 'string' ||
    typeof accountId !== 'string' ||
    typeof places !== 'string'
  ) {
    throw badInput('after', 'is a cursor of another version; begin again without it');
  }
  return { pinnedAt, phase, key: { eventTime, eventId, accountId }, sources: sourcesOf(places) };
}

function sourcesOf(places: string): RecordPlace[] {
  if (places === '') return [];
  return places.split(' ').map((place) => {
    const [batchId = '', ordinal = ''] = place.split('.');
    return { batchId: String(Number.parseInt(batchId, 36)), ordinal: Number.parseInt(ordinal, 36) };
  });
}
