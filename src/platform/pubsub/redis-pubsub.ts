import type { Redis } from 'ioredis';
import type { Logger } from '../log.js';
import { OutageLog } from '../outage-log.js';
import { connectRedis } from '../redis.js';
import type { Handler, PubSub } from './pubsub.js';
import { checkPayload, checkTopic, Topics } from './topics.js';

/** Two connections: one that subscribes can do nothing else. */
export async function openRedisPubSub(url: string, prefix: string, log: Logger): Promise<PubSub> {
  const publisher = await connectRedis(url, 'crosstrail-publish', { maxRetriesPerRequest: 1 });
  const subscriber = await connectRedis(url, 'crosstrail-subscribe', {
    maxRetriesPerRequest: null,
    // Done here instead: handlers are told of the gap when they hear again, not before.
    autoResubscribe: false,
  }).catch((error) => {
    publisher.disconnect();
    throw error;
  });
  return new RedisPubSub(publisher, subscriber, `${prefix}:`, log);
}

class RedisPubSub implements PubSub {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #prefix: string;
  readonly #topics: Topics;
  readonly #outage: OutageLog;

  constructor(publisher: Redis, subscriber: Redis, prefix: string, log: Logger) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#prefix = prefix;
    this.#topics = new Topics(log);
    this.#outage = new OutageLog(log, 'pubsub', () => this.ping());
    subscriber.on('message', (channel, payload) => this.#topics.deliver(channel.slice(prefix.length), payload));
    // The first 'ready' is past by now: each one here follows a loss.
    subscriber.on('ready', () => void this.#resubscribe());
    for (const connection of [publisher, subscriber]) {
      connection.on('error', (error) => this.#outage.report(error));
      connection.on('close', () => this.#outage.report(new Error('the connection to Redis was closed')));
    }
  }

  async publish(topic: string, payload = ''): Promise<void> {
    checkTopic(topic);
    checkPayload(topic, payload);
    await this.#publisher.publish(this.#prefix + topic, payload);
  }

  async subscribe(topic: string, handler: Handler): Promise<() => Promise<void>> {
    checkTopic(topic);
    // A handler of its own for each subscription, so that one function can subscribe twice.
    const own: Handler = (payload) => handler(payload);
    this.#topics.add(topic, own);
    await this.#subscriber.subscribe(this.#prefix + topic);
    return async () => {
      this.#topics.remove(topic, own);
      if (!this.#topics.has(topic)) await this.#subscriber.unsubscribe(this.#prefix + topic);
    };
  }

  async ping(): Promise<void> {
    await this.#publisher.ping();
    if (this.#subscriber.status !== 'ready') throw new Error('pubsub is not connected to Redis');
  }

  stop(): Promise<void> {
    this.#outage.stop();
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
    return Promise.resolve();
  }

  async #resubscribe(): Promise<void> {
    const channels = this.#topics.names().map((topic) => this.#prefix + topic);
    try {
      if (channels.length > 0) await this.#subscriber.subscribe(...channels);
      this.#topics.deliverGap();
    } catch (error) {
      // Lost again meanwhile: the next 'ready' comes here again.
      this.#outage.report(error);
    }
  }
}
