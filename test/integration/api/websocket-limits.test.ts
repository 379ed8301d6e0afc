import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { RawClient } from '../../support/live-client.js';
import { bearer, numbersOf, type Ticked, ticked, tinySockets } from '../../support/tiny-sockets.js';

const sockets = tinySockets();

describe('a WebSocket is closed', () => {
  it.each<[string, number, (url: string) => Promise<RawClient> | RawClient]>([
    ['for a token that does not hold', 4403, (url) => initiated(url, { authorization: 'Bearer nothing' })],
    ['without a token', 4403, (url) => initiated(url, {})],
    ['when its token cannot be checked just now', 1013, (url) => initiated(url, { authorization: 'Bearer broken' })],
    ['for what is no message', 4400, async (url) => said(await RawClient.connect(url, bearer), 'x')],
    [
      'for a subscription before connection_init',
      4401,
      (url) => first(url, { type: 'subscribe', id: '1', payload: { query: '{ whoami }' } } as never),
    ],
    ['for a second operation of one id', 4409, async (url) => twice(await RawClient.connect(url, bearer))],
    [
      'for a second connection_init',
      4429,
      async (url) => said(await RawClient.connect(url, bearer), '{"type":"connection_init"}'),
    ],
    ['for a message over 1 MB', 1009, async (url) => said(await RawClient.connect(url, bearer), 'x'.repeat(1_050_000))],
    ['for another protocol', 4406, (url) => RawClient.open(url, {}, [])],
  ])('%s', async (_why, code, act) => {
    const client = await act(sockets.server().api.url);
    expect((await client.closed).code).toBe(code);
  });

  it('when connection_init does not come in time', async () => {
    await sockets.serverWith({ liveLimits: { initSeconds: 0.02 } });
    expect(await sockets.open(sockets.server().api.url).closed).toMatchObject({ code: 4408 });
  });

  it('when the client no longer answers pings', async () => {
    await sockets.serverWith({ liveLimits: { pingSeconds: 1 } });
    const client = sockets.open(sockets.server().api.url, { autoPong: false } as never);
    expect(await client.closed).toMatchObject({ code: 1006 });
  });

  it('when the process stops, in a way that has clients connect again', async () => {
    const client = await sockets.connect();
    client.subscribe(ticked);
    await client.frames.until(2);
    const closing = sockets.server().api.close(5);
    expect(await client.closed).toEqual({ code: 1001, reason: 'going away' });
    await closing;
  });

  async function initiated(url: string, payload: object): Promise<RawClient> {
    return first(url, { type: 'connection_init', payload });
  }

  async function first(url: string, frame: { type: string; payload?: unknown }): Promise<RawClient> {
    const client = RawClient.open(url);
    await once(client.socket, 'open');
    client.send(frame);
    return client;
  }

  function said(client: RawClient, text: string): RawClient {
    client.send(text);
    return client;
  }

  function twice(client: RawClient): RawClient {
    client.subscribe(ticked);
    client.subscribe(ticked);
    return client;
  }
});

describe('a WebSocket is not opened', () => {
  const status = async (client: RawClient): Promise<number> => {
    const [, response] = (await once(client.socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; resume(): void },
    ];
    response.resume();
    return response.statusCode;
  };

  it.each(['https://evil.example', 'http://127.0.0.1:1', 'null'])('for a page of %s', async (origin) => {
    expect(await status(sockets.open(sockets.server().api.url, { origin }))).toBe(403);
  });

  it('for a page of this server it is', async () => {
    const client = sockets.open(sockets.server().api.url, {
      origin: sockets.server().api.url,
      headers: { authorization: bearer },
    });
    await once(client.socket, 'open');
    // The token comes with the upgrade.
    client.send({ type: 'connection_init' });
    await client.frames.until(1);
    expect(client.frames.items[0]?.type).toBe('connection_ack');
  });

  it('at another path', async () => {
    expect(await status(sockets.open(`${sockets.server().api.url}/x`))).toBe(404);
  });

  it('beyond the most that a process has', async () => {
    await sockets.serverWith({ liveLimits: { connections: 1 } });
    await sockets.connect();
    expect(await status(sockets.open(sockets.server().api.url))).toBe(503);
  });
});

it('runs a hundred operations on one connection, and says so to the next', async () => {
  const client = await sockets.connect();
  for (let id = 0; id < 101; id += 1) client.subscribe(ticked, String(id));
  await client.frames.until(102);
  const errors = client.frames.items.filter(({ type }) => type === 'error');
  expect(errors).toMatchObject([{ id: '100', payload: [{ extensions: { code: 'COST_EXCEEDED', limit: 100 } }] }]);
});

