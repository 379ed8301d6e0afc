import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../../../src/access/scope.js';
import type { FoundFile } from '../../../src/sources/ledger.port.js';
import { writeFound } from '../../../src/sources/ledger.store.js';
import type { Source } from '../../../src/sources/source.entity.js';
import { A, admin, B, type Collection, logKey, startCollection } from '../../support/collection.js';

let collection: Collection;
let source: Source;
const limits = { maxFiles: 100, maxBytes: 1e9, leaseSeconds: 60 };
const noon = new Date('2026-11-20T12:00:00Z');
const done = { records: 3, events: 2, duplicates: 1, quarantined: null, sha256: null };

beforeAll(async () => {
  collection = await startCollection();
  source = await connect();
});
afterAll(() => collection.stop());
beforeEach(async () => {
  await collection.database.query('TRUNCATE log_file, log_file_revision');
  await collection.accounts.resume(admin, A);
});

async function connect(): Promise<Source> {
  const path = await mkdtemp(join(tmpdir(), 'crosstrail-ledger-'));
  return collection.sources.create(admin, { type: 'DIRECTORY', path, accountIds: [A, B] });
}

function found(name: string, given: Partial<FoundFile> = {}): FoundFile {
  const accountId = given.accountId ?? A;
  const key = logKey(accountId, noon, name);
  return { key, accountId, awsRegion: 'eu-west-1', deliveredAt: noon.getTime(), size: 1000, etag: 'v1', ...given };
}

const rows = (columns: string) => collection.database.query(`SELECT ${columns} FROM log_file ORDER BY key`);
const expire = () => collection.database.query(`UPDATE log_file SET due_at = now() - interval '1 second'`);
const inTransaction = <T>(work: Parameters<typeof collection.database.transaction<T>>[0]) =>
  collection.database.transaction(work);

/** Until a statement waits for a lock that another holds. */
async function untilBlocked(): Promise<void> {
  const blocked = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await collection.database.query(blocked)).length === 0);
}

