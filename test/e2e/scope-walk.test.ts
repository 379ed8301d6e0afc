import { rm } from 'node:fs/promises';
import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { adminToken, ask, openTestApp, post } from '../support/app.js';
import { FakeAws } from '../support/fake-aws.js';
import { plantSharedAlarms } from '../support/planted-account-alarms.js';
import {
  everyRow,
  farAccount,
  ownAccount,
  type Planted,
  plantAccount,
  plantLater,
  plantOrganization,
  plantSharedSources,
  uprootFarAccount,
} from '../support/planted-accounts.js';
import { plantSharedMetrics } from '../support/planted-metrics.js';
import { plantedSecrets, plantSharedRules } from '../support/planted-rules.js';
import { replayed } from '../support/replayed.js';
import {
  canariesIn,
  type PlannedOperation,
  planWalk,
  silentFields,
  type WalkedAnswer,
} from '../support/schema-walk.js';
import { eventFilters, type FarCursors, type Ids, mutationArguments, queryArguments } from '../support/scope-tables.js';
import { alarmFilters, alarmWayEnds } from '../support/scope-tables-of-alarms.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestDirectory } from '../support/test-postgres.js';
import { undescribed } from '../support/undescribed.js';

/*
 * Account scope, over the whole schema as it is served: what lies in an account that a token may not see cannot be
 * found with it, by any field, filter, count, cursor or error, nor changed. The walk that does not find it is shown to
 * find it with another token. And it is shown that everything the narrow token gets is to the letter the same once the
 * far account is taken out of every table: whatever it asked, that account never existed for it.
 */

/** Each is planted in another place, with `own-` or `canary-` before it. */
const places = [
  ...[
    'account-name',
    'audit-only',
    'role',
    'via-role',
    'tag',
    'tag-value',
    'bucket',
    'prefix',
    'directory',
    'source-error',
  ],
  ...['key', 'file-error', 'token-name', 'revoked-token', 'region', 'source', 'name', 'type', 'category'],
  ...['error-code', 'error-message', 'principal', 'user', 'access-key', 'address', 'agent'],
  ...['record-arn', 'record-requestID', 'record-tlsDetails', 'trail'],
  ...['digest-key', 'digest-error', 'keys-error'],
  ...['queue', 'message-id', 'set-aside-reason', 'set-aside-body', 'backfill-error'],
  ...['target-name', 'spare-name', 'target-text', 'target-url', 'header-name', 'target-error'],
  ...['rule-name', 'schedule-name', 'bus', 'rule-pattern', 'rule-text'],
  ...['target-id', 'target-input', 'target-path', 'map-path', 'template'],
  ...['delivery-subject', 'delivery-body', 'delivery-error', 'delivery-answer'],
  ...[
    'filter-name',
    'filter-pattern',
    'metric-value',
    'spare-filter',
    'spare-metric',
    'filter-dimension',
    'filter-field',
  ],
  ...['alarm-name', 'suppressor-name', 'band-name', 'composite-name', 'alarm-text', 'alarm-tag', 'alarm-tag-value'],
  ...['alarm-metric', 'alarm-dimension', 'alarm-dimension-value', 'alarm-label', 'alarm-reason', 'reason-data', 'pack'],
  ...['change-reason', 'change-data', 'history-summary', 'history-data', 'told-subject', 'told-body', 'cause-metric'],
  ...['run-error', 'namespace', 'metric', 'dimension', 'dimension-value'],
];
const farPlaces = [
  ...places,
  ...['account-error', 'shared-bucket', 'discovering-bucket', 'discovering-error'],
  ...['organization', 'organization-role', 'organization-via-role', 'organization-error', 'member-role'],
  ...['shared', 'every'].flatMap((which) =>
    ['rule', 'target', 'delivery-body', 'filter', 'metric', 'alarm', 'alarm-reason', 'change-data', 'history-data'].map(
      (name) => `${which}-${name}`,
    ),
  ),
  ...['narrowed-text', 'narrowed-change-reason', 'narrowed-history-data'],
];
const canaries = [farAccount, ...farPlaces.map((place) => `canary-${place}`)].sort();

const aws = new FakeAws();
let test: TestDatabase;
let folder: string;
let app: Awaited<ReturnType<typeof openTestApp>>;
let schema: GraphQLSchema;
let ids: Ids;
let cursors: FarCursors;
let seenByNarrow: WalkedAnswer[];
let changedByNarrow: WalkedAnswer[];

