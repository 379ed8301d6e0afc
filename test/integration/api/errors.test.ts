import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogLine } from '../../support/silent-log.js';
import { startTinyServer, type TinyServer } from '../../support/tiny-server.js';

let server: TinyServer;
beforeAll(async () => {
  server = await startTinyServer();
});
afterAll(() => server.api.close());

describe('mistakes of a client are BAD_USER_INPUT and say what is wrong', () => {
  // Codes and extensions: the project's GraphQL contract; wording of GraphQL's own complaints: graphql-js.
  it.each([
    ['a document that does not parse', '{', {}, { reason: /Syntax Error/ }],
    ['a field that does not exist', '{ nothing }', {}, { reason: /Cannot query field "nothing"/ }],
    ['no operation of that name', 'query A { whoami }', { operationName: 'B' }, { reason: /Unknown operation/ }],
    [
      'a variable of the wrong type',
      'query ($first: Int) { items(first: $first) { note } }',
      { variables: { first: 'many' } },
      { argument: 'first', reason: /Int cannot represent/ },
    ],
    [
      'a value deep in a variable',
      'query ($filter: ItemFilter) { items(filter: $filter) { note } }',
      { variables: { filter: { accountIds: ['000000000001', 12] } } },
      { argument: 'filter.accountIds[1]', reason: /leading zeros/ },
    ],
    ['an account id as a number', '{ ids(ids: [111122223333]) }', {}, { reason: /leading zeros/ }],
    ['an account id of 11 digits', '{ ids(ids: ["11112222333"]) }', {}, { reason: /exactly 12 digits/ }],
    ['a day that is no date-time', '{ time(at: "2024-02-01") }', {}, { reason: /invalid date-time-string/ }],
    ['a page of no items', '{ items(first: 0) { note } }', {}, { argument: 'first', reason: /between 1 and 1000/ }],
    ['a page too large', '{ items(first: 1001) { note } }', {}, { argument: 'first', reason: /between 1 and 1000/ }],
    [
      'an empty span of time',
      '{ items(filter: {time: {from: "2024-01-02T00:00:00Z", to: "2024-01-02T00:00:00Z"}}) { note } }',
      {},
      { argument: 'filter.time', reason: /must be before/ },
    ],
    ['what a resolver refuses', '{ fail(how: "input") { number } }', {}, { argument: 'how', position: 3 }],
  ])('%s', async (_name, query, extra, expected) => {
    const answer = await server.query(query, {}, extra);
    const extensions = answer.errors?.[0]?.extensions;
    expect(extensions?.code).toBe('BAD_USER_INPUT');
    for (const [key, value] of Object.entries(expected)) {
      if (value instanceof RegExp) expect(extensions?.[key]).toMatch(value);
      else expect(extensions?.[key]).toBe(value);
    }
  });
});

describe('a defect tells the client an id, and the log what happened', () => {
  it.each([
    ['thrown by a resolver', 'throw', /SELECT secret_hash/],
    ['a value that does not fit its type', 'serialize', /secret-value/],
    ['null where the schema promises a value', 'null', /Cannot return null/],
  ])('%s', async (_name, how, logged) => {
    const answer = await server.query(`{ fail(how: "${how}") { number } }`);
    const error = answer.errors?.[0];
    expect(answer.data).toEqual({ fail: null });
    expect(error?.extensions).toEqual({ code: 'INTERNAL', id: expect.any(String) });
    expect(JSON.stringify(answer)).not.toMatch(/secret|SELECT|stack|\.ts/);
    const line = server.lines.items.find(({ errorId }) => errorId === error?.extensions['id']);
    expect(JSON.stringify(line)).toMatch(logged);
    expect(line?.level).toBe(50);
  });

  it('in checking the token', async () => {
    const response = await server.post('{"query":"{whoami}"}', { authorization: 'Bearer broken' });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] });
    expect(text).not.toContain('db.internal');
  });
});

describe('the transport', () => {
  it.each([
    ['without a token', {}, { authorization: '' }],
    ['with a wrong token', {}, { authorization: 'Bearer ct_wrong' }],
  ])('answers 401 %s, in the shape of GraphQL', async (_name, _body, headers) => {
    const response = await server.post('{"query":"{whoami}"}', headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toEqual({
      errors: [{ message: 'a valid token is needed', extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it.each([
    ['a form, as a foreign page could send it', 'query=%7Bwhoami%7D', 'application/x-www-form-urlencoded', 415],
    ['plain text', '{"query":"{whoami}"}', 'text/plain', 415],
    ['text that is no JSON', '{"query":', 'application/json', 400],
    ['a list of operations', '[{"query":"{whoami}"}]', 'application/json', 400],
    ['no query', '{}', 'application/json', 400],
    ['a body above 1 MB', JSON.stringify({ query: '#'.repeat(1024 * 1024) }), 'application/json', 413],
  ])('refuses %s', async (_name, body, type, status) => {
    const response = await server.post(body, { 'content-type': type });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('refuses a persisted query', async () => {
    const extra = { query: undefined, extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } };
    const answer = await server.query('', {}, extra);
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('sends GET /graphql to POST', async () => {
    const response = await fetch(`${server.api.url}/graphql?query={whoami}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('speaks application/graphql-response+json to who asks for it', async () => {
    const accept = 'application/graphql-response+json';
    const response = await server.post('{"query":"{whoami}"}', { accept });
    expect(response.headers.get('content-type')).toContain(accept);
    expect(await response.json()).toEqual({ data: { whoami: 'tester' } });
  });

  it('sets security headers, and no CORS headers for a page of another origin', async () => {
    const response = await server.post('{"query":"{whoami}"}', { origin: 'https://elsewhere.example' });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('logs a request with its id and token id, and never the token', async () => {
    const response = await server.post('{"query":"{whoami}"}');
    await response.text();
    const id = response.headers.get('x-request-id');
    const isLine = ({ reqId, route }: LogLine) => reqId === id && route === '/graphql';
    const line = (await server.lines.until(isLine)).find(isLine);
    expect(line).toMatchObject({ status: 200, tokenId: '11111111-1111-4111-8111-111111111111' });
    expect(JSON.stringify(server.lines.items)).not.toContain('ct_good-token');
  });

  it('refuses a Host header that is no host', async () => {
    const status = await new Promise((resolve, reject) => {
      const { port } = new URL(server.api.url);
      const sent = request(
        {
          port,
          method: 'POST',
          path: '/graphql',
          headers: { host: '[', 'content-type': 'application/json', authorization: 'Bearer ct_good-token' },
        },
        (response) => resolve(response.resume().statusCode),
      );
      sent.on('error', reject).end('{"query":"{whoami}"}');
    });
    expect(status).toBe(400);
  });
});
