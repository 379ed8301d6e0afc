import { CrosstrailError } from '../errors.js';
import { adviceFor, type Denial, parseDenial } from './access-denied.js';

/** Why a call to AWS failed, in words for whoever can mend it. */
export interface AwsProblem {
  /** AWS's own code, such as `AccessDenied`, or the system's, such as `ECONNREFUSED`. */
  readonly code: string;
  /** What AWS said: one line, bounded. */
  readonly message: string;
  /** A permission that is missing, a wrong name, an expired identity: trying again changes nothing. */
  readonly permanent: boolean;
  /** The action that a policy must allow, where AWS names it. */
  readonly missingPermission: string | null;
  /** What the refusal says; null for any other failure. */
  readonly denial: Denial | null;
}

const denied = new Set(['AccessDenied', 'AccessDeniedException', 'Forbidden', '403', 'AllAccessDisabled']);
const permanent = new Set([
  ...denied,
  'NoSuchBucket',
  'InvalidBucketName',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidClientTokenId',
  'CredentialsProviderError',
  'ValidationError',
  'MalformedPolicyDocument',
  'RegionDisabledException',
  'PermanentRedirect',
]);
const maxMessageLength = 500;

/** The advice that goes with a code. */
const advice: readonly [RegExp, string][] = [
  [/^CredentialsProviderError$/, 'give Crosstrail AWS credentials (environment, profile, or instance role)'],
  [/^(InvalidAccessKeyId|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken.*)$/, 'renew the AWS credentials'],
  [/^AWSOrganizationsNotInUseException$/, 'connect with a role of an account of the organisation'],
  [/^KMS\.(DisabledException|KMSInvalidStateException|NotFoundException)$/, 'the key that encrypts it cannot be used'],
  [/^NoSuchBucket$/, 'check the name of the bucket'],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed)$/, 'set the region of the bucket'],
  [/^RegionDisabledException$/, 'enable STS in this region, or choose another'],
  [/^(ECONNREFUSED|ENOTFOUND|ECONNRESET|ETIMEDOUT|TimeoutError|EHOSTUNREACH)$/, 'check the network; it is tried again'],
  [/^(SlowDown|Throttling.*|TooManyRequests.*|ServiceUnavailable|InternalError|50[0-9])$/, 'it is tried again'],
];

export function awsProblem(call: string, error: unknown): AwsProblem {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const message = text.replace(/\s+/g, ' ').trim().slice(0, maxMessageLength);
  const denial = denied.has(code) ? parseDenial(call, message) : null;
  return { code, message, permanent: permanent.has(code), missingPermission: denial?.action ?? null, denial };
}

/**
 * The error for a client whose request failed on AWS.
 *
 * @param call the action as IAM spells it, e.g. `s3:ListBucket`
 * @param target what it was called on, e.g. `s3://logs/AWSLogs/`
 */
export function upstreamError(call: string, target: string, error: unknown): CrosstrailError {
  const problem = awsProblem(call, error);
  return new CrosstrailError(
    'UPSTREAM_AWS',
    `${call} on ${target} failed with ${problem.code}: ${problem.message}${whatToDo(problem)}`,
    { call, awsCode: problem.code },
    { cause: error },
  );
}

export function whatToDo(problem: AwsProblem): string {
  if (problem.denial !== null) return `; ${adviceFor(problem.denial)}`;
  const found = advice.find(([pattern]) => pattern.test(problem.code));
  return found === undefined ? '' : `; ${found[1]}`;
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'Unknown';
  const { name, code, Code, $metadata } = error as Record<string, unknown> & {
    $metadata?: { httpStatusCode?: number };
  };
  const named = [Code, code, name].find((value) => typeof value === 'string' && value !== 'Error' && value !== '');
  // Some servers answer with a status and no body; the SDK then has no better name than this.
  if (typeof named === 'string' && !/^(UnknownError|Unknown|S3ServiceException)$/.test(named)) return named;
  return $metadata?.httpStatusCode === undefined ? 'Unknown' : String($metadata.httpStatusCode);
}
