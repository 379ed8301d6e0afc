import { expect, it } from 'vitest';
import { isRegion, parseRoleArn, partitionOfRegion, regionInPartition } from './partition.js';

// Regions and partitions: https://docs.aws.amazon.com/general/latest/gr/rande.html and the SDK's endpoint rules.
it.each([
  ['eu-central-1', 'aws'],
  ['us-gov-east-1', 'aws-us-gov'],
  ['cn-northwest-1', 'aws-cn'],
  ['us-iso-west-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-east-1', 'aws-iso-f'],
  ['eusc-de-east-1', 'aws-eusc'],
])('the region %s lies in the partition %s', (region, partition) => {
  expect(isRegion(region)).toBe(true);
  expect(partitionOfRegion(region)).toBe(partition);
});

it.each(['Frankfurt', 'eu-central', 'EU-central-1', 'eu-central-1 ', 'eu_central_1', '', 'eu-central-1/..'])(
  '%j has not the form of a region',
  (text) => {
    expect(isRegion(text)).toBe(false);
  },
);

it.each([
  ['arn:aws:iam::123456789012:role/crosstrail', { partition: 'aws', accountId: '123456789012' }],
  ['arn:aws-us-gov:iam::000000000001:role/logs/reader', { partition: 'aws-us-gov', accountId: '000000000001' }],
  ['arn:aws-cn:iam::123456789012:role/x', { partition: 'aws-cn', accountId: '123456789012' }],
  ['arn:aws-moon:iam::123456789012:role/x', null],
  ['arn:aws:iam::12345678901:role/x', null],
  ['arn:aws:iam::123456789012:user/x', null],
  ['arn:aws:iam::123456789012:role/', null],
  ['arn:aws:iam::123456789012:role/a b', null],
  ['arn:aws:sts::123456789012:assumed-role/x/y', null],
  [' arn:aws:iam::123456789012:role/x', null],
  [`arn:aws:iam::123456789012:role/${'x'.repeat(513)}`, null],
])('the role ARN %s is taken apart or refused', (arn, expected) => {
  expect(parseRoleArn(arn)).toEqual(expected === null ? null : { arn, ...expected });
});

it.each([
  ['aws', 'eu-west-1', 'eu-west-1'],
  ['aws-us-gov', 'eu-west-1', 'us-gov-west-1'],
  ['aws-us-gov', 'us-gov-east-1', 'us-gov-east-1'],
  ['aws-cn', undefined, 'cn-north-1'],
  ['aws', 'cn-north-1', 'us-east-1'],
])('in the partition %s with %s configured, STS is called in %s', (partition, preferred, expected) => {
  expect(regionInPartition(partition, preferred)).toBe(expected);
});
