import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { Database } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { type Connection, decodeCursor, pageSize } from '../platform/graphql/connection.js';
import type { Event } from './event.entity.js';
import type { EventArgs, EventCountsArgs, EventFilter, EventOrder, EventsArgs } from './event.inputs.js';
import { type CountRow, countByKey } from './event-count.store.js';
import { selectEvents } from './event-filter.js';
import { countEvents, currentPosition, type EventKey, type EventScan, findEvent } from './event-search.store.js';
import { type EventTrail, eventKey } from './event-trail.port.js';
import { openTrail } from './event-trail.service.js';
import { readerAt, walkEvents } from './event-walk.js';
import { readRecords } from './record.store.js';
import { recordTestOf } from './record-test.js';
import { SearchBudget } from './text-search.js';
import { countMatches, type Found, type Matched } from './text-search.service.js';

const cursorKind = 'event';
const maxDimensions = 4;
const maxBuckets = 10_000;
const maxTop = 1000;

/** Reads of stored events. */
export interface EventService {
  find(scope: AccountScope, args: EventArgs): Promise<Event | null>;
  /** @param budget of the request, for `filter.search` and `filter.pattern` */
  page(scope: AccountScope, args: EventsArgs, budget?: SearchBudget): Promise<Connection<Event>>;
  counts(scope: AccountScope, args: EventCountsArgs): Promise<CountRow[]>;
  /** How many events a filter finds by reading records, and the newest of them; as far as the budget goes. */
  match(scope: AccountScope, filter: EventFilter, examples: number, budget: SearchBudget): Promise<Matched>;
  /**
   * What goes through events step by step; see {@link EventTrail}.
   *
   * @param pinnedAt the position of a trail to go on with; null for a new one
   */
  trail(scope: AccountScope, pinnedAt: string | null, budget: SearchBudget): Promise<EventTrail>;
  /** The bytes of records, in the order of the events. The events were read under a scope already. */
  records(events: readonly Event[]): Promise<Buffer[]>;
}

export function createEventService({ database, cursors }: { database: Database; cursors: CursorCodec }): EventService {
  async function walk(scan: EventScan, budget: SearchBudget): Promise<Found> {
    const sql = await readerAt(database, scan.pinnedAt, budget.signal);
    return walkEvents(sql, scan, recordTestOf(scan.selection), budget);
  }

  async function page(scope: AccountScope, args: EventsArgs, budget = new SearchBudget()): Promise<Connection<Event>> {
    const direction = directionOf(args);
    const selection = selectEvents(scope, args.filter);
    const place = parsePlace(
      decodeCursor(cursors, cursorKind, direction.cursor, direction.argument),
      direction.argument,
    );
    const pinnedAt = place?.pinnedAt ?? (await currentPosition(database.reads));
    const order = direction.isBackward ? reversed(args.orderBy) : args.orderBy;
    const scan = { selection, order, after: place?.key ?? null, pinnedAt, limit: direction.size + 1 };
    const walked = await walk(scan, budget);
    const cursorOf = (key: EventKey) =>
      cursors.encode(cursorKind, [pinnedAt, key.eventTime, key.eventId, key.accountId]);
    return assemble(walked, direction, place !== null, cursorOf, async () => {
      const field = recordFieldOf(args.filter);
      if (field) throw new CrosstrailError('COST_EXCEEDED', `totalCount cannot be had together with ${field}`);
      return countEvents(await readerAt(database, pinnedAt, budget.signal), selection, pinnedAt);
    });
  }

  return {
    page,
    trail: (scope, pinnedAt, budget) => openTrail(database, scope, pinnedAt, budget),
    async match(scope, filter, examples, budget) {
      const selection = selectEvents(scope, filter);
      const pinnedAt = await currentPosition(database.reads);
      const scan: EventScan = { selection, order: 'NEWEST_FIRST', after: null, pinnedAt, limit: examples };
      const sql = await readerAt(database, pinnedAt, budget.signal);
      return countMatches(sql, scan, recordTestOf(selection) ?? (() => true), budget);
    },
    async find(scope, { eventID, accountId }) {
      if (!isUuid(eventID)) return null;
      const filter: EventFilter = accountId ? { accountIds: [accountId] } : {};
      return findEvent(database.reads, selectEvents(scope, filter), eventID);
    },
    async counts(scope, args) {
      checkCounts(args);
      const rows = await countByKey(database.reads, {
        selection: selectEvents(scope, args.filter),
        groupBy: args.groupBy,
        interval: args.interval ?? null,
        top: args.top ?? null,
        limit: maxBuckets + 1,
      });
      if (rows.length > maxBuckets) {
        throw new CrosstrailError(
          'COST_EXCEEDED',
          `the answer would have more than ${maxBuckets} buckets: shorten filter.eventTime, lengthen interval, or give top`,
        );
      }
      return rows;
    },
    async records(events) {
      const latest = events.reduce((max, { position }) => (BigInt(position) > BigInt(max) ? position : max), '0');
      return readRecords(await readerAt(database, latest), events);
    },
  };
}

