import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import { decodeCursor, pageSize } from '../platform/graphql/connection.js';
import { selectEvents } from './event-filter.js';
import { type FeedPosition, nextSpan, positionBefore, readSpan, wholeBatch } from './event-feed.store.js';
import type { Event, EventFeed } from './event.entity.js';
import type { EventFeedArgs } from './event.inputs.js';
import { currentPosition } from './event-search.store.js';
import { readRecords } from './record.store.js';
import { containsText } from './text-search.js';

const cursorKind = 'feed';
const beginning: FeedPosition = { position: '0', ordinal: wholeBatch };

/** A filter that finds little reads at most so many pages of rows before it answers, and goes on in the next request. */
const maxReads = 20;
const searchStep = 1000;

/** Events in the order of arrival: a reader that follows the cursor sees each exactly once. */
export interface EventFeedService {
  read(scope: AccountScope, args: EventFeedArgs): Promise<EventFeed>;
}

export function createEventFeedService(deps: { database: Database; cursors: CursorCodec }): EventFeedService {
  const { database, cursors } = deps;

  async function start({ after, from }: EventFeedArgs): Promise<FeedPosition> {
    if (after && from) throw badInput('from', 'only says where to start; leave it out together with `after`');
    const payload = decodeCursor(cursors, cursorKind, after);
    if (!payload) return from ? positionBefore(database.reads, from) : beginning;
    const [position, ordinal] = payload;
    if (typeof position !== 'string' || typeof ordinal !== 'number') {
      throw badInput('after', 'is a cursor of another version; begin again without it');
    }
    return { position, ordinal };
  }

  return {
    async read(scope, args) {
      const wanted = pageSize(args.first);
      const selection = selectEvents(scope, args.filter);
      const search = selection.filter.search ?? null;
      const end = await currentPosition(database.reads);
      const events: Event[] = [];
      let place = await start(args);
      let isAtEnd = false;
      for (let reads = 0; reads < maxReads && events.length < wanted && !isAtEnd; reads++) {
        const span = await nextSpan(database.reads, place);
        if (!span) {
          isAtEnd = true;
          break;
        }
        const limit = search ? searchStep : wanted - events.length;
        const rows = await readSpan(database.reads, span, place, selection, limit);
        const found = search ? await matching(rows, search) : rows;
        const taken = found.slice(0, wanted - events.length);
        events.push(...taken);
        if (taken.length < found.length) place = placeOf(taken.at(-1) as Event);
        else if (rows.length < limit) place = { position: span.last, ordinal: wholeBatch };
        else place = placeOf(rows.at(-1) as Event);
      }
      const hasMore = !isAtEnd && (place.ordinal !== wholeBatch || BigInt(place.position) < BigInt(end));
      return { events, endCursor: cursors.encode(cursorKind, [place.position, place.ordinal]), hasMore };
    },
  };

  async function matching(rows: readonly Event[], search: string): Promise<Event[]> {
    const records = await readRecords(database.reads, rows);
    return rows.filter((_, index) => containsText(records[index] as Buffer, search));
  }
}

function placeOf({ position, ordinal }: Event): FeedPosition {
  return { position, ordinal };
}
