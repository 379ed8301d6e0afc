import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRetention, type Retention } from '../../../src/accounts/retention.service.js';
import { S3Discovery } from '../../../src/sources/s3-discovery.service.js';
import type { Source } from '../../../src/sources/source.entity.js';
import type { SourceInput } from '../../../src/sources/source.inputs.js';
import { A, admin, B, type Collection, digestKey, logKey, startCollection } from '../../support/collection.js';
import { FakeAws } from '../../support/fake-aws.js';
import { silentLog } from '../../support/silent-log.js';

/*
 * What is listed when, by a clock that the test sets: each pass is told its time, and what it listed is read from the
 * calls that the bucket saw.
 */

// Some make dozens of passes.
vi.setConfig({ testTimeout: 60_000 });

const aws = new FakeAws();
const { signal } = new AbortController();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = new Date('2026-11-20T12:00:00Z');
const later = (ms: number) => new Date(noon.getTime() + ms);
let collection: Collection;

beforeAll(async () => {
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  collection = await startCollection({ aws: { endpointUrl: await aws.start(), region: 'eu-west-1', hubCredentials } });
});
afterAll(async () => {
  await collection.stop();
  await aws.stop();
});
beforeEach(async () => {
  await collection.database.query('TRUNCATE log_file, account, source, deleted_account, digest_chain, digest CASCADE');
  aws.buckets.clear();
  aws.fault = () => null;
  aws.pageLength = 1000;
});

async function connect(input: Partial<SourceInput> = {}): Promise<Source> {
  return collection.sources.create(admin, { type: 'S3_LISTING', bucket: 'central', accountIds: [A, B], ...input });
}

/** Passes at a time, and the folders of days that it listed, shortened to kind, region and day. */
async function pass(source: Source, now = noon) {
  const fresh = await collection.sources.find(admin.accounts, source.id);
  aws.calls.length = 0;
  aws.now = () => now;
  const { added, lists } = await collection.s3Discovery.pass(fresh ?? source, now, signal);
  const listed = aws.calls.map(({ key }) => key).filter((key) => /\/\d{4}\/\d\d\/\d\d\/$/.test(key));
  return { added, lists, days: listed.map((key) => key.slice(-11, -1)), listed };
}

const lookedAt = async () =>
  Object.fromEntries(
    (
      await collection.database.query<{ prefix: string; at: Date | null }>(
        'SELECT prefix, looked_at AS at FROM listing_region',
      )
    ).map(({ prefix, at }) => [prefix.split('/').slice(-3, -1).join('/'), at?.toISOString().slice(11, 16) ?? null]),
  );