describe('finding files', () => {
  it('makes one row of a file that arrives by three routes at once', async () => {
    const files = Array.from({ length: 500 }, (_, index) => found(`f${index}`));
    const routes = await Promise.all(
      [files, [...files].reverse(), files].map((part) => collection.ledger.discovered(source, part)),
    );
    expect(routes.reduce((sum, route) => sum + route.added, 0)).toBe(500);
    expect(routes.reduce((sum, route) => sum + route.changed, 0)).toBe(0);
    expect(await rows('1')).toHaveLength(500);
  });

  it('wakes ingest for new files only', async () => {
    const before = collection.woken.ingest;
    await collection.ledger.discovered(source, [found('a'), found('a')]);
    await collection.ledger.discovered(source, [found('a')]);
    expect(collection.woken.ingest - before).toBe(1);
    expect(await rows('1')).toHaveLength(1);
  });

  it('opens a revision when the ETag changes, once, and keeps what was', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const { lease, files } = await collection.ledger.claim(limits);
    await inTransaction((sql) => collection.ledger.ingested(sql, lease, [{ id: files[0]?.id ?? '', ...done }]));
    const changed = [found('a', { etag: 'v2', size: 2000 })];
    const answers = await Promise.all([1, 2, 3].map(() => collection.ledger.discovered(source, changed)));
    expect(answers.map((answer) => answer.changed).sort()).toEqual([0, 0, 1]);
    expect(await rows('state, etag, revision, attempts, size::integer')).toEqual([
      { state: 'DISCOVERED', etag: 'v2', revision: 2, attempts: 0, size: 2000 },
    ]);
    expect(await collection.database.query('SELECT revision, etag, state, events FROM log_file_revision')).toEqual([
      { revision: 1, etag: 'v1', state: 'INGESTED', events: 2 },
    ]);
  });

  it('opens one revision when a second route sees the change before the first has committed', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const changed = [found('a', { etag: 'v2' })];
    let second: Promise<unknown> = Promise.resolve();
    await inTransaction(async (sql) => {
      await writeFound(sql, source, changed);
      second = collection.ledger.discovered(source, changed);
      await untilBlocked();
    });
    expect(await second).toEqual({ added: 0, changed: 0 });
    expect(await rows('etag, revision')).toEqual([{ etag: 'v2', revision: 2 }]);
  });

  /** Reads the file, in whichever version it is by then. */
  async function readAs(etag: string): Promise<void> {
    const { lease, files } = await collection.ledger.claim(limits);
    const result = { id: files[0]?.id ?? '', ...done, object: { etag, size: 500 } };
    await inTransaction((sql) => collection.ledger.ingested(sql, lease, [result]));
  }

  it('reads an object again that was changed after its listing, read so, and changed back', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    await readAs('v2');
    expect(await rows('state, etag, size::integer')).toEqual([{ state: 'INGESTED', etag: 'v2', size: 500 }]);
    expect(await collection.ledger.discovered(source, [found('a')])).toEqual({ added: 0, changed: 1 });
    expect(await rows('state, etag, revision')).toEqual([{ state: 'DISCOVERED', etag: 'v1', revision: 2 }]);
  });

  it('does not read an object for ever that a store tells of by two ETags', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    let reads = 0;
    for (let changed = 1; changed > 0; ) {
      await readAs('other');
      reads += 1;
      ({ changed } = await collection.ledger.discovered(source, [found('a')]));
    }
    expect(reads).toBeLessThan(10);
  });

  it('takes a file up again that was missing and is back', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const { lease, files } = await collection.ledger.claim(limits);
    await collection.ledger.release(lease, [{ id: files[0]?.id ?? '', gone: true }]);
    expect(await rows('state')).toEqual([{ state: 'MISSING' }]);
    expect(await collection.ledger.discovered(source, [found('a')])).toEqual({ added: 0, changed: 1 });
    expect(await rows('state, revision, error')).toEqual([{ state: 'DISCOVERED', revision: 1, error: null }]);
  });

  it('shows the newest delivery on the source', async () => {
    await collection.ledger.discovered(source, [found('a'), found('b', { deliveredAt: noon.getTime() + 60_000 })]);
    const shown = await collection.sources.find(admin.accounts, source.id);
    expect(shown?.lastFileAt).toEqual(new Date('2026-11-20T12:01:00Z'));
  });
});

