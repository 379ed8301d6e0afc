import { type Caller, requireScope } from '../access/context.js';
import type { EventService } from '../events/event.service.js';
import type { SearchBudget } from '../events/search-budget.service.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import { pageSize } from '../platform/graphql/connection.js';
import { type AlarmCauses, alarmCauses, type CausedMetric } from './alarm-causes.js';
import type { RelatedEventConnection } from './related-event.entity.js';
import type { RelatedEventsArgs } from './related-events.inputs.js';
import { readFeedingFilters } from './related-events.store.js';
import { decodePlace, encodePlace, type RelatedPlace } from './related-place.js';
import { stretchesOf } from './related-stretches.js';
import { type RelatedPart, RelatedWalk } from './related-walk.js';

/** What an alarm, or a change of it, is about. */
export interface RelatedSubject {
  /** All that it looks at. */
  readonly metrics: readonly CausedMetric[];
  /** The periods of its data points that breached: milliseconds, `to` exclusive. */
  readonly periods: readonly { readonly from: number; readonly to: number }[];
  /** Its reach: whose metrics it sees; null: every account's. */
  readonly accountIds: readonly string[] | null;
}

const windows = { usual: 3600, longest: 604_800 };

/** The events behind an alarm, and around it. */
export class RelatedEvents {
  constructor(
    private readonly deps: {
      readonly events: EventService;
      readonly database: Database;
      readonly cursors: CursorCodec;
    },
  ) {}

  /**
   * First the causes: the events that metric filters, as they are now, count into the metrics of the alarm, in the periods
   * that breached. Then what their principals, access keys and addresses did in these periods and within `window` seconds
   * of them, in any account that the caller may see. Each group from the oldest to the newest, as of the moment at which the
   * first page was read.
   *
   * @param budget of the request: its records are read to find the causes
   * @throws FORBIDDEN without the scope EVENTS_READ; BAD_USER_INPUT for an argument
   */
  async of(
    caller: Caller,
    subject: RelatedSubject,
    args: RelatedEventsArgs,
    budget: SearchBudget,
  ): Promise<RelatedEventConnection> {
    requireScope(caller, 'EVENTS_READ');
    const first = pageSize(args.first);
    const window = windowOf(args.window) * 1000;
    const place = decodePlace(this.deps.cursors, args.after);
    const causes = await this.#causesOf(subject);
    if (causes === null) return this.#page({ found: [], stoppedAt: null }, first, place);
    const trail = await this.deps.events.trail(caller.accounts, place?.pinnedAt ?? null, budget);
    const periods = subject.periods.map(({ from, to }) => ({ start: from, end: to }));
    const walk = new RelatedWalk(trail, causes, budget);
    return this.#page(await walk.read(stretchesOf(periods, window), place, first + 1), first, place);
  }

  /** Null where nothing counts into its metrics but what is put. */
  async #causesOf({ metrics, accountIds }: RelatedSubject): Promise<AlarmCauses | null> {
    return alarmCauses(await readFeedingFilters(this.deps.database.reads, metrics, accountIds), metrics);
  }

  #page({ found, stoppedAt }: RelatedPart, first: number, place: RelatedPlace | null): RelatedEventConnection {
    const edges = found.slice(0, first).map(({ event, relation, place: behind }) => ({
      cursor: encodePlace(this.deps.cursors, behind),
      node: event,
      relation,
    }));
    const isMore = found.length > first;
    const farEnd = isMore || stoppedAt === null ? null : encodePlace(this.deps.cursors, stoppedAt);
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: {
        hasNextPage: isMore || stoppedAt !== null,
        hasPreviousPage: place !== null,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: farEnd ?? edges.at(-1)?.cursor ?? null,
      },
    };
  }
}

function windowOf(window: number | null | undefined): number {
  if (window === null || window === undefined) return windows.usual;
  if (Number.isInteger(window) && window >= 0 && window <= windows.longest) return window;
  throw badInput('window', `must be between 0 and ${windows.longest} seconds`);
}
