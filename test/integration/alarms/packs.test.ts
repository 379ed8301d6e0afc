import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/context.js';
import type { AlarmPackArgs, InstallAlarmPackArgs } from '../../../src/alarms/alarm-pack.inputs.js';
import { AlarmPacks } from '../../../src/alarms/alarm-pack.service.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import type { MetricFilter } from '../../../src/metrics/metric-filter.entity.js';
import type { PutMetricFilterInput } from '../../../src/metrics/metric-filter.inputs.js';
import { MetricFilterService } from '../../../src/metrics/metric-filter.service.js';
import { MetricRegistry } from '../../../src/metrics/metric-registry.service.js';
import { type AlarmDefinitions, openAlarmDefinitions, refusalOf } from '../../support/alarm-definitions.js';
import { A, admin, B, callerOf } from '../../support/collection.js';

/* Truth: the descriptions in the schema; what is in a pack has tests beside it. */

const name = 'CIS_AWS_FOUNDATIONS';
const controls = 15;
const rootUsage = 'CIS-4.3-RootAccountUsage';

let world: AlarmDefinitions;
let packs: AlarmPacks;
let filters: MetricFilterService;
beforeAll(async () => {
  world = await openAlarmDefinitions();
  const { database, writer, clock, woken } = world;
  const audit = {
    record: async (caller: Caller, entry: object) => void world.audited.push({ caller, ...entry } as never),
  };
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const registry = new MetricRegistry(() => new Date(clock.time));
  filters = new MetricFilterService({ database, audit, cursors, registry } as never);
  const onDue = async () => {
    woken.times += 1;
  };
  packs = new AlarmPacks({ database, audit, writer, filters, onDue } as never);
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.clear();
  await world.database.query('TRUNCATE metric_filter, metric_output CASCADE');
});

const install = (args: Partial<InstallAlarmPackArgs> = {}, caller: Caller = admin) =>
  packs.install(caller, { name, ...args });
const remove = (args: Partial<AlarmPackArgs> = {}, caller: Caller = admin) => packs.remove(caller, { name, ...args });

interface Stored {
  readonly name: string;
  readonly accountIds: readonly string[] | null;
}
const stored = (table: 'alarm' | 'metric_filter') =>
  world.database.query<Stored>(`SELECT name, account_ids AS "accountIds" FROM ${table} ORDER BY name`);
const countOf = async (sql: string) => (await world.database.query<{ count: number }>(sql))[0]?.count;

/** All that an installation leaves, to the letter. */
async function traces(): Promise<object> {
  const rows: Record<string, unknown> = {};
  for (const table of [
    ...['alarm', 'alarm_definition', 'alarm_action', 'alarm_history', 'metric_watch'],
    ...['metric_filter', 'metric_filter_version', 'metric_output'],
  ]) {
    rows[table] = await world.database.query(`SELECT to_jsonb(one)::text AS row FROM ${table} AS one ORDER BY 1`);
  }
  return { rows, told: [...world.told], woken: world.woken.times };
}