beforeAll(async () => {
  // The hub's credentials, so that nothing looks for others beyond this machine.
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'hub');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  aws.assumeFault = ({ roleArn }) =>
    roleArn.includes(farAccount) ? { status: 403, code: 'AccessDenied', message: 'canary-account-error' } : null;
  test = await createTestDatabase();
  folder = await createTestDirectory();
  // Without workers: what is planted stays as it is.
  const settings = { awsEndpointUrl: await aws.start(), allowedNetworks: '127.0.0.1' };
  app = await openTestApp('api', { databaseUrl: test.url, ...settings });
  schema = buildClientSchema(await ask<IntrospectionQuery>(app.url, getIntrospectionQuery()));
  const own = await plantAccount(test.database, app.url, 'own', folder);
  ids = await plantFar(own);
  await plantLater(test.database, app.url, own);
  cursors = await farCursors();
});

afterAll(async () => {
  await app.stop();
  await aws.stop();
  await test.drop();
  await rm(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function plantFar(own: Planted): Promise<Ids> {
  const far = await plantAccount(test.database, app.url, 'canary', folder);
  const { shared, all } = await plantSharedSources(test.database, app.url, own);
  const organization = await plantOrganization(test.database);
  const accountIds = [ownAccount, farAccount];
  const sharedDeliveries = await plantSharedRules(test.database, app.url, { ...own, accountIds });
  await plantSharedMetrics(test.database, app.url, accountIds);
  const sharedAlarms = await plantSharedAlarms(test.database, app.url, ownAccount, accountIds);
  return { own, far, sharedSource: shared, discoveringSource: all, organization, sharedDeliveries, sharedAlarms };
}

/** The last cursor of each list as the all-account token gets it. */
async function farCursors(): Promise<FarCursors> {
  const page = async (field: string, args = '') => {
    const answer = await ask<Record<string, { pageInfo: { endCursor: string } }>>(
      app.url,
      `{ ${field}${args} { pageInfo { endCursor } } }`,
    );
    return answer[field]?.pageInfo.endCursor ?? '';
  };
  const { eventFeed } = await ask<{ eventFeed: { endCursor: string } }>(
    app.url,
    '{ eventFeed(first: 3) { endCursor } }',
  );
  return {
    events: await page('events', '(first: 2)'),
    eventFeed: eventFeed.endCursor,
    logFiles: await page('logFiles', '(first: 2)'),
    digests: await page('digests'),
    accounts: await page('accounts'),
    sources: await page('sources', '(first: 4)'),
    backfills: await page('backfills', '(first: 2)'),
    // The shared ones among them.
    targets: await page('targets', '(first: 4)'),
    rules: await page('rules', '(first: 4)'),
    deliveries: await page('deliveries', '(first: 6)'),
    tokens: await page('tokens', '(first: 2)'),
    auditLog: await page('auditLog', '(first: 3)'),
    setAside: await farSetAsideCursor(),
    metrics: await page('metrics', '(first: 4)'),
    metricFilters: await page('metricFilters', '(first: 2)'),
    ...(await farAlarmCursors(await page('alarms', '(first: 4)'))),
  };
}

async function farAlarmCursors(alarms: string) {
  type Page = { pageInfo: { endCursor: string } };
  const query = `query ($id: ID!) { alarmFeed(first: 12) { endCursor } alarm(id: $id) {
    history(first: 1) { pageInfo { endCursor } } relatedEvents(first: 1) { pageInfo { endCursor } }
  } }`;
  const { alarmFeed, alarm } = await ask<{
    alarmFeed: { endCursor: string };
    alarm: { history: Page; relatedEvents: Page };
  }>(app.url, query, { id: ids.far.alarms[0] });
  return {
    alarms,
    alarmFeed: alarmFeed.endCursor,
    alarmHistory: alarm.history.pageInfo.endCursor,
    relatedEvents: alarm.relatedEvents.pageInfo.endCursor,
  };
}

async function farSetAsideCursor(): Promise<string> {
  const query = 'query ($id: ID!) { setAsideNotifications(sourceId: $id, first: 1) { pageInfo { endCursor } } }';
  type Page = { setAsideNotifications: { pageInfo: { endCursor: string } } };
  const { setAsideNotifications } = await ask<Page>(app.url, query, { id: ids.far.bucketSource });
  return setAsideNotifications.pageInfo.endCursor;
}

async function walkWith(token: string, plan: readonly PlannedOperation[]): Promise<WalkedAnswer[]> {
  const send = async (operation: PlannedOperation) => ({
    operation,
    ...(await post(app.url, token, operation.query, operation.variables)),
  });
  return pMap(plan, send, { concurrency: 4 });
}

/** With each filter that asks for what is the far account's. */
function askedForFar(token: string): Promise<string[]> {
  const asked = [
    ...alarmFilters.map((alarms) => ({ alarms, events: undefined })),
    ...eventFilters().map((events) => ({ alarms: undefined, events })),
  ];
  return pMap(asked, (filters) => replayed(app.url, token, filters), { concurrency: 8 });
}

const queries = () => planWalk(schema, queryArguments(ids, cursors), 'query', alarmWayEnds);
const mutations = () => planWalk(schema, mutationArguments(ids), 'mutation', alarmWayEnds);

/** What changes by itself: times of use, how long files have waited, how fast a backfill is, and what holds the time of a question. */
const movingFields = ['lastUsedAt', 'lagSeconds', 'eta', 'bytesPerSecond', 'nextToken'];

/** The answers that differ, but for what changes by itself. */
function differences(now: readonly WalkedAnswer[], before: readonly WalkedAnswer[]): object[] {
  const timeless = (key: string, value: unknown) => (movingFields.includes(key) ? undefined : value);
  const text = ({ data, errors }: WalkedAnswer) => JSON.stringify({ data, errors }, timeless);
  expect(now.length).toBe(before.length);
  return now.flatMap((answer, index) => {
    const { query, variables } = answer.operation;
    const [is, was] = [text(answer), text(before[index] as WalkedAnswer)];
    return is === was ? [] : [{ query, variables, is, was }];
  });
}

it('with every account, the walk finds every canary and a value for every field', async () => {
  const answers = await walkWith(adminToken, queries());
  expect([...canariesIn(answers, canaries).keys()].sort()).toEqual(canaries);
  // A composite alarm is of no region, and of so few events a dry run leaves none out.
  expect(silentFields(answers)).toEqual(['CompositeAlarm.region', 'DryRun.lookedBackTo']);
  expect(Object.fromEntries(canariesIn(answers, plantedSecrets))).toEqual({});
}, 240_000);

it('with one account, the same walk finds none, and its own in every field', async () => {
  seenByNarrow = await walkWith(ids.own.secret, queries());
  expect(Object.fromEntries(canariesIn(seenByNarrow, ['canary', farAccount]))).toEqual({});
  const own = places.map((place) => `own-${place}`).sort();
  expect([...canariesIn(seenByNarrow, own).keys()].sort()).toEqual(own);
  // What it may have checked does not fail for want of a permission, and organisations are not for it.
  const silent = silentFields(seenByNarrow).filter((name) => !name.startsWith('Organization.'));
  expect(silent).toEqual([
    ...['Check.missingPermission', 'Check.policyStatement', 'CompositeAlarm.region', 'DryRun.lookedBackTo'],
  ]);
}, 240_000);

it('with one account, no mutation changes anything of another', async () => {
  const rows = await everyRow(test.database);
  changedByNarrow = await walkWith(ids.own.secret, mutations());
  expect(await everyRow(test.database)).toEqual(rows);
  expect(Object.fromEntries(canariesIn(changedByNarrow, ['canary', farAccount]))).toEqual({});
}, 240_000);

it('with one account, subscriptions replay its own alone, whatever they ask for', async () => {
  expect(await replayed(app.url, adminToken, { alarms: undefined, events: undefined })).toContain('canary');
  const narrow = await replayed(app.url, ids.own.secret, { alarms: undefined, events: undefined });
  expect(narrow).toContain('own-change-reason');
  expect(narrow).toContain('own-name');
  for (const texts of [narrow, ...(await askedForFar(ids.own.secret))]) {
    expect(texts).not.toContain('canary');
    expect(texts).not.toContain(farAccount);
  }
}, 240_000);

it('with one account, every answer is the same where the other account never was', async () => {
  // The same operations, with ids and cursors that now are of nothing.
  const [asked, changed] = [queries(), mutations()];
  await uprootFarAccount(test.database);
  expect(differences(await walkWith(ids.own.secret, asked), seenByNarrow)).toEqual([]);
  expect(differences(await walkWith(ids.own.secret, changed), changedByNarrow)).toEqual([]);
}, 240_000);

it('with every account, each of those mutations changes something', async () => {
  await test.database.query(`DELETE FROM source WHERE discover_accounts`);
  ids = await plantFar(ids.own);
  const isLast = ({ query }: PlannedOperation) => /\{ (delete|revoke|redriveDeliveries|removeAlarmPack)/.test(query);
  const plan = mutations().sort((a, b) => Number(isLast(a)) - Number(isLast(b)));
  const done = (await walkWith(adminToken, plan)).flatMap(({ data }) => Object.keys((data as object | null) ?? {}));
  expect([...new Set(done)].sort()).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).sort());
}, 240_000);

it('every type, field and argument has a description', () => {
  expect(undescribed(schema)).toEqual([]);
});
