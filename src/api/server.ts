import { randomUUID } from 'node:crypto';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Caller, GraphQLContext } from '../access/context.js';
import { CrosstrailError } from '../platform/errors.js';
import type { Telemetry } from '../platform/telemetry.js';
import { createApollo } from './apollo.js';
import { addGraphiql } from './graphiql.js';
import { type HealthCheck, readiness } from './health.js';
import { addErrorHandling, addSecurityHeaders, addTelemetry, refuseStrangeHosts } from './http.js';
import { type ApiLimits, defaultLimits } from './limits.js';
import { checkDocumentNesting } from './nesting-limit.js';

export interface ApiOptions {
  readonly schema: GraphQLSchema;
  /** The caller behind an `Authorization` header; throws UNAUTHENTICATED. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** What `/readyz` asks, by name: `database`, `queue`. */
  readonly health: Readonly<Record<string, HealthCheck>>;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Where the GraphiQL bundle lies. */
  readonly graphiqlDirectory: string;
  readonly limits?: Partial<ApiLimits>;
}

export interface Api {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Takes no more requests, waits for those in flight (at most `closeSeconds`), then cuts what is left. */
  close(closeSeconds?: number): Promise<void>;
}

const maxBodyBytes = 1024 * 1024;
const readinessTimeoutMs = 2_000;

/** Starts the HTTP server; it listens when this returns. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const limits = { ...defaultLimits, ...options.limits };
  const app = createApp(options.log, limits);
  addSecurityHeaders(app);
  addTelemetry(app, options.telemetry);
  addErrorHandling(app);
  refuseStrangeHosts(app);
  addHealth(app, options);
  await addGraphiql(app, options.graphiqlDirectory);

  const apollo = createApollo({ schema: options.schema, log: options.log, limits });
  await apollo.start();
  addGraphQL(app, { authenticate: options.authenticate, apollo, limits });

  const url = await app.listen({ host: options.host, port: options.port });
  return {
    url,
    async close(closeSeconds = 10) {
      const cut = setTimeout(() => app.server.closeAllConnections(), closeSeconds * 1000);
      await app.close();
      clearTimeout(cut);
      await apollo.stop();
    },
  };
}

function createApp(log: FastifyBaseLogger, limits: ApiLimits): FastifyInstance {
  return Fastify({
    loggerInstance: log,
    // Ours is one line a request, without headers: see `addTelemetry`.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    // The time a client has to send a request.
    requestTimeout: limits.seconds * 1000,
    forceCloseConnections: 'idle',
  });
}

interface GraphQLRouteOptions {
  readonly authenticate: ApiOptions['authenticate'];
  readonly apollo: ReturnType<typeof createApollo>;
  readonly limits: ApiLimits;
}

function addGraphQL(app: FastifyInstance, { authenticate, apollo, limits }: GraphQLRouteOptions): void {
  // JSON only: what a foreign page can send without a preflight is not even parsed.
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('caller', null);
  app.decorateRequest('givenUp', null);
  const execute = fastifyApolloHandler<GraphQLContext>(apollo, {
    context: async (request: FastifyRequest) => ({
      caller: request.getDecorator<Caller>('caller'),
      loaders: new Map(),
      signal: request.getDecorator<AbortSignal>('givenUp'),
    }),
  });
  app.route({
    method: 'POST',
    url: '/graphql',
    // Before the body is read: nobody without a token makes the server work.
    async onRequest(request) {
      const caller = await authenticate(request.headers.authorization);
      request.setDecorator('caller', caller);
    },
    handler(request, reply) {
      checkDocumentNesting(request.body, limits.tokens);
      const giveUp = new AbortController();
      request.setDecorator('givenUp', giveUp.signal);
      // Also emitted behind an answer that was sent: then nothing is left to give up, but after a timeout.
      reply.raw.once('close', () => giveUp.abort(new CrosstrailError('COST_EXCEEDED', 'nobody waits for the answer')));
      return withinSeconds(limits.seconds, Promise.resolve(execute.call(app, request, reply)));
    },
  });
  app.get('/graphql', (_request, reply) =>
    reply
      .code(405)
      .header('allow', 'POST')
      .send({
        errors: [
          {
            message: 'send GraphQL operations with POST; GraphiQL is at /graphiql',
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      }),
  );
}

/**
 * Gives up on an operation that takes too long. Reads of events end with it; what else it started ends with the database's
 * own statement timeout.
 * (Fastify's handlerTimeout does not do it: 5.12 ends the timer once the body is read.)
 */
async function withinSeconds<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const message = `the operation took more than ${seconds} s and was given up: ask for less, or for a shorter span of time`;
    timer = setTimeout(() => reject(new CrosstrailError('COST_EXCEEDED', message)), seconds * 1000);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function addHealth(app: FastifyInstance, options: ApiOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (request, reply) => {
    const result = await readiness(options.health, readinessTimeoutMs, (part, error) =>
      request.log.warn({ err: error, part }, 'not ready'),
    );
    return reply
      .code(result.ready ? 200 : 503)
      .send({ status: result.ready ? 'ok' : 'not ready', checks: result.checks });
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.telemetry.contentType).send(await options.telemetry.render()),
  );
}
