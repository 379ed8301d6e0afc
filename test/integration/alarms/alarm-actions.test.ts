import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlarmActions } from '../../../src/alarms/alarm-actions.service.js';
import { announcementsOf, type ToldChange } from '../../../src/alarms/alarm-announcement.service.js';
import type { AlarmChange } from '../../../src/alarms/alarm-change.port.js';
import type { ClaimedDelivery } from '../../../src/deliveries/delivery-claim.store.js';
import type { Sql } from '../../../src/platform/database/database.js';
import { alarmChange, compositeAlarm, metricAlarm } from '../../support/alarm-announcements.js';
import { delivered, openDispatcher, plantTarget, refused, type Send } from '../../support/dispatching.js';
import { type PlantedAlarm, plantAlarm, plantChanges } from '../../support/planted-alarms.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/* The actions of alarms: messages to targets, and what the history says of them. Nothing is really sent. */

const [A, B] = ['111111111111', '222222222222'];
const noon = Date.parse('2026-10-02T12:00:00Z');

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(() =>
  test.database.query(
    'TRUNCATE alarm, alarm_definition, alarm_action, alarm_change, alarm_history, target, delivery, metric, data_point CASCADE',
  ),
);

/** A change of a planted alarm, so many minutes after noon. */
function changeOf({ id, definition }: PlantedAlarm, minutes = 0, more: Partial<AlarmChange> = {}): AlarmChange {
  const time = noon + minutes * 60_000;
  const times = { evaluatedAt: time, timestamp: time, detectedAt: time + 500 };
  return alarmChange({ id: randomUUID(), alarmId: id, definition, ...times, ...more });
}

const told = (change: AlarmChange): ToldChange => ({ change, suppression: null });

/** Tells of changes, and runs the actions of the states that they lead to. @returns how many deliveries there are */
async function announce(changes: readonly AlarmChange[], transaction?: Sql): Promise<number> {
  const work = async (sql: Sql) => {
    const actions = new AlarmActions(sql);
    const announcements = await announcementsOf(sql, changes.map(told));
    await actions.add(announcements.map((announcement) => ({ announcement, state: announcement.change.state })));
    await plantChanges(sql, changes);
    await actions.seal();
    return actions.deliveries;
  };
  return transaction ? work(transaction) : test.database.transaction(work);
}

async function plantTargetOf(name: string, type: string, ordered = false): Promise<void> {
  await plantTarget(test.database, { name, ordered });
  await test.database.query('UPDATE target SET type = $2 WHERE name = $1', [name, type]);
}

interface Row {
  readonly target: string;
  readonly body: string;
}
const rows = () =>
  test.database.query<Row & Record<string, unknown>>(
    `SELECT target_name AS target, origin, rule_id AS "ruleId", rule_name AS rule, alarm_name AS alarm,
       account_id AS account, event_id AS "eventID", event_time AS "eventTime", subject, body, state,
       (SELECT account_ids FROM reach WHERE reach.id = reach_id) AS "accountIds"
     FROM delivery ORDER BY id`,
  );

// Truth: own rule, as for what rules send.
it('a message that cannot be made is set aside, and keeps neither others nor the change back', async () => {
  await plantTarget(test.database, { name: 'desk' });
  const odd = await plantAlarm(test.database, 'odd', { ALARM: ['desk'] });
  const sound = await plantAlarm(test.database, 'sound', { ALARM: ['desk'] });
  const definition = { ...odd.definition, dimensions: null } as never;
  expect(await announce([changeOf(odd, 0, { definition }), changeOf(sound)])).toBe(2);
  const told = await test.database.query('SELECT state, body IS NULL AS empty, error FROM delivery ORDER BY id');
  expect(told).toEqual([
    { state: 'FAILED', empty: true, error: 'the message could not be made of the change' },
    { state: 'PENDING', empty: false, error: null },
  ]);
});

