import { Redis, type RedisOptions } from 'ioredis';
import { CrosstrailError } from './errors.js';

/**
 * Connects, and fails now when Redis does not answer; once connected it reconnects by itself.
 *
 * @throws CrosstrailError naming the variable, never the URL: it may hold a password
 */
export async function connectRedis(url: string, connectionName: string, options: RedisOptions): Promise<Redis> {
  let connected = false;
  const redis = new Redis(url, {
    ...options,
    connectionName,
    lazyConnect: true,
    // Soon at first, then once a second.
    retryStrategy: (attempt) => (connected ? Math.min(attempt * 50, 1_000) : null),
  });
  let last: Error | undefined;
  const remember = (error: Error) => {
    last = error;
  };
  redis.on('error', remember);
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    const reason = (last ?? (cause as Error)).message;
    throw new CrosstrailError('BAD_USER_INPUT', `REDIS_URL: Redis does not answer there: ${reason}`, {}, { cause });
  }
  connected = true;
  return redis;
}
