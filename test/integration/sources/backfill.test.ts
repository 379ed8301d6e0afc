import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeBucket } from '../../../src/demo/generator/write-bucket.js';
import { ago, BackfillBench, minute, noon } from '../../support/backfills.js';
import { A, admin, B, logKey } from '../../support/collection.js';

const bench = new BackfillBench();
const { signal } = new AbortController();

describe('a backfill', () => {
  it('collects what lies in its days, regions and accounts, and is done when it was read', async () => {
    const keys = [
      logKey(A, ago(10.6), 'last-day'),
      logKey(A, ago(20), 'first-day'),
      logKey(A, ago(15), 'other', 'us-east-1').replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'),
    ];
    for (const key of keys) bench.aws.put('central', key);
    bench.aws.put('central', logKey(A, ago(21), 'before'));
    bench.aws.put('central', logKey(A, ago(9.4), 'after'));
    bench.aws.put('central', logKey(A, ago(15), 'unwanted', 'eu-north-1'));
    bench.aws.put('central', logKey(B, ago(15), 'unwanted'));
    await bench.connect();
    const to = new Date('2026-11-10T00:00:00Z');
    const backfill = await bench.start({ accountIds: [A], regions: ['us-east-1', 'eu-west-1'], to });
    expect(bench.collection.woken.backfills).toBeGreaterThan(0);
    expect(backfill).toMatchObject({ state: 'RUNNING', from: new Date('2026-10-31T00:00:00Z'), to, workedAt: null });
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({
      state: 'RUNNING',
      ...{ folders: 20, foldersListed: 20, files: 3, filesPending: 3, filesIngested: 0, isMapping: false },
    });
    expect((await bench.ingest()).sort()).toEqual(keys.sort());
    await bench.work();
    const done = { state: 'DONE', filesPending: 0, filesIngested: 3, events: 6, bytes: 21, finishedAt: noon };
    expect(await bench.shown(backfill)).toMatchObject({ ...done, workedAt: noon, errors: [] });
    expect(bench.collection.audited.at(-1)).toMatchObject({ action: 'startBackfill', accountIds: [A] });
  });

  it('lists the newest month of all folders before what is older, each day once', async () => {
    const regions = Array.from({ length: 33 }, (_, index) => `eu-west-${index}`);
    for (const region of regions) bench.aws.put('central', logKey(A, ago(41), 'a', region));
    await bench.connect();
    await bench.start({ from: ago(41), to: ago(10) });
    await bench.work();
    const days = bench.listedFolders().map((key) => key.slice(-11, -1));
    expect(new Set(bench.listedFolders()).size).toBe(33 * 32);
    expect(days).toHaveLength(33 * 32);
    // Workers take 32 folders at a time, and go back 31 days in each: the last of them goes on with the second round.
    expect(days.slice(0, 32 * 31)).not.toContain('2026/10/10');
    expect(days.slice(-2)).toEqual(['2026/10/10', '2026/10/10']);
  });

  it('makes live files of the days that are listed anyway, so that it holds up nothing new', async () => {
    for (const days of [0, 2, 3]) bench.aws.put('central', logKey(A, ago(days), 'a'));
    await bench.connect();
    const backfill = await bench.start({ from: ago(4), to: null });
    await bench.work();
    const rows = await bench.collection.database.query(
      'SELECT priority, backfill <> 0 AS old FROM log_file ORDER BY key',
    );
    expect(rows).toEqual([
      { priority: 100, old: true },
      { priority: 0, old: false },
      { priority: 0, old: false },
    ]);
    await bench.collection.backfills.pause(admin, backfill.id);
    expect(await bench.ingest()).toHaveLength(2);
  });

  it('counts what was known already as found, not as brought', async () => {
    bench.aws.put('central', logKey(A, ago(15), 'a'));
    await bench.connect();
    await bench.start();
    await bench.work();
    await bench.ingest();
    const again = await bench.start();
    await bench.work();
    expect(await bench.shown(again)).toMatchObject({ state: 'DONE', files: 1, filesIngested: 0, events: 0 });
  });

  it('of a directory counts the files of its accounts and days', async () => {
    const path = await mkdtemp(join(tmpdir(), 'crosstrail-backfill-'));
    const body = gzipSync('{"Records":[]}');
    const files = [logKey(A, ago(15), 'a'), logKey(A, ago(25), 'before'), logKey(B, ago(15), 'b')];
    await writeBucket(
      path,
      files.map((key) => ({ key, body })),
    );
    await bench.connect({ type: 'DIRECTORY', bucket: null, path });
    const backfill = await bench.start({ accountIds: [A] });
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'DONE', files: 1, bytes: body.length });
    await rm(path, { recursive: true });
  });

  it('rests while many of its files wait to be read', async () => {
    bench.aws.put('central', logKey(A, ago(15), 'a'));
    const source = await bench.connect();
    const backfill = await bench.start();
    await bench.collection.database.query(
      `INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, priority, backfill)
       SELECT $1, 'k' || n, $2, $3, 'eu-west-1', now(), 1, 'e', 100, $4 FROM generate_series(1, 20000) AS n`,
      [source.bucketId, source.id, A, backfill.number],
    );
    await bench.work();
    expect(bench.aws.calls).toEqual([]);
    await bench.collection.database.query(`DELETE FROM log_file WHERE key = 'k1'`);
    await bench.work();
    expect(bench.listedFolders()).toHaveLength(11);
  });

  it('waits for an account that is paused, and is done when its source is deleted', async () => {
    for (const account of [A, B]) bench.aws.put('central', logKey(account, ago(15), 'a'));
    const source = await bench.connect();
    const backfill = await bench.start();
    await bench.collection.accounts.pause(admin, B);
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'RUNNING', files: 1, filesPending: 1 });
    await bench.collection.accounts.resume(admin, B);
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'RUNNING', files: 2, filesPending: 2 });
    await bench.collection.sources.delete(admin, source.id);
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'DONE' });
  });

  it('does not wait for files of an account that its source no longer speaks for', async () => {
    bench.aws.put('central', logKey(A, ago(15), 'a'));
    const { id } = await bench.connect();
    const backfill = await bench.start({ accountIds: [A] });
    await bench.work();
    await bench.collection.sources.update(admin, { id, accountIds: [B] });
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'DONE', filesPending: 1 });
  });
});

