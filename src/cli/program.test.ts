import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { CrosstrailError } from '../platform/errors.js';
import type { BackfillRequest, CliApp, CliDeps, Role } from './app.js';
import { buildProgram, runCli } from './program.js';
import { commands } from './registry.js';
import type { Terminal } from './terminal.js';

/** A command line with an app that answers what it is told to, and notes what it was asked. */
function commandLine(answers: Record<string, unknown> = {}, hub: string | null = null) {
  const asked: { operation: string; variables: unknown }[] = [];
  const backfills: BackfillRequest[] = [];
  const opened: Role[] = [];
  let stopped = 0;
  const app: CliApp = {
    url: null,
    newAdminToken: null,
    async execute<Data>(document: string, variables?: Readonly<Record<string, unknown>>) {
      const operation = /(?:query|mutation) (\w+)/.exec(document)?.[1] ?? document;
      asked.push({ operation, variables });
      const answer = answers[operation];
      if (answer instanceof Error) throw answer;
      return answer as Data;
    },
    async backfill(request) {
      backfills.push(request);
      return { filesFound: 12, filesNew: 3 };
    },
    hubIdentity: async () => hub,
    stop: async () => void (stopped += 1),
  };
  const deps: CliDeps = {
    openApp: async (role) => {
      opened.push(role);
      return app;
    },
    migrate: async () => ['First1', 'Second2'],
    settings: () => ({ dataDir: '/nowhere', adminToken: null }),
    version: '1.2.3',
  };
  let out = '';
  let err = '';
  const terminal: Terminal = {
    interactive: false,
    columns: 100,
    out: (text) => void (out += `${text}\n`),
    err: (text) => void (err += `${text}\n`),
    status: () => undefined,
    style: (_, text) => text,
  };
  const run = async (line: string) => {
    const code = await runCli(line.split(' ').filter(Boolean), deps, terminal);
    return { code, out, err, asked, backfills, opened, stopped };
  };
  return { run, deps, terminal };
}

const page = (name: string, nodes: unknown[]) => ({
  [name]: { nodes, pageInfo: { hasNextPage: false, endCursor: null } },
});

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

it('--help names every command', async () => {
  const { out, code } = await commandLine().run('--help');
  expect(code).toBe(0);
  for (const name of ['start', 'api', 'worker', 'migrate', 'demo', 'account', 'source', 'token', 'backfill']) {
    expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  }
  expect(widest(out)).toBeLessThanOrEqual(100);
});

it('the help of every command has a description and an example of its own, and fits 100 columns', () => {
  const { deps, terminal } = commandLine();
  let shown = '';
  const program = buildProgram({
    ...deps,
    terminal: { ...terminal, out: (text) => void (shown = text) },
    stopSignal: () => new Promise(() => undefined),
  });
  const leaves = program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
  expect(leaves.length).toBeGreaterThan(commands.length);
  for (const leaf of leaves) {
    leaf.outputHelp();
    const name = leaf.parent === program ? leaf.name() : `${leaf.parent?.name()} ${leaf.name()}`;
    expect(leaf.description(), name).toMatch(/\.$/);
    expect(shown, name).toContain(`$ crosstrail ${name}`);
    expect(widest(shown), name).toBeLessThanOrEqual(100);
  }
});

it('a command that does not exist exits with 2 and points to the help', async () => {
  const { code, err } = await commandLine().run('nonsense');
  expect(code).toBe(2);
  expect(err).toContain("unknown command 'nonsense'");
  expect(err).toContain('--help');
});

it('an error meant for the user shows its message alone, and the app is released', async () => {
  const error = new CrosstrailError('NOT_FOUND', 'account 111122223333 does not exist');
  const { code, err, stopped } = await commandLine({ PauseAccount: error }).run('account pause 111122223333');
  expect(code).toBe(1);
  expect(err).toBe('account 111122223333 does not exist\n');
  expect(stopped).toBe(1);
});

it('a value that the API refuses is shown without a stack trace, a defect with one', async () => {
  const refused = new GraphQLError('Variable "$input" got invalid value "12"', {
    originalError: new TypeError('scalar'),
  });
  const { err } = await commandLine({ PauseAccount: refused }).run('account pause 12');
  expect(err).toBe('Variable "$input" got invalid value "12"\n');
  const defect = new GraphQLError('x is undefined', {
    path: ['pauseAccount'],
    originalError: new TypeError('x is undefined'),
  });
  const shown = await commandLine({ PauseAccount: defect }).run('account pause 12');
  expect(shown.err).toContain('program.test.ts');
});

it('account list, piped, is one tab-separated line an account', async () => {
  const accounts = [
    {
      accountId: '111122223333',
      name: 'prod',
      status: 'ACTIVE',
      lastError: null,
      sources: [{ filesPending: 4, lastFileAt: null }],
    },
    { accountId: '444455556666', name: 'a\u001b[31m\nb', status: 'ERROR', lastError: 'AccessDenied', sources: [] },
  ];
  const { out, opened } = await commandLine({ Accounts: page('accounts', accounts) }).run('account list');
  expect(out).toBe('111122223333\tprod\tACTIVE\t4\t-\t-\n444455556666\ta [31m b\tERROR\t0\t-\tAccessDenied\n');
  expect(opened).toEqual(['client']);
});

