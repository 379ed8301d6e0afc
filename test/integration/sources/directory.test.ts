import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryWatches } from '../../../src/ingest/directory-watches.js';
import { DirectoryWatcher } from '../../../src/sources/directory-watcher.js';
import { ObjectNotFound } from '../../../src/sources/object-store.port.js';
import { DirectoryStore } from '../../../src/sources/object-stores/directory.js';
import { A, admin, B, C, type Collection, logKey, startCollection } from '../../support/collection.js';
import { Collector } from '../../support/collector.js';
import { deferred } from '../../support/deferred.js';
import { silentLog } from '../../support/silent-log.js';

const { signal } = new AbortController();
const noon = new Date('2026-11-20T12:00:00Z');
let outside: string;
let root: string;

beforeEach(async () => {
  outside = await realpath(await mkdtemp(join(tmpdir(), 'crosstrail-dir-')));
  root = join(outside, 'bucket');
  await mkdir(root);
});
afterEach(() => rm(outside, { recursive: true, force: true }));

async function put(key: string, content = 'content'): Promise<void> {
  await mkdir(dirname(join(root, key)), { recursive: true });
  await writeFile(join(root, key), content);
}

async function read(store: DirectoryStore, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.open(key, signal)).body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('reading a directory as a bucket', () => {
  it('reads no file outside of it, and nothing that is no file', async () => {
    const store = new DirectoryStore(root);
    await writeFile(join(outside, 'secret'), 'secret');
    await put('folder/file');
    await symlink(join(outside, 'secret'), join(root, 'link'));
    await symlink(outside, join(root, 'out'));
    await symlink(join(root, 'folder'), join(root, 'within'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    expect(await read(store, 'folder/file')).toBe('content');
    for (const key of [
      '../secret',
      'folder/../../secret',
      'out/secret',
      'link',
      'within/file',
      'folder',
      'folder/',
      'fifo',
      '',
      '/etc/passwd',
      './folder/file',
      'folder//file',
      'folder/./file',
      'folder/file\0',
      'none',
    ]) {
      await expect(store.open(key, signal), key).rejects.toThrow(ObjectNotFound);
    }
    const keys: string[] = [];
    for await (const page of store.list({ prefix: '', signal })) keys.push(...page.objects.map((object) => object.key));
    expect(keys).toEqual(['folder/file']);
    for await (const page of store.list({ prefix: '../', signal })) expect(page).toBeUndefined();
  });

  // The order and the cutting of S3's ListObjectsV2.
  it.each([
    ['everything', { prefix: '' }, ['a-b', 'a.json', 'a/1', 'a/2', 'b/c/3'], []],
    ['by folder', { prefix: '', delimiter: '/' as const }, ['a-b', 'a.json'], ['a/', 'b/']],
    ['below a folder', { prefix: 'b/', delimiter: '/' as const }, [], ['b/c/']],
    ['by a part of a name', { prefix: 'a.' }, ['a.json'], []],
    ['by a part of a folder', { prefix: 'a' }, ['a-b', 'a.json', 'a/1', 'a/2'], []],
    ['after a key', { prefix: '', startAfter: 'a/1' }, ['a/2', 'b/c/3'], []],
    ['nothing there', { prefix: 'none/' }, [], []],
  ])('lists %s', async (_, options, objects, prefixes) => {
    for (const key of ['b/c/3', 'a/2', 'a/1', 'a.json', 'a-b']) await put(key);
    const found = { objects: [] as string[], prefixes: [] as string[] };
    for await (const page of new DirectoryStore(root).list({ ...options, signal })) {
      found.objects.push(...page.objects.map((object) => object.key));
      found.prefixes.push(...page.prefixes);
    }
    expect(found).toEqual({ objects, prefixes });
  });

  it('gives the ETag of what it read, and no byte that came after', async () => {
    const store = new DirectoryStore(root);
    await put('file', 'one');
    const object = await store.open('file', signal);
    await appendFile(join(root, 'file'), ' two');
    let text = '';
    for await (const chunk of object.body) text += Buffer.from(chunk).toString();
    expect(text).toBe('one');
    expect((await store.open('file', signal)).etag).not.toBe(object.etag);
  });
});

describe('collecting from a directory', () => {
  let collection: Collection;
  beforeAll(async () => {
    collection = await startCollection();
  });
  afterAll(() => collection.stop());
  beforeEach(() => collection.database.query('TRUNCATE log_file, account, deleted_account CASCADE'));

  const states = () => collection.database.query('SELECT account_id, revision FROM log_file ORDER BY key');

  it('scans the files of granted accounts, and counts those of others', async () => {
    for (const account of [A, A, B, C]) await put(logKey(account, noon, `${Math.random()}`.slice(2)));
    await put('AWSLogs/README.txt');
    const source = await collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A, B] });
    expect(await collection.directoryDiscovery.scan(source, signal)).toEqual({
      files: 3,
      added: 3,
      changed: 0,
      ignored: 1,
    });
    expect(await collection.directoryDiscovery.scan(source, signal)).toMatchObject({ added: 0, changed: 0 });
    const shown = await collection.sources.find(admin.accounts, source.id);
    expect(shown).toMatchObject({ filesIgnored: 1, accountsIgnored: 1, location: `file://${root}`, status: 'ACTIVE' });
  });

  it('discovers accounts, but not those that somebody deleted', async () => {
    await put(logKey(A, noon, 'a'));
    const given = { type: 'DIRECTORY', path: root, discoverAccounts: true } as const;
    const source = await collection.sources.create(admin, given);
    await collection.directoryDiscovery.scan(source, signal);
    expect(await collection.accounts.find(admin.accounts, A)).toMatchObject({ name: A, paused: false });
    await collection.accounts.delete(admin, A);
    await put(logKey(A, noon, 'b'));
    await put(logKey(B, noon, 'b'));
    const again = await collection.sources.find(admin.accounts, source.id);
    if (again === null) throw new Error('the source is gone');
    expect(await collection.directoryDiscovery.scan(again, signal)).toMatchObject({ added: 1, ignored: 2 });
    expect(await collection.accounts.find(admin.accounts, A)).toBeNull();
    await collection.sources.createAccount(admin, { accountId: A });
    expect(await collection.accounts.find(admin.accounts, A)).not.toBeNull();
  });

  it('passes over paused accounts and regions that are not wanted', async () => {
    const source = await collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A, B] });
    await put(logKey(A, noon, 'a', 'eu-west-1'));
    await put(logKey(A, noon, 'b', 'us-east-1'));
    await put(logKey(B, noon, 'c'));
    await collection.accounts.update(admin, { accountId: A, regions: ['us-east-1'] });
    await collection.accounts.pause(admin, B);
    const now = await collection.sources.find(admin.accounts, source.id);
    expect(await collection.directoryDiscovery.scan(now ?? source, signal)).toMatchObject({ files: 1, ignored: 0 });
  });

  it('says on the source and on the account that the directory is gone, until it is back', async () => {
    const source = await collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A] });
    await rm(root, { recursive: true });
    await expect(collection.directoryDiscovery.scan(source, signal)).rejects.toThrow('ENOENT');
    const failing = await collection.sources.find(admin.accounts, source.id);
    expect(failing).toMatchObject({ status: 'ERROR', lastError: expect.stringContaining('(ENOENT)') });
    expect(failing?.lastError).not.toContain(root);
    expect((await collection.accounts.sourceFailures([A])).get(A)).toMatchObject([{ reach: [A] }]);
    await mkdir(root);
    await collection.directoryDiscovery.scan(source, signal);
    expect(await collection.sources.find(admin.accounts, source.id)).toMatchObject({
      status: 'ACTIVE',
      lastError: null,
    });
  });

  it('sees a file at once that is written, moved in, or comes with new folders; and written again', async () => {
    const source = await collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A, B] });
    await put(logKey(A, noon, 'before'));
    const stop = new AbortController();
    let wake: () => void = () => undefined;
    await collection.directoryDiscovery.watch(source, stop.signal, () => wake());
    const seen = async (work: () => Promise<void>) => {
      const told = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await work();
      await told;
      return states();
    };
    expect(await seen(() => put(logKey(A, noon, 'written')))).toEqual([{ account_id: A, revision: 1 }]);
    expect(await seen(() => put(logKey(B, noon, 'folders')))).toHaveLength(2);
    await writeFile(join(outside, 'moved'), 'moved');
    expect(await seen(() => rename(join(outside, 'moved'), join(root, logKey(B, noon, 'moved'))))).toHaveLength(3);
    const rewritten = await seen(() => put(logKey(A, noon, 'written'), 'longer than before'));
    expect(rewritten).toContainEqual({ account_id: A, revision: 2 });
    stop.abort();
  });

  it('a watch collects accounts that a scan discovered first, as they are set', async () => {
    const given = { type: 'DIRECTORY', path: root, discoverAccounts: true } as const;
    const source = await collection.sources.create(admin, given);
    const stop = new AbortController();
    const told = new Promise<void>((resolve) => {
      void collection.directoryDiscovery
        .watch(source, stop.signal, () => resolve())
        .then(async () => {
          await collection.sources.discovered(source, [A, B, C]);
          await collection.accounts.pause(admin, B);
          await collection.accounts.update(admin, { accountId: C, regions: ['us-east-1'] });
          await put(logKey(B, noon, 'paused'));
          await put(logKey(C, noon, 'other-region'));
          await put(logKey(A, noon, 'wanted'));
        });
    });
    await told;
    expect((await states()).map((row) => row.account_id)).toEqual([A]);
    stop.abort();
  });

  it('ends a watch once the write in hand is done', async () => {
    const source = await collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A] });
    const writing = deferred();
    const goOn = deferred();
    const watcher = new DirectoryWatcher(root, '', async () => {
      writing.resolve();
      await goOn.promise;
    });
    await watcher.start();
    await put(logKey(A, noon, 'a'));
    await writing.promise;
    let closed = false;
    const closing = watcher.close().then(() => {
      closed = true;
    });
    await collection.sources.find(admin.accounts, source.id);
    expect(closed).toBe(false);
    goOn.resolve();
    await closing;
  });

  it('ends a watch whose directory is gone, and begins it anew with the next round', async () => {
    await collection.sources.create(admin, { type: 'DIRECTORY', path: root, accountIds: [A] });
    const ends = new Collector<string>();
    const discovery = {
      watch: async (...given: Parameters<typeof collection.directoryDiscovery.watch>) => {
        const watch = await collection.directoryDiscovery.watch(...given);
        void watch.ended.then(() => ends.push('ended'));
        return watch;
      },
      scan: collection.directoryDiscovery.scan.bind(collection.directoryDiscovery),
    };
    const watches = new DirectoryWatches({ sources: collection.sources, discovery, log: silentLog });
    await watches.sync();
    await rm(root, { recursive: true });
    await ends.until(1);
    await mkdir(root);
    await put(logKey(A, noon, 'back'));
    await watches.sync();
    expect(await states()).toHaveLength(1);
    await watches.stop();
    expect(ends.items).toHaveLength(2);
  });

  it('says once that there are more folders than can be watched', async () => {
    for (let index = 0; index < 10; index += 1) await mkdir(join(root, `folder-${index}`));
    const errors: unknown[] = [];
    const watcher = new DirectoryWatcher(root, '', async () => undefined, 4);
    watcher.on('error', (error) => errors.push(error));
    await watcher.start();
    expect(errors).toMatchObject([{ message: 'more than 4 folders' }]);
    await watcher.close();
  });
});
