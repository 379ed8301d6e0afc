import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrganizations } from '../../../src/accounts/index.js';
import type { OrganizationService } from '../../../src/accounts/organization.service.js';
import { A, admin, B, C, type Collection, callerOf, startCollection } from '../../support/collection.js';
import { FakeAws } from '../../support/fake-aws.js';
import { silentLog } from '../../support/silent-log.js';

const aws = new FakeAws();
const { signal } = new AbortController();
const listRole = 'arn:aws:iam::999999999999:role/list';
const active = (Id: string, Name: string) => ({ Id, Name, State: 'ACTIVE' });
let collection: Collection;
let organizations: OrganizationService;
const audited: object[] = [];
let due = 0;

beforeAll(async () => {
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  const endpointUrl = await aws.start();
  collection = await startCollection({ aws: { endpointUrl, region: 'eu-west-1', hubCredentials } });
  const made = createOrganizations({
    database: collection.database,
    audit: { record: async (_, entry) => void audited.push(entry) },
    accounts: collection.accounts,
    aws: collection.aws,
    log: silentLog,
    onDue: async () => {
      due += 1;
    },
  });
  organizations = made.organizations;
});
afterAll(async () => {
  await collection.stop();
  await aws.stop();
});
beforeEach(async () => {
  await collection.database.query('TRUNCATE account, source, deleted_account, organization CASCADE');
  aws.organizations.members = [active(A, 'Payments'), active(B, 'Log archive')];
  aws.organizations.partition = 'aws';
  aws.organizations.pageLength = 20;
  aws.organizations.fault = () => null;
  aws.organizations.calls.length = 0;
  aws.assumeFault = () => null;
  aws.assumed.length = 0;
  audited.length = 0;
  due = 0;
});

async function refresh() {
  await collection.database.query('UPDATE organization SET due_at = now()');
  await organizations.refreshDue(signal);
}
const connect = (input: Parameters<OrganizationService['connect']>[1] = { roleArn: listRole }) =>
  organizations.connect(admin, input);
const accounts = async () => (await collection.accounts.list(admin.accounts, {})).nodes;
const byId = async (accountId: string) => (await accounts()).find((account) => account.accountId === accountId);
const only = async () => {
  const [organization, second] = await organizations.list(admin.accounts);
  if (organization === undefined || second !== undefined) throw new Error('not one organisation');
  return organization;
};

