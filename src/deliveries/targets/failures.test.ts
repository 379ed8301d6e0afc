import { describe, expect, it } from 'vitest';
import { sentAt } from '../../../test/support/targets.js';
import { CrosstrailError } from '../../platform/errors.js';
import { OutboundError, type OutboundErrorKind } from '../../platform/outbound/outbound-error.js';
import { awsFailure, httpOutcome, unansweredOutcome } from './failures.js';

const idle = new AbortController().signal;

describe('an answer of HTTP', () => {
  const answer = (status: number, retryAfter: string | null = null) => ({
    status,
    headers: { retryAfter, contentType: null },
    body: 'token=abc',
  });

  // The list of statuses is the house's own; what they mean is RFC 9110 (and 6585, 8470).
  const notAgain = [400, 405, 406, 411, 413, 414, 415, 422, 431];
  const again = [300, 301, 302, 307, 308, 401, 402, 403, 404, 407, 408, 410, 425, 429, 500, 501, 502, 503, 504, 511];
  it.each([
    ...[200, 201, 202, 204, 206].map((status) => [status, { delivered: true, answer: String(status) }] as const),
    ...notAgain.map((status) => [status, { delivered: false, retry: false, blames: 'message' }] as const),
    [409, { delivered: false, retry: true, blames: 'message' }] as const,
    ...again.map((status) => [status, { delivered: false, retry: true, blames: 'target' }] as const),
  ])('%i: %o', (status, expected) => {
    expect(httpOutcome(answer(status), sentAt)).toMatchObject(expected);
  });

  it('is told by its status, without what else the target said', () => {
    expect(httpOutcome(answer(500), sentAt)).toEqual({
      delivered: false,
      reason: 'it answered 500',
      retry: true,
      blames: 'target',
    });
  });

  // Truth: RFC 9110, section 10.2.3; it is 12:00:00.7.
  it.each([
    ['30', 30],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60],
    ['Sun, 01 Mar 2026 11:59:00 GMT', undefined],
    ['0', undefined],
    ['soon', undefined],
    [null, undefined],
  ])('that asks to be left alone with %j is tried after %s s', (retryAfter, seconds) => {
    const outcome = httpOutcome(answer(429, retryAfter), sentAt);
    expect(outcome.delivered ? null : outcome.retryAfterSeconds).toBe(seconds);
  });
});

describe('no answer of HTTP', () => {
  const kinds: OutboundErrorKind[] = ['refused-address', 'dns', 'connect', 'tls', 'timeout', 'closed', 'protocol'];
  it.each(kinds)('%s: another attempt, and the target is to blame', (kind) => {
    const outcome = unansweredOutcome(new OutboundError(kind, `said ${kind}`), idle);
    expect(outcome).toEqual({ delivered: false, reason: `said ${kind}`, retry: true, blames: 'target' });
  });

  it.each([
    ['the time is up', new DOMException('', 'TimeoutError'), 'it did not answer in time'],
    ['the process stops', undefined, 'the attempt was given up before it answered'],
  ])('because %s', (_, reason, expected) => {
    const error = new Error('whatever came of it');
    expect(unansweredOutcome(error, AbortSignal.abort(reason))).toMatchObject({ reason: expected, retry: true });
    expect(awsFailure('sns:Publish', error, AbortSignal.abort(reason))).toMatchObject({
      reason: expected,
      retry: true,
    });
  });

  it('a defect is no outcome', () => {
    expect(() => unansweredOutcome(new TypeError('x is not a function'), idle)).toThrow('x is not a function');
  });
});

describe('a failure of AWS', () => {
  const again = { delivered: false, retry: true, blames: 'target' };
  const mend = { ...again, retryAfterSeconds: 60 };
  const notAgain = { delivered: false, retry: false, blames: 'message' };
  // Names and codes: the errors of Publish, SendMessage, PutEvents (and its entries), Invoke and PutRecord in the AWS SDK's
  // models, "Common errors" of AWS's API references, and Node's codes of sockets.
  it.each([
    ...[
      'ThrottledException',
      'ThrottlingException',
      'Throttling',
      'RequestThrottled',
      'KmsThrottled',
      'KMSThrottlingException',
      'EC2ThrottledException',
      'TooManyRequestsException',
      'ProvisionedThroughputExceededException',
      'LimitExceededException',
      'SlowDown',
      'ServiceUnavailable',
      'ServiceUnavailableException',
      'ServiceException',
      'InternalFailure',
      'InternalErrorException',
      'InternalException',
      'ResourceNotReadyException',
      'ResourceConflictException',
      'TimeoutError',
      'RequestTimeout',
      'ECONNREFUSED',
      'ECONNRESET',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EPIPE',
    ].map((code) => [code, again] as const),
    ...[
      'AccessDenied',
      'AccessDeniedException',
      'AuthorizationError',
      'NotFound',
      'ResourceNotFoundException',
      'QueueDoesNotExist',
      'UnsupportedOperation',
      'KMSDisabledException',
      'KMSAccessDeniedException',
      'KmsInvalidState',
      'KMSNotFoundException',
      'InvalidSecurity',
      'InvalidSignatureException',
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'ExpiredToken',
      'CredentialsProviderError',
      'InvalidKMSResourceException',
      'RecursiveInvocationException',
      'SomethingNewException',
    ].map((code) => [code, mend] as const),
    ...[
      'ValidationException',
      'ValidationError',
      'InvalidParameter',
      'InvalidParameterException',
      'InvalidParameterValueException',
      'InvalidMessageContents',
      'InvalidArgumentException',
      'InvalidArgument',
      'InvalidRequestContentException',
      'MalformedDetail',
      'RequestTooLargeException',
      'RequestEntityTooLargeException',
      'UnsupportedMediaTypeException',
    ].map((code) => [code, notAgain] as const),
  ])('%s: %o', (code, expected) => {
    const { reason, ...outcome } = refusal(Object.assign(new Error('said so'), { name: code }));
    expect(outcome).toEqual(expected);
    expect(reason).toContain(`sns:Publish failed with ${code}: said so`);
  });

  it.each([
    [503, again],
    [413, notAgain],
    [418, mend],
  ])('status %i without a word: %o', (httpStatusCode, expected) => {
    const error = Object.assign(new Error('?'), { name: 'Unknown', $metadata: { httpStatusCode } });
    expect(refusal(error)).toMatchObject(expected);
  });

  it.each([
    ['AccessDenied', mend],
    ['ValidationError', mend],
    ['Throttling', again],
  ])('a role that cannot be assumed (%s): %o', (awsCode, expected) => {
    const details = { call: 'sts:AssumeRole', awsCode };
    const error = new CrosstrailError('UPSTREAM_AWS', 'sts:AssumeRole on the role failed', details);
    expect(refusal(error)).toEqual({ ...expected, reason: 'sts:AssumeRole on the role failed' });
  });

  function refusal(error: Error) {
    const outcome = awsFailure('sns:Publish', error, idle);
    if (outcome.delivered) throw new Error('it was delivered');
    return outcome;
  }
});
