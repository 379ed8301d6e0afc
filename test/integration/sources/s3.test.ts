import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsSessions } from '../../../src/platform/aws/aws-sessions.js';
import { ObjectNotFound } from '../../../src/sources/object-store.port.js';
import type { Source } from '../../../src/sources/source.entity.js';
import type { SourceInput } from '../../../src/sources/source.inputs.js';
import { A, admin, B, C, type Collection, logKey, startCollection } from '../../support/collection.js';
import { etagOf, FakeAws } from '../../support/fake-aws.js';

const aws = new FakeAws();
const { signal } = new AbortController();
const noon = new Date('2026-11-20T12:00:00Z');
const day = 24 * 3600_000;
const later = (ms: number) => new Date(noon.getTime() + ms);
const role = (accountId: string, partition = 'aws') => `arn:${partition}:iam::${accountId}:role/crosstrail`;
let collection: Collection;
let clock = Date.now();

beforeAll(async () => {
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  const endpointUrl = await aws.start();
  collection = await startCollection({
    aws: {
      endpointUrl,
      region: 'eu-west-1',
      installation: 'house',
      hubCredentials,
      now: () => clock,
      socketTimeoutMs: 300,
    },
  });
});
afterAll(async () => {
  await collection.stop();
  await aws.stop();
});
beforeEach(async () => {
  await collection.database.query('TRUNCATE log_file, account, source, deleted_account CASCADE');
  aws.buckets.clear();
  aws.calls.length = 0;
  aws.assumed.length = 0;
  aws.fault = () => null;
  aws.assumeFault = () => null;
  aws.pageLength = 1000;
});

async function connect(input: Partial<SourceInput> = {}): Promise<Source> {
  return collection.sources.create(admin, { type: 'S3_LISTING', bucket: 'central', accountIds: [A, B], ...input });
}

async function pass(source: Source, now = noon) {
  const fresh = await collection.sources.find(admin.accounts, source.id);
  aws.calls.length = 0;
  return collection.s3Discovery.pass(fresh ?? source, now, signal);
}

const perAccount = async () =>
  Object.fromEntries(
    (
      await collection.database.query<{ id: string; count: number }>(
        'SELECT account_id AS id, count(*)::integer AS count FROM log_file GROUP BY 1',
      )
    ).map(({ id, count }) => [id, count]),
  );

describe('a central bucket', () => {
  it('is collected for granted accounts, organisation folders and all kinds included', async () => {
    aws.put('central', logKey(A, noon, 'a', 'eu-west-1', 'logs/'));
    aws.put('central', logKey(A, later(-day), 'b', 'us-east-1', 'logs/'));
    aws.put('central', logKey(A, noon, 'i', 'eu-west-1', 'logs/').replaceAll('CloudTrail', 'CloudTrail-Insight'));
    aws.put('central', logKey(A, noon, 'd', 'eu-west-1', 'logs/').replaceAll('CloudTrail', 'CloudTrail-Digest'));
    aws.put('central', logKey(B, noon, 'c', 'eu-west-1', 'logs/').replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'));
    aws.put('central', logKey(C, noon, 'd', 'eu-west-1', 'logs/'));
    aws.put('central', logKey(A, later(-9 * day), 'old', 'eu-west-1', 'logs/'));
    const source = await connect({ prefix: 'logs' });
    expect(await pass(source)).toMatchObject({ found: 4, added: 4, changed: 0 });
    expect(await perAccount()).toEqual({ [A]: 3, [B]: 1 });
    expect(aws.calls.every((call) => call.accessKeyId === 'hub')).toBe(true);
    const shown = await collection.sources.find(admin.accounts, source.id);
    expect(shown).toMatchObject({ accountsIgnored: 1, status: 'ACTIVE', location: 's3://central/logs/' });
    expect(shown?.lastDiscoveryAt).toEqual(noon);
  });

  it('makes accounts of the folders that turn up, when it is to discover them', async () => {
    aws.pageLength = 1;
    for (const account of [A, B, C]) aws.put('central', logKey(account, noon, 'a'));
    const source = await connect({ accountIds: [], discoverAccounts: true });
    expect(await pass(source)).toMatchObject({ added: 3 });
    expect((await collection.accounts.list(admin.accounts, {})).nodes.map((account) => account.name)).toEqual([
      A,
      B,
      C,
    ]);
    await collection.accounts.delete(admin, B);
    aws.put('central', logKey(B, noon, 'b'));
    expect(await pass(source, later(day / 24))).toMatchObject({ added: 0 });
    expect(await collection.accounts.find(admin.accounts, B)).toBeNull();
  });

  it('passes over paused accounts and unwanted regions', async () => {
    aws.put('central', logKey(A, noon, 'a', 'eu-west-1'));
    aws.put('central', logKey(A, noon, 'a', 'us-east-1'));
    aws.put('central', logKey(B, noon, 'b'));
    const source = await connect();
    await collection.accounts.pause(admin, B);
    await collection.accounts.update(admin, { accountId: A, regions: ['us-east-1'] });
    expect(await pass(source)).toMatchObject({ added: 1 });
    expect(aws.calls.filter(({ key }) => key.includes(B))).toEqual([]);
  });
});

describe('what fails', () => {
  it('for one account is written on it, and the others go on', async () => {
    for (const account of [A, B]) aws.put('central', logKey(account, noon, 'a'));
    const source = await connect();
    aws.fault = ({ key }) => (key.startsWith(`AWSLogs/${A}/`) ? { status: 403, code: 'AccessDenied' } : null);
    expect(await pass(source)).toMatchObject({ added: 1 });
    const shown = await collection.sources.find(admin.accounts, source.id);
    expect(shown).toMatchObject({
      status: 'ERROR',
      lastError: expect.stringMatching(`^${A}: s3:ListBucket .* AccessDenied`),
    });
    expect([...(await collection.accounts.sourceFailures([A, B])).keys()]).toEqual([A]);
    aws.fault = () => null;
    expect(await pass(source)).toMatchObject({ added: 1 });
    expect(await collection.sources.find(admin.accounts, source.id)).toMatchObject({
      status: 'ACTIVE',
      lastError: null,
    });
  });

  it('for account after account, without an answer, ends the look: the others would wait for nothing', async () => {
    const ids = Array.from({ length: 30 }, (_, n) => `${400000000000 + n}`);
    for (const id of ids) aws.put('central', logKey(id, noon, 'a'));
    const source = await connect({ accountIds: ids });
    // A code that the client does not try again, as it would a timeout.
    const asked = new Set<string>();
    aws.fault = ({ key }) => {
      if (key === 'AWSLogs/') return null;
      asked.add(key);
      return { status: 400, code: 'InvalidToken' };
    };
    await expect(pass(source)).rejects.toMatchObject({ details: { awsCode: 'InvalidToken' } });
    expect(asked.size).toBeLessThanOrEqual(16);
    aws.fault = () => null;
    expect(await pass(source)).toMatchObject({ added: 30 });
  });

  it('for the source as a whole is written on the source', async () => {
    const source = await connect({ bucket: 'nowhere' });
    await expect(pass(source)).rejects.toMatchObject({ code: 'UPSTREAM_AWS', details: { awsCode: 'NoSuchBucket' } });
    const shown = await collection.sources.find(admin.accounts, source.id);
    expect(shown?.lastError).toContain('check the name of the bucket');
  });

  it('a role that may list only its accounts collects them all the same', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    aws.fault = ({ key }) => (key === 'AWSLogs/' ? { status: 403, code: 'AccessDenied' } : null);
    expect(await pass(await connect())).toMatchObject({ added: 1 });
  });

  it.each([
    ['503 SlowDown', { status: 503, code: 'SlowDown' } as const],
    ['no answer', 'hang' as const],
  ])('once with %s is tried again at once', async (_, fault) => {
    aws.put('central', logKey(A, noon, 'a'));
    let faults = 1;
    aws.fault = () => (faults-- > 0 ? fault : null);
    expect(await pass(await connect())).toMatchObject({ added: 1 });
  });
});

