import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { OutboundError } from '../../src/platform/outbound/outbound-error.js';

/** What a test opens on loopback. `end` goes into its `afterEach`. */
export interface Loopback {
  /** The port of a server. Connections that are still open at the end of the test are cut. */
  listen(server: Server): Promise<number>;
  httpServer(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number>;
  /** @param cleanUp is called at the end; the last one first */
  onEnd(cleanUp: () => unknown): void;
  end(): Promise<void>;
}

export function openLoopback(): Loopback {
  const cleanUps: (() => unknown)[] = [];
  const listen = async (server: Server): Promise<number> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  };
  return {
    listen,
    httpServer: (answer) => listen(createHttpServer(answer)),
    onEnd: (cleanUp) => void cleanUps.push(cleanUp),
    end: async () => {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    },
  };
}

/** Why a request failed. @throws Error where it did not, or with anything else */
export async function failureOf(sent: Promise<unknown>): Promise<OutboundError> {
  const error = await sent.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof OutboundError) return error;
  throw new Error(`no OutboundError: ${error}`);
}