describe('a pack', () => {
  it('is installed for every account: a filter and an alarm for each control, that find each other', async () => {
    const { alarms, metricFilters } = await install();
    expect([alarms.length, metricFilters.length]).toEqual([controls, controls]);
    expect((await stored('alarm')).map((row) => row.name)).toEqual(alarms.map((alarm) => alarm.name).sort());
    expect(await stored('alarm')).toEqual(await stored('metric_filter'));
    expect(new Set((await stored('alarm')).map(({ accountIds }) => accountIds))).toEqual(new Set([null]));
    expect(await countOf(`SELECT count(*)::integer AS count FROM alarm WHERE pack = '${name}'`)).toBe(controls);
    expect(
      await countOf(`SELECT count(*)::integer AS count FROM metric_watch
        JOIN metric_filter ON transformation ->> 'metricName' = metric_name AND transformation ->> 'metricNamespace' = namespace`),
    ).toBe(controls);
    expect(world.woken.times).toBe(1);
  });

  it('is installed for one account and for several side by side, under names of their own', async () => {
    for (const accountIds of [null, [A], [B], [B, A]]) await install({ accountIds });
    const rows = await stored('alarm');
    expect(rows).toHaveLength(4 * controls);
    expect(await stored('metric_filter')).toEqual(rows);
    const kinds = new Map(rows.map(({ accountIds }) => [String(accountIds), accountIds]));
    expect([...kinds.values()]).toEqual(expect.arrayContaining([null, [A], [B], [A, B]]));
    expect(kinds.size).toBe(4);
  });

  it.each<[string, Partial<InstallAlarmPackArgs>]>([
    ['every account', {}],
    ['some accounts, in whichever order', { accountIds: [B, A, B] }],
    ['actions', { alarmActions: ['desk'], okActions: ['desk'] }],
  ])('changes nothing when it is installed again: %s', async (_what, args) => {
    await world.makeTarget('desk');
    const first = await install(args);
    const before = await traces();
    world.clock.time += 60_000;
    const again = await install({ ...args, ...(args.accountIds ? { accountIds: [A, B] } : {}) });
    expect(await traces()).toEqual(before);
    expect(again).toEqual(first);
    expect(world.audited.filter(({ action }) => action === 'installAlarmPack')).toHaveLength(2);
  });

  it('tells targets of both ways, and others when it is installed with others', async () => {
    for (const target of ['desk', 'phone']) await world.makeTarget(target);
    const { alarms } = await install({ alarmActions: ['phone', 'desk'], okActions: ['desk'] });
    const actions = { alarmActions: ['phone', 'desk'], okActions: ['desk'], insufficientDataActions: [] };
    for (const alarm of alarms) expect(alarm).toMatchObject(actions);
    world.clock.time += 60_000;
    const changed = await install({ alarmActions: ['desk'] });
    for (const alarm of changed.alarms) expect(alarm).toMatchObject({ alarmActions: ['desk'], okActions: [] });
    expect(await countOf('SELECT count(*)::integer AS count FROM alarm_action')).toBe(controls);
    const before = await world.database.query('SELECT version FROM metric_filter_version');
    await install({ alarmActions: [] });
    expect(await world.database.query('SELECT version FROM metric_filter_version')).toEqual(before);
  });

  it('mends what was changed by hand in what it has installed', async () => {
    await install();
    await world.put({ alarmName: rootUsage, threshold: 99 });
    const [filter] = (await install()).metricFilters;
    await filters.put(admin, { ...inputOf(filter as MetricFilter), filterPattern: '{ $.x = 1 }' });
    const again = await install();
    expect(again.alarms.find((alarm) => alarm.name === rootUsage)).toMatchObject({ threshold: 1, pack: name });
    expect(again.metricFilters[0]).toMatchObject({ filterPattern: filter?.filterPattern, pack: name });
  });

  it('takes over no alarm of its name that was put by hand: then nothing is installed', async () => {
    await world.put({ alarmName: rootUsage, threshold: 99 });
    expect(await refusalOf(install())).toMatchObject({
      ...{ code: 'CONFLICT', message: expect.stringContaining(`"${rootUsage}"`) },
    });
    expect((await stored('alarm')).map((row) => row.name)).toEqual([rootUsage]);
    expect(await stored('metric_filter')).toEqual([]);
  });

  it('takes over no metric filter of its name that was put by hand, even one that is the same', async () => {
    const [filter] = (await install()).metricFilters as [MetricFilter];
    await remove();
    await filters.put(admin, inputOf(filter));
    expect(await refusalOf(install())).toMatchObject({
      ...{ code: 'CONFLICT', message: expect.stringContaining(`"${filter.name}"`) },
    });
    expect([await stored('alarm'), (await stored('metric_filter')).length]).toEqual([[], 1]);
    expect(await remove()).toEqual({ alarms: [], metricFilters: [] });
    expect(await filters.find(admin.accounts, filter.name)).toMatchObject({ pack: null });
  });
});

/** What puts a filter as it is. */
function inputOf({ name: filterName, filterPattern, accountIds, metricTransformations }: MetricFilter) {
  return { name: filterName, filterPattern, accountIds, metricTransformations } as PutMetricFilterInput;
}

