import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventsAdded } from '../../../src/events/events.topics.js';
import { adminToken, ask, openTestApp, post } from '../../support/app.js';
import { storeEvents, type TestEvent, testEvent } from '../../support/events.js';
import { eventually } from '../../support/eventually.js';
import { RawClient } from '../../support/live-client.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const A = '111111111111';
const B = '222222222222';
const subscription = `subscription ($after: String, $filter: EventFilter, $heartbeatSeconds: Int) {
  eventAdded(after: $after, filter: $filter, heartbeatSeconds: $heartbeatSeconds) { cursor event { eventID eventName account } }
}`;

interface Message {
  readonly cursor: string;
  readonly event: { readonly eventID: string; readonly eventName: string; readonly account: string } | null;
}

let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
const clients: RawClient[] = [];

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 8 });
  app = await openTestApp('api', { databaseUrl: test.url });
});
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.terminate();
});
afterAll(async () => {
  await app.stop();
  await test.drop();
});

/** A follower that has heard its first message. */
async function follow(variables: Record<string, unknown> = {}, token = adminToken): Promise<RawClient> {
  const client = await RawClient.connect(app.url, `Bearer ${token}`);
  clients.push(client);
  client.subscribe(subscription, '1', variables);
  await client.frames.until(2);
  return client;
}

const messagesOf = (client: RawClient): Message[] =>
  client
    .payloads<{ data: { eventAdded: Message } | null; errors?: unknown }>()
    .flatMap(({ data }) => data?.eventAdded ?? []);
const namesOf = (client: RawClient): string[] => messagesOf(client).flatMap(({ event }) => event?.eventName ?? []);

const lastCursor = (client: RawClient): string => messagesOf(client).at(-1)?.cursor ?? '';

async function heard(client: RawClient, eventName: string): Promise<void> {
  await client.frames.until(() => namesOf(client).includes(eventName));
}

async function store(names: readonly string[], more: TestEvent = {}): Promise<void> {
  await storeEvents(
    test.database,
    names.map((eventName) => testEvent({ ...more, eventName })),
  );
}

const tell = () => test.database.query('SELECT pg_notify($1, $2)', [eventsAdded, '']);

async function madeToken(input: Record<string, unknown>): Promise<{ id: string; secret: string }> {
  const { createToken } = await ask<{ createToken: { token: { id: string }; secret: string } }>(
    app.url,
    'mutation ($input: CreateTokenInput!) { createToken(input: $input) { token { id } secret } }',
    { input: { name: 'reader', scopes: ['EVENTS_READ'], ...input } },
  );
  return { id: createToken.token.id, secret: createToken.secret };
}

const updateToken = (input: Record<string, unknown>) =>
  ask(app.url, 'mutation ($input: UpdateTokenInput!) { updateToken(input: $input) { token { id } } }', { input });

