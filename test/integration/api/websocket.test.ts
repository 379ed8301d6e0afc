import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { graphqlWsClient, listen } from '../../support/live-client.js';
import { failingOperations } from '../../support/refused-operations.js';
import { bearer, numbersOf, type Ticked, ticked, tinySockets } from '../../support/tiny-sockets.js';

const sockets = tinySockets();

describe('a subscription over WebSocket', () => {
  it('hears the cursor at once, then each thing once, with the client that most have', async () => {
    const client = graphqlWsClient(sockets.server().api.url, bearer);
    const { heard } = listen<Ticked>(client, { query: ticked });
    await heard.until(1);
    sockets.server().resolver.tick(1, 2);
    await heard.until(3);
    sockets.server().resolver.tick(3);
    await heard.until(4);
    expect(heard.items.map((data) => data.ticked)).toEqual([
      { cursor: '0', number: null },
      { cursor: '1', number: 1 },
      { cursor: '2', number: 2 },
      { cursor: '3', number: 3 },
    ]);
    await client.dispose();
  });

  it('goes on behind a cursor', async () => {
    sockets.server().resolver.tick(1, 2, 3);
    const client = await sockets.connect();
    client.subscribe(ticked, '1', { after: '1' });
    await client.frames.until(3);
    expect(numbersOf(client)).toEqual([2, 3]);
  });

  it('goes on where it had come to when the connection was lost, with the client that most have', async () => {
    const client = graphqlWsClient(sockets.server().api.url, bearer, { retryAttempts: 10 });
    let after: string | undefined;
    const seen: number[] = [];
    const payload = {
      query: ticked,
      get variables() {
        return { after };
      },
    };
    const { heard } = listen<Ticked>(client, payload, ({ ticked: { cursor, number } }) => {
      after = cursor;
      if (number !== null) seen.push(number);
      // Each time in the midst of what it has to hear.
      if (number !== null && number % 10 === 0) client.terminate();
    });
    await heard.until(1);
    const numbers = Array.from({ length: 45 }, (_, index) => index + 101);
    sockets.server().resolver.tick(...numbers.slice(0, 25));
    await heard.until(({ ticked: { number } }) => number === 125);
    sockets.server().resolver.tick(...numbers.slice(25));
    await heard.until(({ ticked: { number } }) => number === 145);
    expect(seen).toEqual(numbers);
    await client.dispose();
  });

  it('ends when the client completes it, and leaves nothing behind', async () => {
    const client = await sockets.connect();
    client.subscribe(ticked);
    await client.frames.until(2);
    expect(await sockets.figure('crosstrail_subscriptions')).toBe(1);
    client.send({ type: 'complete', id: '1' });
    await eventually(
      () => sockets.figure('crosstrail_subscriptions'),
      (count) => count === 0,
    );
    expect(sockets.server().grant.watchers).toBe(1);
    client.socket.close();
    await eventually(
      () => sockets.figure('crosstrail_live_connections'),
      (count) => count === 0,
    );
    expect(sockets.server().grant.watchers).toBe(0);
  });

  it('of a field that fails tells the others and an id, and goes on', async () => {
    const client = await sockets.connect();
    client.subscribe(ticked);
    await client.frames.until(2);
    sockets.server().resolver.tick(13, 1);
    await client.frames.until(4);
    const [, failed] = client.payloads<{ data: null; errors: { extensions: { code: string } }[] }>();
    expect(failed?.data).toBeNull();
    expect(failed?.errors[0]?.extensions.code).toBe('INTERNAL');
    expect(JSON.stringify(client.frames.items)).not.toContain('secret-value');
    expect(client.payloads<{ data: Ticked }>().at(-1)?.data.ticked.number).toBe(1);
  });

  it('is read and worked out once for all who ask the same', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => sockets.connect()));
    for (const client of all) client.subscribe(ticked);
    await Promise.all(all.map((client) => client.frames.until(2)));
    sockets.server().resolver.tick(0);
    await Promise.all(all.map((client) => client.frames.until(3)));
    const { reads } = sockets.server().resolver;
    sockets.server().resolver.tick(1);
    await Promise.all(all.map((client) => client.frames.until(4)));
    expect(sockets.server().resolver.reads - reads).toBe(1);
    expect(all.map((client) => numbersOf(client))).toEqual(all.map(() => [0, 1]));
  });

  it.each([
    ['an argument', 'subscription { ticked(after: "x") { cursor } }', 'after'],
    ['a variable', 'subscription ($after: String) { ticked(after: $after) { cursor } }', '$after'],
  ])('that its source refuses for %s never begins', async (_what, query) => {
    const client = await sockets.connect();
    client.subscribe(query, '1', { after: 'x' });
    await client.frames.until(({ type }) => type === 'error');
    expect(client.payloads('1', 'error')).toMatchObject([
      [{ extensions: { code: 'BAD_USER_INPUT', argument: 'after' } }],
    ]);
  });

  it('with all of its fields skipped is refused, and is no defect', async () => {
    const client = await sockets.connect();
    client.subscribe('subscription { ticked @skip(if: true) { cursor } }');
    await client.frames.until(({ type }) => type === 'error');
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'BAD_USER_INPUT' } }]]);
  });

  it('is refused over POST, where it says how to send it', async () => {
    const answer = await sockets.server().query('subscription { ticked { cursor } }');
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(answer.errors?.[0]?.message).toContain('/graphql/stream');
  });
});

describe('queries over WebSocket', () => {
  it('are answered', async () => {
    const client = await sockets.connect();
    client.subscribe('{ whoami }');
    expect((await client.frames.until(3)).slice(1)).toEqual([
      { id: '1', type: 'next', payload: { data: { whoami: 'tester' } } },
      { id: '1', type: 'complete' },
    ]);
  });

  it('may be mutations', async () => {
    const client = await sockets.connect();
    client.subscribe('mutation { store(number: 5) }');
    await client.frames.until(({ type }) => type === 'complete');
    expect(sockets.server().resolver.numbers).toEqual([5]);
  });

  it.each(failingOperations)('have the limits and the errors of HTTP: %s', async (_what, query, variables, code) => {
    const client = await sockets.connect();
    client.subscribe(query, '1', variables);
    await client.frames.until(({ type }) => type === 'error' || type === 'next');
    const [frame] = client.frames.items.slice(1);
    const errors =
      frame?.type === 'error' ? frame.payload : (frame?.payload as { errors: unknown } | undefined)?.errors;
    const overHttp = query.startsWith('subscription')
      ? undefined
      : (await sockets.server().query(query, variables)).errors;
    expect(errors).toMatchObject([{ extensions: { code } }]);
    if (overHttp !== undefined) expect(errors).toEqual(overHttp);
  });

  it('are given up after their time', async () => {
    await sockets.serverWith({ limits: { seconds: 0.05 } });
    const client = await sockets.connect();
    client.subscribe('{ slow }');
    await client.frames.until(({ type }) => type === 'error');
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'COST_EXCEEDED' } }]]);
    sockets.server().resolver.slowMayEnd.open();
  });
});
