import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { Caller } from '../access/context.js';
import { badInput } from '../platform/errors.js';
import type { LiveConnection } from './live-connections.js';
import { LiveOperation } from './live-operation.js';
import type { LiveOperations, OperationRequest, StartedOperation } from './live-operations.js';
import type { LiveServices } from './websocket-server.js';

interface EventStreamServices extends LiveServices {
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
}

/** What is read ahead of what the client takes. */
const aheadBytes = 16 * 1024;

/**
 * Serves graphql-sse at /graphql/stream: one operation a request ("distinct connections"), answered as a stream of events
 * `next` and, unless the connection is to be made again, `complete`.
 */
export function addEventStreams(app: FastifyInstance, services: EventStreamServices): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    async onRequest(request) {
      // Before the body is read: nobody without a token makes the server work.
      request.setDecorator('caller', await services.authenticate(request.headers.authorization));
      const refusal = services.connections.refusal();
      if (refusal !== null) throw refusal;
    },
    handler: (request, reply) => answer(services, request, reply),
  });
}

async function answer(services: LiveServices, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { operations, connections } = services;
  const asked = request.method === 'GET' ? ofUrl(request.query) : ofBody(request.body);
  const operation = new LiveOperation(() => undefined);
  const watch = await services.watch(request.headers.authorization, () => operation.restart());
  const connection = new EventStreamConnection(reply, operation);
  const remove = connections.add(connection);
  const gone = () => {
    operation.end();
    watch.stop();
    remove();
  };
  if (reply.raw.destroyed) gone();
  else reply.raw.once('close', gone);
  const started = await operations.start(asked, { watch, operation, room: () => undefined });
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache, no-transform')
      // nginx would gather the stream up before it passes it on.
      .header('x-accel-buffering', 'no')
      .send(
        Readable.from(connection.pass(events(started, connection, operations)), {
          objectMode: false,
          highWaterMark: aheadBytes,
        }),
      )
  );
}

class EventStreamConnection implements LiveConnection {
  readonly transport = 'sse';
  /** When the stream was given more than it can pass on. */
  #fullSince: number | null = null;
  isGoing = false;

  constructor(
    private readonly reply: FastifyReply,
    private readonly operation: LiveOperation,
  ) {}

  /** A stream asks for the next part when it has room for it. */
  async *pass(parts: AsyncIterable<string>): AsyncGenerator<string, void> {
    for await (const part of parts) {
      this.#fullSince = performance.now();
      yield part;
      this.#fullSince = null;
    }
  }

  stalledSince(): number | null {
    return this.#fullSince;
  }

  closeSlow(): void {
    this.reply.raw.destroy();
  }

  /** Without `complete`, so that the client connects again. */
  closeGoing(): void {
    this.isGoing = true;
    this.operation.end();
  }
}

async function* events(
  started: StartedOperation,
  connection: EventStreamConnection,
  operations: LiveOperations,
): AsyncGenerator<string, void> {
  if ('refused' in started) yield next({ errors: started.refused });
  else if ('result' in started) yield next(started.result);
  else {
    try {
      for await (const result of started.stream) yield next(result);
      if (connection.isGoing) return;
    } catch (error) {
      yield next({ errors: [operations.formatError(error)] });
    }
  }
  yield 'event: complete\ndata:\n\n';
}

function next(result: FormattedExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`;
}

function ofBody(body: unknown): OperationRequest {
  return checked((typeof body === 'object' && body) || {});
}

function ofUrl(query: unknown): OperationRequest {
  const { variables, ...rest } = query as Record<string, unknown>;
  return { ...checked({ ...rest, variables: typeof variables === 'string' ? parsed(variables) : null }), isSafe: true };
}

function parsed(variables: string): unknown {
  try {
    return JSON.parse(variables);
  } catch {
    throw badInput('variables', 'is not JSON');
  }
}

function checked(asked: { query?: unknown; variables?: unknown; operationName?: unknown }): OperationRequest {
  const { query, variables = null, operationName = null } = asked;
  if (typeof query !== 'string') throw badInput('query', 'must be a GraphQL document');
  if (typeof variables !== 'object' || Array.isArray(variables)) throw badInput('variables', 'must be an object');
  if (operationName !== null && typeof operationName !== 'string') throw badInput('operationName', 'must be a text');
  return { query, variables: variables as Record<string, unknown> | null, operationName };
}
