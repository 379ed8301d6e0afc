import { describe, expect, it } from 'vitest';
import { Gate } from '../../support/collector.js';
import { numbersOf, ticked, tinySockets } from '../../support/tiny-sockets.js';

const sockets = tinySockets();

describe('when its token', () => {
  async function subscribed(id = '1') {
    const client = await sockets.connect();
    client.subscribe(ticked, id);
    await client.frames.until(2);
    return client;
  }

  it('has ended, a subscription is told so and its socket closed', async () => {
    const client = await subscribed();
    sockets.server().grant.end();
    expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' });
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'UNAUTHENTICATED' } }]]);
  });

  it('has ended, a socket on which nothing runs is closed', async () => {
    const client = await sockets.connect();
    sockets.server().grant.end();
    expect(await client.closed).toMatchObject({ code: 4403 });
  });

  it('has lost the scope, the subscription ends and the rest goes on', async () => {
    const client = await subscribed();
    sockets.server().grant.set(null, ['ALARMS_READ']);
    await client.frames.until(({ type }) => type === 'error');
    expect(client.payloads('1', 'error')).toMatchObject([
      [{ extensions: { code: 'FORBIDDEN', scope: 'EVENTS_READ' } }],
    ]);
    client.subscribe('{ whoami }', '2');
    await client.frames.until(({ id, type }) => id === '2' && type === 'complete');
  });

  it('reaches fewer accounts, what follows is of those alone, without a gap', async () => {
    const client = await subscribed();
    sockets.server().resolver.tick(10, 21);
    await client.frames.until(4);
    sockets.server().grant.set(['111111111111']);
    sockets.server().resolver.tick(30, 41, 50, 61);
    await client.frames.until(({ payload }) => JSON.stringify(payload ?? null).includes('61'));
    expect(numbersOf(client)).toEqual([10, 21, 41, 61]);
  });

  it('changes, what was stored since the last message comes all the same', async () => {
    const client = await subscribed();
    // Nobody has told of it yet.
    sockets.server().resolver.numbers.push(10, 21);
    sockets.server().grant.set(['111111111111']);
    await client.frames.until(3);
    expect(numbersOf(client)).toEqual([21]);
  });

  it('reaches more accounts, what follows is of those too', async () => {
    sockets.server().grant.set(['111111111111']);
    const client = await subscribed();
    sockets.server().resolver.tick(10, 21);
    await client.frames.until(3);
    sockets.server().grant.set(null);
    sockets.server().resolver.tick(30);
    await client.frames.until(({ payload }) => JSON.stringify(payload ?? null).includes('30'));
    expect(numbersOf(client)).toEqual([21, 30]);
  });

  it('reaches fewer accounts while a message is being worked out, that message is not sent', async () => {
    const client = await subscribed();
    const hold = new Gate();
    sockets.server().resolver.hold = hold;
    sockets.server().resolver.tick(10, 21);
    await sockets.server().resolver.isHeld.opened;
    sockets.server().grant.set(['111111111111']);
    hold.open();
    await client.frames.until(({ payload }) => JSON.stringify(payload ?? null).includes('21'));
    expect(numbersOf(client)).toEqual([21]);
  });

  it('ends while a message is being worked out, that message is not sent', async () => {
    const client = await subscribed();
    const hold = new Gate();
    sockets.server().resolver.hold = hold;
    sockets.server().resolver.tick(10);
    await sockets.server().resolver.isHeld.opened;
    sockets.server().grant.end();
    hold.open();
    expect((await client.closed).code).toBe(4403);
    expect(numbersOf(client)).toEqual([]);
  });
});
