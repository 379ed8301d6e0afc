import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/context.js';
import { type Access, accessEntities, createAccess } from '../../../src/access/index.js';
import { operator } from '../../../src/access/operator.js';
import { Scope } from '../../../src/access/scope.enum.js';
import type { TokenRequest } from '../../../src/access/token-grant.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { createPubSub } from '../../../src/platform/pubsub/create-pubsub.js';
import type { PubSub } from '../../../src/platform/pubsub/pubsub.js';
import { Collector } from '../../support/collector.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const a = '111111111111';
const b = '222222222222';
const c = '333333333333';
const start = Date.parse('2026-01-01T00:00:00Z');

let test: TestDatabase;
let pubsub: PubSub;
let access: Access;
let now: number;

async function secondProcess(): Promise<{ access: Access; told: Collector<string>; stop(): Promise<void> }> {
  const ownPubSub = await createPubSub({ databaseUrl: test.url, log: silentLog });
  const second = await createAccess({ ...deps(), pubsub: ownPubSub });
  const told = new Collector<string>();
  await ownPubSub.subscribe('token.changed', () => told.push('changed'));
  return {
    access: second,
    told,
    async stop() {
      await second.stop();
      await ownPubSub.stop();
    },
  };
}

function deps() {
  return {
    database: test.database,
    pubsub,
    cursors: createCursorCodec(Buffer.alloc(32, 7)),
    log: silentLog,
    now: () => now,
  };
}

beforeEach(async () => {
  now = start;
  test = await createTestDatabase({ entities: accessEntities });
  pubsub = await createPubSub({ databaseUrl: test.url, log: silentLog });
  access = await createAccess(deps());
});

afterEach(async () => {
  await access.stop();
  await pubsub.stop();
  await test.drop();
});

const request = (more: Partial<TokenRequest> = {}): TokenRequest => ({
  name: 'reader',
  scopes: ['EVENTS_READ'],
  ...more,
});

async function made(more: Partial<TokenRequest> = {}, maker: Caller = operator()) {
  const { token, secret } = await access.tokens.create(maker, request(more));
  return { token, secret, bearer: `Bearer ${secret}` };
}

async function callerWith(more: Partial<TokenRequest>): Promise<Caller> {
  const { bearer } = await made(more);
  return access.authenticate(bearer);
}

const unauthenticated = expect.objectContaining({ code: 'UNAUTHENTICATED' });

describe('a token', () => {
  it('opens what it was granted, and nothing else', async () => {
    const caller = await callerWith({ scopes: ['EVENTS_READ', 'ALARMS_READ'], accountIds: [b, a, a] });
    expect([...caller.scopes].sort()).toEqual(['ALARMS_READ', 'EVENTS_READ']);
    expect(caller.accounts.accountIds).toEqual([a, b]);
  });

  it('is 256 random bits behind ct_, and only its hash is stored', async () => {
    const { token, secret } = await made();
    expect(secret).toMatch(/^ct_[\w-]{43}$/);
    const [row] = await test.database.query<{ text: string; hash: string }>(
      `SELECT token::text AS text, encode(secret_hash, 'hex') AS hash FROM token WHERE id = $1`,
      [token.id],
    );
    expect(row?.hash).toBe(createHash('sha256').update(secret).digest('hex'));
    const dump = await test.database.query<{ all: string }>(
      `SELECT (SELECT string_agg(t::text, '') FROM token t) || (SELECT string_agg(e::text, '') FROM audit_entry e) AS all`,
    );
    expect(dump[0]?.all).toContain(token.id);
    expect(dump[0]?.all).not.toContain(secret.slice(3));
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no secret', 'Bearer '],
    ['an unknown secret', `Bearer ct_${randomBytes(32).toString('base64url')}`],
    ['two secrets', 'Bearer a b'],
    ['a header of absurd length', `Bearer ${'x'.repeat(100_000)}`],
  ])('is wanted: %s is UNAUTHENTICATED', async (_name, header) => {
    await expect(access.authenticate(header)).rejects.toEqual(unauthenticated);
  });

  it('ends when it expires, in the same words as one that never was', async () => {
    const { bearer } = await made({ expiresAt: new Date(start + 10_000) });
    now = start + 9_999;
    await access.authenticate(bearer);
    now = start + 10_000;
    const expired = await access.authenticate(bearer).catch((error: Error) => error.message);
    const unknown = await access.authenticate('Bearer ct_nothing').catch((error: Error) => error.message);
    expect(expired).toBe(unknown);
  });

  it('is found by the index on its hash', async () => {
    const plan = await test.database.transaction(async (sql) => {
      await sql.query('SET LOCAL enable_seqscan = off');
      return sql.query(`EXPLAIN SELECT id FROM token WHERE secret_hash = sha256('x') AND revoked_at IS NULL`);
    });
    expect(JSON.stringify(plan)).toContain('Index Scan using token_secret_hash_key');
  });
});

