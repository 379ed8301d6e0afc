import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotificationsService } from '../../../src/sources/notifications.service.js';
import { A, admin, B, C, logKey } from '../../support/collection.js';
import { cloudTrailDelivery, s3Event } from '../../support/notifications.js';
import { type Notified, startNotified } from '../../support/notified.js';
import { silentLog } from '../../support/silent-log.js';

const noon = new Date('2026-11-20T12:00:00Z');
const etag = 'd41d8cd98f00b204e9800998ecf8427e';
let notified: Notified;
let { aws, collection, queueUrl, connect, message, take, rows, shown } = {} as Notified;

beforeAll(async () => {
  notified = await startNotified();
  ({ aws, collection, queueUrl, connect, message, take, rows, shown } = notified);
});
afterAll(() => notified.stop());
beforeEach(() => notified.clear());

const claim = () => collection.ledger.claim({ maxFiles: 100, maxBytes: 1e9, leaseSeconds: 60 });

describe('messages of a queue', () => {
  it('put their files into the ledger, once however often they come', async () => {
    const source = await connect();
    const key = logKey(A, noon, 'a');
    const messages = [s3Event('central', { key, size: 1024, etag }), s3Event('central', { key, size: 1024, etag })];
    const before = collection.woken.ingest;
    expect(await take(source, ...messages)).toMatchObject({ objects: { collected: 2, ignored: 0 }, setAside: 0 });
    expect(collection.woken.ingest - before).toBe(1);
    await take(source, ...messages);
    expect(collection.woken.ingest - before).toBe(1);
    expect(await rows('key, account_id, aws_region, size::integer, etag, priority, state')).toEqual([
      { key, account_id: A, aws_region: 'eu-west-1', size: 1024, etag, priority: 0, state: 'DISCOVERED' },
    ]);
    expect(await shown(source)).toMatchObject({ messagesReceived: 4, messagesSetAside: 0, objectsIgnored: 0 });
    expect((await shown(source))?.lastMessageAt).toBeInstanceOf(Date);
    expect((await shown(source))?.lastFileAt).toEqual(noon);
  });

  it('tell of a file that is ingested already: nothing changes, unless its bytes did', async () => {
    const source = await connect();
    const key = logKey(A, noon, 'a');
    await take(source, s3Event('central', { key, size: 1, etag }));
    await collection.database.query(`UPDATE log_file SET state = 'INGESTED'`);
    await take(source, s3Event('central', { key, size: 1, etag }), cloudTrailDelivery('central', key));
    expect(await rows('state, revision')).toEqual([{ state: 'INGESTED', revision: 1 }]);
    await take(source, s3Event('central', { key, size: 2, etag: 'changed' }));
    expect(await rows('state, revision, etag')).toEqual([{ state: 'DISCOVERED', revision: 2, etag: 'changed' }]);
  });

  it('without size and ETag open no revision when a listing shows them, and lose none', async () => {
    const source = await connect();
    const key = logKey(A, noon, 'a');
    await take(source, cloudTrailDelivery('central', key, logKey(B, noon, 'b')));
    expect(await rows('size::integer, etag')).toEqual([
      { size: 0, etag: '' },
      { size: 0, etag: '' },
    ]);
    await collection.database.query(`UPDATE log_file SET state = 'INGESTED' WHERE account_id = $1`, [A]);
    const file = { key, accountId: A, awsRegion: 'eu-west-1', deliveredAt: noon.getTime(), size: 7, etag };
    expect(await collection.ledger.discovered(source, [file])).toEqual({ added: 0, changed: 0 });
    await take(source, cloudTrailDelivery('central', key));
    expect(await rows('size::integer, etag, revision, state')).toEqual([
      { size: 7, etag, revision: 1, state: 'INGESTED' },
      { size: 0, etag: '', revision: 1, state: 'DISCOVERED' },
    ]);
    expect(await collection.database.query('SELECT FROM log_file_revision')).toEqual([]);
    await collection.ledger.discovered(source, [{ ...file, etag: 'changed' }]);
    expect((await rows('revision, state'))[0]).toEqual({ revision: 2, state: 'DISCOVERED' });
  });

  it('of one batch that know a file without and with its ETag leave it with it', async () => {
    const source = await connect();
    const key = logKey(A, noon, 'a');
    const known = s3Event('central', { key, size: 7, etag });
    await take(source, cloudTrailDelivery('central', key), known, cloudTrailDelivery('central', key));
    expect(await rows('size::integer, etag, revision')).toEqual([{ size: 7, etag, revision: 1 }]);
  });

  it('tell of digests as well, also without their ETag', async () => {
    const source = await connect();
    const key = (hour: string) =>
      `AWSLogs/${A}/CloudTrail-Digest/eu-west-1/2026/11/20/${A}_CloudTrail-Digest_eu-west-1_trail_us-east-1_20261120T${hour}0000Z.json.gz`;
    const messages = [s3Event('central', { key: key('11'), size: 7, etag }), cloudTrailDelivery('central', key('12'))];
    expect(await take(source, ...messages, ...messages)).toMatchObject({ objects: { collected: 4, ignored: 0 } });
    expect(await collection.database.query('SELECT key, etag, source_id FROM digest ORDER BY key')).toEqual([
      { key: key('11'), etag, source_id: source.id },
      { key: key('12'), etag: '', source_id: source.id },
    ]);
    expect(await rows('1')).toEqual([]);
  });

  it('take a file up again that was missing: it came later than the first message', async () => {
    const source = await connect();
    const key = logKey(A, noon, 'a');
    await take(source, cloudTrailDelivery('central', key));
    const { lease, files } = await claim();
    await collection.ledger.release(lease, [{ id: files[0]?.id ?? '', gone: true }]);
    await take(source, s3Event('central', { key, size: 7, etag }));
    expect(await rows('state, size::integer, etag, revision')).toEqual([
      { state: 'DISCOVERED', size: 7, etag, revision: 1 },
    ]);
  });

  it('collect files of a paused account, which are read once it is resumed', async () => {
    const source = await connect();
    await collection.accounts.pause(admin, B);
    await collection.accounts.pause(admin, A);
    await take(source, s3Event('central', { key: logKey(B, noon, 'b'), size: 1, etag }));
    expect((await claim()).files).toEqual([]);
    await collection.accounts.resume(admin, B);
    await collection.ledger.sweep();
    expect((await claim()).files.map((file) => file.accountId)).toEqual([B]);
  });
});