describe('removing a pack', () => {
  it('takes its filters and alarms, and tells what they were', async () => {
    const installed = await install();
    const removed = await remove();
    expect(removed).toEqual({ alarms: installed.alarms, metricFilters: installed.metricFilters });
    expect([await stored('alarm'), await stored('metric_filter')]).toEqual([[], []]);
    expect(world.told.filter(({ operation }) => operation === 'delete')).toHaveLength(controls);
  });

  it('leaves what is installed for other accounts, and what was never its own', async () => {
    await install();
    await install({ accountIds: [A] });
    await world.put({ alarmName: 'CIS-4.3-RootAccountUsage-mine' });
    await remove({ accountIds: [A] });
    expect(await stored('alarm')).toHaveLength(controls + 1);
    expect(await stored('metric_filter')).toHaveLength(controls);
    await remove();
    expect(await stored('alarm')).toEqual([{ name: 'CIS-4.3-RootAccountUsage-mine', accountIds: null }]);
  });

  it('leaves an alarm that was put by hand under its name', async () => {
    await world.put({ alarmName: rootUsage });
    expect((await remove()).alarms).toEqual([]);
    expect((await stored('alarm')).map((row) => row.name)).toEqual([rootUsage]);
  });

  it('is nothing where it is not installed, or the second time', async () => {
    const nothing = { alarms: [], metricFilters: [] };
    expect(await remove()).toEqual(nothing);
    await install();
    await remove();
    expect(await remove()).toEqual(nothing);
  });

  it('is refused while a composite alarm uses one of its alarms: then nothing goes', async () => {
    await install();
    await world.putComposite('intrusion', `ALARM("${rootUsage}")`);
    expect(await refusalOf(remove())).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('intrusion'),
    });
    expect(await stored('alarm')).toHaveLength(controls + 1);
    expect(await stored('metric_filter')).toHaveLength(controls);
  });
});

describe('with a token of one account', () => {
  const own = callerOf([A]);

  it('it is installed for that account', async () => {
    await install({}, own);
    expect(new Set((await stored('alarm')).map(({ accountIds }) => String(accountIds)))).toEqual(new Set([A]));
  });

  it.each([[[B]], [[A, B]]])('it is not installed or removed for %j', async (accountIds) => {
    const refusal = { code: 'BAD_USER_INPUT', argument: 'accountIds' };
    expect(await refusalOf(install({ accountIds }, own))).toMatchObject(refusal);
    await install({ accountIds });
    expect(await refusalOf(remove({ accountIds }, own))).toMatchObject(refusal);
    expect(await stored('alarm')).toHaveLength(controls);
  });

  it('removing it leaves those of others, and of every account', async () => {
    await install();
    await install({ accountIds: [B] });
    expect(await remove({}, own)).toEqual({ alarms: [], metricFilters: [] });
    expect(await stored('alarm')).toHaveLength(2 * controls);
  });

  it('removing it passes over what has come to see other accounts', async () => {
    await install({}, own);
    const moved = `${rootUsage}-${A}`;
    await world.put({ alarmName: moved, accountIds: [A, B] });
    const { alarms } = await remove({}, own);
    expect(alarms).toHaveLength(controls - 1);
    expect((await stored('alarm')).map((row) => row.name)).toEqual([moved]);
  });
});

describe('is refused', () => {
  it('a pack that there is none of', async () => {
    for (const unknown of ['', 'CIS', 'toString', '__proto__']) {
      const refusal = { code: 'BAD_USER_INPUT', argument: 'name' };
      expect(await refusalOf(install({ name: unknown }))).toMatchObject(refusal);
      expect(await refusalOf(remove({ name: unknown }))).toMatchObject(refusal);
    }
  });

  it.each<[string, Partial<InstallAlarmPackArgs>, string]>([
    ['no account', { accountIds: [] }, 'accountIds'],
    ['a target that there is none of', { alarmActions: ['nobodys'] }, 'alarmActions[0]'],
    ['a target that is for fewer accounts', { okActions: ['narrow'] }, 'okActions[0]'],
    ['more targets than five', { alarmActions: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'alarmActions'],
  ])('%s, and leaves nothing behind', async (_what, args, argument) => {
    await world.makeTarget('narrow', [A]);
    const before = await traces();
    expect(await refusalOf(install(args))).toMatchObject({ code: 'BAD_USER_INPUT', argument });
    expect(await traces()).toEqual(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['alarm', () => world.put({ alarmName: `${rootUsage}-${A}`, accountIds: [A, B] })],
    ['composite alarm', () => world.putComposite(`${rootUsage}-${A}`, 'TRUE', { accountIds: [A] })],
    [
      'metric filter',
      () =>
        filters.put(admin, {
          ...{ name: `${rootUsage}-${A}`, filterPattern: '', accountIds: [A, B] },
          metricTransformations: [{ metricNamespace: 'Mine', metricName: 'mine', metricValue: '1' }],
        }),
    ],
  ])('where a name is that of another %s, with all of it', async (_what, taken) => {
    await taken();
    const before = await traces();
    expect(await refusalOf(install({ accountIds: [A] }, callerOf([A])))).toMatchObject({
      ...{ code: 'CONFLICT', message: expect.stringContaining(rootUsage) },
    });
    expect(await traces()).toEqual(before);
  });
});
