/** IAM policies to paste into an account that is being connected. Pure. */

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

const version = '2012-10-17' as const;

/**
 * Who may assume the role: the hub, and only with the external id.
 *
 * @param hub ARN of the hub's role or user
 */
export function trustPolicy(hub: string, externalId: string): PolicyDocument {
  return {
    Version: version,
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: hub },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
    ],
  };
}

/**
 * What the role may do: list and read the log files below the prefix, verify them, and decrypt them.
 *
 * @param options.kmsKeyArn the key that encrypts the log files; left out, any key, by way of S3 only. The policy of the
 *   key must allow it too.
 */
export function readBucketPolicy(options: {
  bucket: string;
  prefix?: string | undefined;
  partition?: string | undefined;
  kmsKeyArn?: string | undefined;
}): PolicyDocument {
  const { bucket, prefix = '', partition = 'aws', kmsKeyArn = '*' } = options;
  const arn = `arn:${partition}:s3:::${bucket}`;
  return {
    Version: version,
    Statement: [
      {
        Sid: 'ListLogFiles',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: arn,
        Condition: { StringLike: { 's3:prefix': `${prefix}AWSLogs/*` } },
      },
      { Sid: 'ReadLogFiles', Effect: 'Allow', Action: 's3:GetObject', Resource: `${arn}/${prefix}AWSLogs/*` },
      // The call knows no resources: the keys are public, and the same for every account.
      { Sid: 'VerifyDigests', Effect: 'Allow', Action: 'cloudtrail:ListPublicKeys', Resource: '*' },
      {
        Sid: 'DecryptLogFiles',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: kmsKeyArn,
        // Not the encryption context: files that CloudTrail encrypts carry the trail's ARN there, others the bucket's.
        Condition: { StringLike: { 'kms:ViaService': 's3.*' } },
      },
    ],
  };
}

/**
 * What the role may do with a queue that tells of new files: receive and delete messages, and decrypt them.
 *
 * @param queueArn the queue; where it is not encrypted with a key of KMS, the second statement does nothing
 */
export function readQueuePolicy(queueArn: string): PolicyDocument {
  return {
    Version: version,
    Statement: [
      {
        Sid: 'ReceiveNotifications',
        Effect: 'Allow',
        Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
        Resource: queueArn,
      },
      {
        Sid: 'DecryptNotifications',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringLike: { 'kms:ViaService': 'sqs.*' } },
      },
    ],
  };
}

/** The queue's own policy: S3 may send to it, for this bucket alone. */
export function tellQueuePolicy(queueArn: string, bucket: string): PolicyDocument {
  return {
    Version: version,
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': `arn:${partitionOf(queueArn)}:s3:::${bucket}` } },
      },
    ],
  };
}

/** What the role that names the accounts of an organisation may do. The calls know no resources. */
export function listAccountsPolicy(): PolicyDocument {
  const actions = ['organizations:DescribeOrganization', 'organizations:ListAccounts'];
  return { Version: version, Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
}

/** What the hub's own identity needs: to assume the role. A wildcard stands for the roles of many accounts. */
export function hubPolicy(roleArn: string): PolicyDocument {
  return { Version: version, Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn }] };
}

/** `aws`, `aws-us-gov`, `aws-cn` … of an ARN; `aws` of anything else. */
export function partitionOf(arn: string | undefined): string {
  return /^arn:([^:]+):/.exec(arn ?? '')?.[1] ?? 'aws';
}
