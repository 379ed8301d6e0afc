import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseMetricAlarm } from '../../../src/alarms/alarm-settings.js';
import { nameDigestOf } from '../../../src/metrics/metric-identity.js';
import { type AlarmDefinitions, openAlarmDefinitions, plainAlarm, refusalOf } from '../../support/alarm-definitions.js';
import { A, admin, B, callerOf } from '../../support/collection.js';
import { noon } from '../../support/events.js';

/*
 * Alarms on metrics as their owners know them. Truth: PutMetricAlarm, DeleteAlarms and EnableAlarmActions, Amazon CloudWatch
 * API Reference; of reach one sentence: whoever sees an alarm may see all accounts whose data it sees.
 */

let world: AlarmDefinitions;
beforeAll(async () => {
  world = await openAlarmDefinitions();
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const rows = (columns: string) => world.database.query(`SELECT ${columns} FROM alarm ORDER BY name`);
const count = async (table: string) => {
  const [row] = await world.database.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(row?.count);
};
const minutes = (n: number) => n * 60_000;

describe('an alarm that is put', () => {
  it('is there as it was given, in INSUFFICIENT_DATA', async () => {
    const made = await world.put({ tags: { team: 'shop' }, alarmDescription: 'orders fail' });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      name: 'errors',
      alarmType: 'METRIC',
      origin: 'CROSSTRAIL',
      account: null,
      region: null,
      accountIds: null,
      state: 'INSUFFICIENT_DATA',
      stateReason: 'Unchecked: Initial alarm creation',
      stateReasonData: null,
      stateUpdatedAt: new Date(noon),
      stateTransitionedAt: new Date(noon),
      alarmDescription: 'orders fail',
      tags: { team: 'shop' },
      treatMissingData: 'missing',
      evaluationDelay: 1800,
      createdAt: new Date(noon),
      updatedAt: new Date(noon),
    });
    expect(await world.service.findAll(admin.accounts, [made.id])).toEqual([made]);
  });

  it('is due at once, and judged from one delay ago', async () => {
    world.clock.time = noon + minutes(2);
    await world.put({});
    expect(await rows('judged_from, judged_through, early_through, closed_through, due_at')).toEqual([
      {
        judged_from: new Date(noon - minutes(35)),
        judged_through: new Date(noon - minutes(35)),
        early_through: new Date(noon + minutes(5)),
        closed_through: null,
        due_at: new Date(noon + minutes(2)),
      },
    ]);
    expect(world.woken.times).toBe(1);
  });

  it('speaks of the account that it sees, where that is one, and of the region that its metrics name', async () => {
    const metric = { namespace: 'Shop', metricName: 'Errors', accountId: A, region: 'eu-west-1' };
    const { namespace: _, metricName: _name, statistic: _statistic, period: _period, ...rest } = plainAlarm;
    const metrics = [{ id: 'm1', metricStat: { metric, period: 60, stat: 'Sum' } }];
    expect(await world.service.putMetric(admin, { ...rest, metrics, accountIds: [A] })).toMatchObject({
      account: A,
      region: 'eu-west-1',
    });
    expect(await world.database.query('SELECT name_digest, account_id, aws_region FROM metric_watch')).toEqual([
      { name_digest: nameDigestOf({ ...metric, dimensions: {} }), account_id: A, aws_region: 'eu-west-1' },
    ]);
  });

  it('changes nothing when it is put again as it is', async () => {
    const made = await world.put({ tags: { b: 'x', a: 'y' }, threshold: 0.1 });
    world.clock.time += minutes(10);
    expect(await world.put({ tags: { a: 'y', b: 'x' }, threshold: 0.1 })).toEqual(made);
    expect({ definitions: await count('alarm_definition'), history: await count('alarm_history') }).toEqual({
      definitions: 1,
      history: 1,
    });
    expect(world.told).toHaveLength(1);
    expect(world.woken.times).toBe(1);
  });

  it('replaces the one of its name, and keeps its id, its birth and its state', async () => {
    const made = await world.put({ tags: { team: 'shop' }, metricName: 'Orders' });
    await world.database.query(`UPDATE alarm SET state = 'ALARM', state_reason = 'because'`);
    world.clock.time += minutes(10);
    const again = await world.put({ accountIds: [A], dimensions: [{ name: 'Api', value: 'Buy' }] });
    expect(again).toMatchObject({ id: made.id, createdAt: made.createdAt, updatedAt: new Date(world.clock.time) });
    // The reason spoke of accounts that whoever reads it now may not see.
    const stateReason = 'Unchecked: The alarm has come to see other accounts';
    expect(again).toMatchObject({ state: 'ALARM', stateReason, tags: {}, account: A, accountIds: [A] });
    await world.database.query(`UPDATE alarm SET state_reason = 'because'`);
    expect(await world.put({ threshold: 9 })).toMatchObject({
      state: 'ALARM',
      stateReason: 'because',
      accountIds: null,
    });
    await world.put({ accountIds: [A], dimensions: [{ name: 'Api', value: 'Buy' }] });
    expect(await count('alarm_definition')).toBe(4);
    const digest = nameDigestOf({ namespace: 'Shop', metricName: 'Errors', dimensions: { Api: 'Buy' } });
    expect(await world.database.query('SELECT watcher_id, name_digest FROM metric_watch')).toEqual([
      { watcher_id: made.id, name_digest: digest },
    ]);
  });

  it.each([
    ['its threshold', { threshold: 7 }, true],
    ['its tags and description', { tags: { a: 'b' }, alarmDescription: 'x' }, false],
  ])('is judged anew after a change of %s, if that decides its state', async (_, change, isJudged) => {
    await world.put({});
    const later = noon + minutes(60);
    await world.database.query('UPDATE alarm SET judged_through = $1, due_at = $2', [
      new Date(noon + minutes(25)),
      new Date(later + minutes(5)),
    ]);
    world.clock.time = later;
    await world.put(change);
    expect(await rows('judged_from, judged_through, closed_through, due_at')).toEqual([
      {
        judged_from: new Date(noon - minutes(35)),
        judged_through: new Date(noon + minutes(25)),
        closed_through: isJudged ? new Date(noon + minutes(25)) : null,
        due_at: new Date(isJudged ? later : later + minutes(5)),
      },
    ]);
  });

  it('tells of what it was and what it is, in its transaction', async () => {
    await world.put({});
    await world.put({ threshold: 2 });
    const [made, changed] = world.told;
    expect(made).toMatchObject({ operation: 'create', before: null, after: { definition: { threshold: 1 } } });
    expect(changed).toMatchObject({
      operation: 'update',
      before: { definition: { threshold: 1 } },
      after: { definition: { threshold: 2 } },
    });
    expect(world.audited).toEqual(
      ['errors', 'errors'].map((target) => ({ caller: admin, action: 'putMetricAlarm', target, accountIds: null })),
    );
  });

  it('is one alarm, however many put it at once', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => world.put({})));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await count('alarm_history')).toBe(1);
  });
});

