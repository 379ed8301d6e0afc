import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/platform/graphql/check.entity.js';
import type { SourceInput } from '../../../src/sources/source.inputs.js';
import { A, admin, B, C, type Collection, callerOf, logKey, startCollection } from '../../support/collection.js';
import { FakeAws, type S3Call } from '../../support/fake-aws.js';

const aws = new FakeAws();
const noon = new Date('2026-11-20T12:00:00Z');
const role = (accountId: string, name = 'crosstrail') => `arn:aws:iam::${accountId}:role/${name}`;
const session = `arn:aws:sts::${C}:assumed-role/crosstrail/crosstrail`;
const prefix = { 's3:prefix': 'AWSLogs/*' };
const logFile = logKey(A, noon, 'a');
const digest =
  `AWSLogs/${A}/CloudTrail-Digest/eu-west-1/2026/11/20/` +
  `${A}_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261120T120000Z.json.gz`;
const denied = (message = 'Access Denied') => ({ status: 403, code: 'AccessDenied', message });
let collection: Collection;
let clock = Date.now();

beforeAll(async () => {
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  const endpointUrl = await aws.start();
  collection = await startCollection({ aws: { endpointUrl, region: 'eu-west-1', hubCredentials, now: () => clock } });
});
afterAll(async () => {
  await collection.stop();
  await aws.stop();
});
beforeEach(async () => {
  await collection.database.query('TRUNCATE log_file, account, source, deleted_account CASCADE');
  clock += 2 * 3600_000;
  aws.sessionSeconds = (clock - Date.now()) / 1000 + 3600;
  aws.buckets.clear();
  for (const key of [logFile, digest]) aws.put('central', key);
  aws.fault = () => null;
  aws.assumeFault = () => null;
  aws.cloudTrail.fault = () => null;
  aws.sqs.fault = () => null;
});

async function check(input: Partial<SourceInput> = {}) {
  const identity = { roleArn: role(C), externalId: 'secret-id' };
  const settings = { type: 'S3_LISTING' as const, bucket: 'central', accountIds: [A], ...identity, ...input };
  const { id } = await collection.sources.create(admin, settings);
  return collection.checks.source(admin, id);
}
const outcomes = ({ checks }: { checks: readonly Check[] }) => checks.map(({ call, ok }) => [call, ok]);
const failing = ({ checks }: { checks: readonly Check[] }) => checks.filter(({ error }) => error !== null);
const statement = (one: Check | undefined) => JSON.parse(one?.policyStatement ?? 'null');

