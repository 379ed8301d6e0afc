import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { type Connection, decodeCursor, pageSize } from '../platform/graphql/connection.js';
import type { Event } from './event.entity.js';
import type { EventArgs, EventCountsArgs, EventFilter, EventOrder, EventsArgs } from './event.inputs.js';
import { type CountRow, countByKey } from './event-count.store.js';
import { type EventSelection, selectEvents } from './event-filter.js';
import { countEvents, currentPosition, type EventKey, findEvent, scanEvents } from './event-search.store.js';
import { readRecords } from './record.store.js';
import { containsText, SearchBudget } from './text-search.js';

const cursorKind = 'event';
const maxDimensions = 4;
const maxBuckets = 10_000;
const maxTop = 1000;

/** Records that a search reads together. */
const searchStep = 1000;

/** A page's walk through the order of time: which way, from where, how far. */
interface Walk {
  readonly selection: EventSelection;
  readonly order: EventOrder;
  readonly after: EventKey | null;
  readonly pinnedAt: string;
  readonly wanted: number;
}

interface Walked {
  readonly events: Event[];
  /** Set when the walk ended for want of budget: how far it came. */
  readonly stoppedAt: EventKey | null;
}

/** Reads of stored events. */
export interface EventService {
  find(scope: AccountScope, args: EventArgs): Promise<Event | null>;
  /** @param budget of the request, for `filter.search` */
  page(scope: AccountScope, args: EventsArgs, budget?: SearchBudget): Promise<Connection<Event>>;
  counts(scope: AccountScope, args: EventCountsArgs): Promise<CountRow[]>;
  /** The bytes of records, in the order of the events. The events were read under a scope already. */
  records(events: readonly Event[]): Promise<Buffer[]>;
}

export function createEventService({ database, cursors }: { database: Database; cursors: CursorCodec }): EventService {
  /** A replica may not have come as far as the traversal that a cursor goes on with; the primary has. */
  async function readerAt(position: string): Promise<Sql> {
    const replica = await currentPosition(database.reads);
    return BigInt(replica) >= BigInt(position) ? database.reads : database;
  }

  async function walk(sql: Sql, request: Walk, budget: SearchBudget): Promise<Walked> {
    const { search } = request.selection.filter;
    if (!search) return { events: await scanEvents(sql, { ...request, limit: request.wanted }), stoppedAt: null };
    return walkSearching(sql, request, search, budget);
  }

  async function page(scope: AccountScope, args: EventsArgs, budget = new SearchBudget()): Promise<Connection<Event>> {
    const direction = directionOf(args);
    const selection = selectEvents(scope, args.filter);
    const place = parsePlace(
      decodeCursor(cursors, cursorKind, direction.cursor, direction.argument),
      direction.argument,
    );
    const pinnedAt = place?.pinnedAt ?? (await currentPosition(database.reads));
    const sql = await readerAt(pinnedAt);
    const order = direction.isBackward ? reversed(args.orderBy) : args.orderBy;
    const walked = await walk(
      sql,
      {
        selection,
        order,
        after: place?.key ?? null,
        pinnedAt,
        wanted: direction.size + 1,
      },
      budget,
    );
    const cursorOf = (key: EventKey) =>
      cursors.encode(cursorKind, [pinnedAt, key.eventTime, key.eventId, key.accountId]);
    return assemble(walked, direction, place !== null, cursorOf, () => {
      if (args.filter?.search) {
        throw new CrosstrailError('COST_EXCEEDED', 'totalCount cannot be had together with filter.search');
      }
      return countEvents(sql, selection, pinnedAt);
    });
  }

  return {
    page,
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
      return readRecords(await readerAt(latest), events);
    },
  };
}

/** Walks on, step by step, until enough records hold the text or the budget is spent. */
async function walkSearching(sql: Sql, request: Walk, search: string, budget: SearchBudget): Promise<Walked> {
  budget.require();
  const events: Event[] = [];
  let after = request.after;
  while (!budget.isSpent) {
    budget.spend(searchStep);
    const candidates = await scanEvents(sql, { ...request, after, limit: searchStep });
    const records = await readRecords(sql, candidates);
    for (const [index, event] of candidates.entries()) {
      if (!containsText(records[index] as Buffer, search)) continue;
      if (events.push(event) === request.wanted) return { events, stoppedAt: null };
    }
    const last = candidates.at(-1);
    if (!last || candidates.length < searchStep) return { events, stoppedAt: null };
    after = keyOf(last);
  }
  return { events, stoppedAt: after };
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
  { events, stoppedAt }: Walked,
  { isBackward, size }: Direction,
  hasCursor: boolean,
  cursorOf: (key: EventKey) => string,
  totalCount: () => Promise<number>,
): Connection<Event> {
  const isMore = events.length > size || stoppedAt !== null;
  const nodes = events.slice(0, size);
  if (isBackward) nodes.reverse();
  const edges = nodes.map((node) => ({ cursor: cursorOf(keyOf(node)), node }));
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

function keyOf(event: Event): EventKey {
  return { eventTime: event.eventTime.getTime(), eventId: event.eventID, accountId: event.account };
}

function reversed(order: EventOrder): EventOrder {
  return order === 'NEWEST_FIRST' ? 'OLDEST_FIRST' : 'NEWEST_FIRST';
}

function checkCounts({ filter, groupBy, top }: EventCountsArgs): void {
  if (filter?.search) throw badInput('filter.search', 'cannot be counted by; page through `events` with it');
  if (groupBy.length > maxDimensions)
    throw badInput('groupBy', `has ${groupBy.length} dimensions; ${maxDimensions} is the most`);
  if (new Set(groupBy).size < groupBy.length) throw badInput('groupBy', 'names a dimension twice');
  if (isGiven(top) && ((top as number) < 1 || (top as number) > maxTop)) {
    throw badInput('top', `must be between 1 and ${maxTop}`);
  }
}
