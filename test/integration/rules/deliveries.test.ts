import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryService } from '../../../src/deliveries/delivery.service.js';
import { reachIdOf } from '../../../src/deliveries/reach.service.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { dayMs } from '../../../src/lib/time.js';
import { adminToken, ask, post } from '../../support/app.js';
import { plantTarget } from '../../support/dispatching.js';
import { openReaches } from '../../support/reaches.js';

/* Deliveries and figures as operators see them, and what is kept of both. Rows are planted: nothing is sent. */

const [A, B] = ['111111111111', '222222222222'];
const noon = Date.parse('2026-11-20T12:00:00Z');

let world: Awaited<ReturnType<typeof openReaches>>;
beforeAll(async () => {
  world = await openReaches();
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

interface Planted {
  readonly subject: string;
  readonly target?: string;
  readonly rule?: string;
  readonly state?: 'PENDING' | 'DELIVERING' | 'DELIVERED' | 'FAILED';
  readonly accountId?: string;
  readonly body?: string;
  readonly error?: string;
  /** Minutes after noon. */
  readonly createdAt?: number;
  readonly finishedAt?: Date;
}

/** Oldest first. Those of a target that is not there are what is left of one that was deleted. */
async function plant(...deliveries: Planted[]): Promise<void> {
  for (const { subject, target = 'hook', rule = 'orders', state = 'FAILED', ...more } of deliveries) {
    const { accountId = A, body = '{}', error = null, createdAt = 0 } = more;
    const ended = state === 'DELIVERED' || state === 'FAILED';
    await world.database.query(
      `INSERT INTO delivery (target_id, target_name, origin, rule_name, account_id, reach_id, event_id, event_time,
         subject, body, state, attempts, due_at, expires_at, error, created_at, finished_at, lease, leased_until)
       SELECT coalesce((SELECT id FROM target WHERE name = $1), 0), $1, 'RULE', $2, $3, $10, $4, now(), $4, $5, $6, 3, now(), now(),
         $7, $8, $9, CASE WHEN $6 = 'DELIVERING' THEN gen_random_uuid() END,
         CASE WHEN $6 = 'DELIVERING' THEN now() + interval '1 hour' END`,
      [
        ...[target, rule, accountId, subject, body, state, error, new Date(noon + createdAt * 60_000)],
        more.finishedAt ?? (ended ? new Date() : null),
        await reachIdOf(world.database, [accountId]),
      ],
    );
  }
}

interface Page {
  readonly nodes: { readonly subject: string }[];
  readonly totalCount: number;
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
}
async function list(filter: object | null, first = 100, after: string | null = null): Promise<Page> {
  const document = `query ($filter: DeliveryFilter, $first: Int, $after: String) {
    deliveries(filter: $filter, first: $first, after: $after) {
      nodes { subject } totalCount pageInfo { endCursor hasNextPage } } }`;
  return (await ask<{ deliveries: Page }>(world.url, document, { filter, first, after })).deliveries;
}
const subjects = ({ nodes }: Page) => nodes.map(({ subject }) => subject);
const planted = () =>
  world.database.query<{ subject: string; state: string; attempts: number }>(
    'SELECT subject, state, attempts FROM delivery ORDER BY id',
  );

// Truth: the descriptions of `DeliveryFilter` in the schema.
describe('deliveries are found by', () => {
  beforeEach(async () => {
    await plantTarget(world.database, { name: 'hook' });
    await plant(
      { subject: 'one', state: 'PENDING' },
      { subject: 'two', state: 'DELIVERED', rule: 'logins', createdAt: 10 },
      { subject: 'three', target: 'gone', accountId: B, createdAt: 20 },
      { subject: 'four', state: 'DELIVERING', createdAt: 30 },
    );
  });

  const minute = (minutes: number) => new Date(noon + minutes * 60_000);
  const cases: [string, object | null, string[]][] = [
    ['nothing: all, the newest first', null, ['four', 'three', 'two', 'one']],
    ['state', { states: ['PENDING', 'DELIVERING'] }, ['four', 'one']],
    ['no state', { states: [] }, []],
    ['target, one that was deleted too', { targets: ['gone', 'unknown'] }, ['three']],
    ['rule', { rules: ['logins'] }, ['two']],
    ['account', { accountIds: [B] }, ['three']],
    ['event', { eventIDs: ['one', 'four'] }, ['four', 'one']],
    ['time, its end left out', { createdAt: { from: minute(10), to: minute(30) } }, ['three', 'two']],
    ['several at once', { states: ['FAILED', 'PENDING'], accountIds: [A] }, ['one']],
  ];
  it.each(cases)('%s', async (_, filter, expected) => {
    const page = await list(filter);
    expect(subjects(page)).toEqual(expected);
    expect(page.totalCount).toBe(expected.length);
  });

  it('pages, which neither repeat nor leave out what comes about meanwhile before them', async () => {
    const first = await list(null, 3);
    expect({ ...first, nodes: subjects(first) }).toMatchObject({
      nodes: ['four', 'three', 'two'],
      totalCount: 4,
      pageInfo: { hasNextPage: true },
    });
    await plant({ subject: 'five' });
    const second = await list(null, 3, first.pageInfo.endCursor);
    expect({ ...second, nodes: subjects(second) }).toMatchObject({ nodes: ['one'], pageInfo: { hasNextPage: false } });
  });

  it.each([
    [{ search: '' }, 'filter.search'],
    [{ search: ' ' }, 'filter.search'],
    [{ search: 'x'.repeat(257) }, 'filter.search'],
    [{ createdAt: { from: minute(1), to: minute(1) } }, 'filter.createdAt'],
  ])('not by %j', async (filter, argument) => {
    const document = 'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { totalCount } }';
    const { errors } = await post(world.url, adminToken, document, { filter });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });
});

// Truth: it is text, of which no character means another: LIKE's are %, _ and \.
describe('a search in deliveries for', () => {
  it.each([
    ['100%', ['percent']],
    ['100', ['percent', 'plain']],
    ['a_b', ['underscore']],
    ['C:\\', ['backslash']],
    ['\\', ['backslash']],
    ['%', ['percent']],
    ['ZOË', ['letters']],
    ['timed OUT', ['error']],
    ['PERCENT', ['percent']],
    ["' OR 1=1 --", []],
  ])('%s', async (search, expected) => {
    await plant(
      { subject: 'percent', body: '{"a":"100%"}' },
      { subject: 'plain', body: '{"a":"1000"}' },
      { subject: 'underscore', body: '{"a":"a_b"}' },
      { subject: 'letter', body: '{"a":"axb"}' },
      { subject: 'backslash', body: 'C:\\logs' },
      { subject: 'letters', body: 'Zoë' },
      { subject: 'error', error: 'it timed out' },
    );
    const page = await list({ search });
    expect(subjects(page).sort()).toEqual([...expected].sort());
    expect(page.totalCount).toBe(expected.length);
  });
});

describe('redriveDeliveries', () => {
  const redrive = async (filter: object | null) =>
    (
      await ask<{ redriveDeliveries: { redriven: number; hasMore: boolean } }>(
        world.url,
        'mutation ($filter: DeliveryFilter) { redriveDeliveries(filter: $filter) { redriven hasMore } }',
        { filter },
      )
    ).redriveDeliveries;

  const cases: [string, object | null, string[]][] = [
    ['all dead letters whose target is there', null, ['dead', 'other']],
    ['those of a filter', { search: 'DEAD' }, ['dead']],
    ['none of what a filter finds besides', { states: ['DELIVERED', 'PENDING'] }, []],
  ];
  it.each(cases)('tries again %s', async (_, filter, expected) => {
    await plantTarget(world.database, { name: 'hook' });
    await plant(
      { subject: 'dead' },
      { subject: 'done', state: 'DELIVERED' },
      { subject: 'dead of a target that is gone', target: 'gone' },
      { subject: 'waiting', state: 'PENDING' },
      { subject: 'other' },
    );
    const before = await planted();
    expect(await redrive(filter)).toEqual({ redriven: expected.length, hasMore: false });
    const due = before.map((row) => (expected.includes(row.subject) ? { ...row, state: 'PENDING', attempts: 0 } : row));
    expect(await planted()).toEqual(due);
    expect(await redrive(filter)).toEqual({ redriven: 0, hasMore: false });
  });

  it('puts those of a target that keeps an order behind what waits, in the order that they had', async () => {
    const targetId = await plantTarget(world.database, { name: 'hook', ordered: true });
    await plant({ subject: 'dead 1' }, { subject: 'dead 2' }, { subject: 'waiting', state: 'PENDING' });
    await world.database.query(
      `UPDATE delivery SET sequence = nextval('delivery_sequence') WHERE target_id = $1 AND subject = 'waiting'`,
      [targetId],
    );
    await redrive(null);
    const rows = await world.database.query<{ subject: string }>('SELECT subject FROM delivery ORDER BY sequence');
    expect(rows.map(({ subject }) => subject)).toEqual(['waiting', 'dead 1', 'dead 2']);
  });
});

it('keeps what waits for ever, and what has ended for as many days as are set', async () => {
  await plantTarget(world.database, { name: 'hook' });
  const before = (days: number) => new Date(noon - days * dayMs);
  await plant(
    { subject: 'done long ago', state: 'DELIVERED', finishedAt: before(3.01) },
    { subject: 'dead long ago', finishedAt: before(30) },
    { subject: 'done', state: 'DELIVERED', finishedAt: before(2.99) },
    { subject: 'dead', finishedAt: before(0) },
    { subject: 'waiting', state: 'PENDING', createdAt: -100_000 },
  );
  const { database } = world;
  const service = new DeliveryService({
    ...{ database, keptDays: 3, now: () => new Date(noon), onDue: async () => undefined },
    audit: { record: async () => undefined },
    cursors: createCursorCodec(Buffer.alloc(32, 1)),
  });
  expect(await service.forget(AbortSignal.abort())).toBe(0);
  expect(await service.forget(new AbortController().signal)).toBe(2);
  expect((await planted()).map(({ subject }) => subject)).toEqual(['done', 'dead', 'waiting']);
});
