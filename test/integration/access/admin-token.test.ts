import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Access, accessEntities, createAccess } from '../../../src/access/index.js';
import { installationSecret } from '../../../src/access/installation-secret.js';
import { operator } from '../../../src/access/operator.js';
import { everyScope } from '../../../src/access/scope.enum.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { createPubSub } from '../../../src/platform/pubsub/create-pubsub.js';
import type { PubSub } from '../../../src/platform/pubsub/pubsub.js';
import { Gate } from '../../support/collector.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
let pubsub: PubSub;
let access: Access;

beforeEach(async () => {
  test = await createTestDatabase({ entities: accessEntities });
  pubsub = await createPubSub({ databaseUrl: test.url, log: silentLog });
  access = await createAccess({
    database: test.database,
    pubsub,
    cursors: createCursorCodec(Buffer.alloc(32)),
    log: silentLog,
  });
});

afterEach(async () => {
  await access.stop();
  await pubsub.stop();
  await test.drop();
});

const configured = 'operators-own-token-1';
const authenticate = (secret: string) => access.authenticate(`Bearer ${secret}`);
const isLive = (secret: string) =>
  authenticate(secret).then(
    () => true,
    () => false,
  );

describe('without CROSSTRAIL_ADMIN_TOKEN', () => {
  it('the first start makes a token with every scope and account, and the second does not', async () => {
    const { secret = '' } = await access.ensureAdminToken();
    const caller = await authenticate(secret);
    expect(caller.token.name).toBe('admin');
    expect([...caller.scopes].sort()).toEqual([...everyScope].sort());
    expect(caller.accounts.accountIds).toBeNull();
    expect(await access.ensureAdminToken()).toEqual({});
  });

  it('of several starts at once, one makes it', async () => {
    // Four connections that are open already: otherwise the first would be done before the second had one.
    const gate = new Gate();
    let open = 0;
    const hold = async () => {
      open += 1;
      if (open === 4) gate.open();
      await gate.opened;
    };
    await Promise.all([1, 2, 3, 4].map(() => test.database.transaction(hold)));
    const starts = await Promise.all([1, 2, 3, 4].map(() => access.ensureAdminToken()));
    expect(starts.filter(({ secret }) => secret !== undefined)).toHaveLength(1);
    expect(await test.database.query('SELECT 1 FROM token')).toHaveLength(1);
  });

  it.each([
    ['was revoked', 'revoked_at = now()'],
    ['has expired', `expires_at = now() - interval '1 second'`],
    ['sees some accounts only', `account_ids = '{111111111111}'`],
    ['may not make tokens', `scopes = '{EVENTS_READ}', origin = 'API'`],
  ])('another is made when the only one %s', async (_name, change) => {
    await access.ensureAdminToken();
    await test.database.query(`UPDATE token SET ${change}`);
    expect(await access.ensureAdminToken()).toEqual({ secret: expect.stringMatching(/^ct_/) });
  });

  it('a token of the first start gets the scopes of later versions', async () => {
    const { secret = '' } = await access.ensureAdminToken();
    await test.database.query(`UPDATE token SET scopes = '{ACCESS_ADMIN}'`);
    await access.ensureAdminToken();
    expect((await authenticate(secret)).scopes.size).toBe(everyScope.length);
  });
});

describe('with CROSSTRAIL_ADMIN_TOKEN', () => {
  it('that token works, is named admin, and is not returned', async () => {
    expect(await access.ensureAdminToken(configured)).toEqual({});
    expect(await access.ensureAdminToken(configured)).toEqual({});
    expect((await authenticate(configured)).token.name).toBe('admin');
    expect(await test.database.query('SELECT 1 FROM token')).toHaveLength(1);
  });

  it('changing it revokes the former one, and leaves the tokens made by people', async () => {
    await access.ensureAdminToken(configured);
    const { secret } = await access.tokens.create(operator(), { name: 'reader', scopes: ['EVENTS_READ'] });
    await authenticate(configured);
    await access.ensureAdminToken('operators-own-token-2');
    expect(await Promise.all([configured, 'operators-own-token-2', secret].map(isLive))).toEqual([false, true, true]);
  });

  it('a token that was revoked does not come back', async () => {
    await access.ensureAdminToken(configured);
    await access.tokens.revoke(operator(), (await authenticate(configured)).token.id);
    await expect(access.ensureAdminToken(configured)).rejects.toThrow('was revoked');
    expect(await isLive(configured)).toBe(false);
  });

  it('a token that was made through the API gets every scope when it is configured', async () => {
    const { secret } = await access.tokens.create(operator(), {
      name: 'reader',
      scopes: ['EVENTS_READ'],
      accountIds: ['111111111111'],
    });
    await access.ensureAdminToken(secret);
    const caller = await authenticate(secret);
    expect([caller.token.name, caller.scopes.size, caller.accounts.accountIds]).toEqual([
      'admin',
      everyScope.length,
      null,
    ]);
  });

  it.each([
    ['15 characters', 'fifteen-letters'],
    ['blanks', 'a token with blanks in it'],
    ['letters that no header carries', 'schlüssel-für-alle-türen'],
    ['300 characters', 'x'.repeat(300)],
  ])('%s are refused, in words for the operator', async (_name, secret) => {
    await expect(access.ensureAdminToken(secret)).rejects.toThrow(
      'CROSSTRAIL_ADMIN_TOKEN must have 16 to 256 characters',
    );
  });
});

describe("an installation's secret", () => {
  it('is the same 32 bytes for all who ask at once, and another under another name', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => installationSecret(test.database, 'cursors')));
    expect(new Set(asked.map((value) => value.toString('hex'))).size).toBe(1);
    expect(asked[0]).toHaveLength(32);
    expect(await installationSecret(test.database, 'other')).not.toEqual(asked[0]);
  });
});
