import fs from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adminToken, ask, openTestApp, post } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { everyRow } from '../../support/planted-accounts.js';
import { openReceiver, type Receiver } from '../../support/receiver.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const [oldKey, newKey, wrongKey] = [keyOf(1), keyOf(2), keyOf(3)];
const signing = `whsec_${Buffer.from('a-hidden-signing-secret-of-tests').toString('base64')}`;
const headerValue = 'a-hidden-header-value';
const routingKey = '0123456789abcdef0123456789abcdef';
const slackPath = 'T00000000/B00000000/hiddenhiddenhiddenhidden';

let test: TestDatabase;
let receiver: Receiver;
let app: Awaited<ReturnType<typeof openTestApp>>;
const open = (secretKeys: string, role: 'all' | 'api' = 'api', level: 'trace' | 'silent' = 'silent') =>
  openTestApp(role, {
    databaseUrl: test.url,
    allowedNetworks: '127.0.0.1',
    secretKeys,
    log: { level, pretty: false },
  });
/** As if the process were started again. */
async function reopen(...options: Parameters<typeof open>): Promise<void> {
  await app.stop();
  app = await open(...options);
}
beforeEach(async () => {
  test = await createTestDatabase();
  receiver = await openReceiver();
  app = await open(oldKey);
});
afterEach(async () => {
  await app.stop();
  await receiver.stop();
  await test.drop();
});

const fields = `name type description accountIds settings ordered maxConcurrency maxAgeSeconds timeoutSeconds state
  lastError`;
interface Put {
  readonly secret: string | null;
  readonly target: Record<string, unknown>;
}
const put = async (input: object): Promise<Put> =>
  (
    await ask<{ putTarget: Put }>(
      app.url,
      `mutation ($input: PutTargetInput!) { putTarget(input: $input) { secret target { ${fields} } } }`,
      { input },
    )
  ).putTarget;
const tryTarget = async (name: string) =>
  (
    await ask<{ testTarget: { ok: boolean; error: string | null } }>(
      app.url,
      'mutation ($name: String!) { testTarget(name: $name) { ok answer error } }',
      { name },
    )
  ).testTarget;