describe('the folder of today', () => {
  it('is one call when nothing is new, however many files it has', async () => {
    for (let name = 0; name < 25; name += 1) aws.put('central', logKey(A, later(name * -10 * minute), `f${name}`));
    aws.pageLength = 5;
    const source = await connect();
    expect(await pass(source)).toMatchObject({ added: 25 });
    aws.pageLength = 1000;
    expect((await pass(source, later(minute))).days).toEqual(['2026/11/20']);
    // The folders of the top are listed on each pass; those below an account every 15 minutes.
    expect(aws.calls.map(({ key }) => key)).not.toContain(`AWSLogs/${A}/`);
    expect(aws.calls.at(-1)?.startAfter).toContain('20261120T1100');
  });

  it('is listed with each pass while files come, and every five minutes when it has been quiet for long', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ accountIds: [A] });
    const listedAt = async (from: number, to: number) => {
      const times: number[] = [];
      for (let at = from; at <= to; at += 1) {
        if ((await pass(source, later(at * minute))).days.includes('2026/11/20')) times.push(at);
      }
      return times;
    };
    expect(await listedAt(0, 14)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(await listedAt(70, 81)).toEqual([70, 75, 80]);
    aws.put('central', logKey(A, later(82 * minute), 'b'));
    expect(await listedAt(82, 88)).toEqual([85, 86, 87, 88]);
    expect(await collection.database.query('SELECT 1 FROM log_file')).toHaveLength(2);
  });

  it('is listed with each pass while files come, also when another source has found them first', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const queue = { type: 'S3_NOTIFICATIONS', queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/q' } as const;
    const [first, second] = [await connect({ ...queue, accountIds: [A] }), await connect({ accountIds: [A] })];
    expect(await pass(first)).toMatchObject({ added: 1 });
    expect(await pass(second)).toMatchObject({ added: 0 });
    expect((await pass(second, later(minute))).days).toEqual(['2026/11/20']);
  });

  it('is waited for as the day before it was, right after midnight', async () => {
    aws.put('central', logKey(A, later(-10 * minute), 'a'));
    aws.put('central', logKey(B, later(-10 * hour), 'b'));
    const source = await connect();
    await pass(source);
    aws.put('central', logKey(A, later(11 * hour + 58 * minute), 'late'));
    await pass(source, later(12 * hour - minute));
    const { days } = await pass(source, later(12 * hour));
    expect(days.filter((one) => one === '2026/11/21')).toHaveLength(2);
    const next = await pass(source, later(12 * hour + minute));
    expect(next.listed.filter((key) => key.endsWith('2026/11/21/'))).toEqual([
      `AWSLogs/${A}/CloudTrail/eu-west-1/2026/11/21/`,
    ]);
  });

  it('shows a late file that sorts before those that were seen, and a very late one within the hour', async () => {
    aws.put('central', logKey(A, noon, 'b'));
    const source = await connect();
    await pass(source);
    aws.put('central', logKey(A, later(-30 * minute), 'late'));
    aws.put('central', logKey(A, noon, 'a'));
    aws.put('central', logKey(A, later(-8 * hour), 'very-late'));
    aws.put('central', logKey(A, later(-day), 'yesterday'));
    expect(await pass(source, later(minute))).toMatchObject({ added: 2 });
    expect(await pass(source, later(hour))).toMatchObject({ added: 1 });
    expect(await pass(source, later(3 * hour))).toMatchObject({ added: 1 });
  });

  it('is listed every 15 minutes where a queue tells of its files', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ accountIds: [A] });
    await collection.database.query(`UPDATE source SET type = 'S3_NOTIFICATIONS'`);
    const times: number[] = [];
    for (let at = 0; at <= 60; at += 5) {
      if ((await pass(source, later(at * minute))).days.includes('2026/11/20')) times.push(at);
    }
    expect(times).toEqual([0, 15, 30, 45, 60]);
  });

  it('of an account that was paused is listed when it is resumed, and not before', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ accountIds: [A] });
    await pass(source);
    await collection.accounts.pause(admin, A);
    expect(await pass(source, later(hour))).toMatchObject({ days: [] });
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '12:00' });
    await collection.accounts.resume(admin, A);
    expect((await pass(source, later(2 * hour))).days).toContain('2026/11/20');
  });
});

it('days that are over are listed ever more rarely: a file in one is found in the end', async () => {
  aws.put('central', logKey(A, later(-day), 'a'));
  const source = await connect({ accountIds: [A] });
  const times: number[] = [];
  for (let at = 0; at <= 12 * 60; at += 15) {
    const { days } = await pass(source, later(at * minute));
    if (days.includes('2026/11/19')) times.push(at);
  }
  // 12, 14, 16, 18 … hours after its end, an eighth of the time since more each time.
  expect(times).toEqual([0, 90, 195, 315, 450, 600]);
});

describe('what was looked at', () => {
  it('is as old as the last listing of a quiet folder, and never newer than the look for folders', async () => {
    aws.put('central', logKey(A, noon, 'a', 'eu-west-1'));
    aws.put('central', logKey(A, later(-10 * hour), 'b', 'us-east-1'));
    const source = await connect({ accountIds: [A] });
    await pass(source);
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '12:00', 'CloudTrail/us-east-1': '12:00' });
    await pass(source, later(3 * minute));
    // Listed at 12:03, but a region that is new since 12:00 would not have been seen.
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '12:00', 'CloudTrail/us-east-1': '12:00' });
    await pass(source, later(16 * minute));
    await pass(source, later(17 * minute));
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '12:16', 'CloudTrail/us-east-1': '12:16' });
  });

  it('does not go on for an account that fails', async () => {
    for (const account of [A, B])
      aws.put('central', logKey(account, noon, 'a', account === A ? 'eu-west-1' : 'us-east-1'));
    const source = await connect();
    await pass(source);
    aws.fault = ({ key }) => (key.includes(`/${B}/`) ? { status: 403, code: 'AccessDenied' } : null);
    await pass(source, later(20 * minute));
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '12:20', 'CloudTrail/us-east-1': '12:00' });
  });

  it('needs both days while the one before is still open', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect({ accountIds: [A] });
    await pass(source);
    const midnight = later(12 * hour);
    aws.fault = ({ key }) => (key.endsWith('2026/11/20/') ? { status: 403, code: 'AccessDenied' } : null);
    await pass(source, midnight);
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '12:00' });
    aws.fault = () => null;
    await pass(source, new Date(midnight.getTime() + minute));
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': '00:00' });
  });

  it('is nothing while one of them was never listed', async () => {
    aws.put('central', logKey(A, later(12 * hour), 'a'));
    const source = await connect({ accountIds: [A] });
    aws.fault = ({ key }) => (key.endsWith('2026/11/20/') ? { status: 403, code: 'AccessDenied' } : null);
    expect(await pass(source, later(12 * hour))).toMatchObject({ added: 1 });
    expect(await lookedAt()).toEqual({ 'CloudTrail/eu-west-1': null });
  });
});