it('a list is read to its last page', async () => {
  const pages = [
    { tokens: { nodes: [{ id: 'a' }], pageInfo: { hasNextPage: true, endCursor: 'next' } } },
    { tokens: { nodes: [{ id: 'b' }], pageInfo: { hasNextPage: false, endCursor: null } } },
  ];
  const answers = {
    get Tokens() {
      return pages.shift();
    },
  };
  const { out, asked } = await commandLine(answers).run('token list --json');
  expect(JSON.parse(out)).toEqual([{ id: 'a' }, { id: 'b' }]);
  expect(asked.map(({ variables }) => variables)).toEqual([{ after: null }, { after: 'next' }]);
});

it('account add connects the account and prints policies with the external id that it sent', async () => {
  const hub = 'arn:aws:sts::999900001111:assumed-role/hub/session';
  const { out, asked, code } = await commandLine({}, hub).run(
    'account add 111122223333 --name prod --role arn:aws:iam::111122223333:role/crosstrail --bucket trail --prefix p/',
  );
  expect(code).toBe(0);
  expect(asked).toHaveLength(1);
  const [{ variables }] = asked as unknown as [{ variables: { input: { externalId: string } } }];
  const { input } = variables;
  expect(input).toMatchObject({
    accountId: '111122223333',
    name: 'prod',
    roleArn: 'arn:aws:iam::111122223333:role/crosstrail',
    sources: [{ type: 'S3_LISTING', bucket: 'trail', prefix: 'p/' }],
  });
  expect(input.externalId).toMatch(/^[0-9a-f]{32}$/);
  expect(out).toContain(`"sts:ExternalId": "${input.externalId}"`);
  expect(out).toContain('"AWS": "arn:aws:iam::999900001111:role/hub"');
  expect(out).toContain('"Resource": "arn:aws:s3:::trail/p/AWSLogs/*"');
});

it.each([
  ['source add --discover', 'Give --bucket or --directory'],
  ['source add --bucket b --directory d --discover', 'Give --bucket or --directory'],
  ['source add --bucket b', 'Say which accounts'],
  ['backfill id --from 2026-02-02 --to 2026-02-01', '--from must not be after --to'],
  ['backfill id --from 2026-02-30 --to 2026-03-01', 'It must be a day'],
  ['backfill id --to 2026-03-01', "required option '--from <day>'"],
])('%s is refused before anything is opened', async (line, reason) => {
  const { code, err, opened } = await commandLine().run(line);
  expect(code).toBe(2);
  expect(err).toContain(reason);
  expect(opened).toEqual([]);
});

it('source add takes several accounts in one option or in several', async () => {
  const created = { AddSource: { createSource: { source: { id: 's1', location: 's3://b' } } } };
  const { asked } = await commandLine(created).run('source add --bucket b --account 1,2 --account 3');
  expect(asked[0]?.variables).toMatchObject({ input: { accountIds: ['1', '2', '3'], discoverAccounts: false } });
});

it('token create prints the secret alone on standard output', async () => {
  const answers = { CreateToken: { createToken: { token: { id: 't1' }, secret: 'ct_secret' } } };
  const { out, err, asked } = await commandLine(answers).run(
    'token create siem --scope events_read --account 111122223333',
  );
  expect(out).toBe('ct_secret\n');
  expect(err).not.toContain('ct_secret');
  expect(asked[0]?.variables).toEqual({
    input: { name: 'siem', scopes: ['EVENTS_READ'], accountIds: ['111122223333'], expiresAt: null },
  });
});

it('a check that fails exits with 1 and shows the statement that is missing', async () => {
  const check = {
    call: 's3:GetObject',
    ok: false,
    error: 'AccessDenied',
    missingPermission: 's3:GetObject',
    policyStatement: { Effect: 'Allow' },
  };
  const answers = { CheckSource: { checkSource: { ok: false, checks: [check] } } };
  const { code, out } = await commandLine(answers).run('source check s1');
  expect(code).toBe(1);
  expect(out).toContain('FAILED s3:GetObject\n       AccessDenied\n       missing: s3:GetObject');
  expect(out).toContain('"Effect": "Allow"');
});

it('backfill says how many files it found', async () => {
  const { err, backfills } = await commandLine().run(
    'backfill s1 --from 2026-01-01 --to 2026-01-31 --region eu-west-1',
  );
  expect(backfills).toEqual([
    { sourceId: 's1', from: '2026-01-01', to: '2026-01-31', accountIds: null, regions: ['eu-west-1'] },
  ]);
  expect(err).toBe('Found 12 log files, 3 of them new.\n');
});

it('migrate prints the names of what it ran', async () => {
  expect(await commandLine().run('migrate')).toMatchObject({
    code: 0,
    out: 'First1\nSecond2\n',
    err: 'Ran 2 migrations\n',
  });
});
