import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import { decodeCursor, pageSize } from '../platform/graphql/connection.js';
import type { Event, EventFeed } from './event.entity.js';
import type { EventFeedArgs } from './event.inputs.js';
import { type FeedPosition, nextSpan, positionBefore, readSpan, wholeBatch } from './event-feed.store.js';
import { type EventSelection, selectEvents } from './event-filter.js';
import { currentPosition } from './event-search.store.js';
import { readRecords } from './record.store.js';
import { containsText, SearchBudget } from './text-search.js';

const cursorKind = 'feed';
const beginning: FeedPosition = { position: '0', ordinal: wholeBatch };

/** A filter that finds little reads at most so many pages of rows before it answers, and goes on in the next request. */
const maxReads = 20;
const searchStep = 1000;

interface Step {
  readonly events: readonly Event[];
  readonly place: FeedPosition;
}

/** Events in the order of arrival: a reader that follows the cursor sees each exactly once. */
export interface EventFeedService {
  /** @param budget of the request, for `filter.search` */
  read(scope: AccountScope, args: EventFeedArgs, budget?: SearchBudget): Promise<EventFeed>;
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

  /** One step: what the next span has for this reader, at most `wanted` events, and the place behind them. */
  async function step(selection: EventSelection, place: FeedPosition, wanted: number): Promise<Step | null> {
    const span = await nextSpan(database.reads, place);
    if (!span) return null;
    const { search } = selection.filter;
    const limit = search ? searchStep : wanted;
    const rows = await readSpan(database.reads, span, place, selection, limit);
    const found = search ? await matching(rows, search) : rows;
    const events = found.slice(0, wanted);
    const last = (events.length < found.length ? events : rows).at(-1);
    const isSpanDone = events.length === found.length && rows.length < limit;
    return { events, place: isSpanDone || !last ? { position: span.last, ordinal: wholeBatch } : placeOf(last) };
  }

  async function matching(rows: readonly Event[], search: string): Promise<Event[]> {
    const records = await readRecords(database.reads, rows);
    return rows.filter((_, index) => containsText(records[index] as Buffer, search));
  }

  return {
    async read(scope, args, budget = new SearchBudget()) {
      const wanted = pageSize(args.first);
      const selection = selectEvents(scope, args.filter);
      if (selection.filter.search) budget.require();
      const end = await currentPosition(database.reads);
      const events: Event[] = [];
      let place = await start(args);
      let hasMore = true;
      for (let reads = 0; reads < maxReads && events.length < wanted && hasMore; reads++) {
        if (selection.filter.search) budget.spend(searchStep);
        const next = await step(selection, place, wanted - events.length);
        events.push(...(next?.events ?? []));
        place = next?.place ?? place;
        hasMore = next !== null && isBefore(place, end);
      }
      return { events, endCursor: cursors.encode(cursorKind, [place.position, place.ordinal]), hasMore };
    },
  };
}

function isBefore({ position, ordinal }: FeedPosition, end: string): boolean {
  return BigInt(position) < BigInt(end) || (position === end && ordinal !== wholeBatch);
}

function placeOf({ position, ordinal }: Event): FeedPosition {
  return { position, ordinal };
}
