import { expect, it } from 'vitest';
import { awsProblem, upstreamError } from './aws-error.js';

function awsError(name: string, message: string, extra: object = {}): Error {
  return Object.assign(new Error(message), { name, ...extra });
}

// Messages as S3, STS and KMS write them (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; IAM's
// "Troubleshoot access denied error messages").
const notAuthorized =
  'User: arn:aws:sts::111111111111:assumed-role/r/crosstrail is not authorized to perform: kms:Decrypt on resource: x';
it.each([
  ['s3:GetObject', awsError('AccessDenied', 'Access Denied'), 'AccessDenied', 's3:GetObject', true],
  ['s3:GetObject', awsError('AccessDenied', notAuthorized), 'AccessDenied', 'kms:Decrypt', true],
  ['s3:ListBucket', awsError('NoSuchBucket', 'The specified bucket does not exist'), 'NoSuchBucket', null, true],
  ['s3:ListBucket', awsError('SlowDown', 'Please reduce your request rate.'), 'SlowDown', null, false],
  ['s3:ListBucket', awsError('Error', 'connect', { code: 'ECONNREFUSED' }), 'ECONNREFUSED', null, false],
  ['s3:ListBucket', awsError('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 503 } }), '503', null, false],
  [
    's3:HeadObject',
    awsError('403', 'UnknownError', { $metadata: { httpStatusCode: 403 } }),
    '403',
    's3:HeadObject',
    true,
  ],
  ['sts:AssumeRole', 'a string', 'Unknown', null, false],
])('%s failing with %s is told as %s', (call, error, code, missingPermission, permanent) => {
  expect(awsProblem(call, error)).toMatchObject({ code, missingPermission, permanent });
});

it('tells a client the call, the code and what to do', () => {
  const error = upstreamError('s3:ListBucket', 's3://logs/', awsError('AccessDenied', 'Access\n Denied'));
  expect(error.code).toBe('UPSTREAM_AWS');
  expect(error.message).toBe(
    's3:ListBucket on s3://logs/ failed with AccessDenied: Access Denied; allow s3:ListBucket in its policies',
  );
  expect(error.details).toEqual({ call: 's3:ListBucket', awsCode: 'AccessDenied' });
});

it('cuts a message of any length', () => {
  expect(awsProblem('s3:ListBucket', new Error('x'.repeat(10_000))).message).toHaveLength(500);
});
