import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { decodeCursor, pageSize } from '../platform/graphql/connection.js';
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

/** A page of the feed, each of its changes with the cursor behind it. */
export interface FeedPage {
  readonly changes: readonly { readonly cursor: string; readonly change: AlarmStateChange }[];
  readonly endCursor: string;
  readonly hasMore: boolean;
}

/** Changes of alarms in the order of commits: a reader that follows the cursor sees each exactly once. */
export class AlarmFeedService {
  /** What is being read: many who stand at one place read together. */
  readonly #reading = new Map<string, Promise<readonly FeedChange[]>>();
  #position: ReturnType<typeof readPosition> | null = null;
  readonly #shown = new WeakMap<FeedChange, AlarmStateChange>();

  constructor(private readonly deps: { readonly database: Database; readonly cursors: CursorCodec }) {}

  async read(scope: AccountScope, args: AlarmFeedArgs): Promise<AlarmFeed> {
    const { after, from, filter } = args;
    if (after && from) throw badInput('from', 'only says where to start; leave it out together with `after`');
    const start = after ? this.#placeOf(after) : from ? await positionBefore(this.deps.database, from) : '0';
    const page = await this.#follow(scope, { filter }, start, pageSize(args.first), Boolean(after));
    return { ...page, changes: page.changes.map(({ change }) => change) };
  }

  /** What follows a cursor. @throws BAD_USER_INPUT, CURSOR_EXPIRED */
  async after(scope: AccountScope, wanted: ChangeFilter, after: string, first: number): Promise<FeedPage> {
    return this.#follow(scope, wanted, this.#placeOf(after), first, true);
  }

  /** The cursor behind all that is there. */
  async end(): Promise<string> {
    return this.#cursorOf((await readPosition(this.deps.database)).position);
  }

  /** The place of the newest change. */
  async head(): Promise<string> {
    return (await readPosition(this.deps.database)).position;
  }

  async #follow(
    scope: AccountScope,
    wanted: ChangeFilter,
    start: string,
    first: number,
    isResumed: boolean,
  ): Promise<FeedPage> {
    const changes: FeedPage['changes'][number][] = [];
    let place = start;
    let hasMore = true;
    for (let looked = 0; hasMore && looked < mostLooked && changes.length < first; ) {
      const rows = await this.#rowsAfter(place);
      looked += rows.length;
      hasMore = rows.length === atOnce;
      for (const row of rows) {
        if (changes.length === first) {
          hasMore = true;
          break;
        }
        place = row.position;
        if (!hears(scope, wanted, row)) continue;
        changes.push({ cursor: this.#cursorOf(place), change: this.#show(row) });
      }
    }
    // Asked after they were read: what was deleted meanwhile is known then.
    if (isResumed) await this.#requireThere(start);
    return { changes, endCursor: this.#cursorOf(place), hasMore };
  }

  #rowsAfter(place: string): Promise<readonly FeedChange[]> {
    let reading = this.#reading.get(place);
    if (reading === undefined) {
      reading = readChangesAfter(this.deps.database, place, atOnce).finally(() => this.#reading.delete(place));
      this.#reading.set(place, reading);
    }
    return reading;
  }

  async #requireThere(start: string): Promise<void> {
    this.#position ??= readPosition(this.deps.database).finally(() => {
      this.#position = null;
    });
    const { deletedThrough } = await this.#position;
    if (BigInt(start) >= BigInt(deletedThrough)) return;
    throw new CrosstrailError(
      'CURSOR_EXPIRED',
      'after: changes that this reader had not come to were too old and have been deleted. What is still there is read ' +
        'without `after`, or with `from`',
      { argument: 'after' },
    );
  }

  #show(row: FeedChange): AlarmStateChange {
    const known = this.#shown.get(row);
    if (known !== undefined) return known;
    const shown = shownChange(row);
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