describe('every folder that CloudTrail may write to', () => {
  const kinds = ['CloudTrail', 'CloudTrail-Insight', 'CloudTrail-NetworkActivity'];
  const regions = ['us-east-1', 'af-south-1', 'ap-southeast-7', 'us-gov-west-1', 'mx-central-1'];

  it.each(['', 'logs/', 'a/b/'])('is listed, below the prefix "%s"', async (prefix) => {
    const keys = kinds.flatMap((kind) =>
      regions.map((region) => logKey(A, noon, 'a', region, prefix).replaceAll('CloudTrail', kind)),
    );
    for (const key of [...keys, ...keys.map((key) => key.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'))]) {
      aws.put('central', key);
    }
    aws.put('central', logKey(A, noon, 'c', 'eu-west-1', prefix).replaceAll('CloudTrail', 'Config'));
    aws.put('central', logKey(A, noon, 'x', 'not_a_region', prefix));
    const source = await connect({ prefix });
    expect(await pass(source)).toMatchObject({ added: 2 * kinds.length * regions.length });
  });

  it('a region that an account opts into is found within 15 minutes', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    const source = await connect();
    await pass(source);
    aws.put('central', logKey(A, noon, 'a', 'me-central-1'));
    expect(await pass(source, later(14 * minute))).toMatchObject({ added: 0 });
    expect(await pass(source, later(16 * minute))).toMatchObject({ added: 1 });
  });

  it('two trails over one account are both collected, each file once', async () => {
    aws.put('central', logKey(A, noon, 'one'));
    aws.put('central', logKey(A, noon, 'two'));
    aws.put('central', logKey(A, noon, 'one').replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'));
    const source = await connect();
    const again = await connect({ prefix: '', accountIds: [A], region: 'eu-west-1', bucket: 'central' }).catch(
      () => null,
    );
    expect(again).toBeNull();
    expect(await pass(source)).toMatchObject({ added: 3 });
    expect(await pass(source, later(minute))).toMatchObject({ added: 0 });
  });

  it('digests are told to their own ledger, and looked for every half an hour', async () => {
    aws.put('central', logKey(A, noon, 'a'));
    aws.put('central', digestKey(A, noon));
    const source = await connect({ accountIds: [A] });
    await pass(source);
    expect(await collection.database.query('SELECT key, etag <> $1 AS known FROM digest', [''])).toEqual([
      { key: digestKey(A, noon), known: true },
    ]);
    const times: number[] = [];
    for (let at = 5; at <= 70; at += 5) {
      const { listed } = await pass(source, later(at * minute));
      if (listed.some((key) => key.includes('Digest') && key.endsWith('11/20/'))) times.push(at);
    }
    expect(times).toEqual([30, 60]);
  });
});

it('a longer lookback adds days, a shorter one takes them away', async () => {
  aws.put('central', logKey(A, later(-5 * day), 'old'));
  const source = await connect({ accountIds: [A] });
  expect(await pass(source)).toMatchObject({ added: 0 });
  expect(await passWith(6)(source)).toMatchObject({ added: 1 });
  await passWith(1)(source);
  expect(await collection.database.query('SELECT count(*)::integer AS days FROM listing')).toEqual([{ days: 2 }]);
});

it('days that no account of the source keeps are not listed', async () => {
  for (const id of [A, B]) aws.put('central', logKey(id, later(-day), 'a'));
  const source = await connect();
  const keep = (accountId: string, retentionDays: number | null) =>
    collection.accounts.update(admin, { accountId, retentionDays });
  const listedDays = async (retention?: Retention) => {
    await passWith(6, retention)(source);
    const rows = await collection.database.query<{ first: string }>('SELECT min(day)::text AS first FROM listing');
    return rows[0]?.first;
  };
  const retention = createRetention({ sql: collection.database, days: null, now: () => noon.getTime() });
  await keep(A, 1);
  expect(await listedDays(retention)).toBe('2026-11-14');
  await keep(B, 3);
  expect(await listedDays(retention)).toBe('2026-11-17');
  await keep(B, 1);
  expect(await listedDays(retention)).toBe('2026-11-19');
  await keep(B, null);
  expect(await listedDays(retention)).toBe('2026-11-14');
});

/** A pass of another process on the same database, with another setting. */
function passWith(lookbackDays: number, retention?: Retention) {
  const discovery = new S3Discovery({ ...collection, log: silentLog, lookbackDays, retention });
  return (source: Source) => discovery.pass(source, later(minute), signal);
}