// Truth: the shapes' own tests; which kind of target gets which is AWS's for SNS and Lambda, and ours for the others.
describe('a target gets', () => {
  it.each([
    ['SNS', 'AlarmName'],
    ['LAMBDA', 'alarmArn'],
    ['WEBHOOK', 'detail-type'],
    ['SLACK', 'detail-type'],
    ['PAGERDUTY', 'detail-type'],
    ['SQS', 'detail-type'],
    ['EVENTBRIDGE', 'detail-type'],
    ['KINESIS', 'detail-type'],
    ['FIREHOSE', 'detail-type'],
  ])('of kind %s a message with %s', async (type, member) => {
    await plantTargetOf('desk', type);
    await announce([changeOf(await plantAlarm(test.database, 'logins', { ALARM: ['desk'] }))]);
    const [row] = await rows();
    expect(Object.keys(JSON.parse((row as Row).body))).toContain(member);
  });

  it('only the messages of the states that it is told of, from each alarm', async () => {
    for (const name of ['desk', 'phone']) await plantTarget(test.database, { name });
    const one = await plantAlarm(test.database, 'one', { ALARM: ['phone', 'desk'], OK: ['desk'] });
    const two = await plantAlarm(test.database, 'two', { OK: ['phone'] });
    const changes = [changeOf(one), changeOf(two), changeOf(one, 1, { previousState: 'ALARM', state: 'OK' })];
    expect(await announce(changes)).toBe(3);
    expect((await rows()).map(({ alarm, target, subject }) => [alarm, target, subject])).toEqual([
      ['one', 'phone', 'ALARM: "one"'],
      ['one', 'desk', 'ALARM: "one"'],
      ['one', 'desk', 'OK: "one"'],
    ]);
  });

  it('what says whose it is, and what it is about', async () => {
    await plantTarget(test.database, { name: 'desk' });
    const place = { accountId: A, region: 'eu-west-1' };
    const definition = metricAlarm({ alarmName: 'logins', accountIds: [A, B] });
    const change = changeOf(await plantAlarm(test.database, definition, { ALARM: ['desk'] }, place));
    await announce([change]);
    const [row] = await rows();
    expect(row).toMatchObject({
      origin: 'ALARM',
      ruleId: null,
      rule: null,
      alarm: 'logins',
      account: A,
      accountIds: [A, B],
      eventID: change.id,
      eventTime: new Date(noon),
      subject: 'ALARM: "logins" in EU (Ireland)',
    });
    expect(JSON.parse((row as Row).body)).toMatchObject({
      account: A,
      resources: [`arn:aws:cloudwatch:eu-west-1:${A}:alarm:logins`],
    });
  });

  it('nothing of an alarm that is gone, nor of what did not commit', async () => {
    await plantTarget(test.database, { name: 'desk' });
    const alarm = await plantAlarm(test.database, 'logins', { ALARM: ['desk'] });
    const undone = test.database.transaction(async (sql) => {
      await announce([changeOf(alarm)], sql);
      throw new Error('it is undone');
    });
    await expect(undone).rejects.toThrow('it is undone');
    await test.database.query('DELETE FROM alarm');
    expect(await announce([changeOf(alarm)])).toBe(0);
    expect(await rows()).toEqual([]);
  });
});

// Truth: `previousState` of AWS's events; which change is the one before is our own reckoning.
describe('the state before is', () => {
  const previousOf = async (...changes: AlarmChange[]) => {
    const announcements = await announcementsOf(test.database, changes.map(told));
    return announcements.at(-1)?.previous ?? null;
  };
  let alarm: PlantedAlarm;
  beforeEach(async () => {
    alarm = await plantAlarm(test.database, 'logins');
  });
  const first = () =>
    changeOf(alarm, 0, { previousState: 'INSUFFICIENT_DATA', state: 'OK', stateReason: 'all is well' });

  it('that in which an alarm is made, of its first change', async () => {
    expect(await previousOf(first())).toEqual({
      reason: 'Unchecked: Initial alarm creation',
      reasonData: null,
      timestamp: Date.parse('2026-10-01T08:00:00Z'),
    });
  });

  it('not known any more, of an alarm that is older than what is kept', async () => {
    expect(await previousOf(changeOf(alarm, 60 * 24 * 15, { previousState: 'INSUFFICIENT_DATA' }))).toBeNull();
  });

  it('that of the change before, be it stored or told just now', async () => {
    const expected = { reason: 'all is well', reasonData: null, timestamp: noon };
    expect(await previousOf(first(), changeOf(alarm, 1))).toEqual(expected);
    await plantChanges(test.database, [first()]);
    expect(await previousOf(changeOf(alarm, 1))).toEqual(expected);
  });

  it('not that of a change which this one corrects, nor of one that comes later', async () => {
    const wrong = changeOf(alarm, 1, { stateReason: 'a mistake' });
    await plantChanges(test.database, [first(), wrong, changeOf(alarm, 9, { state: 'OK', stateReason: 'later' })]);
    const correction = changeOf(alarm, 2, { supersedes: wrong.id, revision: 2 });
    expect(await previousOf(correction)).toMatchObject({ reason: 'all is well' });
  });

  it('not told where another change came between', async () => {
    await plantChanges(test.database, [first()]);
    expect(await previousOf(changeOf(alarm, 1, { previousState: 'INSUFFICIENT_DATA' }))).toBeNull();
  });

  it('not told where it speaks of accounts that the alarm does not see any more', async () => {
    await plantChanges(test.database, [first()]);
    await test.database.query('UPDATE alarm SET account_ids = $1', [[A]]);
    expect(await previousOf(changeOf(alarm, 1))).toBeNull();
  });
});

