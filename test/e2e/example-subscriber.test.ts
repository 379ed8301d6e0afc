import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { adminToken, ask } from '../support/app.js';
import { Collector } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import type { Frame } from '../support/live-client.js';
import { endPrograms, type Program, spawnProgram } from '../support/spawn-program.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestDirectory } from '../support/test-postgres.js';

/* `examples/alarm-subscriber`, started as its README says. */

vi.setConfig({ testTimeout: 120_000 });

const script = fileURLToPath(new URL('../../examples/alarm-subscriber/subscriber.mjs', import.meta.url));

let directory: string;
let cursorFile: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  directory = await createTestDirectory();
});
afterAll(() => rm(directory, { recursive: true, force: true }));
beforeEach(async () => {
  cursorFile = join(directory, 'alarms.cursor');
  await rm(cursorFile, { force: true });
});
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

function subscriber(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const [lines, said] = [new Collector<string>(), new Collector<string>()];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  const kill = () => {
    child.kill('SIGKILL');
    return ended;
  };
  return { lines, said, ended, kill };
}

const subscribe = (url: string, token = adminToken) =>
  subscriber({
    HEARTBEAT_SECONDS: '1',
    CROSSTRAIL_URL: `${url.replace(/^http/, 'ws')}/graphql`,
    CROSSTRAIL_TOKEN: token,
    CURSOR_FILE: cursorFile,
  });

