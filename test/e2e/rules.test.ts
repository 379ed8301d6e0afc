import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask, openTestApp, post } from '../support/app.js';
import { allRead, connectDirectory } from '../support/buckets.js';
import { eventually } from '../support/eventually.js';
import { openReceiver, type Receiver } from '../support/receiver.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const account = '111111111111';

let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
let receiver: Receiver;
let bucket: string;

beforeEach(async () => {
  test = await createTestDatabase();
  app = await openTestApp('all', {
    databaseUrl: test.url,
    allowedNetworks: '127.0.0.1',
    discoverySeconds: 1,
    log: { level: (process.env['DBG'] ?? 'silent') as 'silent', pretty: false },
  });
  receiver = await openReceiver();
  bucket = mkdtempSync(join(tmpdir(), 'crosstrail-rules-'));
});
afterEach(async () => {
  await app.stop();
  await receiver.stop();
  await test.drop();
  rmSync(bucket, { recursive: true, force: true });
});

const putTarget = (input: object) =>
  ask<{ putTarget: { target: { name: string }; secret: string | null } }>(
    app.url,
    'mutation ($input: PutTargetInput!) { putTarget(input: $input) { secret target { name settings state } } }',
    { input },
  );
const putRule = (input: object) =>
  ask(app.url, 'mutation ($input: PutRuleInput!) { putRule(input: $input) { rule { name arn state } } }', { input });
const putRuleTargets = (rule: string, targets: object[]) =>
  ask(app.url, 'mutation ($input: PutRuleTargetsInput!) { putRuleTargets(input: $input) { rule { name } } }', {
    input: { rule, targets },
  });
const webhook = () => putTarget({ name: 'hook', type: 'WEBHOOK', url: `${receiver.url}/hook`, secrets: [secret] });

