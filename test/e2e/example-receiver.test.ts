import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ask, openTestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** `examples/webhook-receiver`, started as its README says. */

const script = fileURLToPath(new URL('../../examples/webhook-receiver/receiver.mjs', import.meta.url));
const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const [newSecret, oldSecret, strangersSecret] = [secretOf(3), secretOf(4), secretOf(5)];

let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  test = await createTestDatabase();
  app = await openTestApp('all', { databaseUrl: test.url, allowedNetworks: '127.0.0.1' });
});
afterAll(async () => {
  await app?.stop();
  await test?.drop();
});
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

function run(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const output = { out: '', err: '' };
  child.stderr.on('data', (chunk) => (output.err += chunk));
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  const url = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output.out += chunk;
      const [, found] = /^listening on (\S+)\n/.exec(output.out) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return { output, ended, url, kill: () => child.kill('SIGTERM') };
}

/** @param secrets what it knows, with commas between */
async function startReceiver(secrets = `${newSecret},${oldSecret}`) {
  const { kill, output, ended, url } = run({ WEBHOOK_SECRETS: secrets, PORT: '0' });
  const found = await Promise.race([url, ended]);
  if (typeof found !== 'string') throw new Error(`it ended with ${found}: ${output.err}`);
  return {
    url: found,
    /** What it has printed by its end: a line may come after the answer. */
    async stop() {
      kill();
      await ended;
      return { lines: output.out.split('\n').slice(1, -1), errors: output.err };
    },
  };
}

