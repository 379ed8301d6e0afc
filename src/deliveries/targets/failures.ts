import { awsProblem, whatToDo } from '../../platform/aws/aws-error.js';
import { CrosstrailError } from '../../platform/errors.js';
import { OutboundError } from '../../platform/outbound/outbound-error.js';
import type { OutboundResponse } from '../../platform/outbound/outbound-http.js';
import { retryAfterSeconds } from '../../platform/outbound/retry-after.js';
import type { Outcome } from '../target-kind.js';

/** What failed attempts say: of the target or of the message, and whether another attempt may work. */

/** Statuses that speak of the one message. Of the rest of 4xx, someone may mend the target. */
const messageFaults = new Set([400, 405, 406, 411, 413, 414, 415, 422, 431]);

/** AWS's refusals of a role or a resource: IAM takes about as long to notice that someone has mended it. */
const mendSeconds = 60;

/** Of an attempt that was ended from here. */
function endedReason({ reason }: AbortSignal): string {
  const isLate = reason instanceof Error && reason.name === 'TimeoutError';
  return isLate ? 'it did not answer in time' : 'the attempt was given up before it answered';
}

/** @param detail what the target said, where that is safe to show */
export function httpOutcome({ status, headers }: OutboundResponse, now: Date, detail = ''): Outcome {
  if (status >= 200 && status < 300) return { delivered: true, answer: String(status) };
  const reason = `it answered ${status}${detail === '' ? '' : `: ${detail}`}`;
  if (messageFaults.has(status)) return messageFault(reason);
  if (status === 409) return { delivered: false, reason, retry: true, blames: 'message', ...wish(headers, now) };
  const hint = status >= 300 && status < 400 ? '; redirects are not followed: give the address that it leads to' : '';
  return { delivered: false, reason: `${reason}${hint}`, retry: true, blames: 'target', ...wish(headers, now) };
}

export function messageFault(reason: string): Outcome {
  return { delivered: false, reason, retry: false, blames: 'message' };
}

/** What cannot work until someone mends the target. */
export function needsMending(reason: string): Outcome {
  return { delivered: false, reason, retry: true, blames: 'target', retryAfterSeconds: mendSeconds };
}

/** Null where it is not too large. @param bytes of what is sent @param limit of the service */
export function tooLarge(bytes: number, limit: number, service: string): Outcome | null {
  if (bytes <= limit) return null;
  const reason = `it has ${bytes} bytes; ${service} takes ${limit}`;
  return { delivered: false, reason, retry: false, blames: 'message', unsent: true };
}

/** @throws what is no failure of a request: a defect */
export function unansweredOutcome(error: unknown, signal: AbortSignal): Outcome {
  const reason = signal.aborted ? endedReason(signal) : error instanceof OutboundError ? error.message : null;
  if (reason === null) throw error;
  return { delivered: false, reason, retry: true, blames: 'target' };
}

const overloaded =
  /Throttl|TooManyRequests|ThroughputExceeded|LimitExceeded|SlowDown|ServiceUnavailable|Internal|ServiceException|NotReady|ResourceConflict|^5\d\d$|^429$/;
const unreachable = /Timeout|^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE)/;
/** Codes of SNS, SQS, EventBridge and its entries, Lambda, Kinesis and Firehose for what they were given. */
const refused =
  /^(Validation|InvalidParameter|InvalidMessage|InvalidArgument|InvalidRequestContent|MissingParameter|MalformedDetail|RequestTooLarge|RequestEntityTooLarge|PayloadTooLarge|MessageTooLong|UnsupportedMediaType|413$)/;

/**
 * @param call the action as IAM spells it, e.g. `sns:Publish`
 * @param error what the SDK threw
 */
export function awsFailure(call: string, error: unknown, signal: AbortSignal): Outcome {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
  if (signal.aborted) return { delivered: false, reason: endedReason(signal), retry: true, blames: 'target' };
  // A role that cannot be assumed; its own words name the call.
  const isUpstream = error instanceof CrosstrailError && error.code === 'UPSTREAM_AWS';
  const problem = awsProblem(call, error);
  const code = isUpstream ? String(error.details['awsCode']) : problem.code;
  const reason = isUpstream ? problem.message : `${call} failed with ${code}: ${problem.message}${whatToDo(problem)}`;
  const isBusy = overloaded.test(code) || unreachable.test(code) || ($metadata?.httpStatusCode ?? 0) >= 500;
  if (isBusy) return { delivered: false, reason, retry: true, blames: 'target' };
  return refused.test(code) && !isUpstream ? messageFault(reason) : needsMending(reason);
}

function wish({ retryAfter }: OutboundResponse['headers'], now: Date): { retryAfterSeconds?: number } {
  const seconds = retryAfterSeconds(retryAfter, now) ?? 0;
  return seconds > 0 ? { retryAfterSeconds: seconds } : {};
}
