/** Postgres's codes for a login or database that is not there: class 28, and 3D000. */
const noAccess = /^(28|3D)/;

/**
 * What an error of the system or of a server means to whoever started the program, and what to do; null where only a
 * developer can tell.
 */
export function explainSystemError(error: unknown): string | null {
  const { code, message, address, port } = rootOf(error);
  if (typeof code !== 'string') return null;
  const place = port === undefined ? '' : ` ${address ?? 'localhost'}:${port}`;
  if (code === 'EADDRINUSE') return `Another program listens on${place} already: set PORT to another port.`;
  if (code === 'EACCES' && port !== undefined) return `This user may not listen on${place}: set PORT above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `This machine has no address${place}: correct HOST.`;
  if (code === 'ECONNREFUSED') return `Nothing answers at${place}: is the server of DATABASE_URL or REDIS_URL running?`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${message}: correct the host in DATABASE_URL or REDIS_URL.`;
  if (code === 'ETIMEDOUT')
    return `No answer in time from${place}: check DATABASE_URL and REDIS_URL, and the firewall.`;
  if (noAccess.test(code)) return `PostgreSQL refuses DATABASE_URL: ${message}.`;
  return null;
}

interface SystemError {
  readonly code?: unknown;
  readonly message: string;
  readonly address?: string;
  readonly port?: number;
}

/** A connection that tried several addresses fails with all their errors at once; the first tells enough. */
function rootOf(error: unknown): SystemError {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return error instanceof Error ? (error as SystemError) : { message: String(error) };
}
