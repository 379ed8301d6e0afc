import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseCompositeAlarm } from '../../../src/alarms/composite-alarm-settings.js';
import { type AlarmDefinitions, openAlarmDefinitions, refusalOf } from '../../support/alarm-definitions.js';
import { A, admin, B, callerOf } from '../../support/collection.js';

/*
 * Composite alarms as their owners know them. Truth: PutCompositeAlarm and DeleteAlarms, Amazon CloudWatch API Reference,
 * but that a circle is refused when it would be closed; of reach: whoever sees a composite may see what it is made of.
 */

let world: AlarmDefinitions;
beforeAll(async () => {
  world = await openAlarmDefinitions();
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const links = () =>
  world.database.query(
    `SELECT parent.name AS parent, child.name AS child, is_suppressor AS "isSuppressor"
     FROM alarm_child JOIN alarm parent ON parent.id = parent_id JOIN alarm child ON child.id = child_id
     ORDER BY parent.name, is_suppressor, child.name`,
  );
const suppressedBy = (actionsSuppressor: string) => ({
  actionsSuppressor,
  actionsSuppressorWaitPeriod: 60,
  actionsSuppressorExtensionPeriod: 60,
});

it('is made of the alarms of its rule and its suppressor', async () => {
  for (const alarmName of ['a', 'b c', 'window']) await world.put({ alarmName });
  const made = await world.putComposite('all', 'ALARM(a) AND (NOT OK("b c") OR ALARM(a))', suppressedBy('window'));
  expect(made).toMatchObject({ alarmType: 'COMPOSITE', state: 'INSUFFICIENT_DATA', actionsSuppressor: 'window' });
  expect(await links()).toEqual([
    { parent: 'all', child: 'a', isSuppressor: false },
    { parent: 'all', child: 'b c', isSuppressor: false },
    { parent: 'all', child: 'window', isSuppressor: true },
  ]);
  await world.putComposite('all', 'OK("b c")');
  expect(await links()).toEqual([{ parent: 'all', child: 'b c', isSuppressor: false }]);
  expect(world.told.at(-1)).toMatchObject({
    operation: 'update',
    before: { definition: { actionsSuppressor: 'window' } },
  });
});

it('is made of nothing where its rule names no alarm', async () => {
  expect(await world.putComposite('never', 'FALSE')).toMatchObject({ alarmRule: 'FALSE' });
  expect(await links()).toEqual([]);
});

describe('the reach of a composite alarm', () => {
  beforeEach(async () => {
    await world.put({ alarmName: 'of-a', accountIds: [A] });
    await world.put({ alarmName: 'of-ab', accountIds: [A, B] });
    await world.put({ alarmName: 'of-all' });
  });
  const reaches = { A: [A], AB: [A, B], all: null } as const;
  const cases: [keyof typeof reaches, string, boolean][] = [
    ['A', 'of-a', true],
    ['A', 'of-ab', false],
    ['A', 'of-all', false],
    ['AB', 'of-a', true],
    ['AB', 'of-ab', true],
    ['AB', 'of-all', false],
    ['all', 'of-a', true],
    ['all', 'of-all', true],
  ];

  it.each(cases)('that is %s: holds that of %s: %s', async (reach, child, isHeld) => {
    const accountIds = reaches[reach] === null ? null : [...reaches[reach]];
    for (const [rule, more, argument] of [
      [`OK(${child})`, {}, 'input.alarmRule'],
      ['TRUE', suppressedBy(child), 'input.actionsSuppressor'],
    ] as const) {
      const put = world.putComposite('all', rule, { accountIds, ...more });
      if (isHeld) expect(await put).toMatchObject({ name: 'all' });
      else expect(await refusalOf(put)).toMatchObject({ code: 'BAD_USER_INPUT', argument });
    }
  });

  it.each(['of-ab', 'none'])('does not tell a token of alarm %s, which it does not see', async (child) => {
    const put = world.putComposite('all', `OK("${child}")`, {}, callerOf([A]));
    expect(await refusalOf(put)).toEqual({
      code: 'BAD_USER_INPUT',
      argument: 'input.alarmRule',
      message: `input.alarmRule: there is no alarm "${child}"`,
    });
  });

  it('cannot be left by an alarm that it is made of', async () => {
    await world.putComposite('all', 'OK("of-a")', { accountIds: [A, B] });
    expect(await world.put({ alarmName: 'of-a', accountIds: [A, B] })).toMatchObject({ accountIds: [A, B] });
    expect(await refusalOf(world.put({ alarmName: 'of-a', accountIds: null }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'input.accountIds',
    });
    expect(await world.put({ alarmName: 'of-a', accountIds: [A, B], threshold: 3 })).toMatchObject({ threshold: 3 });
  });

  it('cannot become less than what it is made of', async () => {
    await world.putComposite('all', 'OK("of-ab")', { accountIds: [A, B] });
    const put = world.putComposite('all', 'OK("of-ab")', { accountIds: [A] });
    expect(await refusalOf(put)).toMatchObject({ argument: 'input.alarmRule' });
  });
});

describe('alarms that would depend on themselves', () => {
  beforeEach(async () => {
    await world.put({ alarmName: 'metric' });
    await world.putComposite('c', 'ALARM(metric)');
    await world.putComposite('b', 'ALARM(c) OR ALARM(metric)');
    await world.putComposite('a', 'ALARM(b)');
  });

  it.each([
    ['by itself', 'c', 'ALARM(c)', {}, 'c → c'],
    ['by another', 'c', 'ALARM(b)', {}, 'b → c → b'],
    ['by two others', 'c', 'ALARM(metric) AND OK(a)', {}, 'a → b → c → a'],
    ['by a suppressor', 'c', 'TRUE', suppressedBy('a'), 'a → b → c → a'],
    ['when it is new', 'new', 'ALARM(new)', {}, 'new → new'],
  ])('are refused: %s', async (_, name, rule, more, path) => {
    const before = await links();
    const refusal = await refusalOf(world.putComposite(name, rule, more));
    expect(refusal).toEqual({ code: 'CONFLICT', message: `alarms may not depend on themselves: ${path}` });
    expect(await links()).toEqual(before);
  });

  it('are refused when two close the circle at once', async () => {
    await world.putComposite('d', 'TRUE');
    await world.putComposite('e', 'TRUE');
    const results = await Promise.allSettled([world.putComposite('d', 'OK(e)'), world.putComposite('e', 'OK(d)')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

it('may be one of 150 that use an alarm, and not of 151', async () => {
  await world.put({ alarmName: 'popular' });
  const composite = (n: number) =>
    parseCompositeAlarm({ alarmName: `c-${n}`, alarmRule: 'ALARM(popular)' }, admin.accounts);
  const put = (from: number, to: number) => {
    const definitions = Array.from({ length: to - from }, (_, n) => composite(from + n));
    return world.database.transaction((sql) => world.writer.put(sql, admin, definitions, { pack: null, path: '' }));
  };
  await put(0, 150);
  expect(await refusalOf(put(150, 151))).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('popular'),
  });
});

describe('an alarm that a composite uses', () => {
  beforeEach(async () => {
    await world.put({ alarmName: 'a', accountIds: [A] });
    await world.put({ alarmName: 'window', accountIds: [A] });
    await world.putComposite('all', 'ALARM(a)', { ...suppressedBy('window'), accountIds: [A] });
  });

  it.each(['a', 'window'])('is not deleted before it: %s', async (name) => {
    expect(await refusalOf(world.service.delete(admin, [name]))).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('"all"'),
    });
  });

  it('is not deleted before it, and its name is not told to who does not see it', async () => {
    await world.putComposite('all', 'ALARM(a)', { ...suppressedBy('window'), accountIds: [A, B] });
    const { code, message } = await refusalOf(world.service.delete(callerOf([A]), ['a']));
    expect(code).toBe('CONFLICT');
    expect(message).not.toContain('all');
  });

  it('is deleted together with it', async () => {
    const deleted = await world.service.delete(admin, ['a', 'all', 'window']);
    expect(deleted.map(({ name }) => name)).toEqual(['a', 'all', 'window']);
    expect(await links()).toEqual([]);
  });
});