describe('pausing', () => {
  it('stops listing and reading, and resuming goes on with both', async () => {
    for (let days = 10; days <= 20; days += 1) bench.aws.put('central', logKey(A, ago(days), `d${days}`));
    await bench.connect();
    const backfill = await bench.start();
    const [running] = await bench.collection.backfillWork.running();
    if (running === undefined) throw new Error('nothing runs');
    await bench.collection.backfillWork.round(running, signal);
    expect(await bench.collection.backfills.pause(admin, backfill.id)).toMatchObject({ state: 'PAUSED' });
    await expect(bench.collection.backfills.pause(admin, backfill.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    const before = bench.aws.calls.length;
    expect(await bench.collection.backfillWork.round(running, signal)).toBe(false);
    await bench.work();
    expect(bench.aws.calls).toHaveLength(before);
    await bench.collection.backfills.resume(admin, backfill.id);
    await bench.work();
    await bench.collection.backfills.pause(admin, backfill.id);
    expect(await bench.ingest()).toEqual([]);
    await bench.collection.ledger.sweep();
    expect(await bench.collection.ledger.sweep()).toEqual({ expired: 0, due: false });
    await bench.collection.backfills.resume(admin, backfill.id);
    await expect(bench.collection.backfills.resume(admin, backfill.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await bench.collection.ledger.sweep();
    expect(await bench.ingest()).toHaveLength(11);
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'DONE', filesIngested: 11 });
    await expect(bench.collection.backfills.resume(admin, backfill.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('ends the listing that is under way', async () => {
    for (const account of [A, B]) bench.aws.put('central', logKey(account, ago(15), 'a'));
    await bench.connect();
    const backfill = await bench.start({ from: ago(40) });
    const stopping = new AbortController();
    bench.aws.fault = ({ key }) => {
      if (key.endsWith('2026/10/25/')) stopping.abort();
      return null;
    };
    await expect(
      (async () => {
        for (const running of await bench.collection.backfillWork.running()) {
          while (await bench.collection.backfillWork.round(running, stopping.signal));
        }
      })(),
    ).resolves.toBeUndefined();
    const { foldersListed } = await bench.shown(backfill);
    expect(foldersListed).toBeGreaterThan(10);
    expect(foldersListed).toBeLessThan(62);
    bench.aws.fault = () => null;
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ folders: 62, foldersListed: 62, files: 2, errors: [] });
  });
});

describe('several workers', () => {
  it('share a backfill: every folder is listed once', async () => {
    const regions = Array.from({ length: 40 }, (_, index) => `eu-west-${index}`);
    for (const region of regions) bench.aws.put('central', logKey(A, ago(15), 'a', region));
    await bench.connect();
    const backfill = await bench.start();
    await Promise.all([bench.work(bench.worker()), bench.work(bench.worker()), bench.work(bench.worker())]);
    await bench.work();
    expect(new Set(bench.listedFolders()).size).toBe(bench.listedFolders().length);
    expect(await bench.shown(backfill)).toMatchObject({ folders: 440, foldersListed: 440, files: 40 });
  });

  it('take over from one that was killed, once its lease ends', async () => {
    bench.aws.put('central', logKey(A, ago(15), 'a'));
    await bench.connect({ accountIds: [A] });
    const backfill = await bench.start();
    await bench.work(bench.worker());
    await bench.collection.database.query(
      `UPDATE backfill_folder SET day = '2026-11-07', lease = gen_random_uuid(), due_at = $1 WHERE prefix <> ''`,
      [new Date(noon.getTime() + minute)],
    );
    bench.aws.calls.length = 0;
    await bench.work(bench.worker());
    expect(bench.listedFolders()).toEqual([]);
    bench.now = new Date(noon.getTime() + minute);
    await bench.work(bench.worker());
    expect(bench.listedFolders().map((key) => key.slice(-11, -1))).toEqual(
      ['11/07', '11/06', '11/05', '11/04', '11/03', '11/02', '11/01', '10/31'].map((one) => `2026/${one}`),
    );
    await bench.ingest();
    await bench.work();
    expect(await bench.shown(backfill)).toMatchObject({ state: 'DONE' });
  });
});