describe('actions', () => {
  beforeEach(async () => {
    for (const [name, accountIds] of [
      ['pager', null],
      ['chat', [A, B]],
      ['only-a', [A]],
    ] as const) {
      await world.makeTarget(name, accountIds);
    }
  });
  const actions = () =>
    world.database.query(
      `SELECT state, target.name, place FROM alarm_action JOIN target ON target.id = target_id ORDER BY state, place`,
    );

  it('are kept by state, in their order', async () => {
    await world.put({ accountIds: [A], alarmActions: ['pager', 'only-a', 'chat'], okActions: ['chat'] });
    expect(await actions()).toEqual([
      { state: 'ALARM', name: 'pager', place: 0 },
      { state: 'ALARM', name: 'only-a', place: 1 },
      { state: 'ALARM', name: 'chat', place: 2 },
      { state: 'OK', name: 'chat', place: 0 },
    ]);
    await world.put({ accountIds: [A], insufficientDataActions: ['only-a'] });
    expect(await actions()).toEqual([{ state: 'INSUFFICIENT_DATA', name: 'only-a', place: 0 }]);
  });

  it.each([
    ['that is not there', admin, null, ['pager', 'none'], 'alarmActions[1]'],
    ['that is for fewer accounts', admin, [A, B], ['only-a'], 'alarmActions[0]'],
    ['that is for fewer than every account', admin, null, ['chat'], 'alarmActions[0]'],
    ['that the token does not see', callerOf([A]), null, ['chat'], 'alarmActions[0]'],
  ])('may not name a target %s', async (_, caller, accountIds, alarmActions, argument) => {
    const refusal = await refusalOf(world.put({ accountIds, alarmActions }, caller));
    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', argument: `input.${argument}` });
    expect(await count('alarm')).toBe(0);
  });

  it('are switched off and on, and that is all', async () => {
    await world.put({ alarmActions: ['pager'] });
    await world.put({ alarmName: 'other', actionsEnabled: false });
    const off = await world.service.setActionsEnabled(admin, ['errors', 'other'], false);
    expect(off.map(({ name, actionsEnabled }) => [name, actionsEnabled])).toEqual([
      ['errors', false],
      ['other', false],
    ]);
    expect(world.told.map(({ operation, after }) => [operation, after?.name])).toEqual([
      ['create', 'errors'],
      ['create', 'other'],
      ['update', 'errors'],
    ]);
    expect(await actions()).toHaveLength(1);
    const [on] = await world.service.setActionsEnabled(admin, ['errors'], true);
    expect(on).toMatchObject({ actionsEnabled: true, alarmActions: ['pager'] });
  });
});

