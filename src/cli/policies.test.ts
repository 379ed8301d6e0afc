import { expect, it } from 'vitest';
import { hubPolicy, partitionOf, readBucketPolicy, readQueuePolicy, tellQueuePolicy, trustPolicy } from './policies.js';

it('the trust policy lets only the hub in, and only with the external id', () => {
  // Form of AWS's guide "Access to AWS accounts owned by third parties".
  expect(trustPolicy('arn:aws:iam::999999999999:role/hub', 'secret-id').Statement).toEqual([
    {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999999999999:role/hub' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'secret-id' } },
    },
  ]);
});

it.each([
  { prefix: undefined, partition: undefined, list: 'AWSLogs/*', arn: 'arn:aws:s3:::logs' },
  { prefix: 'org/', partition: 'aws', list: 'org/AWSLogs/*', arn: 'arn:aws:s3:::logs' },
  { prefix: 'org/', partition: 'aws-cn', list: 'org/AWSLogs/*', arn: 'arn:aws-cn:s3:::logs' },
])('listing and reading are held to the prefix $prefix in $partition', ({ prefix, partition, list, arn }) => {
  expect(readBucketPolicy({ bucket: 'logs', prefix, partition }).Statement).toMatchObject([
    { Action: 's3:ListBucket', Resource: arn, Condition: { StringLike: { 's3:prefix': list } } },
    { Action: 's3:GetObject', Resource: `${arn}/${list}` },
    { Action: 'cloudtrail:ListPublicKeys', Resource: '*' },
    { Action: 'kms:Decrypt', Condition: { StringLike: { 'kms:ViaService': 's3.*' } } },
  ]);
});

it('a role may take messages of its queue, and S3 may tell it of one bucket', () => {
  // Forms of "Configuring a bucket for notifications" (S3 User Guide) and "Key management" (SQS Developer Guide).
  const queue = 'arn:aws-cn:sqs:cn-north-1:111122223333:trail';
  expect(readQueuePolicy(queue).Statement).toMatchObject([
    { Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], Resource: queue },
    { Action: 'kms:Decrypt', Condition: { StringLike: { 'kms:ViaService': 'sqs.*' } } },
  ]);
  expect(tellQueuePolicy(queue, 'logs').Statement).toMatchObject([
    {
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue,
      Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws-cn:s3:::logs' } },
    },
  ]);
});

it('the partition is that of the ARN, and aws without one', () => {
  expect(partitionOf('arn:aws-cn:iam::111122223333:role/x')).toBe('aws-cn');
  expect(partitionOf(undefined)).toBe('aws');
});

it('the hub may assume the roles and nothing else', () => {
  expect(hubPolicy('arn:aws:iam::111122223333:role/crosstrail').Statement).toEqual([
    { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::111122223333:role/crosstrail' },
  ]);
});
