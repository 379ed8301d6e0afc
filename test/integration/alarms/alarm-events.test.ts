import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AlarmEvent } from '../../../src/alarms/alarm-events.port.js';
import { stateChangeForRules } from '../../../src/alarms/alarm-messages.js';
import { MetricRegistry } from '../../../src/metrics/metric-registry.service.js';
import { AlarmEventRules } from '../../../src/rules/alarm-event.service.js';
import { RuleSets } from '../../../src/rules/rule-set.service.js';
import { alarmChange, announcement, metricAlarm } from '../../support/alarm-announcements.js';
import { ask } from '../../support/app.js';
import { plantAlarm } from '../../support/planted-alarms.js';
import { A, B, openReaches, type Reach, reaches } from '../../support/reaches.js';
import { silentLog } from '../../support/silent-log.js';

/* Events of alarms and the rules that see them; and what alarms mean for the targets that they tell, and for deliveries. */

let world: Awaited<ReturnType<typeof openReaches>>;
beforeAll(async () => {
  world = await openReaches();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.database.query('TRUNCATE alarm, alarm_action CASCADE');
  await world.clear();
});

/** That an alarm of some accounts went into ALARM. */
function eventOf(accountIds: readonly string[] | null, alarmName = 'logins', place = {}): AlarmEvent {
  const change = alarmChange({ id: randomUUID(), definition: metricAlarm({ alarmName, accountIds }) });
  return stateChangeForRules(announcement({ change, place: { accountId: null, region: null, ...place } }));
}

function publish(...events: AlarmEvent[]): Promise<number> {
  const now = () => new Date();
  const rules = new AlarmEventRules({ rules: new RuleSets(silentLog), registry: new MetricRegistry(now), now });
  return world.database.transaction((sql) => rules.publish(sql, events));
}

