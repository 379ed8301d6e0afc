import { expect, it } from 'vitest';
import { hubPolicy, partitionOf, principalOf, readBucketPolicy, trustPolicy } from './policies.js';

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
    { Action: 'kms:Decrypt', Condition: { StringLike: { 'kms:ViaService': 's3.*' } } },
  ]);
});

it.each([
  ['arn:aws:sts::111122223333:assumed-role/hub/i-0abc', 'arn:aws:iam::111122223333:role/hub'],
  ['arn:aws-us-gov:sts::111122223333:assumed-role/hub/x', 'arn:aws-us-gov:iam::111122223333:role/hub'],
  ['arn:aws:iam::111122223333:user/hub', 'arn:aws:iam::111122223333:user/hub'],
])('%s is trusted as %s', (identity, principal) => {
  expect(principalOf(identity)).toBe(principal);
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