const event = {
  account: '111122223333',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: { eventName: 'DeleteTrail', userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/alice' } },
};
const line = '111122223333 DeleteTrail arn:aws:iam::111122223333:user/alice';

interface Sending {
  readonly secret?: string;
  readonly id?: string;
  /** How long before now it says that it was sent. */
  readonly secondsAgo?: number;
  readonly body?: string;
  /** What it says of its signature, given what each secret makes of it; the secret's own when left out. */
  readonly signature?: (signedWith: (secret: string, body?: string) => string) => string;
  /** Headers other than they ought to be; null: without. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** Sends a message as the library of Standard Webhooks signs it. */
async function send(url: string, sending: Sending = {}): Promise<number> {
  const { secret = newSecret, id = 'msg_1', secondsAgo = 0, body = JSON.stringify(event), headers = {} } = sending;
  const at = new Date(Date.now() - secondsAgo * 1000);
  const signedWith = (by: string, what = body) => new Webhook(by).sign(id, at, what);
  const given = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': sending.signature?.(signedWith) ?? signedWith(secret),
    ...headers,
  };
  const kept = Object.entries(given).filter((header): header is [string, string] => header[1] !== null);
  const { status } = await fetch(url, { method: 'POST', headers: kept, body });
  return status;
}

it('prints what Crosstrail sends it: a test message, and the event that a rule matched, once each', async () => {
  const receiver = await startReceiver();
  await ask(app.url, 'mutation ($input: PutTargetInput!) { putTarget(input: $input) { target { name } } }', {
    input: { name: 'example', type: 'WEBHOOK', url: receiver.url, secrets: [newSecret] },
  });
  const { testTarget } = await ask<{ testTarget: unknown }>(
    app.url,
    'mutation { testTarget(name: "example") { ok answer error } }',
  );
  expect(testTarget).toEqual({ ok: true, answer: '204', error: null });
  await ask(
    app.url,
    `mutation ($pattern: JSON!) {
      putRule(input: { name: "trails", eventPattern: $pattern }) { rule { name } }
      putRuleTargets(input: { rule: "trails", targets: [{ id: "all", target: "example" }] }) { rule { name } }
    }`,
    { pattern: { detail: { eventName: ['DeleteTrail'] } } },
  );
  await ask(app.url, 'mutation ($input: PutEventsInput!) { putEvents(input: $input) { failedEntryCount } }', {
    input: {
      entries: [event.detail, { ...event.detail, eventName: 'StopLogging' }].map((detail) => ({
        source: 'com.example',
        detailType: 'Try',
        accountId: event.account,
        detail,
      })),
    },
  });
  const states = async () => {
    const query = '{ deliveries(filter: { rules: ["trails"] }) { nodes { state answer } } }';
    return (await ask<{ deliveries: { nodes: { state: string }[] } }>(app.url, query)).deliveries.nodes;
  };
  const isOver = (state: string) => state === 'DELIVERED' || state === 'FAILED';
  const ended = await eventually(states, ([first]) => first !== undefined && isOver(first.state));
  expect(ended).toEqual([{ state: 'DELIVERED', answer: '204' }]);
  expect((await receiver.stop()).lines).toEqual(['000000000000 Crosstrail Test Message -', line]);
});

it('goes on through a rotation: whichever secret it is given first, nothing is refused', async () => {
  const before = await startReceiver(oldSecret);
  const during = await startReceiver();
  await ask(app.url, 'mutation ($input: PutTargetInput!) { putTarget(input: $input) { target { name } } }', {
    input: { name: 'rotated', type: 'WEBHOOK', url: before.url, secrets: [oldSecret] },
  });
  const putTarget = (input: object) =>
    ask<{ putTarget: { secret: string } }>(
      app.url,
      'mutation ($input: PutTargetInput!) { putTarget(input: $input) { secret } }',
      { input: { name: 'rotated', ...input } },
    );
  const isTaken = async () => {
    const mutation = 'mutation { testTarget(name: "rotated") { ok } }';
    return (await ask<{ testTarget: { ok: boolean } }>(app.url, mutation)).testTarget.ok;
  };
  const { secret } = (await putTarget({ rotateSecret: true })).putTarget;
  expect(await isTaken()).toBe(true);
  await putTarget({ url: during.url });
  expect(await isTaken()).toBe(true);
  const after = await startReceiver(secret);
  await putTarget({ url: after.url });
  expect(await isTaken()).toBe(true);
  await putTarget({ secrets: [oldSecret] });
  expect(await isTaken()).toBe(false);
});

/** Truth: Standard Webhooks 1.0, as its own library signs; the statuses are those that the example's README lists. */
it.each<[string, number, Sending]>([
  ['is signed with its secret', 204, {}],
  ['is signed with the secret before it', 204, { secret: oldSecret }],
  [
    'is signed twice, with a secret that it does not know first',
    204,
    { signature: (signedWith) => `${signedWith(strangersSecret)} ${signedWith(newSecret)}` },
  ],
  ['was sent four minutes ago', 204, { secondsAgo: 240 }],
  ['is signed with the secret of a stranger', 401, { secret: strangersSecret }],
  ['is signed for another body', 401, { signature: (signedWith) => signedWith(newSecret, '{}') }],
  ['has another id than was signed', 401, { headers: { 'webhook-id': 'msg_2' } }],
  ['has no id', 401, { headers: { 'webhook-id': null } }],
  ['was sent six minutes ago', 401, { secondsAgo: 360 }],
  ['comes from a clock six minutes ahead', 401, { secondsAgo: -360 }],
  ['says that it was sent "now"', 401, { headers: { 'webhook-timestamp': 'now' } }],
  ['has no time', 401, { headers: { 'webhook-timestamp': null } }],
  ['has no signature', 401, { headers: { 'webhook-signature': null } }],
  ['has a signature that is too short', 401, { signature: () => 'v1,AAAA' }],
  [
    'has a signature of another version',
    401,
    { signature: (signedWith) => signedWith(newSecret).replace('v1,', 'v2,') },
  ],
  ['is text', 415, { body: 'hello', headers: { 'content-type': 'text/plain; charset=utf-8' } }],
  ['says that it is JSON and is not', 500, { body: '{' }],
  ['is larger than a megabyte', 413, { body: JSON.stringify({ ...event, more: 'x'.repeat(1024 * 1024) }) }],
])('a message that %s is answered %i', async (_, status, sending) => {
  const receiver = await startReceiver();
  expect(await send(receiver.url, sending)).toBe(status);
  expect((await receiver.stop()).lines).toEqual(status === 204 ? [line] : []);
});

it('handles a message once that comes again, newly signed, and several times at once', async () => {
  const receiver = await startReceiver();
  const other = JSON.stringify({ ...event, account: '444455556666' });
  expect(await send(receiver.url, { secondsAgo: 60 })).toBe(204);
  expect(await Promise.all([0, 1, 2].map(() => send(receiver.url)))).toEqual([204, 204, 204]);
  expect(await send(receiver.url, { id: 'msg_2', body: other })).toBe(204);
  expect((await receiver.stop()).lines).toEqual([line, line.replace('111122223333', '444455556666')]);
});

it('a message that could not be handled is not taken for a repeat when it comes again', async () => {
  const receiver = await startReceiver();
  expect(await send(receiver.url, { body: '{' })).toBe(500);
  expect(await send(receiver.url)).toBe(204);
  expect(await receiver.stop()).toEqual({ lines: [line], errors: expect.stringContaining('SyntaxError') });
});

it('an event with line breaks in a name is one line', async () => {
  const receiver = await startReceiver();
  const detail = { eventName: 'A\n111122223333 DeleteTrail\u2028', userIdentity: { userName: 'al\u001bice' } };
  expect(await send(receiver.url, { body: JSON.stringify({ ...event, detail }) })).toBe(204);
  expect((await receiver.stop()).lines).toEqual(['111122223333 A?111122223333 DeleteTrail? al?ice']);
});

it('answers 405 to what is no POST', async () => {
  const receiver = await startReceiver();
  expect((await fetch(receiver.url)).status).toBe(405);
});

it.each([
  ['no secret', ''],
  ['what is no secret', 'hunter2'],
  ['three secrets', [newSecret, oldSecret, strangersSecret].join(',')],
])('with %s it says what it needs, without repeating what it was given, and ends', async (_, secrets) => {
  const { ended, output } = run({ WEBHOOK_SECRETS: secrets, PORT: '0' });
  expect(await ended).toBe(1);
  expect(output.out).toBe('');
  expect(output.err).toMatch(/^WEBHOOK_SECRETS must be/);
  expect(output.err).not.toContain(secrets || 'undefined');
});

it('is short enough to be read at a sitting, and imports nothing but Node.js itself', () => {
  const text = readFileSync(script, 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThan(80);
  const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
  expect(imported).toEqual(['node:crypto', 'node:http']);
});
