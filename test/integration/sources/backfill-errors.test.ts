import { describe, expect, it } from 'vitest';
import type { StartBackfillInput } from '../../../src/sources/backfill.inputs.js';
import { ago, BackfillBench, minute, noon } from '../../support/backfills.js';
import { A, admin, B, C, callerOf, logKey } from '../../support/collection.js';

const bench = new BackfillBench();

describe('what fails', () => {
  const denied = ({ key }: { key: string }) =>
    key.includes(`/${B}/`) ? ({ status: 403, code: 'AccessDenied' } as const) : null;

  it('for one account is told, and tried again later; the others go on', async () => {
    for (const account of [A, B]) bench.aws.put('central', logKey(account, ago(15), 'a'));
    await bench.connect();
    const backfill = await bench.start();
    bench.aws.fault = denied;
    await bench.work();
    const failing = await bench.shown(backfill);
    expect(failing).toMatchObject({ state: 'RUNNING', files: 1 });
    expect(failing.errors).toMatchObject([{ accountId: B, error: expect.stringContaining('AccessDenied') }]);
    const retryAt = failing.errors[0]?.retryAt?.getTime() ?? 0;
    expect(retryAt).toBeGreaterThanOrEqual(noon.getTime() + minute / 2);
    expect(retryAt).toBeLessThanOrEqual(noon.getTime() + minute);
    bench.aws.fault = () => null;
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ files: 1 });
    bench.now = new Date(retryAt + 1);
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ files: 2, errors: [] });
  });

  it('in the midst of its days goes on where it ended, with all of its folders', async () => {
    for (const region of ['eu-west-1', 'us-east-1']) bench.aws.put('central', logKey(B, ago(15), 'a', region));
    await bench.connect();
    const backfill = await bench.start();
    bench.aws.fault = (call) => (call.key.endsWith('2026/11/05/') ? denied(call) : null);
    await bench.work();
    const failing = await bench.shown(backfill);
    expect(failing.foldersListed).toBe(10);
    expect(failing.errors).toHaveLength(1);
    bench.aws.fault = () => null;
    bench.aws.calls.length = 0;
    bench.now = new Date(noon.getTime() + minute);
    await bench.work();
    expect(bench.listedFolders()).toHaveLength(12);
    expect(await bench.shown(backfill)).toMatchObject({ foldersListed: 22, files: 2, errors: [] });
  });

  it('in one folder leaves the other folders of the account alone as well', async () => {
    const regions = Array.from({ length: 40 }, (_, index) => `eu-west-${index}`);
    for (const region of regions) bench.aws.put('central', logKey(B, ago(15), 'a', region));
    await bench.connect();
    const backfill = await bench.start({ from: ago(60) });
    bench.aws.fault = (call) => (call.key.endsWith('/') && call.key.includes('/2026/') ? denied(call) : null);
    await bench.work();
    // Eight at a time: the first that fails stops the others, and those that were not come to yet.
    expect(bench.listedFolders().length).toBeLessThanOrEqual(8);
    expect((await bench.shown(backfill)).errors).toHaveLength(1);
    bench.aws.fault = () => null;
    bench.now = new Date(noon.getTime() + minute);
    for (const running of await bench.collection.backfillWork.running()) {
      await bench.collection.backfillWork.round(running, new AbortController().signal);
    }
    // Once some could be listed again, none is said to fail, listed or not.
    expect(await bench.shown(backfill)).toMatchObject({ foldersListed: 32 * 31, errors: [] });
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ foldersListed: 40 * 51, files: 40 });
  });

  it('ten times is given up, and tried again when the backfill is resumed', async () => {
    bench.aws.put('central', logKey(B, ago(15), 'a'));
    await bench.connect();
    const backfill = await bench.start();
    bench.aws.fault = denied;
    let rounds = 0;
    for (; (await bench.shown(backfill)).state === 'RUNNING' && rounds < 20; rounds += 1) {
      await bench.work();
      bench.now = new Date(bench.now.getTime() + 60 * minute);
    }
    expect(rounds).toBe(10);
    expect((await bench.shown(backfill)).errors).toMatchObject([{ accountId: B, retryAt: null }]);
    bench.aws.fault = () => null;
    await bench.collection.backfills.resume(admin, backfill.id);
    await bench.work();
    await bench.ingest();
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'DONE', filesIngested: 1, errors: [] });
  });

  it('for a whole source is told of each account', async () => {
    await bench.connect({ bucket: 'nowhere' });
    const backfill = await bench.start();
    await bench.work();
    expect((await bench.shown(backfill)).errors).toMatchObject([
      { accountId: A, error: expect.stringContaining('check the name of the bucket') },
      { accountId: B },
    ]);
  });
});

