export type OutboundErrorKind = 'refused-address' | 'dns' | 'connect' | 'tls' | 'timeout' | 'closed' | 'protocol';

/**
 * A request that got no answer. `message` is for the owner of the target: it says what to do, and tells no address that a
 * name leads to. What Node or undici said is the `cause`, for the log.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    readonly kind: OutboundErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clock of whoever made it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: use the name that the certificate has',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: use one of an authority that is generally trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that is not generally trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not generally trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it does not send the certificates between its own and the authority',
};

/** Of what happens before TLS has begun. */
const unreachable = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const closed = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_ABORTED',
]);

export function dnsError(cause: unknown): OutboundError {
  const again = codeOf(cause) === 'EAI_AGAIN';
  const message = again
    ? 'its name cannot be resolved at the moment: name servers do not answer'
    : 'its name cannot be resolved: check its spelling, and that name servers know it';
  return new OutboundError('dns', message, { cause });
}

/** What went wrong before there was a connection to send a request over. */
export function connectError(cause: unknown, withTls: boolean): OutboundError {
  if (cause instanceof OutboundError) return cause;
  const code = codeOf(cause);
  if (!withTls || unreachable.has(code)) {
    const message = `nothing answers at its port (${code}): check that it runs and that its firewall lets Crosstrail in`;
    return new OutboundError('connect', message, { cause });
  }
  return new OutboundError('tls', certificateFaults[code] ?? `it does not complete the TLS handshake (${code})`, {
    cause,
  });
}

/** What went wrong once there was a connection. */
export function requestError(cause: unknown): OutboundError {
  if (cause instanceof OutboundError) return cause;
  const code = codeOf(cause);
  // undici's words for a connection that it gave up itself: `bad response`, `bad upgrade`.
  const isBad = cause instanceof Error && cause.message.startsWith('bad ');
  return closed.has(code) && !isBad
    ? new OutboundError('closed', 'it closed the connection before it had answered', { cause })
    : new OutboundError('protocol', `what it answers is no HTTP that can be read (${code})`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
}
