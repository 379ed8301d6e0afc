import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../../src/sources/source.entity.js';
import type { SourceInput } from '../../../src/sources/source.inputs.js';
import { A, admin, B, C, type Collection, callerOf, logKey, startCollection } from '../../support/collection.js';
import { FakeAws } from '../../support/fake-aws.js';

const aws = new FakeAws();
const { signal } = new AbortController();
const noon = new Date('2026-11-20T12:00:00Z');
const role = (accountId: string, name = 'crosstrail') => `arn:aws:iam::${accountId}:role/${name}`;
const keyOf = (roleArn: string, nth: number) => `${nth}-${roleArn.replaceAll('/', '.')}`;
/** Access keys that AWS takes no more, and what it says. */
const refused = new Map<string, string>();
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
  // What was assumed for another test has long ended.
  clock += 2 * 3600_000;
  aws.sessionSeconds = (clock - Date.now()) / 1000 + 3600;
  aws.buckets.clear();
  aws.calls.length = 0;
  aws.assumed.length = 0;
  aws.assumeFault = () => null;
  refused.clear();
  aws.fault = ({ accessKeyId }) => {
    const code = refused.get(accessKeyId);
    return code === undefined ? null : { status: 400, code };
  };
});

const connect = (input: Partial<SourceInput> = {}) =>
  collection.sources.create(admin, { type: 'S3_LISTING', bucket: 'central', accountIds: [A], ...input });
const pass = async (source: Source) => collection.s3Discovery.pass(source, noon, signal);

describe('a session that ends or is revoked while it is used', () => {
  it.each(['ExpiredToken', 'InvalidAccessKeyId', 'InvalidToken', 'RequestExpired'])(
    'with %s is assumed anew, and the call made again',
    async (code) => {
      aws.pageLength = 1;
      for (const name of ['a', 'b', 'c']) aws.put('central', logKey(A, noon, name));
      const source = await connect({ roleArn: role(C), externalId: 'ext' });
      // After so many calls, in the middle of a listing, the first session is over.
      aws.fault = ({ accessKeyId }) =>
        accessKeyId === keyOf(role(C), 1) && aws.calls.length > 6 ? { status: 400, code } : null;
      expect(await pass(source)).toMatchObject({ added: 3 });
      expect(aws.assumed.map(({ roleArn }) => roleArn)).toEqual([role(C), role(C)]);
      aws.pageLength = 1000;
    },
  );

  it('is assumed once for many calls that are refused together', async () => {
    for (let name = 0; name < 12; name += 1) aws.put('central', logKey(A, noon, `f${name}`));
    const source = await connect({ roleArn: role(C) });
    await pass(source);
    refused.set(keyOf(role(C), 1), 'ExpiredToken');
    const store = collection.stores.open(source);
    const keys = [...(aws.buckets.get('central')?.keys() ?? [])];
    const read = async (key: string) => {
      for await (const bytes of (await store.open(key, signal)).body) expect(bytes.length).toBeGreaterThan(0);
    };
    await Promise.all(keys.map(read));
    expect(aws.assumed).toHaveLength(2);
  });

  it('is tried anew once only: what stays refused is told', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ roleArn: role(C) });
    await pass(source);
    aws.fault = () => ({ status: 400, code: 'ExpiredToken' });
    await expect(pass(source)).rejects.toMatchObject({ details: { awsCode: 'ExpiredToken' } });
    // The second session was new with the call that it was refused for.
    expect(aws.assumed).toHaveLength(2);
  });
});

