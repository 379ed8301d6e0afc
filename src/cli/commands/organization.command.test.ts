import { expect, it } from 'vitest';
import { commandLine } from '../../../test/support/command-line.js';

const hub = 'arn:aws:sts::999900001111:assumed-role/hub/session';
const role = 'arn:aws:iam::999900003333:role/list';
const row = {
  id: 'o1',
  organizationId: 'o-abcdefghij',
  memberRoleName: null,
  accounts: 212,
  closedAccounts: 3,
  lastError: null,
  lastRefreshedAt: '2026-11-21T12:00:00.000Z',
};
const connected = { ConnectOrganization: { connectOrganization: { organization: { id: 'o1' } } } };

it('organization connect sends what was typed and prints the policies of the role that lists', async () => {
  const line = `organization connect --role ${role} --member-role crosstrail --member-external-id m1`;
  const { code, out, err, asked } = await commandLine(connected, hub).run(line);
  expect(code).toBe(0);
  const [{ variables }] = asked as unknown as [{ variables: { input: { externalId: string } } }];
  expect(variables.input).toMatchObject({ roleArn: role, memberRoleName: 'crosstrail', memberExternalId: 'm1' });
  expect(variables.input.externalId).toMatch(/^[0-9a-f]{32}$/);
  expect(out).toContain(`"sts:ExternalId": "${variables.input.externalId}"`);
  expect(out).toContain('"organizations:ListAccounts"');
  expect(out).toContain('"AWS": "arn:aws:iam::999900001111:role/hub"');
  expect(err).toContain('crosstrail organization check o1');
});

it('by way of another role, the policies let the hub assume that one, and that one the role', async () => {
  const via = 'arn:aws:iam::999900004444:role/jump';
  const line = `organization connect --role ${role} --external-id e1 --via-role ${via} --via-external-id v1`;
  const { out } = await commandLine(connected, hub).run(line);
  const policies = out.split(/\n(?=Trust policy|Permissions)/).map((text) => text.trim());
  const about = (title: string) => policies.find((text) => text.startsWith(title)) ?? '';
  expect(about(`Trust policy of ${role}`)).toContain(`"AWS": "${via}"`);
  expect(about(`Trust policy of ${via}`)).toContain('"AWS": "arn:aws:iam::999900001111:role/hub"');
  expect(about(`Permissions of ${via}`)).toContain(`"Resource": "${role}"`);
  expect(about('Permissions of the hub')).toContain(`"Resource": "${via}"`);
});

it('organization status, piped, is one tab-separated line an organisation', async () => {
  const { out } = await commandLine({ Organizations: { organizations: [row] } }).run('organization status');
  expect(out).toBe('o1\to-abcdefghij\t-\t212\t3\t2026-11-21T12:00:00.000Z\t-\n');
  const none = await commandLine({ Organizations: { organizations: [] } }).run('organization status');
  expect(none.err).toContain('crosstrail organization connect --help');
});

it.each([
  ['disconnect', 'DisconnectOrganization', { input: { id: 'o1' } }],
  ['check', 'CheckOrganization', { id: 'o1' }],
])(
  'organization %s needs no id where there is one organisation, and one where there are two',
  async (name, operation, variables) => {
    const answers = { CheckOrganization: { checkOrganization: { ok: true, checks: [] } } };
    const one = await commandLine({ ...answers, Organizations: { organizations: [row] } }).run(`organization ${name}`);
    expect([one.code, one.asked.at(-1)]).toEqual([0, { operation, variables }]);
    const two = { ...answers, Organizations: { organizations: [row, { ...row, id: 'o2' }] } };
    const refused = await commandLine(two).run(`organization ${name}`);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('Several are connected')]);
    expect((await commandLine(two).run(`organization ${name} o2`)).code).toBe(0);
    const none = await commandLine({ Organizations: { organizations: [] } }).run(`organization ${name}`);
    expect(none.err).toContain('No organisation is connected');
  },
);