const changesOfAlarms = { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'] };
async function plantRule(name: string, reach: Reach, more: object = {}): Promise<void> {
  const rule = { name, accountIds: reaches[reach], eventPattern: changesOfAlarms, ...more };
  expect(await world.putRule('all', rule)).toBe('ok');
  expect(await world.putRuleTargets('all', name, 'hook')).toBe('ok');
}
const plantHook = async (reach: Reach = 'all') =>
  expect(await world.putTarget('all', { name: 'hook', ...world.webhook, accountIds: reaches[reach] })).toBe('ok');

const deliveries = () =>
  world.database.query<{ rule: string; account: string | null; subject: string; body: string; origin: string }>(
    'SELECT rule_name AS rule, account_id AS account, subject, body, origin FROM delivery ORDER BY rule_name, id',
  );

// Own reckoning: an event tells of all accounts of its alarm, so whoever sees it sees them all.
describe('an event of an alarm', () => {
  it.each<[Reach, string[]]>([
    ['A', ['A', 'AB', 'all']],
    ['B', ['AB', 'B', 'all']],
    ['AB', ['AB', 'all']],
    ['all', ['all']],
  ])('of %s reaches the rules of %j', async (reach, expected) => {
    await plantHook();
    for (const each of Object.keys(reaches) as Reach[]) await plantRule(each, each);
    expect(await publish(eventOf(reaches[reach]))).toBe(expected.length);
    expect((await deliveries()).map(({ rule }) => rule)).toEqual(expected);
  });

  it('is matched as any other, on the default bus alone, and delivered as it is', async () => {
    await plantHook();
    await plantRule('into-alarm', 'all', { eventPattern: { detail: { state: { value: ['ALARM'] } } } });
    await plantRule('into-ok', 'all', { eventPattern: { detail: { state: { value: ['OK'] } } } });
    await plantRule('other-bus', 'all', { eventBusName: 'orders' });
    await plantRule('first-word', 'all', { eventPattern: { detail: { crosstrail: { revision: [1] } } } });
    const event = eventOf([A], 'logins', { accountId: A });
    expect(await publish(event)).toBe(2);
    const [first, second] = await deliveries();
    expect([first?.rule, second?.rule]).toEqual(['first-word', 'into-alarm']);
    expect(first).toMatchObject({
      account: A,
      origin: 'RULE',
      subject: 'aws.cloudwatch CloudWatch Alarm State Change',
      body: JSON.stringify(event.envelope),
    });
  });

  it('counts in the figures of its rules', async () => {
    await plantHook();
    await plantRule('rule', 'A');
    await publish(eventOf([A]), eventOf([A]), eventOf([B]));
    const { rule } = await ask<{ rule: { statistics: object } }>(
      world.url,
      '{ rule(name: "rule") { statistics { matchedEvents triggeredRules invocations } } }',
    );
    expect(rule.statistics).toEqual({ matchedEvents: 2, triggeredRules: 2, invocations: 0 });
  });

  it('comes with thousands of others at once', async () => {
    await plantHook();
    await plantRule('rule', 'all');
    const events = Array.from({ length: 3000 }, (_, index) => eventOf(null, `alarm-${index}`));
    expect(await publish(...events)).toBe(3000);
    const [row] = await world.database.query<{ ids: number }>(
      'SELECT count(DISTINCT event_id)::int AS ids FROM delivery',
    );
    expect(row?.ids).toBe(3000);
  });

  it('causes nothing where there are no rules, and no events nothing where there are', async () => {
    expect(await publish(eventOf(null))).toBe(0);
    await plantHook();
    await plantRule('rule', 'all');
    expect(await publish()).toBe(0);
  });
});

describe('a target that alarms tell', () => {
  const deleteHook = () => ask(world.url, 'mutation { deleteTarget(input: { name: "hook" }) { target { name } } }');

  it('cannot be deleted, nor before rules and alarms have let go of it', async () => {
    await plantHook();
    const { id } = await plantAlarm(world.database, 'logins', { ALARM: ['hook'] });
    await expect(deleteHook()).rejects.toThrow(/alarms have target .{1,8} among their actions/);
    await world.database.query('DELETE FROM alarm WHERE id = $1', [id]);
    await plantRule('rule', 'all');
    await expect(deleteHook()).rejects.toThrow('rules send to target');
    expect(await world.removeRuleTargets('all', 'rule')).toBe('ok');
  });

  it.each<[Reach, Reach, boolean]>([
    ['A', 'A', true],
    ['A', 'AB', true],
    ['AB', 'AB', true],
    ['AB', 'A', false],
    ['AB', 'B', false],
    ['all', 'AB', false],
    ['all', 'all', true],
  ])('which are of %s can be made one for %s: %s', async (reach, to, isAllowed) => {
    await plantHook();
    const definition = metricAlarm({ accountIds: reaches[reach] });
    await plantAlarm(world.database, definition, { OK: ['hook'] });
    const outcome = await world.putTarget('all', { name: 'hook', accountIds: reaches[to] });
    const message = expect.stringContaining('alarms or rules that use the target');
    expect(outcome).toEqual(isAllowed ? 'ok' : { code: 'BAD_USER_INPUT', argument: 'input.accountIds', message });
  });
});

describe('a delivery of an alarm', () => {
  const plantDelivery = async (alarm: string, accountIds: readonly string[] | null) => {
    const { id } = await plantAlarm(world.database, metricAlarm({ alarmName: alarm, accountIds }));
    await world.database.query(
      `INSERT INTO delivery (target_id, target_name, origin, alarm_name, reach_id, subject, body, expires_at)
       SELECT 0, 'gone', 'ALARM', name, reach_id, 'x', '{}', now() FROM alarm WHERE id = $1`,
      [id],
    );
  };
  const seen = async (as: Reach, filter: object = {}) => {
    const document = 'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { nodes { alarm origin rule } } }';
    const answer = await ask<{ deliveries: { nodes: { alarm: string }[] } }>(
      world.url,
      document,
      { filter },
      world.tokens[as],
    );
    return answer.deliveries.nodes;
  };

  it('is seen by whoever covers the accounts of the alarm', async () => {
    for (const [name, accountIds] of Object.entries(reaches)) await plantDelivery(name, accountIds);
    const names = async (as: Reach) => (await seen(as)).map(({ alarm }) => alarm).sort();
    expect(await names('A')).toEqual(['A']);
    expect(await names('AB')).toEqual(['A', 'AB', 'B']);
    expect(await names('all')).toEqual(['A', 'AB', 'B', 'all']);
  });

  it('is found by the name of the alarm', async () => {
    for (const name of ['one', 'two']) await plantDelivery(name, null);
    expect(await seen('all', { alarms: ['two', 'none'] })).toEqual([{ alarm: 'two', origin: 'ALARM', rule: null }]);
    expect(await seen('all', { alarms: [] })).toEqual([]);
  });
});
