import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { Gate } from './collector.js';
import { deferred } from './deferred.js';
import { webSocketUrl } from './live-client.js';

/** How a client hears of changes. */
type Way = 'WebSocket' | 'event stream' | 'feed';

/** What a client asks for. */
export interface Following {
  readonly way: Way;
  readonly token: string;
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly fromStates?: readonly string[];
  readonly toStates?: readonly string[];
}

interface Message {
  readonly cursor: string;
  readonly change: { readonly id: string } | null;
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: unknown;
}

const subscription = `subscription ($after: String, $filter: AlarmFilter, $fromStates: [AlarmState!], $toStates: [AlarmState!]) {
  alarmStateChanged(after: $after, filter: $filter, fromStates: $fromStates, toStates: $toStates, heartbeatSeconds: 2) {
    cursor change { id }
  }
}`;
const feed = `query ($after: String, $filter: AlarmFilter) {
  alarmFeed(after: $after, filter: $filter, first: 50) { changes { id } endCursor hasMore }
}`;

/** Between two attempts of a client, and two looks of one that pulls. */
const pauseMs = 50;
/** A client that heard nothing for longer than two heartbeats, or gets no answer, tries elsewhere. */
const patienceMs = 5_000;

/**
 * A client that follows changes of alarms through any failure: after each it goes on at the next address, behind the last
 * cursor that it got. What it has heard is what it has remembered: both are one step.
 */
export class AlarmFollower {
  /** Ids of changes, in the order in which they came. */
  readonly heard: string[] = [];
  /** Times that it was connected, or got an answer after a failure. */
  connected = 0;
  /** What was said where it was not the connection that failed. */
  readonly refusals: string[] = [];
  readonly #begun = new Gate();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #after: string | null = null;
  #turn: number;

  constructor(
    readonly following: Following,
    private readonly addresses: readonly string[],
    firstAddress: number,
  ) {
    this.#turn = firstAddress;
    this.#running = this.#run();
  }

  /** Resolves with its first message: it misses nothing from then on. */
  get begun(): Promise<void> {
    return this.#begun.opened;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const ways = {
      WebSocket: () => this.#listen(),
      'event stream': () => this.#stream(),
      feed: () => this.#pull(),
    };
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await ways[this.following.way]();
      await delay(pauseMs);
    }
  }

  #address(): string {
    this.#turn += 1;
    return this.addresses[this.#turn % this.addresses.length] as string;
  }

  /** As the client of graphql-ws does it, which sends the operation again with the variables of that time. */
  async #listen(): Promise<void> {
    const client = createClient({
      url: () => webSocketUrl(this.#address()),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.following.token}` },
      connectionAckWaitTimeout: patienceMs,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => !this.#stopping.signal.aborted,
      retryWait: () => delay(pauseMs),
      on: { connected: () => this.#count() },
    });
    const variables = () => this.#variables();
    const payload = {
      query: subscription,
      get variables() {
        return variables();
      },
    };
    await new Promise<void>((resolve) => {
      const end = (reason: unknown) => {
        if (!this.#stopping.signal.aborted) this.#refused(reason);
        resolve();
      };
      client.subscribe(payload, {
        next: (answer) => this.#hear(answer as Answer),
        error: end,
        complete: () => end('complete'),
      });
      this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await client.dispose();
  }

  #stream(): Promise<void> {
    const { token } = this.following;
    const { promise, resolve } = deferred();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { signal } = this.#stopping;
    const url = `${this.#address()}/graphql/stream`;
    const sent = request(url, { method: 'POST', headers, signal, agent: false, timeout: patienceMs }, (response) => {
      if (response.statusCode === 200) this.#count();
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n\n');
        rest = parts.pop() as string;
        for (const part of parts) {
          const [, data] = /^event: next\ndata: (.*)$/s.exec(part) ?? [];
          if (data !== undefined) this.#hear(JSON.parse(data) as Answer);
        }
      });
      response.on('error', () => undefined).on('close', resolve);
    });
    sent.on('timeout', () => sent.destroy()).on('error', () => resolve());
    sent.end(JSON.stringify({ query: subscription, variables: this.#variables() }));
    return promise;
  }

  async #pull(): Promise<void> {
    const { token } = this.following;
    const url = `${this.#address()}/graphql`;
    const { signal } = this.#stopping;
    for (let count = 0; !signal.aborted; count++) {
      let answer: Answer;
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query: feed, variables: this.#variables() }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
        });
        answer = (await response.json()) as Answer;
      } catch {
        return;
      }
      if (answer.data == null) return this.#refused(answer.errors);
      if (count === 0) this.#count();
      const page = answer.data['alarmFeed'] as { changes: { id: string }[]; endCursor: string; hasMore: boolean };
      this.#remember(page.endCursor, page.changes);
      if (!page.hasMore) await delay(pauseMs);
    }
  }

  #variables() {
    const { filter, fromStates, toStates } = this.following;
    return { after: this.#after, filter, fromStates, toStates };
  }

  #hear({ data, errors }: Answer): void {
    const message = data?.['alarmStateChanged'] as Message | undefined;
    if (message === undefined) this.#refused(errors);
    else this.#remember(message.cursor, message.change === null ? [] : [message.change]);
  }

  #remember(cursor: string, changes: readonly { readonly id: string }[]): void {
    if (this.#stopping.signal.aborted) return;
    this.heard.push(...changes.map(({ id }) => id));
    this.#after = cursor;
    this.#begun.open();
  }

  #count(): void {
    this.connected += 1;
  }

  #refused(reason: unknown): void {
    const { code, reason: said } = (reason ?? {}) as { code?: number; reason?: string };
    this.refusals.push(code === undefined ? JSON.stringify(reason) : `${code} ${said}`);
  }
}
