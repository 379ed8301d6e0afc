import { isoTime } from '../names.js';
import { type ApiCall, anyone, type CallDetails, type CallScene, people, read, workloads, write } from './api-call.js';

function bucketCall(scene: CallScene, subresource: string): CallDetails {
  const bucketName = scene.random.pick(scene.estate.buckets);
  const Host = `${bucketName}.s3.${scene.awsRegion}.amazonaws.com`;
  return {
    requestParameters: { bucketName, [subresource]: '', Host },
    additionalEventData: transfer(scene, 0),
    resources: [{ accountId: scene.estate.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` }],
    hostLabel: bucketName,
  };
}

/** What S3 adds to its records. */
export function transfer({ random }: Pick<CallScene, 'random'>, bytesTransferredOut: number): object {
  return {
    SignatureVersion: 'SigV4',
    CipherSuite: 'TLS_AES_128_GCM_SHA256',
    bytesTransferredIn: 0,
    AuthenticationMethod: 'AuthHeader',
    'x-amz-id-2': `${random.hex(64)}=`,
    bytesTransferredOut,
  };
}

function objectCall(scene: CallScene): CallDetails {
  const { random, estate, awsRegion, time } = scene;
  const bucketName = random.pick(estate.buckets);
  const key = `${isoTime(time).slice(0, 10).replaceAll('-', '/')}/${random.hex(8)}/part-${random.below(90)}.parquet`;
  return {
    requestParameters: { bucketName, Host: `${bucketName}.s3.${awsRegion}.amazonaws.com`, key },
    additionalEventData: transfer(scene, random.between(200, 900_000)),
    resources: [
      { accountId: estate.accountId, type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketName}/${key}` },
      { accountId: estate.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
    ],
    hostLabel: bucketName,
  };
}

function keyCall({ random, estate, awsRegion }: CallScene, context: object): CallDetails {
  const ARN = `arn:aws:kms:${awsRegion}:${estate.accountId}:key/${random.pick(estate.keys)}`;
  return {
    requestParameters: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', encryptionContext: context, keyId: ARN },
    resources: [{ accountId: estate.accountId, type: 'AWS::KMS::Key', ARN }],
  };
}

/** S3, KMS, Secrets Manager, DynamoDB, RDS and SQS, in no order. */
export const dataCalls = {
  getObject: { ...read('s3', 'GetObject', workloads, objectCall), dataEvent: true },
  putObject: { ...write('s3', 'PutObject', workloads, objectCall), dataEvent: true },
  listBuckets: read('s3', 'ListBuckets', anyone, (scene) => ({
    requestParameters: { Host: `s3.${scene.awsRegion}.amazonaws.com` },
    additionalEventData: transfer(scene, 2048),
  })),
  getBucketLocation: read('s3', 'GetBucketLocation', anyone, (scene) => bucketCall(scene, 'location')),
  getBucketAcl: read('s3', 'GetBucketAcl', ['service', 'workload'], (scene) => bucketCall(scene, 'acl')),
  getBucketPolicy: read('s3', 'GetBucketPolicy', anyone, (scene) => bucketCall(scene, 'policy')),
  getBucketEncryption: read('s3', 'GetBucketEncryption', anyone, (scene) => bucketCall(scene, 'encryption')),
  putBucketTagging: write('s3', 'PutBucketTagging', workloads, (scene) => bucketCall(scene, 'tagging')),
  decrypt: read('kms', 'Decrypt', workloads, (scene) =>
    keyCall(scene, {
      'aws:lambda:FunctionArn': `arn:aws:lambda:${scene.awsRegion}:${scene.estate.accountId}:function:${scene.random.pick(scene.estate.functions)}`,
    }),
  ),
  generateDataKey: read('kms', 'GenerateDataKey', workloads, (scene) =>
    keyCall(scene, { 'aws:s3:arn': `arn:aws:s3:::${scene.random.pick(scene.estate.buckets)}` }),
  ),
  describeKey: read('kms', 'DescribeKey', anyone, (scene) => keyCall(scene, {})),
  getSecretValue: read('secretsmanager', 'GetSecretValue', workloads, ({ random, estate, awsRegion }) => ({
    requestParameters: {
      secretId: `arn:aws:secretsmanager:${awsRegion}:${estate.accountId}:secret:${random.pick(estate.secrets)}`,
      versionStage: 'AWSCURRENT',
    },
  })),
  describeSecret: read('secretsmanager', 'DescribeSecret', anyone, ({ random, estate }) => ({
    requestParameters: { secretId: random.pick(estate.secrets) },
  })),
  describeTable: read('dynamodb', 'DescribeTable', anyone, ({ random, estate, awsRegion }) => {
    const tableName = random.pick(estate.tables);
    const ARN = `arn:aws:dynamodb:${awsRegion}:${estate.accountId}:table/${tableName}`;
    return {
      requestParameters: { tableName },
      resources: [{ accountId: estate.accountId, type: 'AWS::DynamoDB::Table', ARN }],
    };
  }),
  listTables: read('dynamodb', 'ListTables', people, () => ({ requestParameters: { limit: 100 } })),
  describeDBInstances: read('rds', 'DescribeDBInstances', anyone, ({ random, estate }) => ({
    requestParameters: { dBInstanceIdentifier: `${random.pick(estate.tables)}-db`, maxRecords: 100 },
  })),
  describeDBClusters: read('rds', 'DescribeDBClusters', anyone, ({ random, estate }) => ({
    requestParameters: { dBClusterIdentifier: `${random.pick(estate.tables)}-aurora`, includeShared: false },
  })),
  getQueueAttributes: read('sqs', 'GetQueueAttributes', workloads, ({ random, estate, awsRegion }) => {
    const name = `${random.pick(estate.services)}-events`;
    return {
      requestParameters: {
        queueUrl: `https://sqs.${awsRegion}.amazonaws.com/${estate.accountId}/${name}`,
        attributeNames: ['ApproximateNumberOfMessages'],
      },
      resources: [
        {
          accountId: estate.accountId,
          type: 'AWS::SQS::Queue',
          ARN: `arn:aws:sqs:${awsRegion}:${estate.accountId}:${name}`,
        },
      ],
    };
  }),
} satisfies Record<string, ApiCall>;
