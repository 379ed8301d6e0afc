import { createEventService } from '../../src/events/event.service.js';
import { createEventFeedService } from '../../src/events/event-feed.service.js';
import { createPartitions } from '../../src/events/partition.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import type { TestDatabase } from './test-database.js';

/** The services of the room events, on a test's own database. */
export function eventServices({ database }: TestDatabase, now: () => number = Date.now) {
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  return {
    service: createEventService({ database, cursors }),
    feed: createEventFeedService({ database, cursors }),
    partitions: createPartitions(database, now),
  };
}
