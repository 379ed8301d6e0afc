import type { GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Access, accessEntities, createAccess } from '../../src/access/index.js';
import { operator } from '../../src/access/operator.js';
import { everyScope } from '../../src/access/scope.enum.js';
import { type Api, buildApiSchema, createApi, graphiqlDirectory } from '../../src/api/index.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { createPubSub } from '../../src/platform/pubsub/create-pubsub.js';
import type { PubSub } from '../../src/platform/pubsub/pubsub.js';
import { createTelemetry } from '../../src/platform/telemetry.js';
import {
  type ArgumentTable,
  canariesIn,
  planWalk,
  silentFields,
  type WalkedAnswer,
  walk,
} from '../support/schema-walk.js';
import { silentLog } from '../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { undescribed } from '../support/undescribed.js';

/*
 * Invariant 6, over the whole schema: what lies in an account that a token may not see cannot be found with it,
 * by any field, filter, count or error. The walk that fails to find it is shown to find it with another token.
 */

const ownAccount = '111111111111';
const farAccount = '222222222222';

/** Planted in the far account: each must be found with the wide token and none with the narrow one. */
const canaries = ['canary-token-name', 'canary-audit-target', 'canary-audit-details', farAccount];

/** Fields that have no value in this fixture even for the wide token, with the reason. */
const silent: readonly string[] = [];

let test: TestDatabase;
let pubsub: PubSub;
let access: Access;
let api: Api;
let schema: GraphQLSchema;
let wide: string;
let narrow: string;
let cursor: string;

beforeAll(async () => {
  test = await createTestDatabase({ entities: accessEntities });
  pubsub = await createPubSub({ databaseUrl: test.url, log: silentLog });
  const cursors = createCursorCodec(Buffer.alloc(32));
  access = await createAccess({ database: test.database, pubsub, cursors, log: silentLog });
  schema = buildApiSchema({ resolvers: access.resolvers });
  api = await createApi({
    schema,
    authenticate: access.authenticate,
    health: {},
    telemetry: createTelemetry(),
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    graphiqlDirectory: graphiqlDirectory(),
  });
  await plant();
});

afterAll(async () => {
  await api.close();
  await access.stop();
  await pubsub.stop();
  await test.drop();
});

async function plant(): Promise<void> {
  const make = async (name: string, accountIds: string[] | null) => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    return (await access.tokens.create(operator(), { name, scopes: everyScope, accountIds, expiresAt })).secret;
  };
  wide = await make('wide', null);
  narrow = await make('narrow', [ownAccount]);
  await make('canary-token-name', [farAccount]);
  const wideCaller = await access.authenticate(`Bearer ${wide}`);
  const entry = { action: 'plant', target: 'canary-audit-target', accountIds: [farAccount] };
  await access.audit.record(wideCaller, { ...entry, details: { note: 'canary-audit-details' } });
  await test.database.query(`UPDATE token SET revoked_at = now() WHERE name = 'canary-token-name'`);
  // A cursor that came from the wide token's own traversal, over what the narrow one may not see.
  const page = await access.tokens.list(wideCaller, { first: 1 });
  cursor = page.pageInfo.endCursor ?? '';
}

/** Values for every argument of the schema: own ones, ones of the far account, and the ways to list them. */
function argumentTable(): ArgumentTable {
  return {
    '(first: Int)': [undefined, 1],
    'Query.tokens(after:)': [undefined, cursor],
    'Query.auditLog(after:)': [undefined, cursor],
  };
}

async function walkWith(token: string): Promise<WalkedAnswer[]> {
  return walk(planWalk(schema, argumentTable()), async (query, variables) => {
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as object;
  });
}

it('with every account, the walk finds every canary and a value for every field', async () => {
  const answers = await walkWith(wide);
  expect([...canariesIn(answers, canaries).keys()].sort()).toEqual([...canaries].sort());
  expect(silentFields(answers)).toEqual(silent);
});

it('with one account, the same walk finds none', async () => {
  const answers = await walkWith(narrow);
  expect(Object.fromEntries(canariesIn(answers, canaries))).toEqual({});
});

it('every type, field and argument has a description', () => {
  expect(undescribed(schema)).toEqual([]);
});
