import type { Logger } from '../log.js';
import { openPostgresPubSub } from './postgres-pubsub.js';
import { openRedisPubSub } from './redis-pubsub.js';

/**
 * @param payload as published; undefined after a connection was lost and is back: something may have been missed
 */
export type Handler = (payload: string | undefined) => void;

/**
 * Wake-up calls between processes: at most once, ids only. Whoever uses it polls as well, more slowly.
 */
export interface PubSub {
  /**
   * @param topic small letters, digits, hyphens and dots
   * @param payload at most 4,096 bytes; empty when absent
   * @throws when the other side does not answer
   */
  publish(topic: string, payload?: string): Promise<void>;
  /**
   * Resolves when every later `publish` will be heard.
   *
   * @returns ends this subscription
   */
  subscribe(topic: string, handler: Handler): Promise<() => Promise<void>>;
  /** @throws when the other side does not answer */
  ping(): Promise<void>;
  stop(): Promise<void>;
}

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
