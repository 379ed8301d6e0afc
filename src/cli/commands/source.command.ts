import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parsePrefix } from '../../sources/prefix.inputs.js';
import { parseQueueUrl, queueArn } from '../../sources/queue-url.js';
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
import { showPolicies } from '../show-policies.js';
import { tableLines } from '../terminal.js';

interface SourceRow {
  id: string;
  type: string;
  location: string;
  accountIds: string[];
  status: string;
  lastError: string | null;
  lastFileAt: string | null;
  filesPending: number;
  filesFailed: number;
}

interface AddOptions {
  bucket?: string;
  prefix?: string;
  region?: string;
  queueUrl?: string;
  directory?: string;
  role?: string;
  externalId?: string;
  viaRole?: string;
  viaExternalId?: string;
  account: string[];
  discover?: boolean;
}

/** Sources of several accounts: a central bucket, an organisation trail, a directory. */
export const addSource: AddCommand = (program, context) => {
  const source = program.command('source').description('Where log files come from: buckets and directories.');
  addList(source, context);
  addAdd(source, context);
  addCheck(source, context);
  source
    .command('delete')
    .description('Stop reading a source for good. Its stored events stay.')
    .argument('<id>', 'the id that `source list` shows')
    .addHelpText('after', examples(['a bucket that is no longer written to', 'source delete 3f1c…']))
    .action(async (id: string) => {
      await withApp(context, (app) => app.execute(documents.deleteSource, { input: { id } }));
      context.terminal.err(`Source ${id} is no longer read; its stored events stay.`);
    });
};

function addList(source: Command, context: CliContext): void {
  source
    .command('list')
    .description('Show the sources, how they do, and what waits to be ingested.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['for a script', 'source list --json']))
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withApp(context, (app) => allNodes<SourceRow>(app, documents.listSources, 'sources'));
      const { terminal } = context;
      if (json) return terminal.out(JSON.stringify(rows, null, 2));
      if (rows.length === 0) return terminal.err('There are no sources yet: crosstrail source add --help');
      const columns = [
        { title: 'id', value: (row: SourceRow) => row.id },
        { title: 'location', value: (row: SourceRow) => row.location },
        { title: 'accounts', value: (row: SourceRow) => row.accountIds.length },
        { title: 'status', value: (row: SourceRow) => row.status },
        { title: 'pending', value: (row: SourceRow) => row.filesPending },
        { title: 'failed', value: (row: SourceRow) => row.filesFailed },
        { title: 'error', value: (row: SourceRow) => row.lastError },
      ];
      for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
    });
}

function addAdd(source: Command, context: CliContext): void {
  source
    .command('add')
    .description('Connect a bucket or directory that holds the log files of several accounts.')
    .option('--bucket <name>', 'the central bucket')
    .option('--prefix <prefix>', 'what stands before AWSLogs/ in the bucket')
    .option('--region <region>', 'the region of the bucket')
    .option('--queue-url <url>', 'the SQS queue that tells of new files')
    .option('--directory <path>', 'a directory laid out as a bucket, in place of one')
    .option('--role <arn>', 'the role to assume to read the bucket')
    .option('--external-id <id>', 'what the trust policy of the role asks for; made at random when left out')
    .option('--via-role <arn>', 'a role on the way: it is assumed, and it assumes the role that reads')
    .option('--via-external-id <id>', 'what the trust policy of the role on the way asks for')
    .addOption(listOption('--account <id>', 'an account that the source may speak for', 'none'))
    .option('--discover', 'take every account found in it, as they come')
    .addHelpText(
      'after',
      examples(
        [
          'the bucket of an organisation trail, every account in it',
          'source add --bucket org-trail --region eu-west-1 --discover \\\n      --role arn:aws:iam::999900001111:role/crosstrail',
        ],
        [
          'two accounts of a central bucket, and nothing of the others',
          'source add --bucket central-logs --account 111122223333,444455556666 \\\n      --role arn:aws:iam::999900001111:role/crosstrail',
        ],
        [
          'a bucket whose new files a queue tells of, so that they are read within a second',
          'source add --bucket org-trail --discover \\\n      --role arn:aws:iam::999900001111:role/crosstrail \\\n      --queue-url https://sqs.eu-west-1.amazonaws.com/999900001111/org-trail',
        ],
        ['log files copied to this machine', 'source add --directory ./bucket --discover'],
      ),
    )
    .action((options: AddOptions) => add(context, options));
}

async function add(context: CliContext, options: AddOptions): Promise<void> {
  const { bucket, region, directory, role, discover, queueUrl } = options;
  if ((bucket === undefined) === (directory === undefined)) {
    throw new UsageError('Give --bucket or --directory, one of the two.');
  }
  if (queueUrl !== undefined && bucket === undefined) throw new UsageError('A queue tells of a bucket: give --bucket.');
  // Whether the server lets it be called is the server's to say.
  const queue = queueUrl === undefined ? undefined : parseQueueUrl('--queue-url', queueUrl, queueUrl);
  if (options.account.length === 0 && !discover) {
    throw new UsageError('Say which accounts it may speak for: --account, or --discover for all in it.');
  }
  const prefix = options.prefix === undefined ? undefined : parsePrefix('--prefix', options.prefix);
  const externalId = role === undefined ? options.externalId : (options.externalId ?? randomBytes(16).toString('hex'));
  const via = { viaRoleArn: options.viaRole, viaExternalId: options.viaExternalId };
  const accountIds = options.account.length === 0 ? undefined : options.account;
  const common = { accountIds, discoverAccounts: discover ?? false };
  const input =
    directory === undefined
      ? {
          type: queue ? 'S3_NOTIFICATIONS' : 'S3_LISTING',
          bucket,
          prefix,
          region,
          queueUrl,
          roleArn: role,
          externalId,
          ...via,
          ...common,
        }
      : { type: 'DIRECTORY', path: resolve(directory), prefix, ...common };
  await withApp(context, async (app) => {
    const data = await app.execute<{ createSource: { source: { id: string; location: string } } }>(
      documents.createSource,
      { input },
    );
    const { id, location } = data.createSource.source;
    context.terminal.err(`Source ${id} (${location}) is connected and is being read.`);
    if (role === undefined) return;
    const arn = queue && queueArn(queue, region ?? '<REGION>');
    const connection = { roleArn: role, externalId, ...via, bucket, prefix, queueArn: arn };
    showPolicies(context.terminal, connection, await app.hubIdentity());
    context.terminal.err(`Then see whether it works:  crosstrail source check ${id}`);
  });
}

function addCheck(source: Command, context: CliContext): void {
  source
    .command('check')
    .description('Try what reading a source needs: assume its role, list, read. Exits with 1 when a step fails.')
    .argument('<id>', 'the id that `source list` shows')
    .addHelpText('after', examples(['after the role was made', 'source check 3f1c…']))
    .action(async (id: string) => {
      const data = await withApp(context, (app) =>
        app.execute<{ checkSource: CheckReport }>(documents.checkSource, { id }),
      );
      showChecks(context.terminal, data.checkSource);
      if (!data.checkSource.ok) throw new CommandFailed();
    });
}
