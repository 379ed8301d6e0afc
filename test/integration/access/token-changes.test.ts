import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallerWatch } from '../../../src/access/caller-watches.js';
import type { Caller } from '../../../src/access/context.js';
import { type Access, type AccessDeps, accessEntities, createAccess } from '../../../src/access/index.js';
import { operator } from '../../../src/access/operator.js';
import type { TokenChange, TokenRequest } from '../../../src/access/token-grant.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { createPubSub } from '../../../src/platform/pubsub/create-pubsub.js';
import type { PubSub } from '../../../src/platform/pubsub/pubsub.js';
import { Collector, Gate } from '../../support/collector.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const a = '111111111111';
const b = '222222222222';
const c = '333333333333';

let test: TestDatabase;
let pubsub: PubSub;
let access: Access;
/** Holds back the statements of this process. */
let held: { readonly reached: Gate; readonly go: Gate } | null;
/** How many statements were sent for tokens of this process. */
let statements: number;

function deps(): AccessDeps {
  const database = Object.create(test.database) as typeof test.database;
  database.query = (async (...args: Parameters<typeof database.query>) => {
    statements += 1;
    held?.reached.open();
    await held?.go.opened;
    return test.database.query(...args);
  }) as typeof database.query;
  return { database, pubsub, cursors: createCursorCodec(Buffer.alloc(32, 7)), log: silentLog };
}

beforeEach(async () => {
  statements = 0;
  held = null;
  test = await createTestDatabase({ entities: accessEntities, poolSize: 8 });
  pubsub = await createPubSub({ databaseUrl: test.url, log: silentLog });
  access = await createAccess(deps());
});

afterEach(async () => {
  await access.stop();
  await pubsub.stop();
  await test.drop();
});

async function made(more: Partial<TokenRequest> = {}, maker: Caller = operator()) {
  const { token, secret } = await access.tokens.create(maker, { name: 'reader', scopes: ['EVENTS_READ'], ...more });
  return { id: token.id, bearer: `Bearer ${secret}` };
}

const unauthenticated = expect.objectContaining({ code: 'UNAUTHENTICATED' });

