import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf } from '../../support/collection.js';
import { noon } from '../../support/events.js';
import {
  fileOf,
  filterInput,
  type MetricWorld,
  namespace,
  openMetricWorld,
  requestOf,
} from '../../support/metric-world.js';

/*
 * Who sees which metrics and filters. Truth: one sentence, whoever sees a metric may see all accounts whose data it holds;
 * and what a token may not see does not exist for it.
 */

const A = '111111111111';
const B = '222222222222';
const C = '333333333333';
const callers = {
  A: callerOf([A]),
  B: callerOf([B]),
  AB: callerOf([A, B]),
  ABC: callerOf([A, B, C]),
  all: callerOf(null),
};
type Who = keyof typeof callers;
const everyone = Object.keys(callers) as Who[];

let world: MetricWorld;
beforeAll(async () => {
  world = await openMetricWorld();
  const one = (accountIds: readonly string[] | null, name: string) =>
    world.putFilter({ ...filterInput('Calls', ''), name, accountIds: accountIds as string[] | null });
  await one([A], 'filter-a');
  await one([B], 'filter-b');
  await one([A, B], 'filter-ab');
  await one(null, 'filter-all');
  // 1 of A, 10 of B, 100 of C.
  const records = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ id: from + index }));
  await world
    .openWorker()
    .ingest([
      fileOf(records(0, 1), { accountId: A }),
      fileOf(records(100, 10), { accountId: B }),
      fileOf(records(200, 100), { accountId: C }),
    ]);
});
afterAll(() => world.stop());

const sumOf = async (who: Who, options: object = {}) =>
  (await world.series('Calls', 'Sum', { caller: callers[who], ...options }))['12:00'] ?? 0;

describe('the sum of a metric that several filters make of their accounts', () => {
  // A: 1 of filter-a; B: 10 of filter-b; filter-ab: 11; filter-all: 111. What one has counted of more accounts stands for
  // the others; a search finds each.
  const cases: [Who, number, number][] = [
    ['A', 1, 1],
    ['B', 10, 10],
    ['AB', 11, 1 + 10 + 11],
    ['ABC', 11, 1 + 10 + 11],
    ['all', 111, 1 + 10 + 11 + 111],
  ];
  it.each(cases)('as %s sees it is %i, and %i of all that a search finds', async (who, expected, found) => {
    expect(await sumOf(who)).toBe(expected);
    const [searched] = await world.read(
      {
        ...requestOf('Calls', 'Sum'),
        metricDataQueries: [{ id: 'e', expression: `SUM(SEARCH('{${namespace}} MetricName="Calls"', 'Sum', 60))` }],
      },
      callers[who],
    );
    expect(searched?.values).toEqual([found]);
  });

  const ofOne: [Who, string, number][] = [
    ['A', A, 1],
    ['A', B, 0],
    ['AB', B, 10],
    ['all', A, 1],
    ['all', C, 0],
  ];
  it.each(ofOne)('as %s sees it of account %s is %i', async (who, accountId, expected) => {
    expect(await sumOf(who, { accountId })).toBe(expected);
  });
});

describe('lists', () => {
  const seen: [Who, string[]][] = [
    ['A', ['filter-a']],
    ['B', ['filter-b']],
    ['AB', ['filter-a', 'filter-ab', 'filter-b']],
    ['ABC', ['filter-a', 'filter-ab', 'filter-b']],
    ['all', ['filter-a', 'filter-ab', 'filter-all', 'filter-b']],
  ];
  it.each(seen)('%s sees %j, and as many metrics', async (who, names) => {
    const filters = await world.filters.list(callers[who].accounts, { first: 100 });
    const nodes = filters.edges.map(({ node }) => node);
    expect(nodes.map(({ name }) => name)).toEqual(names);
    const metrics = await world.metrics.list(callers[who].accounts, { first: 100, filter: { namespace } });
    expect(metrics.edges).toHaveLength(names.length);
    for (const name of ['filter-a', 'filter-b', 'filter-ab', 'filter-all']) {
      const filter = await world.filters.find(callers[who].accounts, name);
      expect(filter?.name ?? null).toBe(names.includes(name) ? name : null);
    }
  });
});

