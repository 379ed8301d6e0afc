import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parsePrefix } from '../../sources/prefix.inputs.js';
import { type CheckReport, showChecks } from '../checks.js';
import {
  type AddCommand,
  type CliContext,
  CommandFailed,
  examples,
  listOption,
  UsageError,
  withApp,
} from '../command.js';
import * as documents from '../documents.js';
import { allNodes } from '../pages.js';
import { type Connection, showPolicies } from '../show-policies.js';
import { tableLines } from '../terminal.js';

interface AccountRow {
  accountId: string;
  name: string;
  status: string;
  lastError: string | null;
  sources: { filesPending: number; lastFileAt: string | null }[];
}

interface AddOptions {
  name?: string;
  role?: string;
  externalId?: string;
  viaRole?: string;
  viaExternalId?: string;
  region: string[];
  bucket?: string;
  prefix?: string;
  bucketRegion?: string;
  directory?: string;
  retentionDays?: number;
}

export const addAccount: AddCommand = (program, context) => {
  const account = program.command('account').description('The accounts whose activity is collected.');
  addList(account, context);
  addAdd(account, context);
  addChanges(account, context);
  addCheck(account, context);
};

function addList(account: Command, context: CliContext): void {
  account
    .command('list')
    .description('Show the accounts, how they do, and what waits to be ingested.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['only those in trouble', 'account list | grep ERROR']))
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withApp(context, (app) => allNodes<AccountRow>(app, documents.listAccounts, 'accounts'));
      const { terminal } = context;
      if (json) return terminal.out(JSON.stringify(rows, null, 2));
      if (rows.length === 0) return terminal.err('There are no accounts yet: crosstrail account add --help');
      const columns = [
        { title: 'account', value: (row: AccountRow) => row.accountId },
        { title: 'name', value: (row: AccountRow) => row.name },
        { title: 'status', value: (row: AccountRow) => row.status },
        {
          title: 'pending',
          value: (row: AccountRow) => row.sources.reduce((sum, { filesPending }) => sum + filesPending, 0),
        },
        { title: 'last file', value: lastFile },
        { title: 'error', value: (row: AccountRow) => row.lastError },
      ];
      for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
    });
}

function lastFile({ sources }: AccountRow): string | undefined {
  return sources
    .flatMap(({ lastFileAt }) => lastFileAt ?? [])
    .sort()
    .at(-1);
}

function addAdd(account: Command, context: CliContext): void {
  account
    .command('add')
    .description('Connect an account, and print the policies that let Crosstrail read its bucket.')
    .argument('<account-id>', 'the 12 digits of the account')
    .option('--name <name>', 'what to call it; by default its id')
    .option('--role <arn>', 'the role to assume there; it may be made afterwards, with the policies printed')
    .option('--external-id <id>', 'what the trust policy of the role asks for; made at random when left out')
    .option('--via-role <arn>', 'a role on the way: it is assumed, and it assumes the role of the account')
    .option('--via-external-id <id>', 'what the trust policy of the role on the way asks for')
    .addOption(listOption('--region <region>', 'collect only this region', 'every region'))
    .option('--retention-days <days>', 'how long its events are kept; by default as all accounts', wholeDays)
    .option('--bucket <name>', 'the bucket that its trail writes to')
    .option('--prefix <prefix>', 'what stands before AWSLogs/ in the bucket')
    .option('--bucket-region <region>', 'the region of the bucket')
    .option('--directory <path>', 'a directory laid out as a bucket, in place of one')
    .addHelpText(
      'after',
      examples(
        [
          'an account with a bucket of its own',
          'account add 111122223333 --name production \\\n      --role arn:aws:iam::111122223333:role/crosstrail --bucket production-trail',
        ],
        [
          'an account whose files come through a central bucket (see: source add)',
          'account add 444455556666 --name sandbox',
        ],
      ),
    )
    .action((accountId: string, options: AddOptions) => add(context, accountId, options));
}

async function add(context: CliContext, accountId: string, options: AddOptions): Promise<void> {
  const { name = accountId, role, bucket, bucketRegion, directory, retentionDays } = options;
  if (bucket !== undefined && directory !== undefined) {
    throw new UsageError('Give --bucket or --directory, not both; more sources can be added with: source add');
  }
  const prefix = options.prefix === undefined ? undefined : parsePrefix('--prefix', options.prefix);
  const externalId = role === undefined ? options.externalId : (options.externalId ?? randomBytes(16).toString('hex'));
  const s3 = bucket === undefined ? [] : [{ type: 'S3_LISTING', bucket, prefix, region: bucketRegion }];
  const files = directory === undefined ? [] : [{ type: 'DIRECTORY', path: resolve(directory), prefix }];
  const sources = [...s3, ...files];
  const regions = options.region.length === 0 ? undefined : options.region;
  await withApp(context, async (app) => {
    const via = { viaRoleArn: options.viaRole, viaExternalId: options.viaExternalId };
    const input = { accountId, name, roleArn: role, externalId, ...via, regions, retentionDays, sources };
    await app.execute(documents.createAccount, { input });
    context.terminal.err(
      `Account ${accountId} (${name}) is connected${sources.length > 0 ? ' and is being collected' : ''}.`,
    );
    const connection: Connection = { roleArn: role, externalId, ...via, bucket, prefix };
    if (role !== undefined) showPolicies(context.terminal, connection, await app.hubIdentity());
    if (role !== undefined) context.terminal.err(`Then see whether it works:  crosstrail account check ${accountId}`);
  });
}

function wholeDays(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of days, 1 or more.');
  return Number(value);
}

function addChanges(account: Command, context: CliContext): void {
  const change = (name: string, description: string, document: string, done: string, help: string) =>
    account
      .command(name)
      .description(description)
      .argument('<account-id>', 'the 12 digits of the account')
      .addHelpText('after', help)
      .action(async (accountId: string) => {
        await withApp(context, (app) => app.execute(document, { input: { accountId } }));
        context.terminal.err(`Account ${accountId} ${done}.`);
      });
  change(
    'pause',
    'Stop collecting an account for now. What was collected stays.',
    documents.pauseAccount,
    'is paused',
    examples(['while its bucket is being moved', 'account pause 111122223333']),
  );
  change(
    'resume',
    'Go on collecting an account, from where it stopped.',
    documents.resumeAccount,
    'is being collected again',
    examples(['after a pause', 'account resume 111122223333']),
  );
  change(
    'delete',
    'End the collecting of an account for good. Its stored events stay.',
    documents.deleteAccount,
    'is no longer collected; its stored events stay',
    examples(['an account that was closed', 'account delete 111122223333']),
  );
}

function addCheck(account: Command, context: CliContext): void {
  account
    .command('check')
    .description('Try what collecting an account needs: assume its role, list, read. Exits with 1 when a step fails.')
    .argument('<account-id>', 'the 12 digits of the account')
    .addHelpText('after', examples(['after the role was made', 'account check 111122223333']))
    .action(async (accountId: string) => {
      const data = await withApp(context, (app) =>
        app.execute<{ checkAccount: CheckReport }>(documents.checkAccount, { accountId }),
      );
      showChecks(context.terminal, data.checkAccount);
      if (!data.checkAccount.ok) throw new CommandFailed();
    });
}
