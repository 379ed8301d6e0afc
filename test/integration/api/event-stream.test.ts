import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { createClient } from 'graphql-sse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Collector } from '../../support/collector.js';
import { eventually } from '../../support/eventually.js';
import { failingOperations } from '../../support/refused-operations.js';
import { goodToken, startTinyServer, type TinyServer } from '../../support/tiny-server.js';

const bearer = `Bearer ${goodToken}`;
const ticked = 'subscription ($after: String) { ticked(after: $after) { cursor number } }';

let server: TinyServer;
const open: IncomingMessage[] = [];

beforeEach(async () => {
  server = await startTinyServer();
});
afterEach(async () => {
  for (const response of open.splice(0)) response.destroy();
  await server.api.close(1);
});

interface Stream {
  readonly response: IncomingMessage;
  /** As they were written. */
  readonly events: Collector<string>;
  readonly ended: Promise<'whole' | 'cut'>;
}

/** Sends an operation and reads the answer as it comes. */
async function stream(body: object, headers: Record<string, string> = {}): Promise<Stream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      `${server.api.url}/graphql/stream`,
      {
        method: 'POST',
        headers: { authorization: bearer, 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
  open.push(response);
  const events = new Collector<string>();
  let text = '';
  response.on('data', (data) => {
    const parts = (text + String(data)).split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) events.push(part);
  });
  const ended = new Promise<'whole' | 'cut'>((resolve) => {
    response.on('end', () => resolve('whole'));
    response.on('error', () => resolve('cut'));
  });
  return { response, events, ended };
}

