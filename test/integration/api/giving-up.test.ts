import { expect, it } from 'vitest';
import { goodToken, startTinyServer } from '../../support/tiny-server.js';

it('tells the work on a request that its client has gone', async () => {
  const { api, resolver } = await startTinyServer();
  const going = new AbortController();
  const asking = fetch(`${api.url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ query: '{ slow }' }),
    headers: { authorization: `Bearer ${goodToken}`, 'content-type': 'application/json' },
    signal: going.signal,
  }).catch((error: unknown) => error);
  await resolver.slowStarted.opened;
  going.abort();
  await asking;
  await resolver.slowGivenUp.opened;
  resolver.slowMayEnd.open();
  await api.close();
});

it('tells the work on a request that its time is over', async () => {
  const { api, resolver, query } = await startTinyServer({ limits: { seconds: 0.2 } });
  expect((await query('{ slow }')).errors?.[0]?.extensions.code).toBe('COST_EXCEEDED');
  await resolver.slowGivenUp.opened;
  resolver.slowMayEnd.open();
  await api.close();
});