describe('an organisation that is connected', () => {
  it('makes an account of each of its open accounts, by name, and says how many', async () => {
    aws.organizations.pageLength = 1;
    aws.organizations.members.push({ Id: C, Name: 'Old', State: 'SUSPENDED' });
    await connect({
      roleArn: listRole,
      externalId: 'ext',
      memberRoleName: 'security/crosstrail',
      memberExternalId: 'mm',
    });
    expect(due).toBe(1);
    await refresh();
    expect(aws.assumed).toMatchObject([{ roleArn: listRole, externalId: 'ext', region: 'eu-west-1' }]);
    expect(await accounts()).toMatchObject([
      { accountId: A, name: 'Payments', roleArn: `arn:aws:iam::${A}:role/security/crosstrail`, externalId: 'mm' },
      { accountId: B, name: 'Log archive', roleArn: `arn:aws:iam::${B}:role/security/crosstrail`, externalId: 'mm' },
    ]);
    expect(await only()).toMatchObject({
      organizationId: 'o-abcdefghij',
      managementAccountId: '999999999999',
      accounts: 2,
      closedAccounts: 0,
      lastError: null,
      lastRefreshedAt: expect.any(Date),
    });
  });

  it('is asked once an hour, by one process', async () => {
    await connect();
    await Promise.all([organizations.refreshDue(signal), organizations.refreshDue(signal)]);
    await organizations.refreshDue(signal);
    expect(aws.organizations.calls.filter(({ operation }) => operation === 'ListAccounts')).toHaveLength(1);
    const [row] = await collection.database.query<{ minutes: number }>(
      'SELECT round(extract(epoch FROM due_at - now()) / 60)::integer AS minutes FROM organization',
    );
    expect(row?.minutes).toBe(60);
  });

  it('shows accounts as they come, marks those that close or leave, and takes the mark back', async () => {
    await connect();
    await refresh();
    aws.organizations.members = [{ Id: A, Name: 'Payments', State: 'SUSPENDED' }, active(C, 'New')];
    await refresh();
    expect((await accounts()).map(({ accountId, closedAt }) => [accountId, closedAt !== null])).toEqual([
      [A, true],
      [B, true],
      [C, false],
    ]);
    expect(await only()).toMatchObject({ accounts: 1, closedAccounts: 2 });
    const since = (await byId(A))?.closedAt;
    await refresh();
    expect((await byId(A))?.closedAt).toEqual(since);
    aws.organizations.members = [active(A, 'Payments')];
    await refresh();
    expect((await byId(A))?.closedAt).toBeNull();
  });

  it.each([
    ['Status of an older partition', { Status: 'SUSPENDED' }, 0],
    ['a state on the way in', { State: 'PENDING_ACTIVATION', Status: 'ACTIVE' }, 0],
    ['a state on the way out', { State: 'PENDING_CLOSURE' }, 0],
    ['neither', {}, 1],
  ])('of an account with %s, makes %3$i', async (_, state, count) => {
    aws.organizations.members = [{ Id: A, Name: 'a', ...state }];
    await connect();
    await refresh();
    expect(await accounts()).toHaveLength(count);
  });

  it('brings back no account that somebody deleted', async () => {
    await connect();
    await refresh();
    await collection.accounts.delete(admin, B);
    await refresh();
    expect((await accounts()).map(({ accountId }) => accountId)).toEqual([A]);
  });

  it('names no account anew that somebody named, and gives no role to one that somebody gave one, or took it from', async () => {
    const own = `arn:aws:iam::${A}:role/own`;
    await collection.sources.createAccount(admin, { accountId: A, name: 'mine', roleArn: own });
    await collection.sources.createAccount(admin, { accountId: B });
    await connect({ memberRoleName: 'crosstrail' });
    await refresh();
    expect(await accounts()).toMatchObject([
      { name: 'mine', roleArn: own },
      { name: 'Log archive', roleArn: `arn:aws:iam::${B}:role/crosstrail` },
    ]);
    await collection.accounts.update(admin, { accountId: B, roleArn: null });
    await refresh();
    expect((await byId(B))?.roleArn).toBeNull();
  });

  it('leaves an account without a role whose own bucket is read without one', async () => {
    const sources = [{ type: 'S3_LISTING' as const, bucket: 'own-bucket' }];
    await collection.sources.createAccount(admin, { accountId: A, sources });
    await connect({ memberRoleName: 'crosstrail' });
    await refresh();
    expect(await byId(A)).toMatchObject({ roleArn: null, name: 'Payments' });
  });

  it('that is connected anew with another role gives that to the accounts, and looks at their sources again', async () => {
    const via = `arn:aws:iam::${C}:role/jump`;
    const { id } = await connect({ memberRoleName: 'mistyped' });
    await refresh();
    const sources = [{ type: 'S3_LISTING' as const, bucket: 'own-bucket', accountIds: [A] }];
    for (const source of sources) await collection.sources.create(admin, source);
    await organizations.disconnect(admin, id);
    collection.woken.sources.length = 0;
    await connect({ memberRoleName: 'crosstrail', viaRoleArn: via, viaExternalId: 'vv' });
    await refresh();
    expect(await byId(A)).toMatchObject({
      roleArn: `arn:aws:iam::${A}:role/crosstrail`,
      viaRoleArn: via,
      viaExternalId: 'vv',
    });
    expect(collection.woken.sources).toHaveLength(1);
  });

  it('in another partition gives roles of that partition', async () => {
    aws.organizations.partition = 'aws-us-gov';
    await connect({ roleArn: 'arn:aws-us-gov:iam::999999999999:role/list', memberRoleName: 'crosstrail' });
    await refresh();
    expect((await byId(A))?.roleArn).toBe(`arn:aws-us-gov:iam::${A}:role/crosstrail`);
    expect(aws.assumed.at(-1)?.region).toBe('us-gov-west-1');
  });

  it('keeps what it is told within bounds: names without control characters, ids of 12 digits', async () => {
    aws.organizations.members = [active(A, `x\u0007\n${'y'.repeat(300)}`), active('1', 'none'), active(B, ' ')];
    await connect();
    await refresh();
    expect((await accounts()).map(({ accountId, name }) => [accountId, name.length, /\p{Cc}/u.test(name)])).toEqual([
      [A, 128, false],
      [B, 12, false],
    ]);
  });
});

