import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { CliApp } from '../app.js';
import { type CheckReport, showChecks } from '../checks.js';
import { type AddCommand, type CliContext, CommandFailed, examples, UsageError, withApp } from '../command.js';
import * as documents from '../documents.js';
import { listAccountsPolicy } from '../policies.js';
import { showPolicies } from '../show-policies.js';
import { tableLines } from '../terminal.js';

interface OrganizationRow {
  id: string;
  organizationId: string | null;
  memberRoleName: string | null;
  accounts: number;
  closedAccounts: number;
  lastError: string | null;
  lastRefreshedAt: string | null;
}

interface ConnectOptions {
  role?: string;
  externalId?: string;
  viaRole?: string;
  viaExternalId?: string;
  memberRole?: string;
  memberExternalId?: string;
}

/** Organisations, whose accounts are found by AWS Organizations. */
export const addOrganization: AddCommand = (program, context) => {
  const organization = program
    .command('organization')
    .description('Organisations, whose accounts are found as they come and go.');
  addConnect(organization, context);
  addStatus(organization, context);
  addCheck(organization, context);
  organization
    .command('disconnect')
    .description('Stop finding accounts of an organisation. Those that were found stay.')
    .argument('[id]', 'the id that `organization status` shows; not needed where there is one')
    .addHelpText('after', examples(['the only one that is connected', 'organization disconnect']))
    .action(async (given: string | undefined) => {
      await withApp(context, async (app) => {
        const id = given ?? (await onlyOne(app)).id;
        await app.execute(documents.disconnectOrganization, { input: { id } });
        context.terminal.err(`Organisation ${id} is no longer asked for accounts; those that are here stay.`);
      });
    });
};

function addConnect(organization: Command, context: CliContext): void {
  organization
    .command('connect')
    .description('Make an account of every account of an organisation, now and as they come.')
    .option('--role <arn>', 'the role that may list the accounts; without it, the identity that Crosstrail runs as')
    .option('--external-id <id>', 'what the trust policy of the role asks for; made at random when left out')
    .option('--via-role <arn>', 'a role on the way to that one, and to the role of each account')
    .option('--via-external-id <id>', 'what the trust policy of the role on the way asks for')
    .option('--member-role <name>', 'the role that every account has for Crosstrail; left out, accounts get none')
    .option('--member-external-id <id>', 'what the trust policies of these roles ask for')
    .addHelpText(
      'after',
      examples(
        [
          'an organisation with a central bucket, which needs no role in each account',
          'organization connect --role arn:aws:iam::999900003333:role/crosstrail-list',
        ],
        [
          'one whose accounts each have a role of the same name',
          'organization connect --role arn:aws:iam::999900003333:role/crosstrail-list \\\n      --member-role crosstrail --member-external-id 4f1d…',
        ],
      ),
    )
    .action((options: ConnectOptions) => connect(context, options));
}

async function connect(context: CliContext, options: ConnectOptions): Promise<void> {
  const { role, viaRole, viaExternalId, memberRole, memberExternalId } = options;
  const externalId = role === undefined ? options.externalId : (options.externalId ?? randomBytes(16).toString('hex'));
  const input = {
    roleArn: role,
    externalId,
    viaRoleArn: viaRole,
    viaExternalId,
    memberRoleName: memberRole,
    memberExternalId,
  };
  await withApp(context, async (app) => {
    const data = await app.execute<{ connectOrganization: { organization: { id: string } } }>(
      documents.connectOrganization,
      { input },
    );
    const { id } = data.connectOrganization.organization;
    context.terminal.err(`Organisation ${id} is connected: a worker asks it for its accounts now and once an hour.`);
    const via = { viaRoleArn: viaRole, viaExternalId };
    const connection = { roleArn: role, externalId, ...via, permissions: listAccountsPolicy() };
    showPolicies(context.terminal, connection, await app.hubIdentity());
    context.terminal.err(`Then see whether it works:  crosstrail organization check ${id}`);
  });
}

function addStatus(organization: Command, context: CliContext): void {
  organization
    .command('status')
    .description('Show the organisations that are connected, and how many accounts they have here.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['for a script', 'organization status --json']))
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withApp(context, organizations);
      const { terminal } = context;
      if (json) return terminal.out(JSON.stringify(rows, null, 2));
      if (rows.length === 0)
        return terminal.err('No organisation is connected: crosstrail organization connect --help');
      const columns = [
        { title: 'id', value: (row: OrganizationRow) => row.id },
        { title: 'organisation', value: (row: OrganizationRow) => row.organizationId },
        { title: 'member role', value: (row: OrganizationRow) => row.memberRoleName },
        { title: 'accounts', value: (row: OrganizationRow) => row.accounts },
        { title: 'closed', value: (row: OrganizationRow) => row.closedAccounts },
        { title: 'refreshed', value: (row: OrganizationRow) => row.lastRefreshedAt },
        { title: 'error', value: (row: OrganizationRow) => row.lastError },
      ];
      for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
    });
}

function addCheck(organization: Command, context: CliContext): void {
  organization
    .command('check')
    .description('Try what finding the accounts needs. Exits with 1 when a step fails.')
    .argument('[id]', 'the id that `organization status` shows; not needed where there is one')
    .addHelpText('after', examples(['after the role was made', 'organization check']))
    .action(async (given: string | undefined) => {
      const { checkOrganization } = await withApp(context, async (app) => {
        const id = given ?? (await onlyOne(app)).id;
        return app.execute<{ checkOrganization: CheckReport }>(documents.checkOrganization, { id });
      });
      showChecks(context.terminal, checkOrganization);
      if (!checkOrganization.ok) throw new CommandFailed();
    });
}

async function organizations(app: CliApp): Promise<OrganizationRow[]> {
  return (await app.execute<{ organizations: OrganizationRow[] }>(documents.listOrganizations)).organizations;
}

async function onlyOne(app: CliApp): Promise<OrganizationRow> {
  const [first, second] = await organizations(app);
  if (first === undefined) throw new UsageError('No organisation is connected.');
  if (second !== undefined)
    throw new UsageError('Several are connected: give the id that `organization status` shows.');
  return first;
}
