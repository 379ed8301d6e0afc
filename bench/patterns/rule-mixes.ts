import { generatedAccounts } from '../../src/demo/generator/log-files.js';
import { eventAccounts, eventSeed } from './documents.js';

/** A pattern for each number: so many distinct rules of one kind can be had as are asked for. */
export type PatternOf = (index: number) => object;

const services = ['s3', 'ec2', 'iam', 'sts', 'lambda', 'dynamodb', 'kms', 'sqs', 'rds', 'logs'];
const verbs = ['Create', 'Delete', 'Put', 'Update', 'Attach', 'Describe', 'Get', 'List', 'Tag', 'Modify'];
const regions = ['us-east-1', 'eu-central-1', 'us-west-2', 'eu-west-1', 'ap-southeast-2'];

const numbered = (index: number) => String(index).padStart(5, '0');

const realistic: readonly PatternOf[] = [
  (index) => ({
    source: [`aws.${services[index % services.length]}`],
    detail: { eventName: [`${verbs[index % verbs.length]}Thing${index}`] },
  }),
  (index) => ({ detail: { userIdentity: { arn: [{ prefix: `arn:aws:iam::${numbered(index)}1234567:user/` }] } } }),
  (index) => ({
    detail: {
      eventName: [`RunInstances${index}`],
      awsRegion: [{ 'anything-but': [regions[index % regions.length], regions[(index + 1) % regions.length]] }],
    },
  }),
  (index) => ({ detail: { errorCode: [`AccessDenied${index}`, `Client.Unauthorized${index}`] } }),
  (index) => ({ detail: { sourceIPAddress: [{ cidr: `10.${(index >> 8) & 255}.${index & 255}.0/24` }] } }),
  (index) => ({ detail: { requestParameters: { roleName: [{ suffix: `-admin-${index}` }] } } }),
  (index) => ({ detail: { requestParameters: { bucketName: [{ wildcard: `team-${index}-*-logs` }] } } }),
  (index) => ({
    $or: [
      { detail: { eventName: [`StopLogging${index}`] } },
      { detail: { userAgent: [{ 'equals-ignore-case': `Console-${index}` }] } },
    ],
  }),
];

const sharedSource: readonly PatternOf[] = [
  (index) => ({ requestParameters: { bucketName: [`bucket-${index}`] } }),
  (index) => ({ requestParameters: { key: [{ prefix: `tenants/${index}/` }] } }),
  (index) => ({ userIdentity: { arn: [{ suffix: `/deploy-${index}` }] } }),
  (index) => ({ userAgent: [{ wildcard: `aws-cli/*team-${index}` }] }),
  (index) => ({ sourceIPAddress: [{ cidr: `172.16.${index & 255}.${((index >> 8) & 15) << 4}/28` }] }),
  (index) => ({
    additionalEventData: { bytesTransferredOut: [{ numeric: ['>', 1e6 + index * 10, '<', 1e6 + index * 10 + 9] }] },
  }),
  (index) => ({ userIdentity: { userName: [{ 'equals-ignore-case': `Person-${index}` }] } }),
  (index) => ({ userAgent: [{ wildcard: `*build/${index} *` }] }),
];

const pickFrom =
  (kinds: readonly PatternOf[]): PatternOf =>
  (index) =>
    (kinds[index % kinds.length] as PatternOf)(index);

const names = verbs.flatMap((verb) =>
  ['Instances', 'Role', 'Object', 'User', 'Bucket'].map((noun) => `${verb}${noun}`),
);
const accounts = generatedAccounts(eventSeed, eventAccounts);

/** Rules for each account, region and call: each of their values is one that hundreds of rules share. */
const combination: PatternOf = (index) => ({
  account: [accounts[index % 20]],
  region: [regions[Math.floor(index / 20) % regions.length]],
  detail: {
    eventName: [['AssumeRole', 'Decrypt', ...names][Math.floor(index / 100) % names.length]],
    readOnly: [index < 5000],
  },
});

/** Mixes of rules, hardly any of which matches. */
export const ruleMixes: Readonly<Record<string, PatternOf>> = {
  'combinations of common values': combination,
  'everyday mix': pickFrom(realistic),
  'all of one source': (index) => ({
    source: ['aws.s3'],
    detail: { eventSource: ['s3.amazonaws.com'], ...pickFrom(sharedSource)(index) },
  }),
};

/** One pattern of each kind for CloudTrail events: most of the events have the field. */
export const cloudTrailPatterns: Readonly<Record<string, object>> = {
  exact: { source: ['aws.s3'], detail: { eventName: ['GetObject', 'PutObject'] } },
  prefix: { detail: { eventName: [{ prefix: 'Delete' }] } },
  suffix: { detail: { eventSource: [{ suffix: '3.amazonaws.com' }] } },
  'equals-ignore-case': { detail: { eventName: [{ 'equals-ignore-case': 'getobject' }] } },
  wildcard: { detail: { userIdentity: { arn: [{ wildcard: 'arn:aws:*:role/*admin*' }] } } },
  'anything-but': { detail: { awsRegion: [{ 'anything-but': ['us-east-1', 'us-west-2'] }] } },
  numeric: { detail: { requestParameters: { maxResults: [{ numeric: ['>', 10, '<=', 500] }] } } },
  cidr: { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/8' }] } },
  exists: { detail: { errorCode: [{ exists: true }], sessionCredentialFromConsole: [{ exists: false }] } },
  $or: {
    detail: { $or: [{ errorCode: ['AccessDenied'] }, { eventName: [{ prefix: 'Delete' }], readOnly: [false] }] },
  },
  'complex arrays': {
    detail: {
      resources: { type: ['AWS::S3::Object'], ARN: [{ prefix: 'arn:aws:s3:::' }], accountId: [{ exists: true }] },
    },
  },
};

/** The same for parcels. */
export const parcelPatterns: Readonly<Record<string, object>> = {
  exact: { properties: { MAPBLKLOT: ['0001001', '0010020', '0100100'] } },
  prefix: { properties: { STREET: [{ prefix: 'M' }] } },
  suffix: { properties: { STREET: [{ suffix: 'N' }] } },
  'equals-ignore-case': { properties: { STREET: [{ 'equals-ignore-case': 'jefferson' }] } },
  wildcard: { properties: { MAPBLKLOT: [{ wildcard: '*1*00*' }] } },
  'anything-but': { properties: { STREET: [{ 'anything-but': ['MARKET', 'BEACH'] }] } },
  numeric: { geometry: { coordinates: [{ numeric: ['>', 37.79, '<', 37.791] }], type: ['Polygon'] } },
  'complex arrays': {
    owners: {
      name: [{ prefix: 'owner-1' }],
      kind: ['company'],
      notes: { year: [{ numeric: ['>', 2010] }], text: ['sold'] },
    },
  },
};
