import { randomUUID } from 'node:crypto';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { CallerWatch } from '../access/caller-watches.js';
import type { Caller, GraphQLContext } from '../access/context.js';
import { CrosstrailError } from '../platform/errors.js';
import type { Telemetry } from '../platform/telemetry.js';
import { createApollo } from './apollo.js';
import { createErrorFormatter } from './client-error.js';
import { addEventStreams } from './event-stream.js';
import { addGraphiql } from './graphiql.js';
import { type HealthCheck, readiness } from './health.js';
import { addErrorHandling, addSecurityHeaders, addTelemetry, refuseStrangeHosts } from './http.js';
import { type ApiLimits, defaultLimits, maxBodyBytes } from './limits.js';
import { defaultLiveLimits, LiveConnections, type LiveLimits } from './live-connections.js';
import { LiveOperations } from './live-operations.js';
import { createLiveTelemetry } from './live-telemetry.js';
import { checkDocumentNesting } from './nesting-limit.js';
import { addWebSockets } from './websocket-server.js';
import { withinSeconds } from './within-seconds.js';

export interface ApiOptions {
  readonly schema: GraphQLSchema;
  /** The caller behind an `Authorization` header; throws UNAUTHENTICATED. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** The same for what goes on for long; `changed` is called when what it may see has changed, or it has ended. */
  readonly watch: (authorization: string | undefined, changed: () => void) => Promise<CallerWatch>;
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
  readonly liveLimits?: Partial<LiveLimits>;
}

export interface Api {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /**
   * Takes no more requests, ends subscriptions so that their clients connect to another process, waits for requests in
   * flight (at most `closeSeconds`), then cuts what is left.
   */
  close(closeSeconds?: number): Promise<void>;
}

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
  const telemetry = createLiveTelemetry(options.telemetry);
  const formatError = createErrorFormatter(options.log);
  const operations = new LiveOperations({ apollo, schema: options.schema, formatError, limits, telemetry });
  const connections = new LiveConnections({ ...defaultLiveLimits, ...options.liveLimits }, telemetry);
  const live = { operations, connections, watch: options.watch, log: options.log };
  addEventStreams(app, { ...live, authenticate: options.authenticate });
  const webSockets = addWebSockets(app, live);

  const url = await app.listen({ host: options.host, port: options.port });
  return {
    url,
    async close(closeSeconds = 10) {
      const cut = setTimeout(() => {
        webSockets.cut();
        app.server.closeAllConnections();
      }, closeSeconds * 1000);
      connections.close();
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
