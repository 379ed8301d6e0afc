import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTinyServer, type TinyServer } from '../../support/tiny-server.js';

let server: TinyServer;
beforeAll(async () => {
  server = await startTinyServer();
});
afterAll(() => server.api.close());

/** `{ items { nodes { children { children … { number } } } } }` with so many levels. */
function nested(levels: number): string {
  return `{ items { nodes ${'{ children '.repeat(levels - 3)}{ number }${' }'.repeat(levels - 3)} } }`;
}

const aliased = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: whoami`).join(' ')} }`;

/** Fragments that spread the next one twice: 2^30 fields in a few lines. */
const bomb = `{ items(first: 1) { nodes { ...f0 } } } ${Array.from({ length: 30 }, (_, i) => {
  const next = i === 29 ? 'number' : `...f${i + 1} ...f${i + 1}`;
  return `fragment f${i} on Item { ${next} }`;
}).join(' ')}`;

describe('an operation beyond the limits is COST_EXCEEDED', () => {
  it.each([
    ['too deep', nested(16), 16, 15],
    [
      'deep by way of fragments',
      `${nested(14).replace('number', '...f')} fragment f on Item { children { children { number } } }`,
      16,
      15,
    ],
    ['too many aliases', aliased(101), 101, 100],
    // 1000 × (nodes 1 + children 1 + 10 × (children 1 + 10 × number 1)) + items 1
    ['too dear', '{ items(first: 1000) { nodes { children { children { number } } } } }', 112_001, 100_000],
  ])('%s', async (_name, query, value, limit) => {
    const answer = await server.query(query);
    expect(answer.status).toBe(400);
    expect(answer.data).toBeUndefined();
    const extensions = answer.errors?.[0]?.extensions;
    expect(extensions?.code).toBe('COST_EXCEEDED');
    expect(extensions?.['cost'] ?? extensions?.['value']).toBe(value);
    expect(extensions?.['limit']).toBe(limit);
  });

  it.each([
    ['too many tokens', `{ ${'whoami '.repeat(5001)} }`],
    ['fragments that multiply', bomb],
  ])('%s', async (_name, query) => {
    const answer = await server.query(query);
    expect(answer.errors?.[0]?.extensions.code).toBe('COST_EXCEEDED');
  });

  it('by its variables alone', async () => {
    const query = 'query ($first: Int) { items(first: $first) { nodes { children { children { number } } } } }';
    expect((await server.query(query, { first: 10 })).errors).toBeUndefined();
    expect((await server.query(query, { first: 1000 })).errors?.[0]?.extensions.code).toBe('COST_EXCEEDED');
  });

  it('and a negative size makes nothing cheaper', async () => {
    const query =
      '{ a: items(first: -1000000) { note } b: items(first: 1000) { nodes { children { children { number } } } } }';
    expect((await server.query(query)).errors?.[0]?.extensions.code).toBe('COST_EXCEEDED');
  });
});

describe('lists in arguments hold at most 1,000 values', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => String(i).padStart(12, '0'));

  it.each([
    ['in a variable', 'query ($ids: [AccountId!]!) { ids(ids: $ids) }', (list: string[]) => ({ ids: list }), 'ids'],
    [
      'deep in a variable',
      'query ($filter: ItemFilter) { items(filter: $filter) { note } }',
      (list: string[]) => ({ filter: { accountIds: list } }),
      'filter.accountIds',
    ],
  ])('%s', async (_name, query, variables, argument) => {
    expect((await server.query(query, variables(ids(1000)))).errors).toBeUndefined();
    const refused = await server.query(query, variables(ids(1001)));
    expect(refused.status).toBe(400);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });

  it('but for a field that says how many its list may hold', async () => {
    const query = 'query ($filter: ItemFilter) { items(filter: $filter) { note } }';
    const numbers = (count: number) => ({ filter: { numbers: Array.from({ length: count }, () => 1) } });
    expect((await server.query(query, numbers(2000))).errors).toBeUndefined();
    expect((await server.query(query, numbers(2001))).errors?.[0]).toMatchObject({
      message: expect.stringContaining('2000 is the most'),
      extensions: { code: 'BAD_USER_INPUT', argument: 'filter.numbers' },
    });
  });

  it('in the document', async () => {
    const query = (count: number) => `{ ids(ids: ${JSON.stringify(ids(count))}) }`;
    expect((await server.query(query(1000))).errors).toBeUndefined();
    expect((await server.query(query(1001))).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'ids',
    });
  });
});

describe('text that the database cannot hold, with a NUL or half a surrogate pair, is refused by name', () => {
  const nul = '\u0000';
  it.each([
    ['in a variable', 'query ($how: String!) { fail(how: $how) { number } }', { how: `a${nul}` }, 'how'],
    [
      'deep in a variable',
      'query ($filter: ItemFilter) { items(filter: $filter) { note } }',
      { filter: { accountIds: ['111111111111', `1${nul}`] } },
      'filter.accountIds[1]',
    ],
    ['in the document', '{ fail(how: "a\\u0000") { number } }', {}, 'how'],
    ['half a surrogate pair', 'query ($how: String!) { fail(how: $how) { number } }', { how: 'a\ud800' }, 'how'],
    ['in a block of the document', `{ fail(how: """a${nul}""") { number } }`, {}, undefined],
  ])('%s', async (_name, query, variables, argument) => {
    const { status, errors } = await server.query(query, variables);
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', ...(argument && { argument }) });
  });
});

describe('within the limits', () => {
  it.each([
    [
      'the introspection query of common tools',
      getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true }),
    ],
    ['as many aliases as are allowed', aliased(100)],
  ])('%s is answered', async (_name, query) => {
    expect((await server.query(query)).errors).toBeUndefined();
  });

  it('a query as deep as is allowed is answered', async () => {
    const generous = await startTinyServer({ limits: { cost: Number.POSITIVE_INFINITY } });
    expect((await generous.query(nested(15))).errors).toBeUndefined();
    expect((await generous.query(nested(16))).errors).toBeDefined();
    await generous.api.close();
  });

  it('a total is counted only when asked for', async () => {
    await server.query('{ items { note nodes { number } } }');
    expect(server.resolver.counted).toBe(0);
    const answer = await server.query('{ items(first: 2) { totalCount edges { cursor } pageInfo { hasNextPage } } }');
    expect(server.resolver.counted).toBe(1);
    expect(answer.data).toEqual({
      items: { totalCount: 5000, edges: [{ cursor: 'c0' }, { cursor: 'c1' }], pageInfo: { hasNextPage: true } },
    });
  });

  it('and what takes too long is given up', async () => {
    const impatient = await startTinyServer({ limits: { seconds: 1 } });
    const answer = await impatient.query('{ slow }');
    expect(answer).toMatchObject({ status: 503, errors: [{ extensions: { code: 'COST_EXCEEDED' } }] });
    impatient.resolver.slowMayEnd.open();
    await impatient.api.close();
  });
});