it('as many statements are made for 400 changes as for one', async () => {
  for (const name of ['desk', 'phone']) await plantTarget(test.database, { name });
  const alarm = await plantAlarm(test.database, 'logins', { ALARM: ['desk'] });
  const statements = (count: number) =>
    test.database.transaction(async (transaction) => {
      let made = 0;
      const sql = {
        query: (...args: Parameters<Sql['query']>) => {
          made += 1;
          return transaction.query(...args);
        },
      } as Sql;
      const changes = Array.from({ length: count }, (_, index) => changeOf(alarm, index));
      const actions = new AlarmActions(sql);
      const announcements = await announcementsOf(sql, changes.map(told));
      await actions.add(announcements.map((announcement) => ({ announcement, state: 'ALARM' as const })));
      await actions.seal();
      expect(actions.deliveries).toBe(count);
      return made;
    });
  expect(await statements(400)).toBe(await statements(1));
});

describe('on the way', () => {
  const sendAll = async (send: Send) => openDispatcher(test.database, send).work();

  it('a target that keeps an order gets the changes of an alarm in the order of time, as one group', async () => {
    await plantTargetOf('queue', 'SQS', true);
    const one = await plantAlarm(test.database, 'one', { ALARM: ['queue'] });
    const two = await plantAlarm(test.database, 'two', { ALARM: ['queue'] }, { accountId: A });
    await announce([changeOf(one, 3), changeOf(two, 2), changeOf(one, 1)]);
    await announce([changeOf(two, 0)]);
    const sent: ClaimedDelivery[] = [];
    await sendAll((delivery) => {
      sent.push(delivery);
      return delivered;
    });
    expect(sent.map(({ group, body }) => `${group} ${JSON.parse(body).time}`)).toEqual([
      'one 2026-10-02T12:01:00Z',
      'two 2026-10-02T12:02:00Z',
      'one 2026-10-02T12:03:00Z',
      'two 2026-10-02T12:00:00Z',
    ]);
  });

  const history = () =>
    test.database.query<Record<string, unknown>>(
      `SELECT alarm_id AS "alarmId", alarm_name AS name, alarm_type AS type, account_ids AS "accountIds", summary,
         data::json AS data
       FROM alarm_history WHERE type = 'Action' ORDER BY summary`,
    );

  // Truth: items of `DescribeAlarmHistory`. AWS writes them when the action was executed.
  it('the history says what became of an action once it has ended, also of an alarm that is deleted by then', async () => {
    for (const name of ['desk', 'phone']) await plantTarget(test.database, { name });
    const definition = compositeAlarm({ accountIds: [A] });
    const alarm = await plantAlarm(test.database, definition, { ALARM: ['desk', 'phone'] });
    await announce([changeOf(alarm)]);
    expect(await history()).toEqual([]);
    await test.database.query('DELETE FROM alarm');
    await sendAll(({ targetName }) => (targetName === 'desk' ? delivered : refused));
    const known = { alarmId: alarm.id, name: 'logins', type: 'COMPOSITE', accountIds: [A] };
    const data = { stateUpdateTimestamp: noon };
    expect(await history()).toEqual([
      {
        ...known,
        summary: 'Failed to execute action phone. Received error: "no such thing"',
        data: { ...data, actionState: 'Failed', notificationResource: 'phone', error: 'no such thing' },
      },
      {
        ...known,
        summary: 'Successfully executed action desk',
        data: { ...data, actionState: 'Succeeded', notificationResource: 'desk', error: null },
      },
    ]);
  });

  it('an action fails whose target is gone before it is sent', async () => {
    await plantTarget(test.database, { name: 'desk' });
    await announce([changeOf(await plantAlarm(test.database, 'logins', { ALARM: ['desk'] }))]);
    await test.database.query('DELETE FROM alarm_action');
    await test.database.query('DELETE FROM target');
    await openDispatcher(test.database, () => delivered).dispatcher.setAsideOrphans();
    expect(await history()).toMatchObject([
      { summary: 'Failed to execute action desk. Received error: "its target was deleted"' },
    ]);
  });
});