interface Direction {
  readonly isBackward: boolean;
  readonly size: number;
  readonly cursor: string | null | undefined;
  readonly argument: 'after' | 'before';
}

function directionOf({ first, after, last, before }: EventsArgs): Direction {
  const isBackward = isGiven(last) || isGiven(before);
  if (isBackward && (isGiven(first) || isGiven(after))) {
    throw badInput(
      isGiven(last) ? 'last' : 'before',
      'goes with `before`, not with `first` or `after`: read one way at a time',
    );
  }
  return isBackward
    ? { isBackward, size: pageSize(last, 'last'), cursor: before, argument: 'before' }
    : { isBackward, size: pageSize(first), cursor: after, argument: 'after' };
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function parsePlace(
  payload: readonly (string | number | null)[] | null,
  argument: string,
): { pinnedAt: string; key: EventKey } | null {
  if (!payload) return null;
  const [pinnedAt, eventTime, eventId, accountId] = payload;
  if (
    typeof pinnedAt !== 'string' ||
    typeof eventTime !== 'number' ||
    typeof eventId !== 'string' ||
    typeof accountId !== 'string'
  ) {
    throw badInput(argument, 'is a cursor of another version; begin again without it');
  }
  return { pinnedAt, key: { eventTime, eventId, accountId } };
}

function assemble(
  { events, stoppedAt }: Found,
  { isBackward, size }: Direction,
  hasCursor: boolean,
  cursorOf: (key: EventKey) => string,
  totalCount: () => Promise<number>,
): Connection<Event> {
  const isMore = events.length > size || stoppedAt !== null;
  const nodes = events.slice(0, size);
  if (isBackward) nodes.reverse();
  const edges = nodes.map((node) => ({ cursor: cursorOf(eventKey(node)), node }));
  const farEnd = stoppedAt ? cursorOf(stoppedAt) : null;
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: isBackward ? hasCursor : isMore,
      hasPreviousPage: isBackward ? isMore : hasCursor,
      startCursor: (isBackward ? farEnd : null) ?? edges[0]?.cursor ?? null,
      endCursor: (isBackward ? null : farEnd) ?? edges.at(-1)?.cursor ?? null,
    },
    totalCount: async () => totalCount(),
  };
}

function reversed(order: EventOrder): EventOrder {
  return order === 'NEWEST_FIRST' ? 'OLDEST_FIRST' : 'NEWEST_FIRST';
}

/** The field of a filter for which records have to be read, if there is one. */
function recordFieldOf(filter: EventFilter | null | undefined): string | null {
  if (filter?.search) return 'filter.search';
  return isGiven(filter?.pattern) ? 'filter.pattern' : null;
}

function checkCounts({ filter, groupBy, top }: EventCountsArgs): void {
  const field = recordFieldOf(filter);
  if (field) throw badInput(field, 'cannot be counted by; page through `events` with it');
  if (groupBy.length > maxDimensions)
    throw badInput('groupBy', `has ${groupBy.length} dimensions; ${maxDimensions} is the most`);
  if (new Set(groupBy).size < groupBy.length) throw badInput('groupBy', 'names a dimension twice');
  if (isGiven(top) && ((top as number) < 1 || (top as number) > maxTop)) {
    throw badInput('top', `must be between 1 and ${maxTop}`);
  }
}