const hook = () => ({
  name: 'hook',
  type: 'WEBHOOK',
  url: `${receiver.url}/hook`,
  secrets: [signing],
  headers: [{ name: 'X-Token', value: headerValue }],
});
/** Which of the secrets the last message was signed with. */
function signedWith(...secrets: string[]): boolean[] {
  const last = receiver.received.at(-1);
  return secrets.map((secret) => {
    try {
      new Webhook(secret).verify(last?.body ?? '', last?.headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  });
}

describe('putTarget', () => {
  it('keeps what is left out, secrets too', async () => {
    const first = await put({ ...hook(), description: 'first', ordered: true, maxConcurrency: 2, timeoutSeconds: 3 });
    expect(first).toMatchObject({ secret: null, target: { settings: { headerNames: ['x-token'] } } });
    const again = await put({ name: 'hook', description: 'second' });
    expect(again).toEqual({ secret: null, target: { ...first.target, description: 'second' } });
    expect(await tryTarget('hook')).toMatchObject({ ok: true });
    expect(signedWith(signing)).toEqual([true]);
    expect(receiver.received[0]?.headers['x-token']).toBe(headerValue);
  });

  it('takes away what is null', async () => {
    await put({ ...hook(), description: 'first', ordered: true, maxConcurrency: 2 });
    const { secret, target } = await put({
      ...{ name: 'hook', secrets: null, headers: null, description: null },
      ...{ ordered: null, maxConcurrency: null },
    });
    expect(target).toMatchObject({
      ...{ description: null, ordered: false, maxConcurrency: 8 },
      settings: { url: `${receiver.url}/hook`, headerNames: [] },
    });
    await tryTarget('hook');
    expect(signedWith(secret ?? '', signing)).toEqual([true, false]);
    expect(receiver.received[0]?.headers['x-token']).toBeUndefined();
  });

  it('takes nothing of the kind that it was over to another', async () => {
    await put(hook());
    const url = `https://hooks.slack.com/services/${slackPath}`;
    expect((await put({ name: 'hook', type: 'SLACK', url })).target).toMatchObject({ type: 'SLACK' });
    const { secret, target } = await put({ name: 'hook', type: 'WEBHOOK', url: `${receiver.url}/again` });
    expect(target).toMatchObject({ settings: { url: `${receiver.url}/again`, headerNames: [] } });
    await tryTarget('hook');
    expect(signedWith(secret ?? '', signing)).toEqual([true, false]);
    const needed = await post(
      app.url,
      adminToken,
      'mutation { putTarget(input: { name: "hook", type: PAGERDUTY }) { secret } }',
    );
    expect(needed.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.routingKey' });
  });

  it('rotates a secret: the new one is shown once, and the one before it still signs', async () => {
    await put(hook());
    const { secret: second } = await put({ name: 'hook', rotateSecret: true });
    await tryTarget('hook');
    expect(signedWith(second ?? '', signing)).toEqual([true, true]);
    const { secret: third } = await put({ name: 'hook', rotateSecret: true });
    await tryTarget('hook');
    expect(signedWith(third ?? '', second ?? '', signing)).toEqual([true, true, false]);
    expect((await put({ name: 'hook' })).secret).toBeNull();
  });
});

it('tells its secrets to nobody: not in the database, nor in an answer, the audit log or a line of the log', async () => {
  const lines: string[] = [];
  const write = vi.spyOn(fs, 'writeSync').mockImplementation((file, text) => {
    lines.push(`${file} ${String(text)}`);
    return Buffer.byteLength(String(text));
  });
  try {
    await reopen(oldKey, 'api', 'trace');
    const answers = [
      await put(hook()),
      await put({ name: 'pager', type: 'PAGERDUTY', routingKey }),
      await put({ name: 'slack', type: 'SLACK', url: `https://hooks.slack.com/services/${slackPath}` }),
      await put({ name: 'hook', description: 'changed', headers: [{ name: 'x-token' }] }),
    ];
    const { secret: made } = await put({ name: 'hook', rotateSecret: true });
    receiver.behave((request, response) => response.writeHead(500).end(JSON.stringify(request.headers)));
    const tried = await tryTarget('hook');
    expect(tried.ok).toBe(false);
    const wrong = await post(
      app.url,
      adminToken,
      'mutation ($input: PutTargetInput!) { putTarget(input: $input) { secret } }',
      { input: { name: 'hook', secrets: [signing, signing] } },
    );
    const list = `{ targets { nodes { ${fields} } } auditLog { nodes { action target details } } }`;
    const seen = await ask(app.url, list);
    await reopen(wrongKey, 'all', 'trace');
    const stored = await everyRow(test.database);
    expect(stored['target']).toHaveLength(3);
    expect(lines.length).toBeGreaterThan(0);
    const everything = JSON.stringify([answers, tried, wrong, seen, stored, lines]);
    for (const secret of [signing, headerValue, routingKey, slackPath, made ?? 'none', oldKey, wrongKey]) {
      const bytes = Buffer.from(secret);
      for (const spelling of [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]) {
        expect(everything.includes(spelling), `it holds ${spelling}`).toBe(false);
      }
    }
  } finally {
    write.mockRestore();
  }
});

describe('with another key', () => {
  const sealed = async () =>
    (await test.database.query<{ secrets: Buffer }>('SELECT secrets FROM target ORDER BY name')).map(({ secrets }) =>
      secrets.toString('hex'),
    );

  it('secrets are sealed anew by one that has both, and the new one alone opens them then', async () => {
    await put(hook());
    const before = await sealed();
    await reopen(`${newKey},${oldKey}`, 'all');
    expect(await sealed()).not.toEqual(before);
    await reopen(newKey);
    expect(await tryTarget('hook')).toMatchObject({ ok: true });
    expect(signedWith(signing)).toEqual([true]);
  });

  it('a target whose secrets cannot be opened says what is missing, is kept, and holds up no other', async () => {
    await put(hook());
    await reopen(newKey);
    await put({ ...hook(), name: 'other', url: `${receiver.url}/other` });
    const missing = expect.stringMatching(/needs the key with id [0-9a-f]{16}: CROSSTRAIL_SECRET_KEYS/);
    expect(await tryTarget('hook')).toEqual({ ok: false, answer: null, error: missing });
    await ask(
      app.url,
      `mutation { putRule(input: { name: "r", eventPattern: { source: ["shop"] } }) { rule { name } } }`,
    );
    await ask(
      app.url,
      `mutation { putRuleTargets(input: { rule: "r", targets: [{ id: "1", target: "hook" }, { id: "2", target: "other" }] }) {
        rule { name } } }`,
    );
    await ask(
      app.url,
      'mutation { putEvents(input: { entries: [{ source: "shop", detailType: "Order", detail: {} }] }) { failedEntryCount } }',
    );
    await reopen(newKey, 'all');
    const found = await eventually(
      async () =>
        (
          await ask<{ deliveries: { nodes: { target: string; state: string; error: string | null }[] } }>(
            app.url,
            '{ deliveries { nodes { target state error } } }',
          )
        ).deliveries.nodes,
      (nodes) => nodes.every(({ state, error }) => state === 'DELIVERED' || error !== null),
    );
    expect(found.find(({ target }) => target === 'other')).toMatchObject({ state: 'DELIVERED' });
    expect(found.find(({ target }) => target === 'hook')).toMatchObject({ error: missing });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/other']);
  });
});