describe('claiming', () => {
  it('gives no file to two workers', async () => {
    await collection.ledger.discovered(
      source,
      Array.from({ length: 200 }, (_, index) => found(`f${index}`)),
    );
    const claims = await Promise.all(
      Array.from({ length: 6 }, () => collection.ledger.claim({ ...limits, maxFiles: 40 })),
    );
    const ids = claims.flatMap(({ files }) => files.map((file) => file.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(40);
  });

  it.each([
    ['as many as fit', 3500, 3],
    ['one, however large', 10, 1],
    ['all at the limit', 5000, 5],
  ])('takes %s', async (_, maxBytes, count) => {
    await collection.ledger.discovered(
      source,
      ['a', 'b', 'c', 'd', 'e'].map((name) => found(name)),
    );
    expect((await collection.ledger.claim({ ...limits, maxBytes })).files).toHaveLength(count);
  });

  it('takes live files before backfill, of one source, and passes over paused accounts', async () => {
    const other = await connect();
    await collection.ledger.discovered(source, [found('old', { priority: 100 }), found('b', { accountId: B })]);
    await collection.ledger.discovered(other, [found('other')]);
    await collection.accounts.pause(admin, B);
    const names: string[][][] = [];
    for (let index = 0; index < 3; index += 1) {
      names.push((await collection.ledger.claim(limits)).files.map((file) => [file.sourceId, file.accountId]));
    }
    expect(names).toEqual([[[other.id, A]], [[source.id, A]], []]);
    await collection.accounts.resume(admin, B);
    expect((await collection.ledger.claim(limits)).files.map((file) => file.accountId)).toEqual([B]);
    await collection.sources.delete(admin, other.id);
  });

  it('leaves the files of a deleted source, until another source finds them', async () => {
    const first = await connect();
    await collection.ledger.discovered(first, [found('a')]);
    await collection.database.query('DELETE FROM source WHERE id = $1', [first.id]);
    expect((await collection.ledger.claim(limits)).files).toEqual([]);
    const second = { id: source.id, bucketId: first.bucketId };
    expect(await collection.ledger.discovered(second, [found('a')])).toEqual({ added: 0, changed: 1 });
    expect((await collection.ledger.claim(limits)).files).toMatchObject([{ sourceId: source.id, attempts: 1 }]);
  });
});

describe('a backlog of an account that its source no longer speaks for', () => {
  const backlog = (name: string) => [found(`a-${name}`), found(`b-${name}`, { accountId: B })];

  it('is not read after the account was deleted, until it is connected again', async () => {
    const shared = await connect();
    await collection.ledger.discovered(shared, backlog('deleted'));
    await collection.accounts.delete(admin, B);
    expect((await collection.ledger.claim(limits)).files.map((file) => file.accountId)).toEqual([A]);
    expect(await collection.ledger.sweep()).toEqual({ expired: 0, due: false });
    expect((await collection.sources.backlogs([shared.id])).get(shared.id)).toMatchObject({ filesPending: 1 });
    await collection.sources.update(admin, { id: shared.id, accountIds: [A, B] });
    await collection.sources.update(admin, { id: source.id, accountIds: [A, B] });
    expect(await collection.ledger.sweep()).toEqual({ expired: 0, due: true });
    expect((await collection.ledger.claim(limits)).files.map((file) => file.accountId)).toEqual([B]);
    await collection.sources.delete(admin, shared.id);
  });

  it('is not read, and cannot be retried, after the source was changed; another source takes it up', async () => {
    const shared = await connect();
    const files = backlog('taken');
    await collection.ledger.discovered(shared, files);
    await collection.sources.update(admin, { id: shared.id, accountIds: [A] });
    expect((await collection.ledger.claim(limits)).files.map((file) => file.accountId)).toEqual([A]);
    const [row] = await collection.database.query(`SELECT id::text FROM log_file WHERE account_id = $1`, [B]);
    await expect(collection.ledger.retry(scopeOfGrant(null), String(row?.id))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    // A look that began before the change finds nothing to do; one through a source that speaks for it does.
    expect(await collection.ledger.discovered(shared, files)).toEqual({ added: 0, changed: 0 });
    const other = { id: source.id, bucketId: shared.bucketId };
    expect(await collection.ledger.discovered(other, files)).toEqual({ added: 0, changed: 1 });
    expect((await collection.ledger.claim(limits)).files).toMatchObject([{ sourceId: source.id, accountId: B }]);
    await collection.sources.delete(admin, shared.id);
  });
});

describe('a lease', () => {
  it('is taken back at once by a process that knows itself alone, and its attempts stay counted', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const { lease, files } = await collection.ledger.claim(limits);
    await collection.ledger.takeBackAll();
    await inTransaction(async (sql) => {
      const ids = files.map((file) => file.id);
      expect(await collection.ledger.lock(sql, lease, ids)).toEqual(new Set());
    });
    expect((await collection.ledger.claim(limits)).files).toMatchObject([{ attempts: 2 }]);
  });

  it('that has ended, or whose file has changed, locks nothing and closes nothing', async () => {
    await collection.ledger.discovered(source, [found('a'), found('b'), found('c')]);
    const { lease, files } = await collection.ledger.claim(limits);
    const [a = '', b = '', c = ''] = files.map((file) => file.id);
    await collection.ledger.discovered(source, [found('a', { etag: 'v2' })]);
    await collection.database.query(`UPDATE log_file SET due_at = now() WHERE id = $1`, [b]);
    expect(await collection.ledger.sweep()).toEqual({ expired: 1, due: true });
    await inTransaction(async (sql) => {
      expect(await collection.ledger.lock(sql, lease, [a, b, c])).toEqual(new Set([c]));
      await collection.ledger.ingested(
        sql,
        lease,
        [a, b, c].map((id) => ({ id, ...done })),
      );
    });
    expect(await rows('state')).toEqual([{ state: 'DISCOVERED' }, { state: 'DISCOVERED' }, { state: 'INGESTED' }]);
  });

  it('that is extended outlives a sweep', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const { lease } = await collection.ledger.claim({ ...limits, leaseSeconds: 0 });
    await collection.ledger.extend(lease, 60);
    expect(await collection.ledger.sweep()).toEqual({ expired: 0, due: false });
  });

  it('ends a quarantined file with its reason and what was intact, without NUL', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const { lease, files } = await collection.ledger.claim(limits);
    const result = { id: files[0]?.id ?? '', ...done, quarantined: 'cut\0 short' };
    await inTransaction((sql) => collection.ledger.ingested(sql, lease, [result]));
    expect(await rows('state, error, records, events, duplicates, lease')).toEqual([
      { state: 'QUARANTINED', error: 'cut short', records: 3, events: 2, duplicates: 1, lease: null },
    ]);
  });
});