describe('a change of a token', () => {
  it.each<[string, TokenChange, object]>([
    ['nothing', {}, {}],
    ['its name', { name: ' other ' }, { name: 'other' }],
    ['its scopes', { scopes: ['RULES_READ', 'EVENTS_READ', 'RULES_READ'] }, { scopes: ['EVENTS_READ', 'RULES_READ'] }],
    ['its accounts', { accountIds: [c, a, a] }, { accountIds: [a, c] }],
    ['its accounts to every one', { accountIds: null }, { accountIds: null }],
    ['its end', { expiresAt: new Date('2099-01-01') }, { expiresAt: new Date('2099-01-01') }],
    ['its end to never', { expiresAt: null }, { expiresAt: null }],
  ])('changes %s alone', async (_what, change, changed) => {
    const before = { name: 'reader', scopes: ['EVENTS_READ'], accountIds: [a, b], expiresAt: new Date('2098-01-01') };
    const { id, bearer } = await made(before as TokenRequest);
    expect(await access.tokens.update(operator(), id, change)).toMatchObject({ ...before, ...changed });
    const { scopes, accountIds } = { ...before, ...changed } as TokenRequest;
    const caller = await access.authenticate(bearer);
    expect([[...caller.scopes].sort(), caller.accounts.accountIds]).toEqual([scopes, accountIds]);
  });

  it.each<[string, TokenChange, string]>([
    ['a scope that the caller has not', { scopes: ['EVENTS_READ', 'ALARMS_WRITE'] }, 'FORBIDDEN'],
    ['no scope', { scopes: [] }, 'BAD_USER_INPUT'],
    ['null for its scopes', { scopes: null }, 'BAD_USER_INPUT'],
    ['an account that the caller has not', { accountIds: [a, c] }, 'NOT_FOUND'],
    ['every account', { accountIds: null }, 'FORBIDDEN'],
    ['no account', { accountIds: [] }, 'BAD_USER_INPUT'],
    ['an end behind that of the caller', { expiresAt: new Date('2099-01-01') }, 'FORBIDDEN'],
    ['an end in the past', { expiresAt: new Date(0) }, 'BAD_USER_INPUT'],
    ['a blank name', { name: ' ' }, 'BAD_USER_INPUT'],
    ['null for its name', { name: null }, 'BAD_USER_INPUT'],
  ])('to %s is refused, and changes nothing', async (_what, change, code) => {
    const ends = new Date('2098-01-01');
    const changer = await made({ scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a, b], expiresAt: ends });
    const { id } = await made({ accountIds: [a] });
    const caller = await access.authenticate(changer.bearer);
    await expect(access.tokens.update(caller, id, change)).rejects.toMatchObject({ code });
    expect(await access.tokens.get(operator(), id)).toMatchObject({ name: 'reader', accountIds: [a], expiresAt: null });
  });

  it.each<[string, Partial<TokenRequest>]>([
    ['of every account', { accountIds: null }],
    ['of an account more', { accountIds: [a, b, c] }],
    ['with a scope more', { scopes: ['EVENTS_READ', 'ALARMS_READ'], accountIds: [a] }],
  ])('is not for a token %s than the caller reaches', async (_what, other) => {
    const changer = await made({ scopes: ['EVENTS_READ', 'ACCESS_ADMIN'], accountIds: [a, b] });
    const { id } = await made(other);
    const caller = await access.authenticate(changer.bearer);
    await expect(access.tokens.update(caller, id, { name: 'mine' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `token ${id} does not exist`,
    });
  });

  it.each(['nothing', `'; DROP TABLE token; --`])('of the id %s is NOT_FOUND', async (id) => {
    await expect(access.tokens.update(operator(), id, {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('cannot bring back a token that was revoked', async () => {
    const { id } = await made();
    await access.tokens.revoke(operator(), id);
    await expect(access.tokens.update(operator(), id, { expiresAt: null })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is in the audit log for those who reach what the token had before as well', async () => {
    const { id } = await made({ accountIds: [a, b] });
    await access.tokens.update(operator(), id, { accountIds: [a] });
    const [entry] = await test.database.query(
      `SELECT target, account_ids, scopes, details FROM audit_entry WHERE action = 'updateToken'`,
    );
    expect(entry).toMatchObject({
      target: id,
      account_ids: [a, b],
      scopes: ['EVENTS_READ'],
      details: { name: 'reader', accountIds: [a] },
    });
  });

  it('does not undo one that is made at the same time', async () => {
    const { id } = await made({ accountIds: [a, b] });
    await Promise.all([
      access.tokens.update(operator(), id, { accountIds: [a] }),
      access.tokens.update(operator(), id, { name: 'other' }),
    ]);
    expect(await access.tokens.get(operator(), id)).toMatchObject({ name: 'other', accountIds: [a] });
  });
});

describe('a caller that is watched', () => {
  async function watched(
    bearer: string,
    by: Access = access,
  ): Promise<{ watch: CallerWatch; told: Collector<string> }> {
    const told = new Collector<string>();
    const watch = await by.watch(bearer, () => told.push('told'));
    return { watch, told };
  }

  it('has the grant of its token as it is now', async () => {
    const { id, bearer } = await made({ accountIds: [a, b] });
    const { watch, told } = await watched(bearer);
    const before = watch.caller();
    expect(before.accounts.accountIds).toEqual([a, b]);
    await access.tokens.update(operator(), id, { accountIds: [a] });
    expect(told.items).toEqual(['told']);
    expect(watch.caller().accounts.accountIds).toEqual([a]);
    watch.stop();
  });

  it('stays the same object, and is told nothing, while its grant does', async () => {
    const { bearer } = await made();
    const other = await made({ name: 'other' });
    const { watch, told } = await watched(bearer);
    const before = watch.caller();
    await access.tokens.revoke(operator(), other.id);
    expect(told.items).toEqual([]);
    expect(watch.caller()).toBe(before);
    watch.stop();
  });

  it('has ended when revokeToken has answered', async () => {
    const { id, bearer } = await made();
    const { watch, told } = await watched(bearer);
    await access.tokens.revoke(operator(), id);
    expect(told.items).toEqual(['told']);
    expect(() => watch.caller()).toThrow(unauthenticated);
    watch.stop();
  });

  it('ends at its time', async () => {
    const { bearer } = await made({ expiresAt: new Date(Date.now() + 700) });
    const { watch, told } = await watched(bearer);
    watch.caller();
    await told.until(1);
    expect(() => watch.caller()).toThrow(unauthenticated);
    watch.stop();
  });

  it('ends in another process by its message', async () => {
    const ownPubSub = await createPubSub({ databaseUrl: test.url, log: silentLog });
    const second = await createAccess({ ...deps(), pubsub: ownPubSub });
    const { id, bearer } = await made();
    const { watch, told } = await watched(bearer, second);
    await access.tokens.revoke(operator(), id);
    await told.until(1);
    expect(() => watch.caller()).toThrow(unauthenticated);
    watch.stop();
    await second.stop();
    await ownPubSub.stop();
  });

  it('ends within five seconds where the message was lost', async () => {
    const { id, bearer } = await made();
    const { watch, told } = await watched(bearer);
    const start = performance.now();
    await test.database.query('UPDATE token SET revoked_at = now() WHERE id = $1', [id]);
    await told.until(1);
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(() => watch.caller()).toThrow(unauthenticated);
    watch.stop();
  });

  it('is not sure from the message that tokens have changed until they are read', async () => {
    const { id, bearer } = await made();
    const { watch } = await watched(bearer);
    expect(watch.unsure()).toBeUndefined();
    await test.database.query('UPDATE token SET revoked_at = now() WHERE id = $1', [id]);
    held = { reached: new Gate(), go: new Gate() };
    await pubsub.publish('token.changed');
    await held.reached.opened;
    const unsure = watch.unsure();
    expect(unsure).toBeInstanceOf(Promise);
    held.go.open();
    await unsure;
    expect(() => watch.caller()).toThrow(unauthenticated);
    expect(watch.unsure()).toBeUndefined();
    watch.stop();
  });

  it('is not let in with a token that was revoked a moment ago elsewhere', async () => {
    const { id, bearer } = await made();
    // Believed for five seconds by this process.
    await access.authenticate(bearer);
    await test.database.query('UPDATE token SET revoked_at = now() WHERE id = $1', [id]);
    await expect(access.watch(bearer, () => undefined)).rejects.toEqual(unauthenticated);
  });

  it('costs one statement a change, however many watch however many tokens', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => made()));
    const all = await Promise.all(Array.from({ length: 100 }, (_, index) => watched(tokens[index % 5]?.bearer ?? '')));
    const before = statements;
    void pubsub.publish('token.changed');
    await expect.poll(() => statements - before, { interval: 5 }).toBeGreaterThan(0);
    expect(statements - before).toBe(1);
    for (const { watch } of all) watch.stop();
  });
});
