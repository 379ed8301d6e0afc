import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/context.js';
import { createAccounts } from '../../../src/accounts/index.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { createSources } from '../../../src/sources/index.js';
import type { SourceInput } from '../../../src/sources/source.inputs.js';
import { A, admin, B, C, type Collection, callerOf, logKey, startCollection } from '../../support/collection.js';
import { silentLog } from '../../support/silent-log.js';

const role = (accountId: string) => `arn:aws:iam::${accountId}:role/crosstrail`;
const noon = new Date('2026-11-20T12:00:00Z');
const onlyA = callerOf([A]);
const S3 = 'S3_LISTING' as const;
let collection: Collection;
let path: string;
const ids: Record<'ofA' | 'ofAB' | 'discovering' | 'empty' | 'directory', string> = {
  ofA: '',
  ofAB: '',
  discovering: '',
  empty: '',
  directory: '',
};
const files: Record<string, string> = {};

beforeAll(async () => {
  collection = await startCollection();
  path = await mkdtemp(join(tmpdir(), 'crosstrail-scope-'));
  const create = async (input: SourceInput) => (await collection.sources.create(admin, input)).id;
  ids.ofA = await create({ type: S3, bucket: 'bucket-a', roleArn: role(A), accountIds: [A] });
  ids.ofAB = await create({ type: S3, bucket: 'canary-bucket', accountIds: [A, B] });
  ids.discovering = await create({ type: S3, bucket: 'all', discoverAccounts: true, accountIds: [A] });
  ids.empty = await create({ type: S3, bucket: 'gone', accountIds: [C] });
  ids.directory = await create({ type: 'DIRECTORY', path, accountIds: [A, B] });
  await collection.accounts.delete(admin, C);
  const source = await collection.sources.find(admin.accounts, ids.directory);
  for (const accountId of [A, B]) {
    const key = logKey(accountId, noon, 'f');
    const file = { key, accountId, awsRegion: 'eu-west-1', deliveredAt: noon.getTime(), size: 1, etag: 'e' };
    await collection.ledger.discovered(source ?? { id: '', bucketId: 0 }, [file]);
  }
  const rows = await collection.database.query<{ id: string; account_id: string }>(
    'SELECT id::text, account_id FROM log_file',
  );
  for (const row of rows) files[row.account_id] = row.id;
});
afterAll(() => collection.stop());

const outcome = (work: Promise<unknown>) =>
  work.then(
    (value) => value,
    (error: { code?: string; message: string }) => ({ code: error.code, message: error.message }),
  );

it('a change of an account is told to its sources', async () => {
  const told = async (work: () => Promise<unknown>) => {
    collection.woken.sources.length = 0;
    await work();
    return new Set(collection.woken.sources);
  };
  const ofB = new Set([ids.ofAB, ids.directory]);
  expect(await told(() => collection.accounts.pause(admin, B))).toEqual(ofB);
  expect(await told(() => collection.accounts.update(admin, { accountId: B, regions: ['eu-west-1'] }))).toEqual(ofB);
  await collection.accounts.update(admin, { accountId: B, regions: [] });
  expect(await told(() => collection.accounts.resume(admin, B))).toEqual(ofB);
});

it('lists and counts come through the reading pool', async () => {
  const primary = () => Promise.reject(new Error('the primary was asked'));
  const database = { ...collection.database, query: primary };
  const audit = { record: async () => undefined };
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const { accounts } = createAccounts({ database, audit, cursors });
  const { sources, logFiles } = createSources({
    ...{ database, accounts, audit, cursors, aws: collection.aws, log: silentLog, lookbackDays: 2 },
    now: () => noon,
    onFilesDue: async () => undefined,
    onDigestsDue: async () => undefined,
    onBackfillsDue: async () => undefined,
    onSourceChange: async () => undefined,
  });
  for (const page of [
    await accounts.list(admin.accounts, {}),
    await sources.page(admin.accounts, {}),
    await logFiles.list(admin.accounts, {}),
  ]) {
    expect(await page.totalCount()).toBe(page.nodes.length);
    expect(page.nodes.length).toBeGreaterThan(0);
  }
  expect((await sources.backlogs([ids.directory])).size).toBe(1);
});

it('what is no id of a source finds no log files', async () => {
  const of = async (sourceIds: string[]) =>
    (await collection.logFiles.list(admin.accounts, { filter: { sourceIds } })).nodes.length;
  expect(await of([ids.directory.toUpperCase(), 'x'])).toBe(2);
  expect(await of(['x', "'"])).toBe(0);
});

