import type { Logger } from '../log.js';
import { openPostgresPubSub } from './postgres-pubsub.js';
import type { PubSub } from './pubsub.js';
import { openRedisPubSub } from './redis-pubsub.js';

export interface PubSubOptions {
  readonly databaseUrl: string;
  /** Redis's PUBLISH and SUBSCRIBE, not Postgres's NOTIFY and LISTEN. */
  readonly redisUrl?: string | undefined;
  readonly log: Logger;
  /** Before every channel in Redis, so that installations can share one. Postgres tells them apart by database. */
  readonly prefix?: string;
}

export function createPubSub(options: PubSubOptions): Promise<PubSub> {
  const { databaseUrl, redisUrl, log, prefix = 'crosstrail' } = options;
  if (redisUrl === undefined) return openPostgresPubSub(databaseUrl, log);
  return openRedisPubSub(redisUrl, prefix, log);
}
