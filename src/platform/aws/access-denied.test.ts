import { expect, it } from 'vitest';
import { adviceFor, isAllowable, parseDenial } from './access-denied.js';

const role = 'arn:aws:sts::111111111111:assumed-role/r/crosstrail';
const key = 'arn:aws:kms:eu-west-2:111111111111:key/b997e702-260d-456b-95c4-270624f53307';
const scp = 'arn:aws:organizations::222222222222:policy/o-aaabbbccc/service_control_policy/p-0xn1knc2';

// The forms of IAM's guide, "Troubleshoot access denied error messages", and what S3, KMS by way of S3, SQS (actions in
// small letters; an older form without the user), STS, CloudTrail and Organizations are seen to answer in public reports.
it.each([
  [
    's3:GetObject',
    `User: ${role} is not authorized to perform: kms:Decrypt on resource: ${key} because no identity-based policy allows the kms:Decrypt action`,
    { action: 'kms:Decrypt', resource: key, principal: role, policy: 'identity', isExplicit: false },
    'kms:Decrypt: allow it in a policy of the role',
  ],
  [
    's3:GetObject',
    `User: ${role} is not authorized to perform: kms:Decrypt on resource: ${key} because no resource-based policy allows the kms:Decrypt action`,
    { resource: key, policy: 'resource', isExplicit: false },
    'kms:Decrypt: allow it in the policy of the resource (bucket, key, queue, or the trust policy of a role)',
  ],
  [
    's3:GetObject',
    `User: ${role} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::logs/AWSLogs/a.json.gz" with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3`,
    {
      resource: 'arn:aws:s3:::logs/AWSLogs/a.json.gz',
      policy: 'identity',
      policyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3',
      isExplicit: true,
    },
    's3:GetObject: a policy of the role denies it: take that statement away (arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3)',
  ],
  [
    's3:ListBucket',
    `User: ${role} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" with an explicit deny in a service control policy: ${scp}`,
    { resource: 'arn:aws:s3:::logs', policy: 'scp', policyArn: scp, isExplicit: true },
    `s3:ListBucket: a service control policy of the organisation denies it, which no policy of the role can change (${scp})`,
  ],
  [
    's3:ListBucket',
    `User: ${role} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" because no service control policy allows the s3:ListBucket action`,
    { policy: 'scp', isExplicit: false },
    's3:ListBucket: no service control policy of the organisation allows it: whoever manages the organisation must',
  ],
  [
    's3:ListBucket',
    `User: ${role} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" with an explicit deny in a resource control policy`,
    { policy: 'rcp', isExplicit: true },
    's3:ListBucket: a resource control policy of the organisation denies it, which no policy of the role can change',
  ],
  [
    's3:ListBucket',
    `User: ${role} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" because no permissions boundary allows the s3:ListBucket action`,
    { policy: 'boundary', isExplicit: false },
    "s3:ListBucket: the role's permissions boundary must allow it too",
  ],
  [
    's3:ListBucket',
    `User: ${role} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" because no VPC endpoint policy allows the s3:ListBucket action`,
    { policy: 'endpoint', isExplicit: false },
    's3:ListBucket: the policy of the VPC endpoint on the way must allow it too',
  ],
  [
    'sqs:ReceiveMessage',
    `User: ${role} is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:111111111111:trail because no identity-based policy allows the sqs:receivemessage action`,
    { action: 'sqs:ReceiveMessage', resource: 'arn:aws:sqs:us-east-1:111111111111:trail', policy: 'identity' },
    'sqs:ReceiveMessage: allow it in a policy of the role',
  ],
  [
    'sqs:ReceiveMessage',
    'Access to the resource https://sqs.eu-west-1.amazonaws.com/ is denied.',
    { action: 'sqs:ReceiveMessage', resource: null, principal: null, policy: null, isExplicit: false },
    'allow sqs:ReceiveMessage in its policies',
  ],
  [
    'sts:AssumeRole',
    'User: arn:aws:iam::999999999999:user/hub is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/crosstrail',
    {
      resource: 'arn:aws:iam::111111111111:role/crosstrail',
      principal: 'arn:aws:iam::999999999999:user/hub',
      policy: null,
      isExplicit: false,
    },
    'allow sts:AssumeRole in its policies',
  ],
  [
    'cloudtrail:ListPublicKeys',
    `User: ${role} is not authorized to perform: cloudtrail:ListPublicKeys with an explicit deny in an identity-based policy`,
    { action: 'cloudtrail:ListPublicKeys', resource: null, policy: 'identity', policyArn: null, isExplicit: true },
    'cloudtrail:ListPublicKeys: a policy of the role denies it: take that statement away',
  ],
  [
    'organizations:ListAccounts',
    `User: ${role} is not authorized to perform: organizations:ListAccounts on resource: * because no resource-based policy allows the organizations:ListAccounts action`,
    { resource: null, policy: 'resource', isExplicit: false },
    'organizations:ListAccounts: allow it in the policy of the resource (bucket, key, queue, or the trust policy of a role)',
  ],
  [
    'organizations:ListAccounts',
    "You don't have permissions to access this resource.",
    { action: 'organizations:ListAccounts', resource: null, policy: null, isExplicit: false },
    'allow organizations:ListAccounts in its policies',
  ],
  ['s3:GetObject', 'Access Denied', { action: 's3:GetObject', policy: null }, 'allow s3:GetObject in its policies'],
  [
    's3:GetObject',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    { action: 'kms:Decrypt', resource: null },
    'allow kms:Decrypt in its policies',
  ],
])('%s refused with "%s" is understood', (call, message, denial, advice) => {
  const parsed = parseDenial(call, message);
  expect(parsed).toMatchObject(denial);
  expect(adviceFor(parsed)).toBe(advice);
});

it.each([
  ['because no identity-based policy allows the s3:GetObject action', true],
  ['because no resource-based policy allows the s3:GetObject action', true],
  ['', true],
  ['with an explicit deny in an identity-based policy', false],
  ['with an explicit deny in a service control policy', false],
  ['because no service control policy allows the s3:GetObject action', false],
  ['because no permissions boundary allows the s3:GetObject action', false],
])('a refusal %s is one that a statement can lift: %s', (context, expected) => {
  const message = `User: ${role} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::l/k" ${context}`;
  expect(isAllowable(parseDenial('s3:GetObject', message))).toBe(expected);
});
