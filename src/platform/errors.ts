/** The one catalogue of errors that may leave the server (see `extensions.code` in the GraphQL contract). */
export const errorCodes = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'COST_EXCEEDED',
  'RATE_LIMITED',
  'CURSOR_EXPIRED',
  'UPSTREAM_AWS',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * An error meant for the reader of it: the message says what is wrong and what to do next.
 * Everything else that is thrown is a defect and reaches clients as INTERNAL only.
 */
export class CrosstrailError extends Error {
  override readonly name = 'CrosstrailError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Extra `extensions` for the client, such as `argument` and `position`. */
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Refuses an argument.
 *
 * @param argument path of the argument as the client wrote it, e.g. `input.sources[0].bucket`
 * @param reason why it is refused, as a sentence without the argument's name
 * @param position 0-based offset into the argument's text, for patterns and expressions
 */
export function badInput(argument: string, reason: string, position?: number): CrosstrailError {
  const where = position === undefined ? '' : ` (at position ${position})`;
  return new CrosstrailError('BAD_USER_INPUT', `${argument}: ${reason}${where}`, {
    argument,
    reason,
    ...(position === undefined ? {} : { position }),
  });
}

export function notFound(what: string): CrosstrailError {
  return new CrosstrailError('NOT_FOUND', `${what} does not exist`);
}

export function conflict(message: string): CrosstrailError {
  return new CrosstrailError('CONFLICT', message);
}

/**
 * What may be stored of a failure where clients see it: the words of an error that is meant for them, of any other
 * only its code. Paths, SQL and addresses stay in the log.
 */
export function storedReason(error: unknown): string {
  if (error instanceof CrosstrailError) return error.message;
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return `the server could not do it${code}; its log says why`;
}