describe('a token', () => {
  it('sees and changes a backfill only if it covers all of its accounts', async () => {
    await bench.connect();
    await bench.connect({ bucket: 'third', accountIds: [C] });
    const both = await bench.start({ accountIds: [A, B] });
    bench.now = new Date(noon.getTime() + 1000);
    const own = await bench.start({ accountIds: [A] }, callerOf([A]));
    const narrow = callerOf([A]);
    expect(await bench.collection.backfills.find(narrow.accounts, both.id)).toBeNull();
    expect((await bench.collection.backfills.list(narrow.accounts, {})).nodes.map(({ id }) => id)).toEqual([own.id]);
    expect(await (await bench.collection.backfills.list(narrow.accounts, {})).totalCount()).toBe(1);
    for (const change of ['pause', 'resume'] as const) {
      await expect(bench.collection.backfills[change](narrow, both.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(bench.collection.backfills[change](narrow, 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    for (const accountId of [B, '999999999999']) {
      await expect(bench.start({ accountIds: [A, accountId] }, narrow)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `account ${accountId} does not exist`,
      });
    }
    expect(await bench.start({}, callerOf([A, B]))).toMatchObject({ accountIds: [A, B] });
    const first = await bench.collection.backfills.list(admin.accounts, { first: 1 });
    const rest = await bench.collection.backfills.list(admin.accounts, { first: 5, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...rest.nodes].map(({ id }) => id).sort()).toEqual(
      (await bench.collection.backfills.list(admin.accounts, {})).nodes.map(({ id }) => id).sort(),
    );
  });

  it('is told why an account fails only if it sees every account of the source', async () => {
    await bench.connect({ bucket: 'nowhere' });
    const backfill = await bench.start({ accountIds: [A] });
    await bench.work();
    const [narrow] = (await bench.shown(backfill, callerOf([A]))).errors;
    expect(narrow).toMatchObject({ accountId: A });
    expect(narrow?.error).not.toContain('nowhere');
    expect((await bench.shown(backfill, callerOf([A, B]))).errors[0]?.error).toContain('nowhere');
  });
});

it.each<[string, Partial<StartBackfillInput>, string]>([
  ['days before CloudTrail', { from: new Date('2013-10-31T00:00:00Z') }, 'input.from'],
  ['days to come', { from: ago(-2), to: ago(-3) }, 'input.from'],
  ['an empty span', { from: ago(3), to: ago(5) }, 'input.to'],
  ['no region', { regions: [] }, 'input.regions'],
  ['what is no region', { regions: ['eu-west-1', '../x'] }, 'input.regions[1]'],
  ['no account', { accountIds: [] }, 'input.accountIds'],
])('%s is refused by name', async (_, input, argument) => {
  await bench.connect();
  await expect(bench.start(input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
});

it('no more than 100 backfills are open at a time', async () => {
  await bench.connect();
  await bench.collection.database.query(
    `INSERT INTO backfill (account_ids, from_day, to_day, state)
     SELECT '{}', now(), now(), CASE n WHEN 1 THEN 'PAUSED' ELSE 'RUNNING' END FROM generate_series(1, 99) AS n`,
  );
  await bench.start();
  await expect(bench.start()).rejects.toMatchObject({ code: 'CONFLICT' });
});

it('without any account there is nothing to backfill', async () => {
  await expect(bench.start()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});
