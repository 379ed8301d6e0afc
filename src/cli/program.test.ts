import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { commandLine } from '../../test/support/command-line.js';
import { CrosstrailError } from '../platform/errors.js';
import type { CliApp } from './app.js';
import { type CliContext, CommandFailed, withApp } from './command.js';
import { buildProgram } from './program.js';
import { commands } from './registry.js';

const page = (name: string, nodes: unknown[]) => ({
  [name]: { nodes, pageInfo: { hasNextPage: false, endCursor: null } },
});

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

it('--help names every command', async () => {
  const { out, code } = await commandLine().run('--help');
  expect(code).toBe(0);
  for (const name of [
    'start',
    'api',
    'worker',
    'migrate',
    'demo',
    'account',
    'organization',
    'source',
    'token',
    'backfill',
    'verify',
    'metric',
    'alarms\\|alarm',
  ]) {
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

it('account add says how long the events of an account are kept, and nothing of it without the option', async () => {
  const { asked } = await commandLine().run('account add 111122223333 --retention-days 365');
  expect(asked[0]?.variables).toMatchObject({ input: { retentionDays: 365 } });
  const plain = await commandLine().run('account add 111122223333');
  expect(JSON.stringify(plain.asked[0]?.variables)).not.toContain('retentionDays');
});

it.each(['logs', '/logs/', 'logs//'])(
  'a prefix written %s is sent and printed as the server keeps it',
  async (prefix) => {
    const created = { AddSource: { createSource: { source: { id: 's1', location: 's3://trail/logs/' } } } };
    const role = '--role arn:aws:iam::111122223333:role/x';
    for (const line of ['account add 111122223333', 'source add --discover']) {
      const { out, asked } = await commandLine(created).run(`${line} ${role} --bucket trail --prefix ${prefix}`);
      expect(JSON.stringify(asked[0]?.variables)).toContain('"prefix":"logs/"');
      expect(out).toContain('"Resource": "arn:aws:s3:::trail/logs/AWSLogs/*"');
    }
  },
);

it.each(['account add 111122223333', 'source add --discover'])('%s sends the prefix of a directory', async (line) => {
  const created = { AddSource: { createSource: { source: { id: 's1', location: 'file:///d/logs/' } } } };
  const { asked } = await commandLine(created).run(`${line} --directory /d --prefix logs`);
  expect(JSON.stringify(asked[0]?.variables)).toContain('"prefix":"logs/"');
});

it('a prefix that no bucket can have is refused before anything is opened', async () => {
  const { code, err, opened } = await commandLine().run('source add --bucket b --discover --prefix a/AWSLogs');
  expect(code).toBe(1);
  expect(err).toContain('--prefix: must end before AWSLogs/');
  expect(opened).toEqual([]);
});

it('a check shows what could not be tried', async () => {
  const ok = {
    call: 's3:ListBucket',
    resource: 'arn:aws:s3:::b/AWSLogs/',
    ok: true,
    error: null,
    missingPermission: null,
    policyStatement: null,
  };
  const untried = { ...ok, call: 's3:GetObject', ok: null, error: 'not tried: there is no object yet' };
  const answers = { CheckSource: { checkSource: { ok: true, checks: [ok, untried] } } };
  const { out, code } = await commandLine(answers).run('source check s1');
  expect(out).toBe(
    'ok     s3:ListBucket arn:aws:s3:::b/AWSLogs/\n' +
      '-      s3:GetObject arn:aws:s3:::b/AWSLogs/\n       not tried: there is no object yet\n',
  );
  expect(code).toBe(0);
});

it.each([
  ['account add 111122223333 --bucket b --directory d', 'Give --bucket or --directory, not both'],
  ...['0', '-1', '1.5', '1y', '100000'].map((days) => [
    `account add 111122223333 --retention-days ${days}`,
    'It must be a whole number of days',
  ]),
  ['source add --discover', 'Give --bucket or --directory'],
  ['source add --bucket b --directory d --discover', 'Give --bucket or --directory'],
  ['source add --bucket b', 'Say which accounts'],
  ['source add --directory d --discover --queue-url http://q/1/q', 'A queue tells of a bucket'],
  ['backfill --from 2026-02-02 --to 2026-02-01', '--from must not be after --to'],
  ['backfill start --from 2026-02-30 --to 2026-03-01', 'It must be a day'],
  ['backfill --to 2026-03-01', "required option '--from <day>'"],
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

it('token list says which tokens work no more', async () => {
  const token = {
    id: 't',
    name: 'n',
    scopes: [],
    accountIds: null,
    lastUsedAt: null,
    revokedAt: null,
    expiresAt: null,
  };
  const tokens = [
    token,
    { ...token, expiresAt: '2001-01-01T00:00:00.000Z' },
    { ...token, expiresAt: '9999-01-01T00:00:00.000Z' },
    { ...token, expiresAt: '2001-01-01T00:00:00.000Z', revokedAt: '2000-01-01T00:00:00.000Z' },
  ];
  const { out } = await commandLine({ Tokens: page('tokens', tokens) }).run('token list');
  const states = out
    .trim()
    .split('\n')
    .map((line) => line.split('\t').at(-1));
  expect(states).toEqual(['valid', 'expired', 'until 9999-01-01T00:00:00.000Z', 'revoked']);
});

it('a stop signal during a command releases what it opened', async () => {
  const { deps, terminal } = commandLine();
  let stopped = 0;
  const app = { execute: () => new Promise(() => undefined), stop: async () => void (stopped += 1) };
  const context: CliContext = {
    ...deps,
    terminal,
    openApp: async () => app as unknown as CliApp,
    stopSignal: async () => 'SIGINT',
  };
  await expect(withApp(context, (opened) => opened.execute('query Never'))).rejects.toThrow(CommandFailed);
  expect(stopped).toBe(1);
});

it('a check that fails exits with 1 and shows the statement that is missing', async () => {
  const check = {
    call: 's3:GetObject',
    resource: '*',
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

const backfill = {
  id: 'b1',
  state: 'DONE',
  accountIds: ['111122223333'],
  regions: null,
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-02-01T00:00:00.000Z',
  workedAt: '2026-11-20T12:00:00.000Z',
  eta: null,
  errors: [] as object[],
  progress: {
    folders: 31,
    foldersListed: 31,
    files: 12,
    bytes: 34_567,
    filesPending: 0,
    filesIngested: 3,
    events: 1234,
    bytesPerSecond: null,
  },
};

it('backfill starts with whole days, prints the id, and shows how it ended', async () => {
  const answers = { StartBackfill: { startBackfill: { backfill } }, ShowBackfill: { backfill } };
  const { out, err, asked, code } = await commandLine(answers).run(
    'backfill --account 111122223333 --from 2026-01-01 --to 2026-01-31 --region eu-west-1',
  );
  expect(asked[0]?.variables).toEqual({
    input: {
      accountIds: ['111122223333'],
      regions: ['eu-west-1'],
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-02-01T00:00:00.000Z',
    },
  });
  expect([out, err, code]).toEqual(['b1\n', 'DONE  31 of 31 folders, 12 files (34.6 KB), 3 read, 1,234 events\n', 0]);
});

it('a backfill that gave accounts up ends with 1 and says how to go on', async () => {
  const errors = [{ accountId: '111122223333', error: 'AccessDenied', retryAt: null }];
  const { err, code } = await commandLine({ ShowBackfill: { backfill: { ...backfill, errors } } }).run(
    'backfill status b1',
  );
  expect(code).toBe(1);
  expect(err).toContain('111122223333: AccessDenied (given up)\n');
  expect(err).toContain('crosstrail backfill resume b1');
});

it('a backfill that is only started ends at once; one that nobody works at says so', async () => {
  const answers = {
    StartBackfill: { startBackfill: { backfill } },
    ShowBackfill: { backfill: { ...backfill, state: 'RUNNING', workedAt: null } },
  };
  const started = await commandLine(answers).run('backfill start --from 2026-01-01 --to 2026-01-31 --no-wait');
  expect([started.out, started.asked.length]).toEqual(['b1\n', 1]);
  expect((await commandLine(answers).run('backfill status b1')).err).toContain('No worker is at it');
});

it('Ctrl-C leaves a backfill running, and says so', async () => {
  const { deps, terminal } = commandLine();
  let said = '';
  const execute = async (document: string) =>
    document.includes('StartBackfill') ? { startBackfill: { backfill } } : new Promise(() => undefined);
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const program = buildProgram({
    ...deps,
    terminal: { ...terminal, out: () => interrupt('SIGINT'), err: (text) => void (said += `${text}\n`) },
    openApp: async () => ({ execute, stop: async () => undefined }) as unknown as CliApp,
    stopSignal: () => new Promise((resolve) => (interrupt = resolve)),
  });
  const line = ['backfill', '--from', '2026-01-01', '--to', '2026-01-31'];
  await expect(program.parseAsync(line, { from: 'user' })).rejects.toThrow(CommandFailed);
  expect(said).toContain('The backfill goes on while a worker runs: crosstrail backfill status b1');
});

it('migrate prints the names of what it ran', async () => {
  expect(await commandLine().run('migrate')).toMatchObject({
    code: 0,
    out: 'First1\nSecond2\n',
    err: 'Ran 2 migrations\n',
  });
});
