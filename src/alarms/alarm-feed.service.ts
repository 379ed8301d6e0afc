import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { decodeCursor, pageSize } from '../platform/graphql/connection.js';
import type { LiveMessage } from '../platform/live/live-feed.js';
import { SharedReads } from '../platform/live/shared-reads.js';
import type { AlarmFeed, AlarmStateChange } from './alarm-change.entity.js';
import {
  type FeedChange,
  positionBefore,
  readChangesAfter,
  readPosition,
  type StoredChange,
} from './alarm-change.store.js';
import { type ChangeFilter, hears } from './alarm-filter.js';
import type { AlarmFeedArgs } from './alarm-state.inputs.js';

const cursorKind = 'alarmFeed';
const atOnce = 500;
/** A filter that fits little looks at so many changes before it answers, and goes on in the next request. */
const mostLooked = 20_000;
/** The same of those who follow: they take turns with each other. */
const mostLookedInTurn = 2_000;
/** Looks that are kept for others, of so many changes each. */
const mostLooks = 8;

/** A page of the feed, each of its changes with the cursor behind it: the same object for all who hear of it. */
export interface FeedPage {
  readonly changes: readonly (LiveMessage<AlarmStateChange> & { readonly item: AlarmStateChange })[];
  readonly endCursor: string;
  readonly hasMore: boolean;
}

/** What lies behind a place, and up to where changes were deleted when that was read. */
interface Look {
  readonly rows: readonly FeedChange[];
  readonly deletedThrough: string;
}

type LookAfter = (place: string) => Promise<Look>;

/** Who reads what. */
interface Reading {
  readonly scope: AccountScope;
  readonly wanted: ChangeFilter;
  /** The place of the last change that was read. */
  readonly start: string;
  readonly first: number;
  /** Whether the reader has read before, and must not miss anything in silence. */
  readonly isResumed: boolean;
  readonly mostLooked: number;
}

/** Changes of alarms in the order of commits: a reader that follows the cursor sees each exactly once. */
export class AlarmFeedService {
  /** Many who follow stand at one place: they read together, whatever each wants to hear of. */
  readonly #looks = new SharedReads<Look>(() => performance.now(), mostLooks);
  readonly #shown = new WeakMap<FeedChange, FeedPage['changes'][number]>();

  constructor(private readonly deps: { readonly database: Database; readonly cursors: CursorCodec }) {}

  async read(scope: AccountScope, args: AlarmFeedArgs): Promise<AlarmFeed> {
    const { after, from, filter } = args;
    if (after && from) throw badInput('from', 'only says where to start; leave it out together with `after`');
    const start = after ? this.#placeOf(after) : from ? await positionBefore(this.deps.database, from) : '0';
    const first = pageSize(args.first);
    const reading = { scope, wanted: { filter }, start, first, isResumed: Boolean(after), mostLooked };
    const { changes, ...page } = await this.#follow(reading, (place) => this.#lookAfter(place));
    return { ...page, changes: changes.map(({ item }) => item) };
  }

  /**
   * What follows a cursor, for one of many who follow.
   *
   * @param version what was read for another of the same version may be handed out, see LiveReading
   * @throws BAD_USER_INPUT, CURSOR_EXPIRED
   */
  async after(
    { after, ...asked }: Pick<Reading, 'scope' | 'wanted' | 'first'> & { readonly after: string },
    version: number,
  ): Promise<FeedPage> {
    const reading = { ...asked, start: this.#placeOf(after), isResumed: true, mostLooked: mostLookedInTurn };
    return this.#follow(reading, (place) => this.#looks.read(`${version} ${place}`, () => this.#lookAfter(place)));
  }

  /** The cursor behind all that is there. */
  async end(): Promise<string> {
    return this.#cursorOf((await readPosition(this.deps.database)).position);
  }

  /** The place of the newest change. */
  async head(): Promise<string> {
    return (await readPosition(this.deps.database)).position;
  }

  async #follow(reading: Reading, lookAfter: LookAfter): Promise<FeedPage> {
    const { scope, wanted, start, first, isResumed } = reading;
    const changes: FeedPage['changes'][number][] = [];
    let place = start;
    let hasMore = true;
    let deletedThrough = '0';
    for (let looked = 0; hasMore && looked < reading.mostLooked && changes.length < first; ) {
      const look = await lookAfter(place);
      const { rows } = look;
      deletedThrough = look.deletedThrough;
      looked += rows.length;
      hasMore = rows.length === atOnce;
      for (const row of rows) {
        if (changes.length === first) {
          hasMore = true;
          break;
        }
        place = row.position;
        if (hears(scope, wanted, row)) changes.push(this.#show(row));
      }
    }
    if (isResumed) requireThere(start, deletedThrough);
    return { changes, endCursor: this.#cursorOf(place), hasMore };
  }

  async #lookAfter(place: string): Promise<Look> {
    const rows = await readChangesAfter(this.deps.database, place, atOnce);
    // Asked after they were read: what was deleted meanwhile is known then.
    const { deletedThrough } = await readPosition(this.deps.database);
    return { rows, deletedThrough };
  }

  #show(row: FeedChange): FeedPage['changes'][number] {
    const known = this.#shown.get(row);
    if (known !== undefined) return known;
    const { superseded: _superseded, ...change } = row;
    const shown = { cursor: this.#cursorOf(row.position), item: shownChange(change) };
    this.#shown.set(row, shown);
    return shown;
  }

  #placeOf(cursor: string): string {
    const [position] = decodeCursor(this.deps.cursors, cursorKind, cursor) ?? [];
    if (typeof position !== 'string') throw badInput('after', 'is a cursor of another version; begin again without it');
    return position;
  }

  #cursorOf(position: string): string {
    return this.deps.cursors.encode(cursorKind, [position]);
  }
}

/** @throws CURSOR_EXPIRED */
function requireThere(start: string, deletedThrough: string): void {
  if (BigInt(start) >= BigInt(deletedThrough)) return;
  throw new CrosstrailError(
    'CURSOR_EXPIRED',
    'after: changes that this reader had not come to were too old and have been deleted. What is still there is read ' +
      'without `after`, or with `from`',
    { argument: 'after' },
  );
}

/** A change as clients see it; its alarm is found when it is asked for. */
export function shownChange(row: StoredChange): AlarmStateChange {
  const { definition, accountIds, timestamp, detectedAt, position: _position, evaluatedAt: _at, ...change } = row;
  return {
    ...change,
    alarmName: definition.alarmName,
    accountIds: accountIds as string[] | null,
    timestamp: new Date(timestamp),
    detectedAt: new Date(detectedAt),
    definition,
  };
}
