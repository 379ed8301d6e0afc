import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Caller } from '../access/context.js';
import { badInput, CrosstrailError, type ErrorCode } from '../platform/errors.js';
import type { Telemetry } from '../platform/telemetry.js';
import { internalError } from './client-error.js';

/** Headers that every answer carries. There is no CORS: pages of other origins have no business here. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-resource-policy', 'same-origin');
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', "default-src 'none'");
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

/** The Host header becomes part of a URL further on, where one that is no host would look like a defect of ours. */
export function refuseStrangeHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (!URL.canParse(`http://${request.host}/`)) throw badInput('Host', 'is not the name of a host');
  });
}

/** A duration by route and status, and one log line a request: never a header, so never a token. */
export function addTelemetry(app: FastifyInstance, telemetry: Telemetry): void {
  const duration = telemetry.histogram({
    name: 'crosstrail_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ route, status: reply.statusCode }, reply.elapsedTime / 1000);
    request.log[route === '/graphql' ? 'info' : 'debug'](
      {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        tokenId: callerOf(request)?.token.id,
      },
      'request',
    );
  });
}

function callerOf(request: FastifyRequest): Caller | null {
  return request.getDecorator<Caller | null>('caller');
}

/** Errors outside of an operation have the shape of GraphQL's, so that clients need one way to read them. */
export function addErrorHandling(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | CrosstrailError, request, reply) => {
    const { status, body } = httpError(error, request);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(status).send({ errors: [body] });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ errors: [{ message: 'there is nothing here', extensions: { code: 'NOT_FOUND' } }] }),
  );
}

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = { UNAUTHENTICATED: 401, COST_EXCEEDED: 503 };

function httpError(
  error: FastifyError | CrosstrailError,
  request: FastifyRequest,
): { status: number; body: GraphQLFormattedError } {
  if (error instanceof CrosstrailError) {
    const body = { message: error.message, extensions: { code: error.code, ...error.details } };
    return { status: statuses[error.code] ?? 400, body };
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return { status, body: { message: error.message, extensions: { code: 'BAD_USER_INPUT', reason: error.message } } };
  }
  return { status: 500, body: internalError(request.log, error) };
}
