import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../log.js';
import type { Handler, PubSub } from './pubsub.js';
import { checkPayload, checkTopic, Topics } from './topics.js';

/** One connection, which listens and notifies. It passes through no transaction pooler: LISTEN needs a session. */
export async function openPostgresPubSub(url: string, log: Logger): Promise<PubSub> {
  const pubsub = new PostgresPubSub(url, log);
  await pubsub.connect();
  return pubsub;
}

class PostgresPubSub implements PubSub {
  readonly #url: string;
  readonly #log: Logger;
  readonly #topics: Topics;
  readonly #stopped = new AbortController();
  #client: pg.Client | undefined;
  #reconnecting: Promise<void> | undefined;

  constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
    this.#topics = new Topics(log);
  }

  async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'crosstrail-pubsub',
      // A connection that a firewall drops in silence shows as an error in about two minutes.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('the server closed the connection')));
    client.on('notification', ({ channel, payload }) => this.#topics.deliver(channel, payload ?? ''));
    try {
      await client.connect();
      await this.#listenToAll(client);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Until no topic is new: one that is subscribed to meanwhile finds no connection to listen on by itself. */
  async #listenToAll(client: pg.Client): Promise<void> {
    const heard = new Set<string>();
    for (;;) {
      const topics = this.#topics.names().filter((topic) => !heard.has(topic));
      if (topics.length === 0) {
        // In the same turn as the look, so that none comes in between.
        this.#client = client;
        return;
      }
      for (const topic of topics) {
        await client.query(`LISTEN ${client.escapeIdentifier(topic)}`);
        heard.add(topic);
      }
    }
  }

  async publish(topic: string, payload = ''): Promise<void> {
    checkTopic(topic);
    checkPayload(topic, payload);
    await this.#connected().query('SELECT pg_notify($1, $2)', [topic, payload]);
  }

  async subscribe(topic: string, handler: Handler): Promise<() => Promise<void>> {
    checkTopic(topic);
    // A handler of its own for each subscription, so that one function can subscribe twice.
    const own: Handler = (payload) => handler(payload);
    this.#topics.add(topic, own);
    await this.#send('LISTEN', topic);
    return async () => {
      this.#topics.remove(topic, own);
      if (!this.#topics.has(topic)) await this.#send('UNLISTEN', topic);
    };
  }

  async ping(): Promise<void> {
    await this.#connected().query('SELECT');
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#reconnecting;
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  /** Without a connection there is nothing to do: connecting listens to every topic, and tells of the gap. */
  async #send(command: 'LISTEN' | 'UNLISTEN', topic: string): Promise<void> {
    const client = this.#client;
    try {
      await client?.query(`${command} ${client.escapeIdentifier(topic)}`);
    } catch (error) {
      if (this.#client === client) throw error;
    }
  }

  #connected(): pg.Client {
    if (this.#client === undefined) throw new Error('pubsub is not connected to Postgres');
    return this.#client;
  }

  #lost(client: pg.Client, error: Error): void {
    if (this.#client !== client || this.#stopped.signal.aborted) return;
    this.#client = undefined;
    this.#log.warn({ err: error }, 'pubsub: the connection to Postgres was lost; reconnecting');
    client.end().catch(() => undefined);
    this.#reconnecting = this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#stopped;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.connect();
        this.#log.info({ attempts: attempt + 1 }, 'pubsub: connected to Postgres again');
        this.#topics.deliverGap();
        return;
      } catch (error) {
        this.#log.debug({ err: error }, 'pubsub: reconnecting failed');
      }
      await delay(Math.min(50 * 2 ** attempt, 5_000), undefined, { signal }).catch(() => undefined);
    }
  }
}
