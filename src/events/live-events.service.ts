import { createHash } from 'node:crypto';
import type { AccountScope } from '../access/scope.js';
import type { Database } from '../platform/database/database.js';
import { heartbeatMs } from '../platform/live/heartbeat.js';
import { LiveFeed, type LiveMessage, type LivePage } from '../platform/live/live-feed.js';
import type { Logger } from '../platform/log.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import type { Event } from './event.entity.js';
import type { EventAddedArgs } from './event.inputs.js';
import type { EventFeedService } from './event-feed.service.js';
import { currentPosition } from './event-search.store.js';
import { eventsAdded } from './events.topics.js';

/** Events that one read takes: what a slow subscriber holds of them. */
const pageEvents = 100;

/** Follows the events in the order of their arrival, for subscriptions. */
export interface LiveEvents {
  /**
   * @param signal ends it
   * @throws BAD_USER_INPUT; while it goes on, CURSOR_EXPIRED
   */
  follow(scope: AccountScope, args: EventAddedArgs, signal: AbortSignal): AsyncIterable<LiveMessage<Event>>;
  stop(): Promise<void>;
}

export interface LiveEventsDeps {
  readonly database: Database;
  readonly feed: EventFeedService;
  readonly pubsub: PubSub;
  readonly log: Logger;
}

export function createLiveEvents({ database, feed, pubsub, log }: LiveEventsDeps): LiveEvents {
  const live = new LiveFeed<Event>({
    pubsub,
    topic: eventsAdded,
    head: () => currentPosition(database.reads),
    log,
    now: () => performance.now(),
  });

  async function read(
    scope: AccountScope,
    filter: EventAddedArgs['filter'],
    after: string | null,
  ): Promise<LivePage<Event>> {
    // Read in either case: a filter that makes no sense is refused at once.
    const begun = after ?? (await feed.end());
    const page = await feed.read(scope, { after: begun, first: pageEvents, ...(filter ? { filter } : {}) });
    const cursors = feed.cursorsOf(page);
    const messages = page.events.map((item, index) => ({ cursor: cursors[index] as string, item }));
    return { messages, end: { cursor: page.endCursor, item: null }, hasMore: page.hasMore };
  }

  return {
    follow(scope, { filter, after = null, heartbeatSeconds }, signal) {
      return live.follow({
        key: keyOf(scope, filter),
        after,
        heartbeatMs: heartbeatMs(heartbeatSeconds),
        // Records are read and searched for these.
        isDear: Boolean(filter?.search || filter?.pattern),
        signal,
        read: (place) => read(scope, filter, place),
      });
    },
    stop: () => live.stop(),
  };
}

/** Subscribers of one filter and the same accounts share what is read. */
function keyOf(scope: AccountScope, filter: EventAddedArgs['filter']): string {
  return createHash('sha256')
    .update(JSON.stringify([scope.accountIds, filter ?? null]))
    .digest('base64');
}