it('a change of a role keeps the accounts that were discovered meanwhile', async () => {
  const { database, sources } = collection;
  let updating: Promise<unknown> = Promise.resolve();
  await database.transaction(async (sql) => {
    await sql.query('SELECT FROM source WHERE id = $1 FOR UPDATE', [ids.discovering]);
    updating = sources.update(admin, { id: ids.discovering, region: 'eu-west-1' });
    const blocked = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await database.query(blocked)).length === 0);
    await sql.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [ids.discovering, B]);
  });
  expect(await updating).toMatchObject({ accountIds: [A, B], region: 'eu-west-1' });
  await sources.update(admin, { id: ids.discovering, accountIds: [A], region: null });
});

describe('a token for A', () => {
  it('sees the sources that speak for A alone', async () => {
    const seen = async (caller: Caller) => (await collection.sources.list(caller.accounts)).map((source) => source.id);
    expect(await seen(admin)).toEqual([ids.ofA, ids.ofAB, ids.discovering, ids.empty, ids.directory]);
    expect(await seen(onlyA)).toEqual([ids.ofA]);
    expect(await seen(callerOf([A, B]))).toEqual([ids.ofA, ids.ofAB, ids.directory]);
    expect(await seen(callerOf([C]))).toEqual([]);
    expect(await seen(callerOf([]))).toEqual([]);
  });

  it.each(['ofAB', 'discovering', 'empty', 'directory'] as const)(
    'cannot tell the source %s from none',
    async (name) => {
      const none = '00000000-0000-4000-8000-000000000000';
      const { sources, checks } = collection;
      for (const work of [
        (id: string) => sources.find(onlyA.accounts, id),
        (id: string) => sources.findAll(onlyA.accounts, [id]),
        (id: string) => sources.page(onlyA.accounts, { filter: { ids: [id] } }).then((page) => page.nodes),
        (id: string) => sources.page(onlyA.accounts, { filter: { ids: [id] } }).then((page) => page.totalCount()),
        (id: string) => sources.update(onlyA, { id, accountIds: [A] }),
        (id: string) => sources.delete(onlyA, id),
        (id: string) => checks.source(onlyA, id),
      ]) {
        const there = JSON.stringify(await outcome(work(ids[name])));
        expect(there.replaceAll(ids[name], none)).toBe(JSON.stringify(await outcome(work(none))));
      }
      expect(await sources.find(admin.accounts, ids[name])).not.toBeNull();
    },
  );

  it('cannot tell account B from one that is not there', async () => {
    const { accounts, sources, checks } = collection;
    for (const work of [
      (id: string) => accounts.find(onlyA.accounts, id),
      (id: string) => accounts.list(onlyA.accounts, { filter: { accountIds: [id] } }).then((page) => page.nodes),
      (id: string) => accounts.list(onlyA.accounts, { filter: { names: [id] } }).then((page) => page.totalCount()),
      (id: string) => accounts.update(onlyA, { accountId: id, name: 'x' }),
      (id: string) => accounts.pause(onlyA, id),
      (id: string) => accounts.resume(onlyA, id),
      (id: string) => accounts.delete(onlyA, id),
      (id: string) => checks.account(onlyA, id),
      (id: string) => sources.createAccount(onlyA, { accountId: id }),
    ]) {
      const there = JSON.stringify(await outcome(work(B)));
      expect(there.replaceAll(B, C)).toBe(JSON.stringify(await outcome(work(C))));
    }
    expect(await accounts.find(admin.accounts, B)).toMatchObject({ name: B, paused: false });
    expect((await accounts.list(admin.accounts, {})).nodes.map((account) => account.accountId)).toEqual([A, B]);
  });

  it('sees the log files of A, in a directory whose path it does not see', async () => {
    const { logFiles } = collection;
    const page = await logFiles.list(onlyA.accounts, {});
    expect(page.nodes.map((file) => file.account)).toEqual([A]);
    expect(await page.totalCount()).toBe(1);
    expect(path.endsWith(page.nodes[0]?.bucket ?? '-')).toBe(true);
    expect(JSON.stringify(page.nodes)).not.toContain(path);
    expect(await (await logFiles.list(onlyA.accounts, { filter: { accountIds: [B] } })).totalCount()).toBe(0);
    expect(await logFiles.find(onlyA.accounts, files[B] ?? '')).toBeNull();
    expect(await logFiles.find(admin.accounts, files[B] ?? '')).not.toBeNull();
    expect(await outcome(logFiles.retry(onlyA, files[B] ?? ''))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await logFiles.retry(onlyA, files[A] ?? '')).toMatchObject({ state: 'DISCOVERED' });
  });

  it.each<[string, SourceInput, string]>([
    ['for B', { type: S3, bucket: 'new', roleArn: role(A), accountIds: [A, B] }, 'input.accountIds'],
    ['with a role of B', { type: S3, bucket: 'new', roleArn: role(B), accountIds: [A] }, 'input.roleArn'],
    ["with Crosstrail's own identity", { type: S3, bucket: 'new', accountIds: [A] }, 'input.roleArn'],
    ['that discovers', { type: S3, bucket: 'new', roleArn: role(A), discoverAccounts: true }, 'input.discoverAccounts'],
    ['of the server', { type: 'DIRECTORY', path: '/', accountIds: [A] }, 'input.path'],
  ])('connects no source %s', async (_, input, argument) => {
    await expect(collection.sources.create(onlyA, input)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { argument },
    });
  });

  it('widens no source and takes no role away', async () => {
    const { accounts, sources } = collection;
    for (const change of [
      { accountIds: [A, B] },
      { discoverAccounts: true },
      { roleArn: null },
      { roleArn: role(B) },
    ]) {
      const update = sources.update(onlyA, { id: ids.ofA, ...change });
      await expect(update, JSON.stringify(change)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    for (const roleArn of [null, role(B)]) {
      await expect(accounts.update(onlyA, { accountId: A, roleArn })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    expect(await sources.find(admin.accounts, ids.ofA)).toMatchObject({ accountIds: [A], roleArn: role(A) });
  });

  it('connects, changes and deletes what is of A alone, and each change is in the audit log', async () => {
    const { accounts, audited, sources } = collection;
    audited.length = 0;
    const input = { type: S3, bucket: 'new', roleArn: role(A), externalId: 'ext-id', accountIds: [A] };
    const { id } = await sources.create(onlyA, input);
    await expect(sources.create(onlyA, input)).rejects.toMatchObject({ code: 'CONFLICT' });
    await sources.update(onlyA, { id, region: 'eu-west-1', externalId: 'ext-id2' });
    await sources.delete(onlyA, id);
    await accounts.update(onlyA, { accountId: A, name: 'Alpha', externalId: 'ext-id3', tags: { team: 'a' } });
    await accounts.pause(onlyA, A);
    await accounts.resume(onlyA, A);
    expect(audited.map(({ action, target, accountIds }) => [action, target, accountIds])).toEqual([
      ['createSource', id, [A]],
      ['updateSource', id, [A]],
      ['deleteSource', id, [A]],
      ['updateAccount', A, [A]],
      ['pauseAccount', A, [A]],
      ['resumeAccount', A, [A]],
    ]);
    expect(JSON.stringify(audited)).not.toContain('ext-id');
    await expect(sources.createAccount(onlyA, { accountId: A })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

it('an account with a source that is refused is not made at all', async () => {
  const sources = [
    { type: S3, bucket: 'fine-bucket' },
    { type: S3, bucket: 'not/fine' },
  ];
  const made = collection.sources.createAccount(admin, { accountId: C, roleArn: role(C), sources });
  await expect(made).rejects.toMatchObject({ details: { argument: 'input.sources[1].bucket' } });
  expect(await collection.accounts.find(admin.accounts, C)).toBeNull();
});

it('lists in pages: every source, account and file once', async () => {
  const { accounts, logFiles, sources } = collection;
  const walk = async (
    list: (after: string | null) => Promise<{ nodes: object[]; pageInfo: { endCursor: string | null } }>,
  ) => {
    let found = 0;
    for (let after: string | null = null; ; ) {
      const page = await list(after);
      found += page.nodes.length;
      after = page.pageInfo.endCursor;
      if (after === null) return found;
    }
  };
  expect(await walk((after) => sources.page(admin.accounts, { first: 2, after }))).toBe(5);
  expect(await walk((after) => accounts.list(admin.accounts, { first: 1, after }))).toBe(2);
  expect(await walk((after) => logFiles.list(admin.accounts, { first: 1, after }))).toBe(2);
});

it('lists accounts by status: paused, failing through a source, and well', async () => {
  const { accounts, database } = collection;
  const byStatus = async (...statuses: ('ACTIVE' | 'PAUSED' | 'ERROR')[]) =>
    (await accounts.list(admin.accounts, { filter: { statuses } })).nodes.map((account) => account.accountId);
  expect(await byStatus('ACTIVE')).toEqual([A, B]);
  await database.query(`UPDATE source_account SET last_error = 'x' WHERE account_id = $1 AND source_id = $2`, [
    B,
    ids.ofAB,
  ]);
  await accounts.pause(admin, A);
  expect([await byStatus('ACTIVE'), await byStatus('PAUSED'), await byStatus('ERROR')]).toEqual([[], [A], [B]]);
  await accounts.resume(admin, A);
});

it('goes on behind a source that was deleted between two pages', async () => {
  const { sources } = collection;
  const { nodes } = await sources.page(admin.accounts, {});
  const page = await sources.page(admin.accounts, { first: 2 });
  await sources.delete(admin, nodes[1]?.id ?? '');
  const rest = await sources.page(admin.accounts, { after: page.pageInfo.endCursor });
  expect(rest.nodes.map(({ id }) => id)).toEqual(nodes.slice(2).map(({ id }) => id));
});
