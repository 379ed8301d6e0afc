import { CrosstrailError } from '../platform/errors.js';
import { ObjectNotFound } from './object-store.port.js';

/**
 * What a failed call says: of the one file that was asked for, or of the source, whose other files would fare no better.
 * `denied` may be either: a key of KMS that one file needs, or a policy that changed for all.
 */
export type Blame = 'file' | 'denied' | 'source';

const denied = /^(AccessDenied|AccessDeniedException|Forbidden|403|AllAccessDisabled)$/;

/** S3's and STS's codes of overload, outage and refused credentials, statuses without a body, and the system's codes. */
const ofSource = new RegExp(
  [
    '^(SlowDown|Throttling.*|TooManyRequests.*|RequestLimitExceeded|ServiceUnavailable|InternalError|RequestTimeout',
    '429|50[0-9]|TimeoutError|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE',
    'ExpiredToken.*|InvalidToken|TokenRefreshRequired|RequestExpired|RequestTimeTooSkewed|SignatureDoesNotMatch',
    'InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClientException|CredentialsProviderError',
    'NoSuchBucket|PermanentRedirect|AuthorizationHeaderMalformed)$',
  ].join('|'),
);

/** @param error what an object store threw, or the body of an object while it was read */
export function blameOf(error: unknown): Blame {
  if (error instanceof ObjectNotFound) return 'file';
  if (error instanceof CrosstrailError) {
    if (error.code !== 'UPSTREAM_AWS') return 'file';
    // Whatever STS says, it says of every call that takes the role.
    if (error.details['call'] === 'sts:AssumeRole') return 'source';
    const code = String(error.details['awsCode']);
    if (denied.test(code)) return 'denied';
    return ofSource.test(code) ? 'source' : 'file';
  }
  // A connection that breaks in the middle of a body.
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return [code, name].some((word) => typeof word === 'string' && ofSource.test(word)) ? 'source' : 'file';
}
