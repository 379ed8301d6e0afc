import { afterEach, beforeEach } from 'vitest';
import { RawClient } from './live-client.js';
import { goodToken, startTinyServer, type TinyServer } from './tiny-server.js';

export const bearer = `Bearer ${goodToken}`;
export const ticked = 'subscription ($after: String) { ticked(after: $after) { cursor number } }';

export interface Ticked {
  readonly ticked: { readonly cursor: string; readonly number: number | null };
}

/** A tiny server for each test of a file, and clients that end with it. */
export function tinySockets() {
  let server: TinyServer;
  const clients: RawClient[] = [];

  beforeEach(async () => {
    server = await startTinyServer();
  });
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.terminate();
    await server.api.close(1);
  });

  return {
    server: () => server,
    /** Another server than the one that each test has. */
    async serverWith(options: Parameters<typeof startTinyServer>[0]): Promise<void> {
      await server.api.close(1);
      server = await startTinyServer(options);
    },
    /** A connection that was acknowledged. */
    async connect(): Promise<RawClient> {
      const client = await RawClient.connect(server.api.url, bearer);
      clients.push(client);
      return client;
    },
    /** One that still has to say who it is. */
    open(...args: Parameters<typeof RawClient.open>): RawClient {
      const client = RawClient.open(...args);
      clients.push(client);
      return client;
    },
    /** A figure of `/metrics`. */
    async figure(name: string): Promise<number> {
      const text = await (await fetch(`${server.api.url}/metrics`)).text();
      return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
    },
  };
}

export const numbersOf = (client: RawClient, id = '1'): number[] =>
  client.payloads<{ data: Ticked }>(id).flatMap(({ data }) => data.ticked.number ?? []);
