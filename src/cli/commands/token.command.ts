import type { Command } from 'commander';
import { type AddCommand, type CliContext, examples, listOption, withApp } from '../command.js';
import * as documents from '../documents.js';
import { allNodes } from '../pages.js';
import { tableLines } from '../terminal.js';

interface TokenRow {
  id: string;
  name: string;
  scopes: string[];
  accountIds: string[] | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

interface CreateOptions {
  scope: string[];
  account: string[];
  expires?: string;
}

/** What a reader of events needs, and no more. */
const defaultScopes = ['EVENTS_READ', 'ACCOUNTS_READ'];

export const addToken: AddCommand = (program, context) => {
  const token = program.command('token').description('The tokens that clients of the API send.');
  addCreate(token, context);
  addList(token, context);
  token
    .command('revoke')
    .description('Revoke a token for good; within seconds nothing takes it any more.')
    .argument('<id>', 'the id that `token list` shows')
    .addHelpText('after', examples(['a token that was seen in a log', 'token revoke 3f1c…']))
    .action(async (id: string) => {
      await withApp(context, (app) => app.execute(documents.revokeToken, { id }));
      context.terminal.err(`Token ${id} is revoked.`);
    });
};

function addCreate(token: Command, context: CliContext): void {
  token
    .command('create')
    .description('Make a token. Its secret, shown this once, is all that is printed on standard output.')
    .argument('<name>', 'what to call it')
    .addOption(listOption('--scope <scope>', 'what it may do', defaultScopes.join(', ')))
    .addOption(listOption('--account <id>', 'an account that it may see', 'every account'))
    .option('--expires <time>', 'when it stops working, such as 2027-01-31T00:00:00Z (default: never)')
    .addHelpText(
      'after',
      examples(
        [
          'a token for a SIEM that may read the events of two accounts',
          'token create siem --account 111122223333,444455556666',
        ],
        ['kept in a file', 'token create ci --scope EVENTS_READ > token.txt'],
      ),
    )
    .action(async (name: string, { scope, account, expires }: CreateOptions) => {
      const input = {
        name,
        scopes: scope.length === 0 ? defaultScopes : scope.map((one) => one.toUpperCase()),
        accountIds: account.length === 0 ? null : account,
        expiresAt: expires ?? null,
      };
      const { createToken } = await withApp(context, (app) =>
        app.execute<{ createToken: { token: { id: string }; secret: string } }>(documents.createToken, { input }),
      );
      const reach = input.accountIds === null ? 'every account' : input.accountIds.join(', ');
      context.terminal.err(`Token ${createToken.token.id} (${name}): ${input.scopes.join(', ')} on ${reach}.`);
      context.terminal.out(createToken.secret);
    });
}

function addList(token: Command, context: CliContext): void {
  token
    .command('list')
    .description('Show the tokens, what each may do, and when it was last used.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['with all their scopes', 'token list --json']))
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withApp(context, (app) => allNodes<TokenRow>(app, documents.listTokens, 'tokens'));
      const { terminal } = context;
      const now = Date.now();
      if (json) return terminal.out(JSON.stringify(rows, null, 2));
      const columns = [
        { title: 'id', value: (row: TokenRow) => row.id },
        { title: 'name', value: (row: TokenRow) => row.name },
        { title: 'scopes', value: (row: TokenRow) => row.scopes.length },
        { title: 'accounts', value: (row: TokenRow) => row.accountIds?.length ?? 'every' },
        { title: 'last used', value: (row: TokenRow) => row.lastUsedAt },
        { title: 'state', value: (row: TokenRow) => stateOf(row, now) },
      ];
      for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
    });
}

function stateOf({ revokedAt, expiresAt }: TokenRow, now: number): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'valid';
  return Date.parse(expiresAt) <= now ? 'expired' : `until ${expiresAt}`;
}