describe('what is beyond', () => {
  it.each(['filter-b', 'filter-ab', 'filter-all', 'no-such-filter'])('%s does not exist for A', async (name) => {
    const filter = { name };
    const attempts = [
      world.deleteFilter(name, callers.A),
      world.backfills.start(callers.A, filter),
      world.backfills.cancel(callers.A, name),
    ];
    const codes = (await Promise.allSettled(attempts)).map((one) =>
      one.status === 'rejected' ? String((one.reason as { code: unknown }).code) : 'ok',
    );
    expect(codes).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
  });

  it.each(['filter-b', 'filter-ab', 'filter-all'])(
    'the name %s is a conflict for A, and nothing of it changes',
    async (name) => {
      const before = await world.database.query('SELECT * FROM metric_filter ORDER BY id');
      const version = await world.database.query('SELECT version FROM metric_filter_version');
      await expect(world.putFilter(filterInput(name, 'mine'), callers.A)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await world.database.query('SELECT * FROM metric_filter ORDER BY id')).toEqual(before);
      expect(await world.database.query('SELECT version FROM metric_filter_version')).toEqual(version);
    },
  );

  const grants: [Who, readonly string[]][] = [
    ['A', [B]],
    ['A', [A, B]],
    ['AB', [A, C]],
  ];
  it.each(grants)('a filter of %s cannot be of %j', async (who, accountIds) => {
    const input = filterInput('mine', '', { accountIds: [...accountIds] });
    await expect(world.putFilter(input, callers[who])).rejects.toMatchObject({
      code: expect.stringMatching(/NOT_FOUND|BAD_USER_INPUT/),
    });
  });
});

describe('samples that are put', () => {
  const timestamp = new Date(noon);
  const put = (who: Who, metricName: string, value: number, more: { accountId?: string; region?: string } = {}) =>
    world.put([{ metricName, timestamp, value }], more, callers[who]);
  const seenBy = async (metricName: string, options: object = {}) =>
    Object.fromEntries(
      await Promise.all(
        everyone.map(async (who) => {
          const found = await world.series(metricName, 'Sum', { caller: callers[who], ...options });
          return [who, found['12:00'] ?? 0] as const;
        }),
      ),
    );

  it('by a token of one account are of that account', async () => {
    await put('A', 'ByA', 1);
    expect(await seenBy('ByA')).toEqual({ A: 1, B: 0, AB: 1, ABC: 1, all: 1 });
    expect(await seenBy('ByA', { accountId: A })).toEqual({ A: 1, B: 0, AB: 1, ABC: 1, all: 1 });
  });

  it('by tokens of more accounts are for those who see as many', async () => {
    await put('AB', 'Wide', 1);
    await put('ABC', 'Wide', 10);
    await put('all', 'Wide', 100);
    expect(await seenBy('Wide')).toEqual({ A: 0, B: 0, AB: 1, ABC: 10, all: 100 });
  });

  it('of a token for one account change nothing for who sees more', async () => {
    await put('all', 'Ours', 7);
    await put('A', 'Ours', -1_000_000);
    expect(await seenBy('Ours')).toEqual({ A: -1_000_000, B: 0, AB: -1_000_000, ABC: -1_000_000, all: 7 });
  });

  it('of a region are there beside those of all accounts, for who asks for the region', async () => {
    await put('A', 'Regional', 1, { accountId: A, region: 'eu-west-1' });
    await put('all', 'Regional', 5);
    expect(await seenBy('Regional', { region: 'eu-west-1' })).toEqual({ A: 1, B: 0, AB: 1, ABC: 1, all: 1 });
    expect(await seenBy('Regional')).toEqual({ A: 1, B: 0, AB: 1, ABC: 1, all: 5 });
  });

  it('of one name by several accounts are apart for each, and together for who sees both', async () => {
    await put('A', 'Both', 1);
    await put('B', 'Both', 10);
    await put('AB', 'Both', 100, { accountId: B, region: 'eu-west-1' });
    expect(await seenBy('Both')).toEqual({ A: 1, B: 110, AB: 111, ABC: 111, all: 111 });
    expect(await seenBy('Both', { region: 'eu-west-1' })).toEqual({ A: 0, B: 100, AB: 100, ABC: 100, all: 100 });
  });

  it('of an account beyond are refused, and nothing is stored', async () => {
    await expect(put('A', 'Beyond', 1, { accountId: B })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(put('AB', 'Beyond', 1, { region: 'eu-west-1' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { argument: 'input.region' },
    });
    expect(await world.database.query(`SELECT FROM metric WHERE metric_name = 'Beyond'`)).toEqual([]);
  });
});