let files = 0;
/** A log file as CloudTrail would write it, put where the source looks. */
function writeFile(records: readonly object[]): void {
  const name = `${account}_CloudTrail_eu-central-1_20261120T1205Z_${String(files++).padStart(16, 'a')}.json.gz`;
  const path = join(bucket, `AWSLogs/${account}/CloudTrail/eu-central-1/2026/11/20/${name}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipSync(JSON.stringify({ Records: records })));
}

const record = (eventID: string, more: object = {}) => ({
  eventVersion: '1.08',
  eventID: `00000000-0000-4000-8000-${eventID.padStart(12, '0')}`,
  eventTime: '2026-11-20T12:00:00Z',
  eventSource: 'signin.amazonaws.com',
  eventName: 'ConsoleLogin',
  awsRegion: 'eu-central-1',
  eventType: 'AwsConsoleSignIn',
  userIdentity: { type: 'Root', arn: `arn:aws:iam::${account}:root` },
  ...more,
});

const deliveries = async (filter: object = {}) => {
  const { deliveries: page } = await ask<{ deliveries: { nodes: Record<string, unknown>[] } }>(
    app.url,
    `query ($filter: DeliveryFilter) { deliveries(filter: $filter) {
      nodes { id state attempts error answer rule target subject eventID account body }
    } }`,
    { filter },
  );
  return page.nodes;
};

it('takes an event that matches from its log file to a webhook, once, signed, and in its envelope', async () => {
  await webhook();
  await putRule({
    name: 'root-logins',
    eventPattern: { source: ['aws.signin'], detail: { userIdentity: { type: ['Root'] } } },
  });
  await putRuleTargets('root-logins', [{ id: 'all', target: 'hook' }]);
  writeFile([record('1'), record('2', { userIdentity: { type: 'IAMUser', userName: 'alice' } })]);
  await connectDirectory(app.url, bucket);
  const [request] = await receiver.got(1);
  if (!request) throw new Error('nothing was received');
  const event = new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
  expect(event).toEqual({
    version: '0',
    id: '00000000-0000-4000-8000-000000000001',
    'detail-type': 'AWS Console Sign In via CloudTrail',
    source: 'aws.signin',
    account,
    time: '2026-11-20T12:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: record('1'),
  });
  // The same event again, through another file: nothing new has happened.
  writeFile([record('1'), record('3')]);
  await receiver.got(2);
  await allRead(app.url, 2);
  const done = await eventually(
    () => deliveries({ states: ['DELIVERED'] }),
    (found) => found.length === 2,
  );
  expect(done.map(({ eventID }) => String(eventID).slice(-1))).toEqual(['3', '1']);
  expect(receiver.received).toHaveLength(2);
  const { rule } = await ask<{ rule: unknown }>(
    app.url,
    '{ rule(name: "root-logins") { statistics { matchedEvents triggeredRules invocations failedInvocations } } }',
  );
  expect(rule).toEqual({
    statistics: { matchedEvents: 2, triggeredRules: 2, invocations: 2, failedInvocations: 0 },
  });
});

it('sends what a transformer makes of custom events, to each target of each rule that matches', async () => {
  await webhook();
  await putRule({ name: 'orders', eventBusName: 'shop', eventPattern: { source: ['com.example.shop'] } });
  await putRule({
    name: 'large-orders',
    eventBusName: 'shop',
    eventPattern: { detail: { total: [{ numeric: ['>', 100] }] } },
  });
  const inputTransformer = {
    inputPathsMap: { total: '$.detail.total' },
    inputTemplate: '{"rule": "<aws.events.rule-name>", "total": <total>}',
  };
  await putRuleTargets('orders', [
    { id: 'a', target: 'hook', inputTransformer },
    { id: 'b', target: 'hook', inputPath: '$.detail' },
  ]);
  await putRuleTargets('large-orders', [{ id: 'a', target: 'hook', inputTransformer }]);
  const put = await ask<{ putEvents: { failedEntryCount: number } }>(
    app.url,
    `mutation ($input: PutEventsInput!) { putEvents(input: $input) { failedEntryCount entries { eventId errorCode errorMessage } } }`,
    {
      input: {
        entries: [
          { eventBusName: 'shop', source: 'com.example.shop', detailType: 'Order', detail: { total: 250 } },
          { eventBusName: 'shop', source: 'com.example.shop', detailType: 'Order', detail: '{"total": 1.50}' },
          { source: 'com.example.shop', detailType: 'Order', detail: { total: 999 } },
          { source: 'aws.ec2', detailType: 'Order', detail: {} },
          { source: 'x', detailType: 'Order', detail: '[1]' },
          { source: 'x', detail: {} },
        ],
      },
    },
  );
  expect(put.putEvents).toMatchObject({
    failedEntryCount: 3,
    entries: [
      { errorCode: null },
      { errorCode: null },
      { errorCode: null },
      { eventId: null, errorCode: 'NotAuthorizedForSourceException' },
      { eventId: null, errorCode: 'MalformedDetail' },
      { eventId: null, errorCode: 'InvalidArgument', errorMessage: expect.stringContaining('DetailType') },
    ],
  });
  const bodies = (await receiver.got(5)).map(({ body }) => body);
  expect(bodies.sort()).toEqual(
    [
      '{"rule":"large-orders","total":250}',
      '{"rule":"orders","total":250}',
      '{"rule":"orders","total":1.50}',
      '{"total": 1.50}',
      '{"total":250}',
    ].sort(),
  );
});

it('tries a delivery again that fails, keeps what fails for good, and redrives it', async () => {
  await webhook();
  await putRule({ name: 'all', eventPattern: { source: [{ prefix: '' }] } });
  await putRuleTargets('all', [{ id: '1', target: 'hook' }]);
  receiver.behave((_request, response) =>
    response.writeHead(receiver.received.length === 1 ? 503 : 422, { 'content-type': 'text/plain' }).end('no'),
  );
  writeFile([record('1')]);
  await connectDirectory(app.url, bucket);
  const [failed] = await eventually(
    () => deliveries({ states: ['FAILED'] }),
    (found) => found.length === 1,
  );
  expect(failed).toMatchObject({
    attempts: 2,
    error: expect.stringContaining('422'),
    account,
    rule: 'all',
    target: 'hook',
  });
  expect(await deliveries({ search: 'consolelogin' })).toHaveLength(1);
  expect(await deliveries({ search: 'no such thing' })).toHaveLength(0);
  receiver.behave((_request, response) => response.writeHead(200).end());
  await ask(app.url, 'mutation ($id: ID!) { redriveDelivery(id: $id) { delivery { state } } }', { id: failed?.['id'] });
  const [done] = await eventually(
    () => deliveries({ states: ['DELIVERED'] }),
    (found) => found.length === 1,
  );
  expect(done).toMatchObject({ error: null, answer: '200' });
  expect(new Set(receiver.received.map(({ key }) => key)).size).toBe(1);
  const again = await post(
    app.url,
    'the-admin-token-of-the-tests',
    'mutation ($id: ID!) { redriveDelivery(id: $id) { delivery { id } } }',
    {
      id: failed?.['id'],
    },
  );
  expect(again.errors?.[0]?.extensions.code).toBe('CONFLICT');
});

it('tries rules on stored events without sending anything', async () => {
  writeFile([record('1'), record('2', { eventName: 'SwitchRole' }), record('3')]);
  await connectDirectory(app.url, bucket);
  await allRead(app.url, 1);
  const eventPattern = { detail: { eventName: [{ 'anything-but': 'SwitchRole' }] } };
  const { dryRunRule, events } = await ask<{ dryRunRule: unknown; events: unknown }>(
    app.url,
    `query ($pattern: JSON!) {
      dryRunRule(input: { eventPattern: $pattern }) { matched isComplete examples { eventName } }
      events(filter: { pattern: $pattern, eventNames: ["ConsoleLogin"] }, first: 1) { nodes { eventName } pageInfo { hasNextPage } }
    }`,
    { pattern: eventPattern },
  );
  expect(dryRunRule).toEqual({
    matched: 2,
    isComplete: true,
    examples: [{ eventName: 'ConsoleLogin' }, { eventName: 'ConsoleLogin' }],
  });
  expect(events).toEqual({ nodes: [{ eventName: 'ConsoleLogin' }], pageInfo: { hasNextPage: true } });
  const bad = await post(
    app.url,
    'the-admin-token-of-the-tests',
    '{ events(filter: { pattern: "{\\"a\\": 1}" }) { nodes { eventID } } }',
  );
  expect(bad.errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    argument: 'filter.pattern',
    position: 6,
  });
});