const next = (data: unknown) => `event: next\ndata: ${JSON.stringify(data)}`;
const complete = 'event: complete\ndata:';
const errorsOf = (event: string | undefined) =>
  (JSON.parse((event ?? '').slice('event: next\ndata: '.length)) as { errors?: unknown }).errors;

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`${server.api.url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
}

describe('a subscription as an event stream', () => {
  it('is written as graphql-sse has it', async () => {
    const { response, events } = await stream({ query: ticked });
    await events.until(1);
    server.resolver.tick(7);
    expect(await events.until(2)).toEqual([
      next({ data: { ticked: { cursor: '0', number: null } } }),
      next({ data: { ticked: { cursor: '1', number: 7 } } }),
    ]);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });

  it('is heard by the client of graphql-sse', async () => {
    const client = createClient({ url: `${server.api.url}/graphql/stream`, headers: { authorization: bearer } });
    const heard = new Collector<unknown>();
    client.subscribe(
      { query: ticked },
      { next: ({ data }) => heard.push(data), error: () => undefined, complete: () => undefined },
    );
    await heard.until(1);
    server.resolver.tick(1, 2);
    expect(await heard.until(3)).toMatchObject([
      { ticked: { number: null } },
      { ticked: { number: 1 } },
      { ticked: { number: 2 } },
    ]);
    client.dispose();
    await eventually(
      () => gauge('crosstrail_subscriptions'),
      (count) => count === 0,
    );
  });

  it('may be asked for with GET, from a cursor', async () => {
    server.resolver.tick(1, 2);
    const url = new URL('/graphql/stream', server.api.url);
    url.searchParams.set('query', ticked);
    url.searchParams.set('variables', JSON.stringify({ after: '1' }));
    const response = await fetch(url, { headers: { authorization: bearer } });
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe(`${next({ data: { ticked: { cursor: '2', number: 2 } } })}\n\n`);
  });

  it.each([
    ['a mutation', { query: 'mutation { store(number: 1) }' }, 'query'],
    ['variables that are no JSON', { query: ticked, variables: '{' }, 'variables'],
  ])('may not ask with GET for %s', async (_what, asked, argument) => {
    const url = new URL('/graphql/stream', server.api.url);
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const text = await (await fetch(url, { headers: { authorization: bearer } })).text();
    expect(text).toContain('BAD_USER_INPUT');
    expect(text).toContain(`"argument":"${argument}"`);
    expect(server.resolver.numbers).toEqual([]);
  });

  it('leaves nothing behind when its client is gone', async () => {
    const { response, events } = await stream({ query: ticked });
    await events.until(1);
    expect([await gauge('crosstrail_live_connections'), server.grant.watchers]).toEqual([1, 1]);
    response.destroy();
    await eventually(
      () => gauge('crosstrail_live_connections'),
      (count) => count === 0,
    );
    await eventually(
      () => gauge('crosstrail_subscriptions'),
      (count) => count === 0,
    );
    expect(server.grant.watchers).toBe(0);
  });

  it('ends without `complete` when the process stops, so that its client comes again', async () => {
    const { events, ended } = await stream({ query: ticked });
    await events.until(1);
    const closing = server.api.close(5);
    await ended;
    await closing;
    expect(events.items).toHaveLength(1);
  });

  it('whose client takes nothing has nothing more read for it, and is cut', async () => {
    await server.api.close(1);
    server = await startTinyServer({ liveLimits: { slowSeconds: 1 } });
    server.resolver.padding = 200_000;
    const { response, events, ended } = await stream({ query: 'subscription { ticked { cursor padding } }' });
    await events.until(1);
    response.pause();
    server.resolver.tick(...Array.from({ length: 2_000 }, (_, number) => number + 100));
    await eventually(
      () => gauge('crosstrail_slow_clients_total'),
      (count) => count === 1,
    );
    response.resume();
    expect(await ended).toBe('cut');
    expect(events.items.length).toBeLessThan(2_000);
  });
});

describe('an operation as an event stream', () => {
  it('that is a query is answered and completed', async () => {
    const { events, ended } = await stream({ query: '{ whoami }' });
    expect(await ended).toBe('whole');
    expect(events.items).toEqual([next({ data: { whoami: 'tester' } }), complete]);
  });

  it('that is a mutation changes something', async () => {
    const { ended } = await stream({ query: 'mutation { store(number: 5) }' });
    await ended;
    expect(server.resolver.numbers).toEqual([5]);
  });

  it.each(failingOperations)('has the limits and the errors of HTTP: %s', async (_what, query, variables, code) => {
    const { events, ended } = await stream({ query, variables });
    await ended;
    const errors = errorsOf(events.items[0]);
    expect(errors).toMatchObject([{ extensions: { code } }]);
    if (!query.startsWith('subscription')) expect(errors).toEqual((await server.query(query, variables)).errors);
    expect(events.items[1]).toBe(complete);
  });

  it.each<[string, number, object, Record<string, string>]>([
    ['without a token', 401, { query: '{ whoami }' }, { authorization: '' }],
    ['with one that does not hold', 401, { query: '{ whoami }' }, { authorization: 'Bearer nothing' }],
    ['without a document', 400, {}, {}],
    ['with variables that are none', 400, { query: '{ whoami }', variables: [] }, {}],
    ['with an operation that is no name', 400, { query: '{ whoami }', operationName: 1 }, {}],
    ['over 1 MB', 413, { query: ' '.repeat(1_050_000) }, {}],
    ['of another type', 415, { query: '{ whoami }' }, { 'content-type': 'text/plain' }],
  ])('%s is refused with %i', async (_what, status, body, headers) => {
    const { response } = await stream(body, headers);
    expect(response.statusCode).toBe(status);
  });

  it('beyond the most that a process has is refused', async () => {
    await server.api.close(1);
    server = await startTinyServer({ liveLimits: { connections: 1 } });
    await (await stream({ query: ticked })).events.until(1);
    expect((await stream({ query: ticked })).response.statusCode).toBe(503);
  });
});

describe('when its token', () => {
  it('has ended, a stream says so and ends', async () => {
    const { events, ended } = await stream({ query: ticked });
    await events.until(1);
    server.grant.end();
    await ended;
    expect(errorsOf(events.items[1])).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(events.items[2]).toBe(complete);
  });

  it('has lost the scope, a stream says so and ends', async () => {
    const { events, ended } = await stream({ query: ticked });
    await events.until(1);
    server.grant.set(null, ['ALARMS_READ']);
    await ended;
    expect(errorsOf(events.items[1])).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('reaches fewer accounts, what follows is of those alone', async () => {
    const { events } = await stream({ query: ticked });
    await events.until(1);
    server.grant.set(['111111111111']);
    server.resolver.tick(30, 41);
    expect((await events.until(2))[1]).toBe(next({ data: { ticked: { cursor: '2', number: 41 } } }));
  });
});