describe('what the operations of one connection hold together', () => {
  const subscribe = (client: RawClient, id: number, variables: object) =>
    client.send({ type: 'subscribe', id: String(id), payload: { query: ticked, variables } } as never);
  const refusals = (client: RawClient) =>
    client.frames.items.flatMap((frame) => (frame.type === 'error' ? [(frame as { id?: string }).id] : []));

  it.each<[string, (text: string) => object]>([
    ['in variables that it takes', (after) => ({ after })],
    ['in variables that it does not know', (other) => ({ other })],
  ])('is bounded: %s', async (_what, variables) => {
    const client = await sockets.connect();
    for (let id = 0; id < 5; id += 1) subscribe(client, id, variables('1'.repeat(300_000)));
    await client.frames.until(6);
    expect(refusals(client)).toEqual(['3', '4']);
    const errors = client.frames.items.filter(({ type }) => type === 'error');
    for (const { payload } of errors) {
      expect(payload).toMatchObject([{ extensions: { code: 'COST_EXCEEDED', limit: 1_048_576 } }]);
    }
    client.send({ type: 'complete', id: '0' } as never);
    subscribe(client, 5, variables('1'.repeat(300_000)));
    subscribe(client, 6, variables('1'.repeat(300_000)));
    await client.frames.until(8);
    expect(refusals(client)).toEqual(['3', '4', '6']);
  });

  it('is no bound for one alone, which is as large as a message may be', async () => {
    const client = await sockets.connect();
    subscribe(client, 0, { other: 'x'.repeat(1_040_000) });
    await client.frames.until(2);
    expect(client.frames.items.at(-1)).toMatchObject({ type: 'next', id: '0' });
  });
});

it('answers a request that offers another protocol as it does any other', async () => {
  const { hostname, port } = new URL(sockets.server().api.url);
  const socket = connect(Number(port), hostname);
  const body = JSON.stringify({ query: '{ whoami }' });
  const head = [
    'POST /graphql HTTP/1.1',
    `Host: ${hostname}:${port}`,
    `Authorization: ${bearer}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
  ].join('\r\n');
  socket.write(`${head}\r\n\r\n${body.slice(0, 5)}`);
  let answer = '';
  socket.on('data', (data) => {
    answer += String(data);
  });
  socket.write(body.slice(5));
  await eventually(
    async () => answer,
    (text) => text.includes('tester'),
  );
  expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
  // What came behind it may be lost: its client sends that again on another connection.
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  socket.destroy();
});

describe('a client that does not take what is sent', () => {
  it('has nothing more read for it, holds up nobody, and is closed with a cursor to go on from', async () => {
    await sockets.serverWith({ liveLimits: { slowSeconds: 1 } });
    sockets.server().resolver.padding = 200_000;
    const query = 'subscription ($after: String) { ticked(after: $after) { cursor number padding } }';
    const [slow, quick] = [await sockets.connect(), await sockets.connect()];
    slow.subscribe(query);
    quick.subscribe(ticked);
    await Promise.all([slow.frames.until(2), quick.frames.until(2)]);
    slow.socket.pause();
    const numbers = Array.from({ length: 2_000 }, (_, number) => number + 100);
    sockets.server().resolver.tick(...numbers);
    await quick.frames.until(2_002);
    expect(numbersOf(quick)).toEqual(numbers);
    const before = process.memoryUsage().heapUsed + process.memoryUsage().external;
    await eventually(
      () => sockets.figure('crosstrail_slow_clients_total'),
      (count) => count === 1,
    );
    // 400 MB are there for it.
    expect(process.memoryUsage().heapUsed + process.memoryUsage().external - before).toBeLessThan(60_000_000);
    slow.socket.resume();
    const { code, reason } = await slow.closed;
    const last = slow.payloads<{ data: Ticked }>().at(-1)?.data.ticked.cursor;
    expect([code, reason]).toEqual([4420, `slow; after=${last}`]);
    const taken = numbersOf(slow);
    expect(taken.length).toBeLessThan(numbers.length);
    const again = await sockets.connect();
    again.subscribe(ticked, '1', { after: last });
    await again.frames.until(2_001 - taken.length);
    expect([...taken, ...numbersOf(again)]).toEqual(numbers);
  });

  it('has nothing more worked out for another operation on the same connection', async () => {
    const { resolver } = sockets.server();
    const [client, other] = [await sockets.connect(), await sockets.connect()];
    client.subscribe('subscription { ticked { cursor } }');
    other.subscribe('subscription { ticked { number } }');
    await Promise.all([client.frames.until(2), other.frames.until(2)]);
    resolver.heartbeatMs = 1_000;
    client.subscribe('subscription { ticked { padding } }', '2');
    await client.frames.until(3);
    client.socket.pause();
    resolver.padding = 30_000_000;
    // The heartbeat of the second fills the socket.
    await eventually(
      async () => resolver.workedOut,
      (count) => count === 4,
    );
    resolver.padding = 1;
    resolver.tick(1);
    await other.frames.until(3);
    expect(resolver.workedOut).toBe(5);
    client.socket.resume();
    await eventually(
      async () => resolver.workedOut,
      (count) => count >= 7,
    );
  });

  it('has nothing more read from it either: each of its messages would have an answer', async () => {
    await sockets.serverWith({ liveLimits: { slowSeconds: 1 } });
    const client = await sockets.connect();
    client.socket.pause();
    const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(200_000) } });
    for (let sent = 0; sent < 500; sent += 1) client.send(ping);
    await eventually(
      () => sockets.figure('crosstrail_slow_clients_total'),
      (count) => count === 1,
    );
    // Of 100 MB the most still lie with the client.
    expect(client.socket.bufferedAmount).toBeGreaterThan(60_000_000);
  });
});
