import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { everyAccount } from '../access/scope.js';
import type { SourceInput } from './source.inputs.js';
import { locationOf, parseSource } from './source-location.js';

const A = '111111111111';
const context = { scope: everyAccount('a test'), owner: null, endpointUrl: null, defaultRegion: 'eu-west-1' };
const s3: SourceInput = { type: 'S3_LISTING', bucket: 'logs', accountIds: [A] };
const queueUrl = `https://sqs.eu-west-2.amazonaws.com/${A}/trail`;
const role = (partition: string) => `arn:${partition}:iam::${A}:role/r`;

describe('the place of a source', () => {
  it.each<[string, SourceInput, object]>([
    ['a bucket', s3, { endpoint: 's3:aws', bucketName: 'logs', prefix: '', accountIds: [A], discoverAccounts: false }],
    ['a prefix with slashes or without', { ...s3, prefix: '/org/trail/' }, { prefix: 'org/trail/' }],
    ['the partition of its role', { ...s3, roleArn: role('aws-cn') }, { endpoint: 's3:aws-cn' }],
    ['the partition of its region', { ...s3, region: 'us-gov-west-1' }, { endpoint: 's3:aws-us-gov' }],
    [
      'the queue that tells of its files',
      { ...s3, type: 'S3_NOTIFICATIONS', queueUrl },
      { queueUrl, region: 'eu-west-2' },
    ],
    [
      'a bucket in another region than its queue',
      { ...s3, type: 'S3_NOTIFICATIONS', queueUrl, region: 'eu-west-1' },
      { queueUrl, region: 'eu-west-1' },
    ],
    ['a list without repeats', { ...s3, accountIds: [A, A] }, { accountIds: [A] }],
    [
      'discovered accounts',
      { ...s3, accountIds: null, discoverAccounts: true },
      { accountIds: [], discoverAccounts: true },
    ],
    ['a directory', { type: 'DIRECTORY', path: tmpdir(), accountIds: [A] }, { endpoint: 'file:', roleArn: null }],
  ])('is read from %s', async (_, input, expected) => {
    expect(await parseSource('input', input, context)).toMatchObject(expected);
  });

  it.each<[string, SourceInput, RegExp]>([
    ['input.type', { ...s3, type: 'CLOUDWATCH' }, /not supported yet/],
    ['input.bucket', { ...s3, bucket: null }, /name the bucket/],
    ['input.bucket', { ...s3, bucket: 's3://logs' }, /no name/],
    ['input.bucket', { ...s3, bucket: 'a..b' }, /no name/],
    ['input.prefix', { ...s3, prefix: 'a/../b' }, /folder names/],
    ['input.prefix', { ...s3, prefix: 'x/AWSLogs' }, /before AWSLogs/],
    ['input.region', { ...s3, region: 'Frankfurt' }, /AWS region/],
    ['input.roleArn', { ...s3, roleArn: 'admin' }, /ARN/],
    ['input.externalId', { ...s3, externalId: 'a b' }, /letters/],
    ['input.path', { ...s3, path: '/x' }, /does not belong/],
    ['input.queueUrl', { ...s3, queueUrl }, /does not belong/],
    ['input.queueUrl', { type: 'DIRECTORY', path: '/', queueUrl, accountIds: [A] }, /does not belong/],
    ['input.queueUrl', { ...s3, type: 'S3_NOTIFICATIONS' }, /name the queue/],
    ['input.queueUrl', { ...s3, type: 'S3_NOTIFICATIONS', queueUrl: 'http://127.0.0.1/1/q' }, /no URL of an SQS/],
    ['input.accountIds', { ...s3, accountIds: [] }, /discoverAccounts/],
    [
      'input.accountIds',
      { ...s3, accountIds: Array.from({ length: 10_001 }, (_, n) => String(n).padStart(12, '0')) },
      /10001/,
    ],
    ['input.path', { type: 'DIRECTORY', accountIds: [A] }, /name the directory/],
    ['input.path', { type: 'DIRECTORY', path: 'relative', accountIds: [A] }, /absolute/],
    ['input.path', { type: 'DIRECTORY', path: '/no/such/directory', accountIds: [A] }, /no directory/],
    ['input.bucket', { type: 'DIRECTORY', path: '/', bucket: 'b', accountIds: [A] }, /does not belong/],
  ])('refuses %s: %o', async (argument, input, reason) => {
    const parsed = parseSource('input', input, context);
    await expect(parsed).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
    await expect(parsed).rejects.toThrow(reason);
  });

  it('takes the id of its owner, and the custom endpoint for its own', async () => {
    const given = { ...context, owner: { accountId: A, roleArn: role('aws-cn') }, endpointUrl: 'http://127.0.0.1:1' };
    const parsed = await parseSource('input', { type: 'S3_LISTING', bucket: 'logs' }, given);
    expect(parsed).toMatchObject({ accountIds: [A], endpoint: 'http://127.0.0.1:1', roleArn: null });
    expect(await parseSource('input', { ...s3, roleArn: null }, { ...given, endpointUrl: null })).toMatchObject({
      endpoint: 's3:aws-cn',
    });
  });
});

it.each([
  ['s3:aws', 'logs', '', 's3://logs/'],
  ['s3:aws', 'logs', 'org/', 's3://logs/org/'],
  ['file:', '/var/log s', '', 'file:///var/log%20s'],
  ['file:', '/var/logs', 'org/', 'file:///var/logs/org/'],
])('the location of %s %s %s is %s', (endpoint, bucketName, prefix, expected) => {
  expect(locationOf(endpoint, bucketName, prefix)).toBe(expected);
});