describe('roles', () => {
  it("an account's own bucket is read with the account's own role, external id and session name", async () => {
    aws.put('bucket-a', logKey(A, noon, 'a'));
    const sources = [{ type: 'S3_LISTING' as const, bucket: 'bucket-a' }];
    await collection.sources.createAccount(admin, { accountId: A, roleArn: role(A), externalId: 'ext-a', sources });
    const [source] = await collection.sources.list(admin.accounts);
    if (source === undefined) throw new Error('no source was made');
    expect(source.roleArn).toBe(role(A));
    expect(await pass(source)).toMatchObject({ added: 1 });
    expect(aws.assumed).toEqual([
      { roleArn: role(A), externalId: 'ext-a', sessionName: 'crosstrail-house', region: 'eu-west-1' },
    ]);
    expect(aws.calls.every((call) => call.accessKeyId === `1-${role(A).replaceAll('/', '.')}`)).toBe(true);
    await collection.accounts.delete(admin, A);
    expect(await collection.sources.list(admin.accounts)).toEqual([]);
  });

  it.each([
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-iso', 'us-iso-east-1'],
  ])('a role of the partition %s is assumed in %s', async (partition, region) => {
    aws.put('central', logKey(A, noon, 'a'));
    await pass(await connect({ roleArn: role(A, partition) }));
    expect(aws.assumed.map((assumed) => assumed.region)).toEqual([region]);
  });

  it('credentials that are about to end are renewed, and are shared until then', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ roleArn: role(C) });
    clock = Date.now();
    await Promise.all([pass(source), pass(source)]);
    expect(aws.assumed).toHaveLength(1);
    clock += 56 * 60_000;
    aws.sessionSeconds = 2 * 3600;
    await collection.aws.assume({ roleArn: role(C), externalId: null });
    expect(aws.assumed).toHaveLength(2);
    aws.sessionSeconds = 3600;
  });
});

it('without AWS credentials there is no hub identity to name', async () => {
  const error = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
  const sessions = createAwsSessions({
    hubCredentials: () => Promise.reject(error),
    endpointUrl: 'http://127.0.0.1:1',
  });
  expect(await sessions.hubArn()).toBeNull();
  sessions.stop();
});

describe('reading an object', () => {
  it('streams it and gives the ETag of what it read; one that is gone is told apart', async () => {
    const key = logKey(A, noon, 'a');
    aws.put('central', key, 'bytes');
    const store = await collection.stores.forSource((await connect()).id);
    const object = await store.open(key, signal);
    expect({ etag: `"${object.etag}"`, size: object.size }).toEqual({ etag: etagOf(Buffer.from('bytes')), size: 5 });
    let text = '';
    for await (const chunk of object.body) text += Buffer.from(chunk).toString();
    expect(text).toBe('bytes');
    await expect(store.open(`${key}x`, signal)).rejects.toThrow(ObjectNotFound);
    aws.fault = () => ({ status: 403, code: 'AccessDenied' });
    await expect(store.open(key, signal)).rejects.toMatchObject({ code: 'UPSTREAM_AWS' });
    await expect(collection.stores.forSource(A)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('ends when the work is stopped', async () => {
    const store = await collection.stores.forSource((await connect()).id);
    aws.fault = () => 'hang';
    const stop = new AbortController();
    const opened = store.open('key', stop.signal);
    stop.abort();
    await expect(opened).rejects.toMatchObject({ name: 'AbortError' });
  });
});
