import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { CrosstrailError } from '../platform/errors.js';

/** Messages quote what the client sent, and that may be long. */
const maxMessageLength = 2_000;

/** What Apollo calls the mistakes of a client; the contract has one code for them. */
const clientMistakes = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** How graphql-js and graphql-query-complexity refuse a document that is too large to be looked at. */
const tooLarge = /Document contains more tha[nt] \d+ tokens|exceeds the maximum allowed number of nodes/;

/**
 * Turns whatever was thrown into what a client may see. This is the one place where errors leave the server.
 *
 * - a `CrosstrailError`: its message, code and details;
 * - a document or variables that GraphQL itself refuses: BAD_USER_INPUT with GraphQL's message;
 * - anything else is a defect: INTERNAL with an id that the log line beside it carries, and nothing more.
 */
export function createErrorFormatter(log: Logger) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const cause = rootCause(thrown);
    const where = {
      ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
      ...(formatted.path === undefined ? {} : { path: formatted.path }),
    };
    if (cause instanceof CrosstrailError) {
      return { message: clip(cause.message), ...where, extensions: { code: cause.code, ...cause.details } };
    }
    if (cause instanceof GraphQLError && isClientMistake(formatted, cause)) {
      if (tooLarge.test(cause.message)) return { message: cause.message, extensions: { code: 'COST_EXCEEDED' } };
      return { message: clip(formatted.message), ...where, extensions: badUserInput(formatted.message) };
    }
    const internal = internalError(log, cause, formatted.path);
    return { ...internal, ...where };
  };
}

/** The answer to a defect: the details go to the log, the client gets the id to ask for them. */
export function internalError(
  log: Pick<Logger, 'error'>,
  cause: unknown,
  path?: readonly (string | number)[],
): GraphQLFormattedError {
  const id = randomUUID();
  log.error({ err: cause, errorId: id, path: path?.join('.') }, 'a request failed because of a defect');
  return {
    message: `something went wrong on the server; its log tells more under the id ${id}`,
    extensions: { code: 'INTERNAL', id },
  };
}

function rootCause(thrown: unknown): unknown {
  let cause = thrown;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

/**
 * An error with a path was thrown while fields were resolved, where GraphQL's own complaints are about what the
 * server returned (and quote it), except those about an argument whose variable turned out to be null.
 */
function isClientMistake(formatted: GraphQLFormattedError, cause: GraphQLError): boolean {
  if (formatted.path !== undefined) return /^Argument "/.test(cause.message);
  // An operation of a kind that the schema has not, such as a subscription.
  if (/is not configured to execute/.test(cause.message)) return true;
  return clientMistakes.has(String(formatted.extensions?.code));
}

/** GraphQL names a variable's value as `Variable "$input" got invalid value 5 at "input.sources[0]"; reason`. */
function badUserInput(message: string): Record<string, unknown> {
  const variable = /^Variable "\$(\w+)"/.exec(message)?.[1];
  const at = / at "([^"]+)"; /.exec(message)?.[1];
  const argument = at ?? variable ?? /^Argument "(\w+)"/.exec(message)?.[1];
  return { code: 'BAD_USER_INPUT', reason: clip(message), ...(argument === undefined ? {} : { argument }) };
}

function clip(text: string): string {
  return text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text;
}
