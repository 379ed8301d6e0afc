import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ask, openTestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { FakeAws } from '../support/fake-aws.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/* The whole program: an organisation is connected through the API, and a worker finds its accounts. */

const aws = new FakeAws();
let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'hub');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  test = await createTestDatabase();
  app = await openTestApp('all', { databaseUrl: test.url, awsEndpointUrl: await aws.start() });
});
afterAll(async () => {
  await app.stop();
  await aws.stop();
  await test.drop();
  vi.unstubAllEnvs();
});

it('hundreds of accounts appear by name within moments of connecting their organisation, and can be checked', async () => {
  aws.organizations.members = Array.from({ length: 300 }, (_, n) => ({
    Id: `${100000000000 + n}`,
    Name: `team ${n}`,
    State: 'ACTIVE',
  }));
  const input = { roleArn: 'arn:aws:iam::999999999999:role/list', memberRoleName: 'crosstrail' };
  const connect =
    'mutation ($input: ConnectOrganizationInput!) { connectOrganization(input: $input) { organization { id } } }';
  await ask(app.url, connect, { input });
  const query =
    '{ organizations { accounts lastError } accounts(first: 1000) { nodes { name roleArn status closedAt } } }';
  interface Seen {
    readonly organizations: readonly { accounts: number; lastError: string | null }[];
    readonly accounts: { readonly nodes: readonly object[] };
  }
  const seen = await eventually(
    () => ask<Seen>(app.url, query),
    ({ accounts }) => accounts.nodes.length === 300,
  );
  expect(seen.organizations).toEqual([{ accounts: 300, lastError: null }]);
  expect(seen.accounts.nodes[299]).toEqual({
    name: 'team 299',
    roleArn: 'arn:aws:iam::100000000299:role/crosstrail',
    status: 'ACTIVE',
    closedAt: null,
  });
  const check = '{ checkAccount(accountId: "100000000299") { ok checks { call resource } } }';
  expect(await ask(app.url, check)).toEqual({
    checkAccount: {
      ok: true,
      checks: [{ call: 'sts:AssumeRole', resource: 'arn:aws:iam::100000000299:role/crosstrail' }],
    },
  });
});
