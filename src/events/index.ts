import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import type { Logger } from '../platform/log.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import type { CompletenessService } from '../sources/completeness.service.js';
import type { LogFileService } from '../sources/log-file.service.js';
import { CountCompletenessResolver, EventCompletenessResolver } from './completeness.resolver.js';
import { EventResolver } from './event.resolver.js';
import { createEventService } from './event.service.js';
import { createEventFeedService } from './event-feed.service.js';
import { EventFilesResolver } from './event-files.resolver.js';
import { EventSubscriptionResolver } from './event-subscription.resolver.js';
import { createLiveEvents } from './live-events.service.js';
import { createPartitions } from './partition.service.js';

export interface EventsDeps {
  readonly database: Database;
  readonly cursors: CursorCodec;
  readonly logFiles: LogFileService;
  readonly completeness: CompletenessService;
  readonly pubsub: PubSub;
  readonly log: Logger;
  readonly now: () => number;
}

export function createEvents({ database, cursors, logFiles, completeness, pubsub, log, now }: EventsDeps) {
  const service = createEventService({ database, cursors });
  const feed = createEventFeedService({ database, cursors });
  const live = createLiveEvents({ database, feed, pubsub, log });
  return {
    events: service,
    liveEvents: live,
    partitions: createPartitions(database, now),
    resolvers: [
      new EventResolver(service, feed),
      new EventSubscriptionResolver(live),
      new EventFilesResolver(database, logFiles),
      new EventCompletenessResolver(completeness),
      new CountCompletenessResolver(completeness),
    ],
  };
}
