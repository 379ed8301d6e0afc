import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, parse } from 'graphql';
import { type ConnectionInitMessage, handleProtocols, makeServer, type Server } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { maxBodyBytes } from './limits.js';
import type { LiveConnections } from './live-connections.js';
import type { LiveOperations, OperationRequest } from './live-operations.js';
import { type Watch, WebSocketConnection } from './websocket-connection.js';

export interface LiveServices {
  readonly operations: LiveOperations;
  readonly connections: LiveConnections;
  readonly watch: Watch;
  readonly log: Logger;
}

const path = '/graphql';

/** Serves graphql-transport-ws at /graphql. `cut` ends what has not closed by itself. */
export function addWebSockets(app: FastifyInstance, services: LiveServices): { cut(): void } {
  const { connections, log } = services;
  const protocol = createProtocol(services);
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxBodyBytes,
    // Its memory is per connection, and what is sent is small.
    perMessageDeflate: false,
    // Pongs are sent as everything else is, so that they are held against the client that does not take them.
    autoPong: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  server.on('connection', (socket, request: IncomingMessage) => {
    const connection = new WebSocketConnection(socket, request.headers.authorization, log);
    const remove = connections.add(connection);
    connection.serve(protocol, remove);
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      serveWithoutUpgrade(app, request, socket, head);
      return;
    }
    socket.on('error', (error) => log.debug({ err: error }, 'an upgrade failed'));
    const refusal = refusalOf(request, connections);
    if (refusal !== null) socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request));
  });
  return {
    cut() {
      for (const client of server.clients) client.terminate();
    },
  };
}

function refusalOf(request: IncomingMessage, connections: LiveConnections): string | null {
  if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
  if (!isOwnOrigin(request)) return '403 Forbidden';
  return connections.refusal() === null ? null : '503 Service Unavailable';
}

/** A browser says from which page it connects, and other origins have no business here; other clients say nothing. */
function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/**
 * A client may offer another protocol (Java's offers h2c with each request), which a server is free not to take. Node
 * stops reading such a request once anyone listens for upgrades: so it is put back without the offer. The connection ends
 * with the answer, since what came behind the request may have been lost: its client sends that again on another.
 */
function serveWithoutUpgrade(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { rawHeaders } = request;
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`, 'Connection: close'];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  app.server.emit('connection', socket);
}

/** The library wants a document to know by what to run an operation, which here has begun already. */
const [anyQuery, anySubscription] = [parse('{ __typename }'), parse('subscription { __typename }')];

/** An error that was formatted already. */
class SentError extends GraphQLError {
  constructor(readonly formatted: GraphQLFormattedError) {
    super(formatted.message);
  }
}

function createProtocol({ operations, connections, watch }: LiveServices): Server<WebSocketConnection> {
  const begun = (args: { readonly contextValue?: unknown }) => args.contextValue as never;
  return makeServer<ConnectionInitMessage['payload'], WebSocketConnection>({
    connectionInitWaitTimeout: connections.limits.initSeconds * 1000,
    onConnect: ({ extra, connectionParams }) => extra.connect(connectionParams, watch),
    async onSubscribe({ extra: connection }, _id, payload) {
      const started = await start(operations, connection, payload, connections.limits.operations);
      if ('refused' in started) return started.refused.map((error) => new SentError(error));
      return 'result' in started
        ? { schema: null as never, document: anyQuery, contextValue: started.result }
        : { schema: null as never, document: anySubscription, contextValue: started.stream };
    },
    execute: begun,
    subscribe: begun,
    // As it is: its errors are formatted already.
    onNext: (_context, _id, _payload, _args, result) => result as never,
    onError: (_context, _id, _payload, errors) => errors.map((error) => formattedOf(error, operations)),
  });
}

async function start(
  operations: LiveOperations,
  connection: WebSocketConnection,
  request: OperationRequest,
  limit: number,
) {
  try {
    const operation = connection.begin(limit, JSON.stringify(request).length);
    const { watch } = connection;
    if (watch === undefined) throw new Error('an operation before its connection was acknowledged');
    const started = await operations.start(request, { watch, operation, room: () => connection.room() });
    if (!('stream' in started)) operation.end();
    return started;
  } catch (error) {
    return { refused: [operations.formatError(error)] };
  }
}

function formattedOf(error: GraphQLError, operations: LiveOperations): GraphQLFormattedError {
  return error instanceof SentError ? error.formatted : operations.formatError(error);
}