describe('revocation', () => {
  it('is seen at once, by the process it was asked of', async () => {
    const { token, bearer } = await made();
    await access.authenticate(bearer);
    await access.tokens.revoke(operator(), token.id);
    await expect(access.authenticate(bearer)).rejects.toEqual(unauthenticated);
  });

  it('is seen by a second process without waiting for its cache', async () => {
    const second = await secondProcess();
    const { token, bearer } = await made();
    await second.access.authenticate(bearer);
    // The clock stands still, so that no cache ends by itself.
    await access.tokens.revoke(operator(), token.id);
    await second.told.until(1);
    await expect(second.access.authenticate(bearer)).rejects.toEqual(unauthenticated);
    await second.stop();
  });

  it('is seen after five seconds where the message was lost', async () => {
    const { token, bearer } = await made();
    await access.authenticate(bearer);
    await test.database.query('UPDATE token SET revoked_at = now() WHERE id = $1', [token.id]);
    now += 4_999;
    await access.authenticate(bearer);
    now += 1;
    await expect(access.authenticate(bearer)).rejects.toEqual(unauthenticated);
  });

  it('keeps its first time when it is asked for again', async () => {
    const { token } = await made();
    const first = await access.tokens.revoke(operator(), token.id);
    now += 60_000;
    const again = await access.tokens.revoke(operator(), token.id);
    expect(first.revokedAt).toEqual(new Date(start));
    expect(again.revokedAt).toEqual(first.revokedAt);
  });
});

describe('the last use', () => {
  const lastUse = async (id: string) => {
    // Stopping waits for what is still being written.
    await access.stop();
    const rows = await test.database.query<{ at: Date | null }>('SELECT last_used_at AS at FROM token WHERE id = $1', [
      id,
    ]);
    access = await createAccess(deps());
    return rows[0]?.at?.getTime();
  };

  it('is noted, at most once a minute', async () => {
    const { token, bearer } = await made();
    expect(await lastUse(token.id)).toBeUndefined();
    await access.authenticate(bearer);
    now += 59_999;
    await access.authenticate(bearer);
    expect(await lastUse(token.id)).toBe(start);
    // Another process, which knows nothing of the first note, does not write either.
    await access.authenticate(bearer);
    expect(await lastUse(token.id)).toBe(start);
    now += 1;
    await access.authenticate(bearer);
    expect(await lastUse(token.id)).toBe(start + 60_000);
  });
});

describe('a token makes only tokens within its own reach', () => {
  it.each<[string, Partial<TokenRequest>, string]>([
    ['a scope it has not', { scopes: ['EVENTS_READ', 'ALARMS_WRITE'], accountIds: [a] }, 'FORBIDDEN'],
    ['every account', { accountIds: null }, 'FORBIDDEN'],
    ['every account, by leaving it out', {}, 'FORBIDDEN'],
    ['an account it has not', { accountIds: [a, c] }, 'NOT_FOUND'],
    ['no account', { accountIds: [] }, 'BAD_USER_INPUT'],
    ['no scope', { scopes: [], accountIds: [a] }, 'BAD_USER_INPUT'],
    ['a blank name', { name: ' ', accountIds: [a] }, 'BAD_USER_INPUT'],
    ['a name of two lines', { name: 'a\nb', accountIds: [a] }, 'BAD_USER_INPUT'],
    ['an end in the past', { accountIds: [a], expiresAt: new Date(start) }, 'BAD_USER_INPUT'],
  ])('%s is refused', async (_name, wish, code) => {
    const maker = await callerWith({ scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a, b] });
    await expect(access.tokens.create(maker, request(wish))).rejects.toMatchObject({ code });
    expect(await test.database.query('SELECT 1 FROM token')).toHaveLength(1);
  });

  it('a part of its own is granted', async () => {
    const maker = await callerWith({ scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a, b] });
    const { token, bearer } = await made({ accountIds: [b] }, maker);
    expect(token).toMatchObject({ name: 'reader', scopes: ['EVENTS_READ'], accountIds: [b] });
    expect((await access.authenticate(bearer)).accounts.accountIds).toEqual([b]);
  });
});