describe('a check of a source', () => {
  it('tries every call that collecting makes, on a log file and on a digest', async () => {
    const result = await check();
    expect(result.ok).toBe(true);
    expect(result.checks.map(({ call, resource, ok }) => [call, resource, ok])).toEqual([
      ['sts:AssumeRole', role(C), true],
      ['s3:ListBucket', 'arn:aws:s3:::central/AWSLogs/', true],
      ['s3:GetObject', 'arn:aws:s3:::central/AWSLogs/*', true],
      ['s3:GetObject', 'arn:aws:s3:::central/AWSLogs/*', true],
      ['cloudtrail:ListPublicKeys', '*', true],
    ]);
    const read = aws.calls.filter(({ operation }) => operation === 'get').map(({ key }) => key);
    expect(read.slice(-2)).toEqual([logFile, digest]);
  });

  it('finds files of an organisation trail, behind a prefix', async () => {
    for (const key of [logFile, digest]) aws.put('org', `logs/${key.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')}`);
    expect((await check({ bucket: 'org', prefix: 'logs' })).checks.map(({ ok }) => ok)).toEqual(Array(5).fill(true));
  });

  it('of a bucket without files passes, and says what could not be tried', async () => {
    aws.buckets.set('empty', new Map());
    const result = await check({ bucket: 'empty', roleArn: null, externalId: null });
    expect(result.ok).toBe(true);
    expect(result.checks.map(({ ok, error }) => [ok, error])).toEqual([
      [true, null],
      [null, 'not tried: there is no log file yet'],
      [null, 'not tried: there is no digest file yet'],
      [true, null],
    ]);
  });

  it('of a role that may list the folders of its accounts only passes', async () => {
    aws.fault = ({ operation, key }) => (operation === 'list' && key === 'AWSLogs/' ? denied() : null);
    expect(outcomes(await check()).slice(1, 3)).toEqual([
      ['s3:ListBucket', true],
      ['s3:GetObject', true],
    ]);
  });

  it('does not exist for a token that does not cover all of the source', async () => {
    const { id } = await collection.sources.create(admin, {
      type: 'S3_LISTING',
      bucket: 'central',
      accountIds: [A, B],
    });
    await expect(collection.checks.source(callerOf([A]), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a call that is refused is told with the statement that allows it:', () => {
  it('assuming the role, for which its trust policy names whoever AWS says was refused', async () => {
    aws.assumeFault = ({ roleArn }) =>
      denied(
        `User: arn:aws:sts::999999999999:assumed-role/hub/i-1 is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      );
    const result = await check();
    // Nothing else can be tried.
    expect(outcomes(result)).toEqual([['sts:AssumeRole', false]]);
    expect(statement(result.checks[0])).toEqual({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999999999999:role/hub' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': '<the external id given here>' } },
    });
    expect(JSON.stringify(result)).not.toContain('secret-id');
  });

  it('assuming the role, where it is the caller that may not', async () => {
    aws.assumeFault = ({ roleArn }) =>
      denied(
        `User: x is not authorized to perform: sts:AssumeRole on resource: ${roleArn} because no identity-based policy allows the sts:AssumeRole action`,
      );
    expect(statement((await check()).checks[0])).toEqual({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: role(C),
    });
  });

  it.each([
    ['the role on the way', role(B, 'jump'), [['sts:AssumeRole', false]], "<the ARN of Crosstrail's own identity>"],
    [
      'the role behind the role on the way, which must trust that one',
      role(C),
      [
        ['sts:AssumeRole', true],
        ['sts:AssumeRole', false],
      ],
      role(B, 'jump'),
    ],
  ])('assuming %s', async (_, refused, expected, principal) => {
    aws.assumeFault = ({ roleArn }) => (roleArn === refused ? denied() : null);
    const result = await check({ viaRoleArn: role(B, 'jump') });
    expect(outcomes(result)).toEqual(expected);
    expect(statement(result.checks.at(-1)).Principal).toEqual({ AWS: principal });
  });

  it('listing, held to the prefix; what needs a listing is not tried, and the rest is', async () => {
    aws.fault = ({ operation }) => (operation === 'list' ? denied() : null);
    const result = await check();
    expect(result.checks.map(({ ok }) => ok)).toEqual([true, false, null, null, true]);
    expect(statement(result.checks[1])).toEqual({
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::central',
      Condition: { StringLike: prefix },
    });
  });

  it.each([
    ['a log file', (key: string) => key === logFile, [true, true, false, true, true], false],
    [
      'a digest, without which collecting goes on',
      (key: string) => key === digest,
      [true, true, true, null, true],
      true,
    ],
  ])('reading %s', async (_, which, expected, ok) => {
    aws.fault = ({ operation, key }: S3Call) => (operation === 'get' && which(key) ? denied() : null);
    const result = await check();
    expect([result.checks.map((one) => one.ok), result.ok]).toEqual([expected, ok]);
    expect(failing(result)).toMatchObject([{ missingPermission: 's3:GetObject' }]);
    expect(statement(failing(result)[0])).toEqual({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::central/AWSLogs/*',
    });
  });

  it.each([
    [
      'names the key',
      `User: ${session} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:${B}:key/1 because no identity-based policy allows the kms:Decrypt action`,
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: `arn:aws:kms:eu-west-1:${B}:key/1` },
    ],
    [
      'names none',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringLike: { 'kms:ViaService': 's3.*' } },
      },
    ],
  ])('decrypting with KMS, where AWS %s', async (_, message, expected) => {
    aws.fault = ({ key }) => (key === logFile ? denied(message) : null);
    const [refused] = failing(await check());
    expect(refused).toMatchObject({ call: 's3:GetObject', ok: false, missingPermission: 'kms:Decrypt' });
    expect(statement(refused)).toEqual(expected);
  });

  it('asking for public keys, which collecting can do without', async () => {
    aws.cloudTrail.fault = () => ({
      status: 400,
      code: 'AccessDeniedException',
      message: `User: ${session} is not authorized to perform: cloudtrail:ListPublicKeys on resource: * because no identity-based policy allows the cloudtrail:ListPublicKeys action`,
    });
    const result = await check();
    expect(result.ok).toBe(true);
    expect(failing(result)).toMatchObject([
      {
        call: 'cloudtrail:ListPublicKeys',
        ok: null,
        missingPermission: 'cloudtrail:ListPublicKeys',
        error: expect.stringContaining('Without it log files are collected, but digests cannot prove'),
      },
    ]);
    expect(statement(failing(result)[0])).toEqual({
      Effect: 'Allow',
      Action: 'cloudtrail:ListPublicKeys',
      Resource: '*',
    });
    // The keys are public: the hub may ask for the role.
    aws.cloudTrail.fault = ({ accessKeyId }) =>
      accessKeyId === 'hub' ? null : { status: 400, code: 'AccessDeniedException' };
    await collection.database.query('TRUNCATE source CASCADE');
    expect(failing(await check())).toEqual([]);
  });

  it.each([
    ['ReceiveMessage', 'sqs:ReceiveMessage', 'sqs:receivemessage', 'arn:aws:sqs:eu-west-1:333333333333:trail'],
    ['DeleteMessage', 'sqs:DeleteMessage', 'sqs:deletemessage', 'arn:aws:sqs:eu-west-1:333333333333:trail'],
    ['ReceiveMessage', 'kms:Decrypt', 'kms:Decrypt', `arn:aws:kms:eu-west-1:${C}:key/2`],
  ])('%s of a queue, for want of %s', async (operation, permission, action, resource) => {
    const queueUrl = `${collection.aws.endpointUrl}/${C}/trail`;
    aws.sqs.send(queueUrl);
    aws.sqs.fault = (call) =>
      call.operation === operation
        ? {
            status: 400,
            code: 'AccessDeniedException',
            message: `User: ${session} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
          }
        : null;
    const result = await check({ type: 'S3_NOTIFICATIONS', queueUrl });
    expect(failing(result)).toMatchObject([{ ok: false, call: `sqs:${operation}`, missingPermission: permission }]);
    expect(statement(failing(result)[0])).toEqual({ Effect: 'Allow', Action: permission, Resource: resource });
    expect(outcomes(result).slice(3)).toEqual([
      ['s3:ListBucket', true],
      ['s3:GetObject', true],
      ['s3:GetObject', true],
      ['cloudtrail:ListPublicKeys', true],
    ]);
  });
});

it.each([
  [
    'an explicit deny of the role',
    'with an explicit deny in an identity-based policy',
    'a policy of the role denies it',
  ],
  [
    'a service control policy',
    'with an explicit deny in a service control policy',
    'which no policy of the role can change',
  ],
  ['no service control policy', 'because no service control policy allows the s3:ListBucket action', 'whoever manages'],
])('a refusal by %s says so, and offers no statement', async (_, context, words) => {
  const message = `User: ${session} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::central" ${context}`;
  aws.fault = ({ operation }) => (operation === 'list' ? denied(message) : null);
  expect((await check()).checks[1]).toMatchObject({
    ok: false,
    error: expect.stringContaining(words),
    missingPermission: 's3:ListBucket',
    policyStatement: null,
  });
});

it("a check of an account tries its role and its sources', and leaves the account as it is", async () => {
  const sources = [{ type: 'S3_LISTING' as const, bucket: 'central' }];
  await collection.sources.createAccount(admin, { accountId: A, roleArn: role(A), viaRoleArn: role(B), sources });
  expect(outcomes(await collection.checks.account(admin, A)).map(([call]) => call)).toEqual([
    ...['sts:AssumeRole', 'sts:AssumeRole', 'sts:AssumeRole', 'sts:AssumeRole'],
    ...['s3:ListBucket', 's3:GetObject', 's3:GetObject', 'cloudtrail:ListPublicKeys'],
  ]);
  clock += 2 * 3600_000;
  aws.assumeFault = () => denied();
  expect(await collection.checks.account(admin, A)).toMatchObject({ ok: false });
  const failed = await collection.accounts.list(admin.accounts, { filter: { statuses: ['ERROR'] } });
  expect(failed.nodes).toEqual([]);
});
