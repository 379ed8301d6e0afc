import { createHash } from 'node:crypto';
import type { AccountScope } from '../access/scope.js';
import { heartbeatMs } from '../platform/live/heartbeat.js';
import { LiveFeed, type LiveMessage, type LivePage } from '../platform/live/live-feed.js';
import type { Logger } from '../platform/log.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import type { AlarmStateChange } from './alarm-change.entity.js';
import type { AlarmFeedService } from './alarm-feed.service.js';
import type { ChangeFilter } from './alarm-filter.js';
import { alarmsChanged } from './alarms.topics.js';

/** Changes that one read takes: what a slow subscriber holds of them. */
const pageChanges = 100;

export interface LiveAlarmsDeps {
  readonly feed: AlarmFeedService;
  readonly pubsub: PubSub;
  readonly log: Logger;
}

/** What a subscriber asks for. */
export interface FollowedChanges extends ChangeFilter {
  /** A cursor; null: what comes from now on. */
  readonly after: string | null;
  readonly heartbeatSeconds: number;
}

/** Follows the changes of alarms, for subscriptions. One in a process. */
export class LiveAlarms {
  readonly #live: LiveFeed<AlarmStateChange>;

  constructor(private readonly deps: LiveAlarmsDeps) {
    const { feed, pubsub, log } = deps;
    const now = () => performance.now();
    this.#live = new LiveFeed({ pubsub, topic: alarmsChanged, head: () => feed.head(), log, now });
  }

  /**
   * @param signal ends it
   * @throws BAD_USER_INPUT; while it goes on, CURSOR_EXPIRED
   */
  follow(
    scope: AccountScope,
    { after, heartbeatSeconds, ...wanted }: FollowedChanges,
    signal: AbortSignal,
  ): AsyncIterable<LiveMessage<AlarmStateChange>> {
    return this.#live.follow({
      key: keyOf(scope, wanted),
      after,
      heartbeatMs: heartbeatMs(heartbeatSeconds),
      signal,
      read: (place, version) => this.#read({ scope, wanted, after: place }, version),
    });
  }

  stop(): Promise<void> {
    return this.#live.stop();
  }

  async #read(
    { after, ...reading }: { scope: AccountScope; wanted: ChangeFilter; after: string | null },
    version: number,
  ): Promise<LivePage<AlarmStateChange>> {
    const { feed } = this.deps;
    if (after === null) return { messages: [], end: { cursor: await feed.end(), item: null }, hasMore: false };
    const page = await feed.after({ ...reading, after, first: pageChanges }, version);
    return { messages: page.changes, end: { cursor: page.endCursor, item: null }, hasMore: page.hasMore };
  }
}

/** Subscribers of one filter and the same accounts share what is read. */
function keyOf(scope: AccountScope, wanted: ChangeFilter): string {
  return createHash('sha256')
    .update(JSON.stringify([scope.accountIds, wanted]))
    .digest('base64');
}