describe('a token sees and revokes only tokens within its own reach', () => {
  it.each<[string, Partial<TokenRequest>, boolean]>([
    ['one of the same reach', { scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a, b] }, true],
    ['one of fewer accounts', { accountIds: [b] }, true],
    ['one of every account', { accountIds: null }, false],
    ['one of an account more', { accountIds: [a, b, c] }, false],
    ['one of other accounts', { accountIds: [c] }, false],
    ['one with a scope more', { scopes: ['EVENTS_READ', 'ALARMS_READ'], accountIds: [a] }, false],
  ])('%s: %o, %s', async (_name, other, visible) => {
    const reader = await callerWith({ name: 'x', scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a, b] });
    const { token } = await made({ name: 'other', ...other });
    const page = await access.tokens.list(reader, {});
    expect(page.nodes.some(({ id }) => id === token.id)).toBe(visible);
    expect(await page.totalCount()).toBe(visible ? 2 : 1);
    const revoked = access.tokens.revoke(reader, token.id);
    if (visible) expect((await revoked).revokedAt).toEqual(new Date(start));
    else
      await expect(revoked).rejects.toMatchObject({ code: 'NOT_FOUND', message: `token ${token.id} does not exist` });
  });

  it.each(['', 'nothing', `'; DROP TABLE token; --`])('an id such as "%s" does not exist', async (id) => {
    await expect(access.tokens.get(operator(), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('pages of tokens together are the whole list, newest first', async () => {
  for (const name of ['t0', 't1', 't2', 't3', 't4']) await made({ name });
  // All of one millisecond: the id decides.
  await test.database.query(`UPDATE token SET created_at = '2026-01-01T00:00:00.123Z' WHERE name <> 't0'`);
  await test.database.query(`UPDATE token SET created_at = '2025-01-01T00:00:00Z' WHERE name = 't0'`);
  const names: string[] = [];
  let after: string | null = null;
  do {
    const page = await access.tokens.list(operator(), { first: 2, after });
    names.push(...page.nodes.map(({ name }) => name));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  expect([...names].sort()).toEqual(['t0', 't1', 't2', 't3', 't4']);
  expect(names.at(-1)).toBe('t0');
});

it('a cursor of another list is refused', async () => {
  const other = createCursorCodec(Buffer.alloc(32, 7)).encode('auditLog', ['1']);
  await expect(access.tokens.list(operator(), { after: other })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    details: { argument: 'after' },
  });
});

describe('the audit log', () => {
  it('is written with the change, and not without it', async () => {
    await expect(
      test.database.transaction(async (sql) => {
        await access.audit.record(operator(), { action: 'x', target: 'y', accountIds: null }, sql);
        throw new Error('the change failed');
      }),
    ).rejects.toThrow('the change failed');
    expect(await test.database.query('SELECT 1 FROM audit_entry')).toEqual([]);
  });

  it('shows a token only what lies within its reach, and only tokens it may see as authors', async () => {
    const admin = await callerWith({ name: 'admin', scopes: Object.values(Scope), accountIds: null });
    const narrow = await callerWith({ name: 'narrow', scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a] });
    await test.database.query('DELETE FROM audit_entry');
    const record = (caller: Caller, target: string, accountIds: string[] | null, scopes: Scope[] = []) =>
      access.audit.record(caller, { action: 'act', target, accountIds, scopes });
    await record(admin, 'all accounts', null);
    await record(admin, 'account a', [a]);
    await record(narrow, 'by itself', [a]);
    await record(admin, 'accounts a and b', [a, b]);
    await record(admin, 'more scopes', [a], ['ALARMS_READ']);

    const { auditLog } = access.resolvers[0] as { auditLog: (...args: unknown[]) => Promise<unknown> };
    expect(await auditLog.call(access.resolvers[0], { caller: narrow }, { first: 1 })).toMatchObject({
      nodes: [{ target: 'by itself', token: { name: 'narrow' } }],
      pageInfo: { hasNextPage: true },
    });
    const log = (await auditLog.call(access.resolvers[0], { caller: narrow }, {})) as {
      nodes: { target: string; token: unknown }[];
      totalCount(): Promise<number>;
    };
    expect(log.nodes.map(({ target, token }) => [target, token === null])).toEqual([
      ['by itself', false],
      ['account a', true],
    ]);
    expect(await log.totalCount()).toBe(2);
  });
});