describe('eventAdded', () => {
  it('begins at the end of what is there, and hears what comes within a second', async () => {
    await store(['Before']);
    const client = await follow();
    expect(messagesOf(client)).toEqual([{ cursor: expect.any(String), event: null }]);
    await store(['AfterIt1', 'AfterIt2']);
    const start = performance.now();
    await tell();
    await heard(client, 'AfterIt2');
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(namesOf(client)).toEqual(['AfterIt1', 'AfterIt2']);
  });

  it('hears what nobody told of', async () => {
    const client = await follow();
    await store(['Untold']);
    await heard(client, 'Untold');
  });

  it('gives cursors that eventFeed goes on from, at each event, and takes its', async () => {
    const client = await follow();
    const start = lastCursor(client);
    await store(['C1', 'C2', 'C3']);
    await store(['C4', 'C5']);
    await heard(client, 'C5');
    const cursors = messagesOf(client).map(({ cursor }) => cursor);
    const rests = await Promise.all(
      cursors.map((after) =>
        ask<{ eventFeed: { endCursor: string; events: { eventName: string }[] } }>(
          app.url,
          'query ($after: String) { eventFeed(after: $after) { endCursor events { eventName } } }',
          { after },
        ),
      ),
    );
    const all = ['C1', 'C2', 'C3', 'C4', 'C5'];
    expect(rests.map(({ eventFeed }) => eventFeed.events.map(({ eventName }) => eventName))).toEqual(
      cursors.map((_, index) => all.slice(index)),
    );
    const again = await follow({ after: rests[2]?.eventFeed.endCursor });
    expect(namesOf(again)).toEqual([]);
    const replayed = await follow({ after: start });
    await heard(replayed, 'C5');
    expect(namesOf(replayed)).toEqual(all);
  });

  it('shows each event once to those who break off and go on, while batches commit at the same time', async () => {
    const begun = await follow();
    const start = lastCursor(begun);
    const batches = Array.from({ length: 60 }, (_, batch) => [`S${batch}a`, `S${batch}b`, `S${batch}c`]);
    const storing = (async () => {
      for (let at = 0; at < batches.length; at += 4) {
        await Promise.all(batches.slice(at, at + 4).map((names) => store(names)));
        await tell();
      }
      await store(['SEnd']);
      await tell();
    })();
    const seen: string[] = [];
    let after = start;
    while (!seen.includes('SEnd')) {
      const client = await follow({ after });
      // Some messages, then the connection is gone; what had not come yet is had from the next.
      await client.frames.until(() => namesOf(client).length >= 25 || namesOf(client).includes('SEnd'));
      client.socket.terminate();
      seen.push(...namesOf(client));
      after = lastCursor(client);
    }
    await storing;
    expect(seen).toEqual(await feedBehind(start));
    expect(new Set(seen).size).toBe(181);
  });

  it('loses nothing while the connection that listens is lost', async () => {
    const client = await follow();
    await test.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'crosstrail-pubsub'`,
    );
    await store(['Gap1']);
    await tell();
    await heard(client, 'Gap1');
    await eventually(
      () =>
        test.database.query(
          `SELECT FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'crosstrail-pubsub' AND query LIKE 'LISTEN%'`,
        ),
      (rows) => rows.length === 1,
    );
    await store(['Gap2']);
    await tell();
    await heard(client, 'Gap2');
    expect(namesOf(client)).toEqual(['Gap1', 'Gap2']);
  });

  it('loses nothing while all connections to the database are lost', async () => {
    const client = await follow({ heartbeatSeconds: 1 });
    await test.database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await store(['Lost1']);
    await heard(client, 'Lost1');
    expect(namesOf(client)).toEqual(['Lost1']);
    expect(client.frames.items.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it('tells its cursor at least as often as asked, and goes on from there', async () => {
    const client = await follow({ heartbeatSeconds: 1, filter: { eventNames: ['Never'] } });
    const [first] = messagesOf(client);
    await store(['LeftOut']);
    await client.frames.until(() => messagesOf(client).some(({ cursor }) => cursor !== first?.cursor));
    expect(namesOf(client)).toEqual([]);
    // The cursor has moved over what the filter leaves out.
    expect(namesOf(await follow({ after: lastCursor(client) }))).toEqual([]);
  });

  it.each([
    ['its fields', { eventNames: ['Chosen'] }],
    ['a pattern', { pattern: { detail: { eventName: ['Chosen'] } } }],
    ['a search', { search: 'chosen' }],
    ['accounts', { accountIds: [B] }],
  ])('shows what a filter lets through by %s', async (_what, filter) => {
    const client = await follow({ filter });
    await store(['Other']);
    await store(['Chosen'], { accountId: B });
    await tell();
    await heard(client, 'Chosen');
    expect(namesOf(client)).toEqual(['Chosen']);
  });

  it.each<[string, Record<string, unknown>, string, string | undefined]>([
    ['a heartbeat of no time', { heartbeatSeconds: 0 }, 'BAD_USER_INPUT', 'heartbeatSeconds'],
    ['a heartbeat that comes too seldom', { heartbeatSeconds: 301 }, 'BAD_USER_INPUT', 'heartbeatSeconds'],
    ['a cursor that is none', { after: 'x' }, 'BAD_USER_INPUT', 'after'],
    ['a pattern that is none', { filter: { pattern: {} } }, 'BAD_USER_INPUT', 'filter.pattern'],
  ])('refuses %s', async (_what, variables, code, argument) => {
    const client = await follow(variables);
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code, argument } }]]);
  });

  it('says so where retention has overtaken its cursor', async () => {
    const client = await follow();
    await store(['Gone']);
    await tell();
    await heard(client, 'Gone');
    const [{ cursor }] = messagesOf(client) as [Message];
    await test.database.query(`WITH now AS (UPDATE retention_epoch SET epoch = epoch + 1 RETURNING epoch)
      INSERT INTO retention_mark (account_id, epoch, position, deleted_before)
      SELECT '${A}', now.epoch, (SELECT position FROM batch_position), now() FROM now`);
    // Another filter than before, whose page may still be at hand.
    const late = await follow({ after: cursor, filter: { regions: ['eu-central-1'] } });
    expect(late.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'CURSOR_EXPIRED' } }]]);
    // Whoever had come further goes on.
    await store(['Later']);
    await tell();
    await heard(client, 'Later');
  });
});

describe('a token', () => {
  it('shows events of its accounts alone, and none without the scope', async () => {
    const { secret } = await madeToken({ accountIds: [A] });
    const client = await follow({}, secret);
    await store(['OfB'], { accountId: B });
    await store(['OfA'], { accountId: A });
    await tell();
    await heard(client, 'OfA');
    expect(namesOf(client)).toEqual(['OfA']);
    const none = await follow({}, (await madeToken({ scopes: ['ALARMS_READ'] })).secret);
    expect(none.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'FORBIDDEN' } }]]);
  });

  it('that is narrowed shows from then on what it still may, without a gap', async () => {
    const { id, secret } = await madeToken({ accountIds: [A, B] });
    const client = await follow({}, secret);
    await store(['N1'], { accountId: B });
    await store(['N2'], { accountId: A });
    await heard(client, 'N2');
    // Nobody tells of it.
    await store(['N3'], { accountId: A });
    await updateToken({ id, accountIds: [A] });
    await store(['N4'], { accountId: B });
    await store(['N5'], { accountId: A });
    await tell();
    await heard(client, 'N5');
    expect(namesOf(client)).toEqual(['N1', 'N2', 'N3', 'N5']);
  });

  it('that loses its scope ends the subscription, and nothing else', async () => {
    const { id, secret } = await madeToken({ scopes: ['EVENTS_READ', 'ACCOUNTS_READ'] });
    const client = await follow({}, secret);
    await updateToken({ id, scopes: ['ACCOUNTS_READ'] });
    await client.frames.until(({ type }) => type === 'error');
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'FORBIDDEN' } }]]);
    client.subscribe('{ viewer { token { id } } }', '2');
    await client.frames.until(({ id: operation, type }) => operation === '2' && type === 'complete');
    expect(client.payloads('2')).toEqual([{ data: { viewer: { token: { id } } } }]);
  });

  it('that is revoked ends the subscription and its connection', async () => {
    const { id, secret } = await madeToken({});
    const client = await follow({}, secret);
    await ask(app.url, 'mutation ($id: ID!) { revokeToken(id: $id) { token { id } } }', { id });
    await store(['Secret']);
    await tell();
    expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' });
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'UNAUTHENTICATED' } }]]);
    expect(namesOf(client)).toEqual([]);
  });

  it('that expires ends the subscription and its connection', async () => {
    const { secret } = await madeToken({ expiresAt: new Date(Date.now() + 1_500).toISOString() });
    const client = await follow({}, secret);
    expect(await client.closed).toMatchObject({ code: 4403 });
    expect(client.payloads('1', 'error')).toMatchObject([[{ extensions: { code: 'UNAUTHENTICATED' } }]]);
  });
});

it('eventAdded over POST is refused, with the way to send it', async () => {
  const answer = await post(app.url, adminToken, 'subscription { eventAdded { cursor } }');
  expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

/** All names behind a cursor, by pages of the feed. */
async function feedBehind(after: string): Promise<string[]> {
  const query =
    'query ($after: String) { eventFeed(after: $after, first: 1000) { endCursor hasMore events { eventName } } }';
  const names: string[] = [];
  for (let cursor = after, hasMore = true; hasMore; ) {
    const { eventFeed } = await ask<{
      eventFeed: { endCursor: string; hasMore: boolean; events: { eventName: string }[] };
    }>(app.url, query, { after: cursor });
    names.push(...eventFeed.events.map(({ eventName }) => eventName));
    ({ endCursor: cursor, hasMore } = eventFeed);
  }
  return names;
}