describe('a role on the way', () => {
  const via = role(B, 'jump');

  it('assumes the role of the source, each with its own external id, and is shared by those behind it', async () => {
    const callers: string[] = [];
    aws.assumeFault = (_, caller) => {
      callers.push(caller);
      return null;
    };
    aws.put('central', logKey(A, noon, 'a'));
    aws.put('other', logKey(A, noon, 'b'));
    const chain = { viaRoleArn: via, viaExternalId: 'ext-via', externalId: 'ext' };
    const source = await connect({ roleArn: role(C), ...chain });
    expect(await pass(source)).toMatchObject({ added: 1 });
    expect(await pass(await connect({ bucket: 'other', roleArn: role(A), ...chain }))).toMatchObject({ added: 1 });
    expect(aws.assumed.map(({ roleArn, externalId }) => [roleArn, externalId])).toEqual([
      [via, 'ext-via'],
      [role(C), 'ext'],
      [role(A), 'ext'],
    ]);
    expect(callers).toEqual(['hub', keyOf(via, 1), keyOf(via, 1)]);
    expect(source).toMatchObject({ roleArn: role(C), viaRoleArn: via });
    expect(aws.calls.every(({ accessKeyId }) => /-arn:aws:iam::\d+:role\.crosstrail$/.test(accessKeyId))).toBe(true);
  });

  it('whose session ended is assumed anew, where the role behind it has to be', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ roleArn: role(C), viaRoleArn: via });
    await pass(source);
    refused.set(keyOf(role(C), 2), 'ExpiredToken');
    aws.assumeFault = (_, caller) =>
      caller === keyOf(via, 1) ? { status: 403, code: 'ExpiredTokenException', message: 'expired' } : null;
    await pass(source);
    expect(aws.assumed.map(({ roleArn }) => roleArn)).toEqual([via, role(C), role(C), via, role(C)]);
  });

  it('of an account leads to the sources that have no role of their own, until the account has none', async () => {
    aws.put('bucket-a', logKey(A, noon, 'a'));
    const sources = [{ type: 'S3_LISTING' as const, bucket: 'bucket-a' }];
    const input = { accountId: A, roleArn: role(A), viaRoleArn: via, viaExternalId: 'ext-via', sources };
    expect(await collection.sources.createAccount(admin, input)).toMatchObject({ viaRoleArn: via });
    const [source] = await collection.sources.list(admin.accounts);
    if (source === undefined) throw new Error('no source was made');
    expect(await pass(source)).toMatchObject({ added: 1 });
    expect(aws.assumed.map(({ roleArn }) => roleArn)).toEqual([via, role(A)]);
    const changed = await collection.accounts.update(admin, { accountId: A, viaRoleArn: null });
    expect(changed.viaRoleArn).toBeNull();
    expect(await collection.sources.find(admin.accounts, source.id)).toMatchObject({ viaRoleArn: null });
  });

  it.each([
    ['without the role that it leads to', { viaRoleArn: via }, null, 'input.viaRoleArn'],
    ['of an account that the token does not cover', { roleArn: role(A), viaRoleArn: via }, [A], 'input.viaRoleArn'],
    ['that is none', { roleArn: role(A), viaRoleArn: 'jump' }, null, 'input.viaRoleArn'],
    ['with an external id that is none', { roleArn: role(A), viaExternalId: '' }, null, 'input.viaExternalId'],
  ])('%s is refused', async (_, input, accountIds, argument) => {
    const made = collection.sources.create(callerOf(accountIds), {
      type: 'S3_LISTING',
      bucket: 'central',
      accountIds: [A],
      ...input,
    });
    await expect(made).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
  });
});

/** AWS shows an external id to whoever assumes the role, and to the account of the role, in their CloudTrail. */
describe('an external id that the caller was never shown', () => {
  const foreign = { roleArn: role(C), externalId: 'secret-of-c', viaRoleArn: role(B), viaExternalId: 'secret-of-b' };

  it.each([
    ['by a role on the way to it', { viaRoleArn: role(A) }, 'input.viaRoleArn'],
    ['to another role', { roleArn: role(A) }, 'input.externalId'],
    ['to another role on the way', { roleArn: role(A), externalId: null, viaRoleArn: role(A) }, 'input.viaExternalId'],
  ])('of a source is not sent %s', async (_, change, argument) => {
    const { id } = await connect(foreign);
    const changed = collection.sources.update(callerOf([A]), { id, ...change });
    await expect(changed).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
  });

  it('of an account is not sent to another role either; with its own, the role is taken', async () => {
    await collection.sources.createAccount(admin, { accountId: A, ...foreign });
    const change = { accountId: A, roleArn: role(A) };
    await expect(collection.accounts.update(callerOf([A]), change)).rejects.toMatchObject({
      details: { argument: 'input.externalId' },
    });
    const own = { ...change, externalId: null, viaRoleArn: null, viaExternalId: null };
    expect(await collection.accounts.update(callerOf([A]), own)).toMatchObject({ roleArn: role(A) });
  });

  it('stands in no entry of the audit log', async () => {
    const { id } = await connect(foreign);
    await collection.sources.update(admin, { id, externalId: 'new-secret', viaExternalId: 'new-secret' });
    await collection.sources.createAccount(admin, { accountId: B, ...foreign });
    await collection.accounts.update(admin, { accountId: B, externalId: 'new-secret', viaExternalId: 'new-secret' });
    expect(collection.audited.length).toBeGreaterThan(3);
    expect(JSON.stringify(collection.audited)).not.toMatch(/secret/);
    expect(JSON.stringify(collection.audited.at(-1))).toContain('"viaExternalId":"changed"');
  });
});
