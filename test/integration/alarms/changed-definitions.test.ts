import { afterAll, beforeAll, expect, it } from 'vitest';
import { minuteMs } from '../../../src/lib/time.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput } from '../../support/metric-world.js';

/* What an alarm has said stays as it was judged: by the definition, and the word of the hand, of its time. */

const account = '111111111111';
let world: AlarmWorld;
let ids = 0;
beforeAll(async () => {
  world = await openAlarmWorld();
  await world.putFilter(filterInput('Calls', '{ $.eventName = "Call" }'));
});
afterAll(() => world.stop());

const at = (minutes: number) => noon + minutes * minuteMs;
const deliver = (minute: number, times = 1) => {
  const time = new Date(at(minute) + 5000).toISOString();
  const records = Array.from({ length: times }, () => ({ id: ++ids, name: 'Call', time }));
  return world.openWorker().ingest([fileOf(records, { accountId: account })]);
};
const told = async () =>
  (await world.changes('Calls')).map(({ at: time, from, to, revision }) => [
    (time - noon) / minuteMs,
    `${from} ${to}`,
    revision,
  ]);

it('a late file does not judge by a new threshold what the old one has judged', async () => {
  world.clock.time = at(0);
  world.complete.set(account, at(0));
  await world.putAlarm('Calls', { treatMissingData: 'notBreaching' });
  await world.tick();
  await deliver(2);
  world.complete.set(account, at(30));
  await world.tick(at(30));
  const before = await told();
  expect(before.slice(1)).toEqual([
    [3, 'OK ALARM', 1],
    [6, 'ALARM OK', 1],
  ]);
  await world.putAlarm('Calls', { treatMissingData: 'notBreaching', threshold: 100 });
  await world.tick();
  await deliver(2);
  await deliver(10);
  await world.tick();
  expect(await told()).toEqual(before);
});

it('but by the new one what comes after', async () => {
  await deliver(33, 100);
  await world.tick(at(34));
  expect((await told()).at(-1)).toEqual([34, 'OK ALARM', 1]);
});

it('a state that was set by hand holds until the next evaluation, which is told as well', async () => {
  world.complete.set(account, at(60));
  await world.tick(at(60));
  expect(await world.state('Calls')).toBe('OK');
  await world.setState('Calls', 'ALARM');
  expect(await world.state('Calls')).toBe('ALARM');
  await world.tick(at(61));
  expect(await world.state('Calls')).toBe('OK');
  expect((await told()).slice(-2).map(([, change]) => change)).toEqual(['OK ALARM', 'ALARM OK']);
});

it('and changes nothing about what happened: a late file corrects the past beside it', async () => {
  await world.setState('Calls', 'INSUFFICIENT_DATA');
  await deliver(50, 100);
  await world.tick(at(62));
  expect((await told()).slice(-4)).toEqual([
    [61, 'OK INSUFFICIENT_DATA', 1],
    [51, 'OK ALARM', 1],
    [54, 'ALARM OK', 1],
    [62, 'INSUFFICIENT_DATA OK', 1],
  ]);
});

it('what a backfill brings is told to those who follow, and is no news for targets', async () => {
  await world.database.query('UPDATE alarm SET actions_enabled = true');
  const before = world.published.length;
  await world.database.query(
    `INSERT INTO metric_touch (watcher_id, from_time, to_time, is_history, is_urgent)
     SELECT id, $1, $1, true, true FROM alarm`,
    [new Date(at(50))],
  );
  await world.tick(at(63));
  expect(world.published.length).toBe(before);
});