describe('a token', () => {
  const callers = { A: callerOf([A]), AB: callerOf([A, B]), all: admin };
  const cases: [keyof typeof callers, string[]][] = [
    ['A', ['of-a']],
    ['AB', ['of-a', 'of-ab']],
    ['all', ['of-a', 'of-ab', 'of-all']],
  ];

  beforeEach(async () => {
    await world.put({ alarmName: 'of-a', accountIds: [A] });
    await world.put({ alarmName: 'of-ab', accountIds: [A, B] });
    await world.put({ alarmName: 'of-all' });
  });

  it.each(cases)('for %s sees %s', async (who, seen) => {
    const { accounts } = callers[who];
    const { nodes, totalCount } = await world.service.list(accounts, {});
    expect(nodes.map(({ name }) => name)).toEqual(seen);
    expect(await totalCount()).toBe(seen.length);
    const ids = (await world.service.list(admin.accounts, {})).nodes.map(({ id }) => id);
    const found = await world.service.findAll(accounts, ids);
    expect(found.map((alarm) => alarm !== null)).toEqual(
      ['of-a', 'of-ab', 'of-all'].map((name) => seen.includes(name)),
    );
  });

  it.each(cases)('for %s changes %s', async (who, seen) => {
    for (const alarmName of ['of-a', 'of-ab', 'of-all']) {
      const put = world.put({ alarmName, accountIds: [A], threshold: 9 }, callers[who]);
      if (seen.includes(alarmName)) expect(await put).toMatchObject({ threshold: 9 });
      else expect(await refusalOf(put)).toMatchObject({ code: 'CONFLICT' });
    }
  });

  it.each(['delete', 'setActionsEnabled'] as const)('that does not see an alarm cannot %s it', async (change) => {
    const work = world.service[change](callers.A, ['of-a', 'of-ab'], false);
    expect(await refusalOf(work)).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('of-ab') });
    expect(await count('alarm')).toBe(3);
  });

  it('makes alarms of its own accounts, where it names none', async () => {
    expect(await world.put({ alarmName: 'mine' }, callers.AB)).toMatchObject({ accountIds: [A, B], account: null });
  });
});

describe('deleteAlarms', () => {
  it('takes all of them, or none', async () => {
    await world.put({});
    await world.put({ alarmName: 'other' });
    expect(await refusalOf(world.service.delete(admin, ['errors', 'none', 'other']))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('none'),
    });
    expect(await count('alarm')).toBe(2);
    const deleted = await world.service.delete(admin, ['other', 'errors', 'other']);
    expect(deleted.map(({ name }) => name)).toEqual(['errors', 'other']);
    expect({ alarms: await count('alarm'), watches: await count('metric_watch') }).toEqual({ alarms: 0, watches: 0 });
    // What is told of changes needs the definition for longer.
    expect(await count('alarm_definition')).toBe(2);
    expect(world.told.slice(2)).toMatchObject([{ operation: 'delete', before: { name: 'errors' } }, { after: null }]);
    expect(world.audited.slice(2).map(({ action, target }) => [action, target])).toEqual([
      ['deleteAlarms', 'errors'],
      ['deleteAlarms', 'other'],
    ]);
  });

  it.each([
    ['none', []],
    ['more than 100', Array.from({ length: 101 }, (_, n) => `alarm-${n}`)],
  ])('is refused for %s', async (_, names) => {
    expect(await refusalOf(world.service.delete(admin, names))).toMatchObject({ argument: 'input.alarmNames' });
  });
});

const others: [string, () => Promise<unknown>][] = [
  ['put in place of one of CloudWatch', () => world.put({ alarmName: 'aws', threshold: 2 })],
  ['deleted where it is one of CloudWatch', () => world.service.delete(admin, ['aws'])],
  ['put in place of one of the other kind', () => world.putComposite('errors', 'TRUE')],
];
it.each(others)('an alarm is not %s', async (_, change) => {
  await world.put({});
  await world.put({ alarmName: 'aws' });
  await world.database.query(`UPDATE alarm SET origin = 'CLOUDWATCH' WHERE name = 'aws'`);
  expect(await refusalOf(change())).toMatchObject({ code: 'CONFLICT' });
});

describe('many alarms at once', () => {
  const definitionsOf = (count: number) =>
    Array.from({ length: count }, (_, n) => parseMetricAlarm({ ...plainAlarm, alarmName: `p-${n}` }, admin.accounts));
  const put = async (size: number) => {
    let statements = 0;
    const definitions = definitionsOf(size);
    const result = await world.database.transaction((sql) => {
      const counted = {
        query: (...args: Parameters<typeof sql.query>) => {
          statements += 1;
          return sql.query(...args);
        },
      } as typeof sql;
      return world.writer.put(counted, admin, definitions, { pack: 'CIS', path: '' });
    });
    return { ...result, statements };
  };

  it('are put in as many statements as one, and know their pack', async () => {
    const one = await put(1);
    const many = await put(300);
    expect(many.alarms).toHaveLength(300);
    expect(many.statements).toBeLessThanOrEqual(one.statements + 1);
    expect(await put(300)).toMatchObject({ isChanged: false });
    expect(await world.put({ alarmName: 'p-7', threshold: 2 })).toMatchObject({ pack: 'CIS' });
  });

  it('name what is wrong by the argument that the caller has', async () => {
    const [definition] = definitionsOf(1);
    const work = world.database.transaction((sql) =>
      world.writer.put(sql, admin, [{ ...definition, okActions: ['none'] } as never], { pack: 'CIS', path: '' }),
    );
    expect(await refusalOf(work)).toMatchObject({ argument: 'okActions[0]' });
  });
});