describe('what is not collected', () => {
  it('is counted: other buckets, prefixes, accounts, regions, and what is no log file', async () => {
    const source = await connect({ prefix: 'org' });
    await collection.accounts.update(admin, { accountId: B, regions: ['us-east-1'] });
    const mine = logKey(A, noon, 'a', 'eu-west-1', 'org/');
    const taken = await take(
      source,
      s3Event('elsewhere', { key: mine }),
      s3Event('central', { key: logKey(A, noon, 'a') }, { key: `x${mine}` }),
      s3Event('central', { key: logKey(C, noon, 'c', 'eu-west-1', 'org/') }),
      s3Event('central', { key: logKey(B, noon, 'b', 'eu-west-1', 'org/') }),
      cloudTrailDelivery('central', 'org/AWSLogs/', 'org/AWSLogs/x/Config/eu-west-1/2026/1/2/x.json.gz'),
      s3Event('central', { key: mine }, { key: logKey(B, noon, 'b', 'us-east-1', 'org/') }),
      { Event: 's3:TestEvent' },
    );
    expect(taken).toMatchObject({ objects: { collected: 2, ignored: 7 }, setAside: 0 });
    expect(taken.done).toHaveLength(7);
    expect(await shown(source)).toMatchObject({ messagesReceived: 7, messagesSetAside: 0, objectsIgnored: 7 });
    expect((await rows('key')).map(({ key }) => key)).toEqual([mine, logKey(B, noon, 'b', 'us-east-1', 'org/')]);
  });

  it('goes to the source that it belongs to, where one queue serves several buckets', async () => {
    const [first, second] = [await connect(), await connect({ bucket: 'second', accountIds: [C] })];
    await connect({ bucket: 'elsewhere', queueUrl: queueUrl('other') });
    const owner = await collection.sources.createAccount(admin, {
      accountId: '444444444444',
      sources: [{ type: 'S3_NOTIFICATIONS', bucket: 'central', queueUrl: queueUrl() }],
    });
    await take(
      first,
      s3Event('second', { key: logKey(C, noon, 'c') }, { key: logKey(A, noon, 'a') }),
      s3Event('elsewhere', { key: logKey(A, noon, 'a') }),
      s3Event('central', { key: logKey(owner.accountId, noon, 'd') }),
    );
    expect(await rows('account_id, source_id')).toEqual([
      { account_id: C, source_id: second.id },
      { account_id: owner.accountId, source_id: expect.not.stringMatching(first.id) },
    ]);
    expect(await shown(first)).toMatchObject({ messagesReceived: 3, objectsIgnored: 2 });
    expect(await shown(second)).toMatchObject({ messagesReceived: 0, objectsIgnored: 0 });
  });

  it('is nothing that two batches wait for each other over, whichever source receives what', async () => {
    const [first, second] = [await connect(), await connect({ bucket: 'second' })];
    const both = (index: number) =>
      ['central', 'second'].map((bucket) => s3Event(bucket, { key: logKey(A, noon, `f${index}`), size: 1, etag }));
    const runs = { wanted: 0, made: 0 };
    const { database } = collection;
    const transaction: typeof database.transaction = (work) => {
      runs.wanted += 1;
      return database.transaction((sql) => {
        runs.made += 1;
        return work(sql);
      });
    };
    const notifications = new NotificationsService({
      ...{ ...collection, database: { ...database, transaction } },
      digests: { discovered: async () => ({ added: 0 }) },
      log: silentLog,
      onFilesDue: async () => undefined,
    });
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        notifications.take((index % 2 === 0 ? first : second).id, both(index % 10).map(message)),
      ),
    );
    // A transaction that was one of two in a deadlock would have been run again.
    expect(runs).toEqual({ wanted: 40, made: 40 });
    expect(await rows('1')).toHaveLength(20);
    const [one, two] = [await shown(first), await shown(second)];
    expect((one?.messagesReceived ?? 0) + (two?.messagesReceived ?? 0)).toBe(80);
  });
});

