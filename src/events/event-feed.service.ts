import { type AccountScope, everyAccount } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { decodeCursor, pageSize } from '../platform/graphql/connection.js';
import { chunkAddress } from './chunk-address.js';
import type { Event, EventFeed } from './event.entity.js';
import type { EventFeedArgs } from './event.inputs.js';
import {
  deletionsSince,
  type FeedPosition,
  type FeedSpan,
  nextSpan,
  positionBefore,
  readSpan,
  wholeBatch,
} from './event-feed.store.js';
import { type EventSelection, selectEvents } from './event-filter.js';
import { currentPosition } from './event-search.store.js';
import { RecordMatcher } from './record-matcher.js';
import { recordTestOf } from './record-test.js';
import { SearchBudget } from './text-search.js';

const cursorKind = 'feed';
/** What a span of batches is charged to a search at least. */
const minimumSpent = 100;
const beginning: FeedPosition = { position: '0', ordinal: wholeBatch };

/** A filter that finds little reads at most so many pages of rows before it answers, and goes on in the next request. */
const maxReads = 20;
/** Events whose records are looked at together; of a search the budget says when it answers. */
const searchStep = 5000;

interface Step {
  readonly events: readonly Event[];
  readonly place: FeedPosition;
  /** Events that were looked at. */
  readonly read: number;
}

/** A place where a reader stands, and what it knows of deletions. */
interface Start {
  readonly place: FeedPosition;
  /** Null for a reader that only begins: what is gone by now was never for it. */
  readonly epoch: string | null;
}

/** Events in the order of arrival: a reader that follows the cursor sees each exactly once. */
export interface EventFeedService {
  /** @param budget of the request, for `filter.search` and `filter.pattern` */
  read(scope: AccountScope, args: EventFeedArgs, budget?: SearchBudget): Promise<EventFeed>;
  /** The cursor behind each event of a page: whoever goes on there with the same filter sees what follows that event. */
  cursorsOf(page: EventFeed): string[];
  /** The cursor behind all that is stored now. */
  end(): Promise<string>;
}

export function createEventFeedService(deps: { database: Database; cursors: CursorCodec }): EventFeedService {
  const { database, cursors } = deps;

  function encode({ position, ordinal }: FeedPosition, epoch: string): string {
    return cursors.encode(cursorKind, [position, ordinal, epoch]);
  }

  function decode(after: string | null | undefined): { place: FeedPosition; epoch: string } | null {
    const payload = decodeCursor(cursors, cursorKind, after);
    if (!payload) return null;
    const [position, ordinal, epoch] = payload;
    if (typeof position !== 'string' || typeof ordinal !== 'number' || typeof epoch !== 'string') {
      throw badInput('after', 'is a cursor of another version; begin again without it');
    }
    return { place: { position, ordinal }, epoch };
  }

  async function start({ after, from }: EventFeedArgs): Promise<Start> {
    if (after && from) throw badInput('from', 'only says where to start; leave it out together with `after`');
    const known = decode(after);
    return known ?? { place: from ? await positionBefore(database.reads, from) : beginning, epoch: null };
  }

  /** One step: what the next span has for this reader, at most `wanted` events, and the place behind them. */
  async function step(
    sql: Sql,
    { selection, matcher }: Reading,
    place: FeedPosition,
    wanted: number,
  ): Promise<Step | null> {
    const span = await nextSpan(sql, place);
    if (!span) return null;
    const limit = matcher ? searchStep : wanted;
    // One more, to know whether the last batch of the page ends with it.
    const rows = await readSpan(sql, span, place, selection, limit + 1);
    const read = rows.slice(0, limit);
    const found = matcher ? await matcher.filter(read, chunkAddress) : read;
    const events = found.slice(0, wanted);
    const last = events.length < found.length ? read.indexOf(events.at(-1) as Event) : read.length - 1;
    return { events, place: placeBetween(rows[last], rows[last + 1], span), read: read.length };
  }

  return {
    async read(scope, args, budget = new SearchBudget()) {
      const wanted = pageSize(args.first);
      const selection = selectEvents(scope, args.filter);
      const test = recordTestOf(selection);
      if (test !== null) budget.begin();
      const { reads: sql } = database.until(budget.signal);
      const matcher = test === null ? null : new RecordMatcher(sql, test, budget.signal);
      const end = await currentPosition(sql);
      const { place: begun, epoch } = await start(args);
      const events: Event[] = [];
      let place = begun;
      let hasMore = true;
      for (let reads = 0; mayRead(reads, budget, matcher) && events.length < wanted && hasMore; reads++) {
        const next = await step(sql, { selection, matcher }, place, wanted - events.length);
        events.push(...(next?.events ?? []));
        place = next?.place ?? place;
        hasMore = next !== null && isBefore(place, end);
        // A span costs a little even if it holds nothing for this reader.
        if (matcher) budget.spend(Math.max(next?.read ?? 0, minimumSpent));
      }
      const deletions = await deletionsSince(sql, selection.scope, epoch === null ? null : begun, epoch ?? '0');
      if (deletions.haveOvertaken) throw expired();
      return { events, endCursor: encode(place, deletions.epoch), hasMore };
    },

    cursorsOf({ events, endCursor }) {
      const epoch = decode(endCursor)?.epoch ?? '0';
      return events.map((event, index) => {
        const next = events[index + 1];
        return next ? encode(placeBehind(event, next), epoch) : endCursor;
      });
    },

    async end() {
      const sql = database.reads;
      const position = await currentPosition(sql);
      const { epoch } = await deletionsSince(sql, everyAccount('only the number of the deletion is read'), null, '0');
      return encode({ position, ordinal: wholeBatch }, epoch);
    },
  };
}

interface Reading {
  readonly selection: EventSelection;
  /** Null where no records need to be read. */
  readonly matcher: RecordMatcher | null;
}

function mayRead(reads: number, budget: SearchBudget, matcher: RecordMatcher | null): boolean {
  return matcher ? budget.left > 0 : reads < maxReads;
}

function expired(): CrosstrailError {
  return new CrosstrailError(
    'CURSOR_EXPIRED',
    'after: retention has deleted events that this reader had not come to yet. What is still there is read from the ' +
      'beginning without `after`, or with `from`; what is gone is gone',
    { argument: 'after' },
  );
}

function isBefore({ position, ordinal }: FeedPosition, end: string): boolean {
  return BigInt(position) < BigInt(end) || (position === end && ordinal !== wholeBatch);
}

/**
 * The place behind an event. Behind the last one of a batch it is the end of the batch, so that what becomes of that batch
 * is nothing to the reader any more.
 */
function placeBetween(last: Event | undefined, next: Event | undefined, span: FeedSpan): FeedPosition {
  return last && next ? placeBehind(last, next) : { position: span.last, ordinal: wholeBatch };
}

function placeBehind(last: Event, next: Event): FeedPosition {
  return { position: last.position, ordinal: next.position === last.position ? last.ordinal : wholeBatch };
}
