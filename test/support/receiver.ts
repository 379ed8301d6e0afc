import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The key of the delivery, without `msg_`; empty for what is no webhook of ours. */
  readonly key: string;
}

/** Answers a request, or does something else with it. */
export type Behaviour = (request: Received, response: ServerResponse) => void;

/** A server that takes what is delivered. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** What it does from now on. */
  behave(behaviour: Behaviour): void;
  /** Resolves when it has got that many requests in all. */
  got(requests: number): Promise<readonly Received[]>;
  stop(): Promise<void>;
}

export const accept: Behaviour = (_request, response) => response.writeHead(204).end();

export async function openReceiver(behaviour: Behaviour = accept, port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let behave = behaviour;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      // Whoever sent it has gone away.
      return;
    }
    const key = String(request.headers['webhook-id'] ?? '').replace(/^msg_/, '');
    const got = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString(), key };
    received.push(got);
    behave(got, response);
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    behave: (next) => {
      behave = next;
    },
    got: (requests) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < requests) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