describe('an organisation that cannot be asked', () => {
  it('says why, changes no account, and heals by itself', async () => {
    await connect();
    await refresh();
    aws.organizations.members = [];
    aws.organizations.pageLength = 1;
    aws.organizations.fault = ({ operation }) =>
      operation === 'ListAccounts' ? { status: 400, code: 'AccessDeniedException', message: 'no' } : null;
    await refresh();
    expect(await only()).toMatchObject({
      accounts: 2,
      lastError: expect.stringMatching(
        /^organizations:ListAccounts .* AccessDeniedException: no; allow organizations:List/,
      ),
    });
    aws.organizations.fault = () => null;
    aws.organizations.members = [active(A, 'Payments')];
    await refresh();
    expect(await only()).toMatchObject({ accounts: 1, closedAccounts: 1, lastError: null });
  });

  it('whose listing breaks off after a page takes no account for closed', async () => {
    aws.organizations.pageLength = 1;
    await connect();
    await refresh();
    aws.organizations.fault = ({ nextToken }) =>
      nextToken === null ? null : { status: 400, code: 'AccessDeniedException' };
    await refresh();
    expect(await only()).toMatchObject({ accounts: 2, closedAccounts: 0 });
  });

  it('does not keep another from being asked', async () => {
    await connect({ roleArn: 'arn:aws:iam::888888888888:role/list' });
    await connect();
    aws.assumeFault = ({ roleArn }) =>
      roleArn.includes('888888888888') ? { status: 403, code: 'AccessDenied' } : null;
    await refresh();
    expect(
      (await organizations.list(admin.accounts)).map(({ lastError, accounts }) => [lastError !== null, accounts]),
    ).toEqual([
      [true, 0],
      [false, 2],
    ]);
  });
});

it('a disconnected organisation leaves its accounts, without a word about whether they are open', async () => {
  const { id } = await connect();
  await refresh();
  aws.organizations.members = [active(A, 'Payments')];
  await refresh();
  expect(await organizations.disconnect(admin, id)).toMatchObject({ id, accounts: 1, closedAccounts: 1 });
  expect((await accounts()).map(({ accountId, closedAt }) => [accountId, closedAt])).toEqual([
    [A, null],
    [B, null],
  ]);
  await refresh();
  expect(await organizations.list(admin.accounts)).toEqual([]);
});

it('an organisation is for tokens of every account alone', async () => {
  const narrow = callerOf([A, B, C]);
  const { id } = await connect();
  await expect(organizations.connect(narrow, {})).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(organizations.disconnect(narrow, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(organizations.check(narrow, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await organizations.list(narrow.accounts)).toEqual([]);
});

it.each([
  [{ memberRoleName: 'arn:aws:iam::111111111111:role/x' }, 'input.memberRoleName'],
  [{ memberRoleName: '' }, 'input.memberRoleName'],
  [{ memberRoleName: 'a b' }, 'input.memberRoleName'],
  [{ roleArn: 'list' }, 'input.roleArn'],
  [{ viaRoleArn: `arn:aws:iam::${C}:role/jump` }, 'input.viaRoleArn'],
  [{ memberRoleName: 'x', memberExternalId: ' ' }, 'input.memberExternalId'],
])('%o is refused, naming %s', async (input, argument) => {
  await expect(connect(input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
});

it('no external id stands in the audit log, and no more than 20 are connected', async () => {
  const secrets = { externalId: 'secret-1', viaExternalId: 'secret-2', memberExternalId: 'secret-3' };
  for (let n = 0; n < 20; n += 1) await connect({ roleArn: listRole, memberRoleName: 'crosstrail', ...secrets });
  await expect(connect()).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(audited).toHaveLength(20);
  expect(JSON.stringify(audited)).not.toContain('secret');
});

describe('the check of an organisation', () => {
  it('tries the role and both calls', async () => {
    const { id } = await connect({ roleArn: listRole, viaRoleArn: `arn:aws:iam::${C}:role/jump` });
    const { ok, checks } = await organizations.check(admin, id);
    expect([ok, checks.map(({ call, resource }) => [call, resource])]).toEqual([
      true,
      [
        ['sts:AssumeRole', `arn:aws:iam::${C}:role/jump`],
        ['sts:AssumeRole', listRole],
        ['organizations:DescribeOrganization', '*'],
        ['organizations:ListAccounts', '*'],
      ],
    ]);
  });

  it('names each call that is refused, with the statement that allows it', async () => {
    const { id } = await connect();
    aws.organizations.fault = ({ operation }) => ({
      status: 400,
      code: 'AccessDeniedException',
      message:
        operation === 'ListAccounts'
          ? "You don't have permissions to access this resource."
          : `User: arn:aws:sts::999999999999:assumed-role/list/x is not authorized to perform: organizations:DescribeOrganization on resource: * with an explicit deny in a service control policy`,
    });
    const { ok, checks } = await organizations.check(admin, id);
    expect(ok).toBe(false);
    expect(checks.slice(1)).toMatchObject([
      {
        ok: false,
        missingPermission: 'organizations:DescribeOrganization',
        policyStatement: null,
        error: expect.stringContaining('a service control policy of the organisation denies it'),
      },
      {
        ok: false,
        missingPermission: 'organizations:ListAccounts',
        policyStatement: '{"Effect":"Allow","Action":"organizations:ListAccounts","Resource":"*"}',
      },
    ]);
  });
});
