import { once } from 'node:events';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import WebSocket, { type ClientOptions } from 'ws';
import { Collector } from './collector.js';

export function webSocketUrl(url: string): string {
  return `${url.replace(/^http/, 'ws')}/graphql`;
}

export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket whose every frame a test sees and sends itself. */
export class RawClient {
  readonly frames = new Collector<Frame>();
  readonly closed: Promise<Closed>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.frames.push(JSON.parse(String(data)) as Frame));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  static open(
    url: string,
    options: ClientOptions = {},
    protocols: string | string[] = 'graphql-transport-ws',
  ): RawClient {
    return new RawClient(new WebSocket(webSocketUrl(url), protocols, options));
  }

  /** A connection that was acknowledged. */
  static async connect(url: string, authorization: string): Promise<RawClient> {
    const client = RawClient.open(url);
    await once(client.socket, 'open');
    client.send({ type: 'connection_init', payload: { authorization } });
    await client.frames.until(({ type }) => type === 'connection_ack');
    return client;
  }

  send(frame: Frame | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  subscribe(query: string, id = '1', variables: Record<string, unknown> = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** The payloads of one operation so far. */
  payloads<Payload>(id = '1', type = 'next'): Payload[] {
    return this.frames.items
      .filter((frame) => frame.id === id && frame.type === type)
      .map(({ payload }) => payload as Payload);
  }
}

/** The client that most users have. */
export function graphqlWsClient(url: string, authorization: string, options: { retryAttempts?: number } = {}): Client {
  return createClient({
    url: webSocketUrl(url),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryWait: async () => undefined,
    ...options,
  });
}

/** Everything that a subscription hears. */
export function listen<Data>(client: Client, payload: SubscribePayload, took: (data: Data) => void = () => undefined) {
  const heard = new Collector<Data>();
  const ended = new Collector<unknown>();
  const stop = client.subscribe<Data>(payload, {
    next: ({ data }) => {
      took(data as Data);
      heard.push(data as Data);
    },
    error: (error) => ended.push(error),
    complete: () => ended.push('complete'),
  });
  return { heard, ended, stop };
}
