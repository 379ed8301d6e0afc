import { graphql } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/context.js';
import type { AlarmFilter } from '../../../src/alarms/alarm.inputs.js';
import { AlarmResolver } from '../../../src/alarms/alarm.resolver.js';
import { buildApiSchema } from '../../../src/api/index.js';
import { type AlarmDefinitions, openAlarmDefinitions } from '../../support/alarm-definitions.js';
import { A, admin, B, callerOf } from '../../support/collection.js';
import { noon } from '../../support/events.js';

/* Lists of alarms and their history, over the schema. Truth: the descriptions in it. */

let world: AlarmDefinitions;
let schema: ReturnType<typeof buildApiSchema>;
beforeAll(async () => {
  world = await openAlarmDefinitions();
  schema = buildApiSchema({ resolvers: [new AlarmResolver(world.service, world.history)] });
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

type Data = Record<string, Record<string, unknown>>;
async function ask(
  source: string,
  variableValues: Record<string, unknown> = {},
  caller: Caller = admin,
): Promise<Data> {
  const contextValue = { caller, loaders: new Map(), signal: new AbortController().signal };
  const { data, errors } = await graphql({ schema, source, variableValues, contextValue });
  expect(errors).toBeUndefined();
  return data as Data;
}

describe('alarms of a filter', () => {
  beforeEach(async () => {
    const metric = { namespace: 'Shop', metricName: 'Errors', region: 'eu-west-1' };
    const metrics = [{ id: 'm1', metricStat: { metric, period: 60, stat: 'Sum' } }];
    const none = { namespace: null, metricName: null, statistic: null, period: null };
    await world.put({ alarmName: 'shop-a', accountIds: [A], tags: { team: 'shop', tier: '1' } });
    await world.put({ alarmName: 'shop-ab', accountIds: [A, B], tags: { team: 'shop' } });
    await world.put({ alarmName: 'bank_all', tags: { team: 'bank' } });
    await world.put({ alarmName: 'west-b', accountIds: [B], ...none, metrics });
    await world.database.query(`UPDATE alarm SET state = 'ALARM' WHERE name = 'shop-ab'`);
    await world.database.query(`UPDATE alarm SET origin = 'CLOUDWATCH' WHERE name = 'west-b'`);
  });

  const cases: [string, AlarmFilter, string[]][] = [
    ['none', {}, ['bank_all', 'shop-a', 'shop-ab', 'west-b']],
    ['names', { names: ['shop-a', 'west-b', 'none'] }, ['shop-a', 'west-b']],
    ['no names', { names: [] }, []],
    ['a beginning', { namePrefix: 'shop-a' }, ['shop-a', 'shop-ab']],
    ['a beginning that is no pattern', { namePrefix: 'bank%' }, []],
    ['a state', { states: ['ALARM'] }, ['shop-ab']],
    ['two states', { states: ['ALARM', 'INSUFFICIENT_DATA'] }, ['bank_all', 'shop-a', 'shop-ab', 'west-b']],
    ['an origin', { origins: ['CLOUDWATCH'] }, ['west-b']],
    ['an account', { accountIds: [A] }, ['bank_all', 'shop-a', 'shop-ab']],
    ['a region', { regions: ['eu-west-1', 'eu-west-2'] }, ['west-b']],
    ['a tag', { tags: [{ key: 'team', value: 'shop' }] }, ['shop-a', 'shop-ab']],
    ['a tag of any value', { tags: [{ key: 'tier' }] }, ['shop-a']],
    [
      'two tags',
      {
        tags: [
          { key: 'team', value: 'shop' },
          { key: 'tier', value: '2' },
        ],
      },
      [],
    ],
    ['a tag and a state', { tags: [{ key: 'team' }], states: ['ALARM'] }, ['shop-ab']],
  ];
  it.each(cases)('%s', async (_, filter, names) => {
    const { alarms } = await ask(
      'query ($filter: AlarmFilter) { alarms(filter: $filter) { totalCount nodes { name } } }',
      {
        filter,
      },
    );
    expect(alarms).toEqual({ totalCount: names.length, nodes: names.map((name) => ({ name })) });
  });

  it('come in pages, each once', async () => {
    const names: string[] = [];
    let after: unknown = null;
    do {
      const page =
        'query ($after: String) { alarms(first: 3, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }';
      const { alarms } = await ask(page, { after });
      const { nodes, pageInfo } = alarms as {
        nodes: { name: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      names.push(...nodes.map(({ name }) => name));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(names).toEqual(['bank_all', 'shop-a', 'shop-ab', 'west-b']);
  });
});

it('shows alarms of both kinds in one list, each with its own fields', async () => {
  await world.put({ alarmName: 'a' });
  await world.putComposite('b', 'ALARM(a)');
  const { alarms } = await ask(`{ alarms { nodes { __typename name account region state actionsEnabled
    ... on MetricAlarm { comparisonOperator threshold metrics { id } } ... on CompositeAlarm { alarmRule } } } }`);
  const common = { account: null, region: null, state: 'INSUFFICIENT_DATA', actionsEnabled: true };
  expect(alarms).toEqual({
    nodes: [
      {
        __typename: 'MetricAlarm',
        name: 'a',
        ...common,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        threshold: 1,
        metrics: null,
      },
      { __typename: 'CompositeAlarm', name: 'b', ...common, alarmRule: 'ALARM(a)' },
    ],
  });
});

it.each(['0', '-1', 'x', '1e3', '99999999999999999999'])('knows no alarm of the id %s', async (id) => {
  await world.put({});
  expect(await ask('query ($id: ID!) { alarm(id: $id) { name } }', { id })).toEqual({ alarm: null });
});

describe('the history of an alarm', () => {
  const read =
    'query ($types: [HistoryItemType!], $first: Int, $after: String) { alarms { nodes { name history(types: $types, first: $first, after: $after) { totalCount nodes { alarmName alarmType timestamp historyItemType historySummary historyData } pageInfo { endCursor hasNextPage } } } } }';
  interface History {
    nodes: Record<string, unknown>[];
    totalCount: number;
    pageInfo: { endCursor: string; hasNextPage: boolean };
  }
  const historyOf = async (variables: object = {}, caller: Caller = admin) => {
    const { alarms } = await ask(read, { ...variables }, caller);
    const nodes = alarms?.['nodes'] as { name: string; history: History }[];
    return new Map(nodes.map(({ name, history }) => [name, history]));
  };

  it('tells of its changes, the newest first, in the shapes of CloudWatch', async () => {
    await world.put({ alarmName: 'a' });
    await world.putComposite('b', 'ALARM(a)');
    world.clock.time = noon + 60_000;
    await world.put({ alarmName: 'a', threshold: 7 });
    const histories = await historyOf();
    const common = { alarmName: 'a', alarmType: 'MetricAlarm', historyItemType: 'ConfigurationUpdate' };
    expect(histories.get('a')).toMatchObject({
      totalCount: 2,
      nodes: [
        { ...common, timestamp: new Date(noon + 60_000), historySummary: 'Alarm "a" updated' },
        { ...common, timestamp: new Date(noon), historySummary: 'Alarm "a" created' },
      ],
    });
    const [update] = histories.get('a')?.nodes ?? [];
    expect(JSON.parse(update?.['historyData'] as string)).toMatchObject({
      version: '1.0',
      type: 'Update',
      updatedAlarm: { alarmName: 'a', threshold: 7, stateValue: 'INSUFFICIENT_DATA' },
    });
    expect(histories.get('b')?.nodes).toMatchObject([{ alarmName: 'b', alarmType: 'CompositeAlarm' }]);
  });

  it('comes in pages, and of the types that are asked for', async () => {
    for (const threshold of [1, 2, 3]) await world.put({ threshold });
    const first = (await historyOf({ first: 2 })).get('errors') as History;
    expect(first.nodes.map(({ historySummary }) => historySummary)).toEqual([
      'Alarm "errors" updated',
      'Alarm "errors" updated',
    ]);
    const rest = (await historyOf({ first: 2, after: first.pageInfo.endCursor })).get('errors') as History;
    expect(rest.nodes.map(({ historySummary }) => historySummary)).toEqual(['Alarm "errors" created']);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    expect((await historyOf({ types: ['Action'] })).get('errors')).toMatchObject({ totalCount: 0, nodes: [] });
  });

  it('is hidden as far as the alarm saw more than the token may', async () => {
    await world.put({ accountIds: [A, B] });
    await world.put({ accountIds: [A] });
    const { nodes, totalCount } = (await historyOf({}, callerOf([A]))).get('errors') as History;
    expect({ totalCount, summaries: nodes.map(({ historySummary }) => historySummary) }).toEqual({
      totalCount: 1,
      summaries: ['Alarm "errors" updated'],
    });
  });
});
