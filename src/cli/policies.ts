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
 * What the role may do: list and read the log files below the prefix, and decrypt them.
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

/** What the hub's own identity needs: to assume the role. A wildcard stands for the roles of many accounts. */
export function hubPolicy(roleArn: string): PolicyDocument {
  return { Version: version, Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn }] };
}

/**
 * The principal that a trust policy names for an identity: of an assumed role, which speaks as
 * `arn:aws:sts::<account>:assumed-role/<name>/<session>`, the role itself. (That ARN leaves out the role's path; a hub
 * role with a path must be written by hand.)
 */
export function principalOf(identityArn: string): string {
  const match = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(identityArn);
  return match === null ? identityArn : `arn:${match[1]}:iam::${match[2]}:role/${match[3]}`;
}

/** `aws`, `aws-us-gov`, `aws-cn` … of an ARN; `aws` of anything else. */
export function partitionOf(arn: string | undefined): string {
  return /^arn:([^:]+):/.exec(arn ?? '')?.[1] ?? 'aws';
}