describe('giving back', () => {
  it('what was not tried is due at once and counts no attempt', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const { lease, files } = await collection.ledger.claim(limits);
    await collection.ledger.release(lease, [{ id: files[0]?.id ?? '' }]);
    expect((await collection.ledger.claim(limits)).files).toMatchObject([{ attempts: 1 }]);
  });

  it('a failed file waits ever longer, and is given up after ten attempts', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const { lease, files } = await collection.ledger.claim(limits);
      await collection.ledger.release(lease, [{ id: files[0]?.id ?? '', error: 'AccessDenied' }]);
      const [row] = await rows('extract(epoch FROM due_at - now())::float8 AS wait');
      waits.push(Number(row?.wait));
      expect((await collection.ledger.claim(limits)).files).toEqual([]);
      if (attempt < 10) await expire();
    }
    for (const [index, wait] of waits.slice(0, 9).entries()) {
      expect(wait).toBeGreaterThan(5 * 2 ** index * 0.5 - 2);
      expect(wait).toBeLessThanOrEqual(5 * 2 ** index);
    }
    expect(await rows('state, error')).toEqual([
      { state: 'QUARANTINED', error: 'given up after 10 attempts: AccessDenied' },
    ]);
  });

  it('a file that takes its worker down each time is given up as well', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await collection.ledger.claim({ ...limits, leaseSeconds: 0 });
      await collection.ledger.sweep();
    }
    expect(await rows('state, error')).toEqual([
      { state: 'QUARANTINED', error: 'given up: 10 workers stopped while they read it' },
    ]);
  });
});

describe('retrying', () => {
  it.each([
    ['QUARANTINED', [A], null],
    ['MISSING', [A], null],
    ['DISCOVERED', [A], null],
    ['INGESTED', [A], 'CONFLICT'],
    ['INGESTING', [A], 'CONFLICT'],
    ['QUARANTINED', [B], 'NOT_FOUND'],
    ['INGESTED', [B], 'NOT_FOUND'],
  ])('a %s file of one account, with a token for %s: %s', async (state, grant, code) => {
    await collection.ledger.discovered(source, [found('a')]);
    await collection.database.query(`UPDATE log_file SET state = $1, attempts = 10, due_at = 'infinity'`, [state]);
    const [row] = await rows('id::text');
    const retried = collection.ledger.retry(scopeOfGrant(grant), String(row?.id));
    if (code === null) {
      await retried;
      expect((await collection.ledger.claim(limits)).files).toMatchObject([{ attempts: 1 }]);
    } else {
      await expect(retried).rejects.toMatchObject({ code });
    }
  });

  it('is undone when it cannot be written down who did it', async () => {
    await collection.ledger.discovered(source, [found('a')]);
    await collection.database.query(`UPDATE log_file SET state = 'QUARANTINED', attempts = 10`);
    const [row] = await rows('id::text');
    const record = () => Promise.reject(new Error('no audit log'));
    await expect(collection.ledger.retry(scopeOfGrant(null), String(row?.id), record)).rejects.toThrow('no audit log');
    expect(await rows('state, attempts')).toEqual([{ state: 'QUARANTINED', attempts: 10 }]);
  });

  it.each(['0', '-1', 'x', '99999999999999999999', "1'"])('what is no id of a file, %s, does not exist', async (id) => {
    await expect(collection.ledger.retry(scopeOfGrant(null), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