describe('accounts that are new to a source that discovers them', () => {
  const event = (accountId: string) => s3Event('central', { key: logKey(accountId, noon, 'n'), size: 7, etag });

  it('are made once a file of theirs is there, and not because a message names them', async () => {
    const source = await connect({ accountIds: [A], discoverAccounts: true });
    aws.put('central', logKey(C, noon, 'n'));
    await take(source, event(B), event(C), event(A));
    expect((await shown(source))?.accountIds).toEqual([A, C]);
    expect(await collection.accounts.find(admin.accounts, B)).toBeNull();
    expect(await rows('account_id')).toEqual([{ account_id: A }, { account_id: C }]);
    expect(await shown(source)).toMatchObject({ objectsIgnored: 1 });
  });

  it('do not come back when they were deleted', async () => {
    const source = await connect({ accountIds: [A], discoverAccounts: true });
    for (const accountId of [A, C]) aws.put('central', logKey(accountId, noon, 'n'));
    await take(source, event(C));
    await collection.accounts.delete(admin, C);
    await take(source, event(C));
    expect(await collection.accounts.find(admin.accounts, C)).toBeNull();
    expect(await shown(source)).toMatchObject({ accountIds: [A], objectsIgnored: 1 });
  });
});

it('messages for a source that was deleted meanwhile are left alone', async () => {
  const source = await connect();
  await collection.sources.delete(admin, source.id);
  expect(await take(source, s3Event('central', { key: logKey(A, noon, 'a') }))).toMatchObject({ done: [] });
  expect(await rows('1')).toEqual([]);
});

it('an error of the queue is on the source and its accounts until the queue answers, whatever a listing says', async () => {
  const source = await connect();
  await collection.notifications.recordPoll(source.id, 'AccessDenied');
  const discovery = { at: noon, error: null, filesIgnored: null, accountsIgnored: null, accounts: new Map() };
  await collection.sources.recordDiscovery(source.id, discovery);
  expect(await shown(source)).toMatchObject({ status: 'ERROR', lastError: 'AccessDenied', lastPolledAt: null });
  expect((await collection.accounts.sourceFailures([A])).get(A)).toMatchObject([{ error: 'AccessDenied' }]);
  const failing = await collection.accounts.list(admin.accounts, { filter: { statuses: ['ERROR'] } });
  expect(failing.nodes.map(({ accountId }) => accountId)).toEqual([A, B]);
  await collection.notifications.recordPoll(source.id, null);
  expect(await shown(source)).toMatchObject({ status: 'ACTIVE', lastError: null, lastPolledAt: expect.any(Date) });
});

describe('connecting', () => {
  it('refuses a queue elsewhere than at AWS, and a second source over the same queue and bucket', async () => {
    await connect();
    await expect(connect()).rejects.toMatchObject({ code: 'CONFLICT' });
    for (const queueUrl of ['http://169.254.169.254/1/q', 'https://evil.example/111122223333/q']) {
      await expect(connect({ queueUrl }), queueUrl).rejects.toMatchObject({ details: { argument: 'input.queueUrl' } });
    }
  });

  it('calls no host that a stored URL names once it is no longer the one in place of AWS', async () => {
    const source = await connect();
    expect(() => collection.queues.open({ ...source, queueUrl: 'http://127.0.0.1:1/1/q' })).toThrow(/no URL of an SQS/);
  });
});