describe('of a server that is killed', () => {
  let test: TestDatabase;
  let server: Program;
  let url: string;

  /** The API alone: nothing but `setAlarmState` changes alarms. */
  async function startServer(port = '0'): Promise<void> {
    server = spawnProgram(['api'], { DATABASE_URL: test.url, PORT: port });
    url = await server.url;
  }
  async function restartServer(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await server.kill(signal);
    await startServer(new URL(url).port);
  }

  beforeAll(async () => {
    test = await createTestDatabase();
    await startServer();
    await ask(url, 'mutation ($input: MetricAlarmInput!) { putMetricAlarm(input: $input) { alarm { name } } }', {
      input: {
        alarmName: 'root-use',
        accountIds: ['111122223333'],
        namespace: 'Security',
        metricName: 'RootUse',
        statistic: 'Sum',
        period: 300,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
    });
  });
  afterAll(async () => {
    await endPrograms();
    await test?.drop();
  });

  /** Makes a change, however often it takes: of one whose answer was lost, the next call changes nothing. */
  async function change(number: number): Promise<void> {
    const input = {
      alarmName: 'root-use',
      stateValue: number % 2 === 0 ? 'OK' : 'ALARM',
      stateReason: `change ${number}`,
    };
    await eventually(
      () =>
        ask(url, 'mutation ($input: SetAlarmStateInput!) { setAlarmState(input: $input) { alarm { name } } }', {
          input,
        }),
      // One that is stopping answers 503, without data.
      (data) => data !== undefined,
    );
  }

  async function told(): Promise<string[]> {
    const query = '{ alarmFeed(first: 1000) { changes { timestamp state stateReason } } }';
    const { alarmFeed } = await ask<{
      alarmFeed: { changes: { timestamp: string; state: string; stateReason: string }[] };
    }>(url, query);
    return alarmFeed.changes.map(
      ({ timestamp, state, stateReason }) => `${timestamp} 111122223333 root-use ${state}: ${stateReason}`,
    );
  }

  it('prints every change once, in order, through a crash, a stop, and an end of its own', async () => {
    const first = subscribe(url);
    await eventually(
      async () => readFileSync(cursorFile, 'utf8'),
      (cursor) => cursor !== '',
    );
    let restarted: Promise<void> = Promise.resolve();
    for (let number = 1; number <= 60; number += 1) {
      await change(number);
      if (number === 20) restarted = restartServer('SIGKILL');
      if (number === 40) {
        await restarted;
        // It is connected again.
        await first.lines.until(40);
        restarted = restartServer('SIGTERM');
      }
    }
    await restarted;
    await first.lines.until(60);
    const before = [...first.lines.items];
    expect(before).toEqual(await told());
    expect(first.said.items.filter((line) => line === 'connected').length).toBeGreaterThan(2);
    // Killed between the line and the cursor, it would print the line again.
    const { alarmFeed } = await ask<{ alarmFeed: { endCursor: string } }>(
      url,
      '{ alarmFeed(first: 1000) { endCursor } }',
    );
    await eventually(
      async () => readFileSync(cursorFile, 'utf8'),
      (cursor) => cursor === alarmFeed.endCursor,
    );
    await first.kill();
    for (let number = 61; number <= 70; number += 1) await change(number);
    const second = subscribe(url);
    await second.lines.until(10);
    await change(71);
    await second.lines.until(11);
    expect([...before, ...second.lines.items]).toEqual(await told());
  });

  it('ends where its token does not hold, and does not repeat it', async () => {
    const { ended, said, lines } = subscribe(url, 'no-such-token');
    expect(await ended).toBe(1);
    expect(lines.items).toEqual([]);
    expect(said.items.join('\n')).toMatch(/^lost: 4403 /);
    expect(said.items.join('\n')).not.toContain('no-such-token');
  });
});

it('without a token it says what it needs, and ends', async () => {
  const { ended, said } = subscriber({ CROSSTRAIL_TOKEN: '' });
  expect(await ended).toBe(1);
  expect(said.items).toContainEqual(expect.stringMatching(/CROSSTRAIL_TOKEN must be/));
});

/** A server that does what a test tells it; the protocol is graphql-transport-ws. */
describe('of a server that misbehaves', () => {
  let server: WebSocketServer;
  /** `after` of each subscription, with its connection. */
  let asked: Collector<{ after: unknown; send: (payload: unknown, type?: string) => void; socket: WebSocket }>;
  let client: ReturnType<typeof subscribe>;

  beforeEach(async () => {
    asked = new Collector();
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        const { type, id, payload } = JSON.parse(String(data)) as Frame & {
          payload: { variables: { after: unknown } };
        };
        if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
        if (type !== 'subscribe') return;
        const send = (sent: unknown, kind = 'next') => socket.send(JSON.stringify({ id, type: kind, payload: sent }));
        asked.push({ after: payload.variables.after, send, socket });
      });
    });
    const { port } = server.address() as { port: number };
    client = subscribe(`http://127.0.0.1:${port}`);
  });
  afterEach(async () => {
    await client.kill();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });

  const message = (cursor: string, change: object | null = null) => ({
    data: { alarmStateChanged: { cursor, change } },
  });
  const change = (id: string, more: object = {}) => ({
    id,
    alarmName: 'root-use',
    accountIds: null,
    previousState: 'OK',
    state: 'ALARM',
    stateReason: id,
    timestamp: '2026-11-22T12:00:00.000Z',
    revision: 1,
    ...more,
  });
  const line = (rest: string) => `2026-11-22T12:00:00.000Z every root-use ${rest}`;
  const asking = async (count: number) => (await asked.until(count))[count - 1] as (typeof asked.items)[number];

  it('closed for being slow, it goes on after the last that it handled', async () => {
    const one = await asking(1);
    expect(one.after).toBeNull();
    one.send(message('1'));
    one.send(message('2', change('a')));
    await client.lines.until(1);
    one.socket.close(4420, 'slow; after=2');
    const two = await asking(2);
    expect(two.after).toBe('2');
    two.send(message('3', change('b')));
    expect(await client.lines.until(2)).toEqual([line('ALARM: a'), line('ALARM: b')]);
    expect(client.said.items).toContain('lost: 4420 slow; after=2');
  });

  it('what comes twice is printed once', async () => {
    const { send } = await asking(1);
    for (const cursor of ['1', '2']) send(message(cursor, change('a')));
    send(message('3', change('b')));
    expect(await client.lines.until(2)).toEqual([line('ALARM: a'), line('ALARM: b')]);
  });

  it('corrections and withdrawals are told as such, and no text begins a line of its own', async () => {
    const { send } = await asking(1);
    send(message('1', change('a', { revision: 2, accountIds: ['111122223333', '444455556666'] })));
    send(message('2', change('b', { revision: 3, state: 'OK', stateReason: 'x\n2026 \u001b[31mforged\u2028' })));
    expect(await client.lines.until(2)).toEqual([
      '2026-11-22T12:00:00.000Z 111122223333,444455556666 root-use ALARM (corrected): a',
      line('OK (withdrawn): x?2026 ?[31mforged?'),
    ]);
  });

  it('where its cursor has expired, it says so and begins anew', async () => {
    const one = await asking(1);
    one.send(message('1'));
    one.send([{ message: 'after: too old', extensions: { code: 'CURSOR_EXPIRED' } }], 'error');
    expect((await asking(2)).after).toBeNull();
    expect(client.said.items).toContain('lost: CURSOR_EXPIRED after: too old');
  });

  it('a failure of the server does not end it', async () => {
    const one = await asking(1);
    one.send([{ message: 'Internal server error', extensions: { code: 'INTERNAL' } }], 'error');
    const two = await asking(2);
    two.send(undefined, 'complete');
    const three = await asking(3);
    three.send(message('1', change('a')));
    expect(await client.lines.until(1)).toEqual([line('ALARM: a')]);
  });

  it('a connection on which nothing comes any more is given up', async () => {
    const one = await asking(1);
    one.send(message('1'));
    expect((await asking(2)).after).toBe('1');
  });

  it('a server that takes connections and does not answer is tried again', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const sockets = new Collector<Socket>();
    silent.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
    const waiting = subscribe(`http://127.0.0.1:${port}`);
    await sockets.until(2);
    await waiting.kill();
    for (const socket of sockets.items) socket.destroy();
    silent.close();
  });

  it.each(['FORBIDDEN', 'UNAUTHENTICATED'])('a token that lost its right ends it: %s', async (code) => {
    const { send } = await asking(1);
    send([{ message: 'no', extensions: { code } }], 'error');
    expect(await client.ended).toBe(1);
  });
});

it('is short enough to be read at a sitting, and imports Node.js, graphql-ws and ws', () => {
  const text = readFileSync(script, 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThan(80);
  const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
  expect(imported).toEqual(['node:fs', 'node:timers/promises', 'graphql-ws', 'ws']);
});
