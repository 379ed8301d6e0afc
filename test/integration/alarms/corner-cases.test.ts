import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetOldChanges } from '../../../src/alarms/alarm-retention.service.js';
import { dayMs, minuteMs } from '../../../src/lib/time.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput } from '../../support/metric-world.js';

/* What broke once: own reckoning. Times are minutes from noon. */

const account = '111111111111';
let world: AlarmWorld;
let ids = 0;
beforeEach(async () => {
  world = await openAlarmWorld();
  world.clock.time = at(0);
  world.complete.set(account, at(0));
});
afterEach(() => world.stop());

const at = (minutes: number) => noon + minutes * minuteMs;
const iso = (minutes: number) => new Date(at(minutes) + 5000).toISOString();
const deliver = (name: string, ...minutes: number[]) =>
  world.openWorker().ingest([
    fileOf(
      minutes.map((minute) => ({ id: ++ids, name, time: iso(minute) })),
      { accountId: account },
    ),
  ]);
const told = async (name: string) =>
  (await world.changes(name))
    .filter(({ isSuperseded }) => !isSuperseded)
    .map(({ at: time, from, to }) => `${(time - noon) / minuteMs} ${from} ${to}`);
const put = (metricName: string, value: number, minute: number) =>
  world.put([{ metricName, value, timestamp: new Date(at(minute)) }]);

describe('default values', () => {
  it('of a quarter of a year, which come at once, do not keep an alarm from being judged', async () => {
    await world.putFilter(filterInput('Errors', '{ $.eventName = "Bad" }', { defaultValue: 0 }));
    await world.putAlarm('Errors');
    await world.tick();
    const days = Array.from({ length: 90 }, (_, day) => -day * 1440);
    await deliver('Good', ...days.flatMap((day) => Array.from({ length: 9 }, (_, hour) => day - hour * 60)));
    await world.tick(at(1));
    await deliver('Bad', 2);
    await world.tick(at(3));
    expect(await world.state('Errors')).toBe('ALARM');
  });

  it('raise no alarm before their minute is over: an event may still match', async () => {
    await world.putFilter(filterInput('Sizes', '{ $.eventName = "Get" }', { metricValue: '50', defaultValue: 0 }));
    await world.putAlarm('Sizes', { statistic: 'Minimum', threshold: 5, comparisonOperator: 'LessThanThreshold' });
    await world.tick();
    await deliver('Other', 3);
    await deliver('Get', 3);
    await world.tick(at(3) + 30_000);
    expect((await told('Sizes')).filter((change) => change.endsWith('ALARM'))).toEqual([]);
  });

  it('that a backfill brings reach the alarms, as no news', async () => {
    await deliver('Good', -40, -39);
    world.complete.set(account, at(20));
    await world.putFilter(filterInput('Late', '{ $.eventName = "Bad" }', { defaultValue: 0 }));
    await world.putAlarm('Late', { evaluationDelay: 3600 });
    await world.tick(at(20));
    await world.backfills.start((await import('../../support/collection.js')).admin, { name: 'Late' } as never);
    await world.runBackfills();
    await world.tick(at(21));
    expect(await told('Late')).toContain('-39 INSUFFICIENT_DATA OK');
  });
});

describe('what is kept coarsely', () => {
  it('is not judged anew by a late file: what was told of it stays', async () => {
    await world.putFilter(filterInput('Root', '{ $.eventName = "Root" }'));
    await world.putAlarm('Root', { treatMissingData: 'notBreaching' });
    await world.tick();
    await deliver('Root', 31, 50);
    world.complete.set(account, at(70));
    await world.tick(at(80));
    const before = await told('Root');
    expect(before).toContain('32 OK ALARM');
    world.clock.time = at(20 * 1440);
    await world.merge();
    await deliver('Root', 25, 57);
    await world.tick();
    expect(await told('Root')).toEqual(expect.arrayContaining(before));
  });
});

describe('a composite alarm', () => {
  it('of late children tells a change once, also when it happened before its last', async () => {
    await world.putFilter(filterInput('A', '{ $.eventName = "A" }'));
    await world.putAlarm('A', { treatMissingData: 'notBreaching' });
    await world.putComposite('CA', 'ALARM(A)');
    await world.tick();
    world.complete.set(account, at(5));
    await world.tick(at(20));
    await deliver('A', 10);
    await world.tick(at(21));
    expect((await told('CA')).filter((change) => change.endsWith('OK ALARM'))).toEqual(['11 OK ALARM']);
  });

  it('is in the end what its children are, also when one was set by hand beside late data', async () => {
    await world.putFilter(filterInput('S', '{ $.eventName = "S" }'));
    await world.putAlarm('S', { treatMissingData: 'notBreaching' });
    await world.putComposite('CS', 'ALARM(S)');
    world.complete.set(account, at(300));
    await world.tick(at(310));
    await world.setState('S', 'ALARM');
    await world.tick(at(310) + 1000);
    expect(await world.state('CS')).toBe('ALARM');
    await world.tick(at(311));
    expect(await world.state('CS')).toBe('OK');
    await deliver('S', 308);
    await world.tick(at(311.5));
    expect([await world.state('S'), await world.state('CS')]).toEqual(['ALARM', 'ALARM']);
  });

  it('of a composite says nothing that never was', async () => {
    await world.putAlarm('G');
    await world.putComposite('G1', 'ALARM(G)');
    await world.putComposite('G2', 'ALARM(G) AND NOT ALARM(G1)');
    await world.tick();
    await put('G', 1, 0);
    await world.tick(at(0.5));
    expect(await world.state('G1')).toBe('ALARM');
    expect(await told('G2')).toEqual(['0 INSUFFICIENT_DATA OK']);
  });

  it('with changes ahead of now tells each once', async () => {
    for (const [name, period] of [
      ['H', 3600],
      ['D', 86_400],
    ] as const) {
      await world.putFilter(filterInput(name, `{ $.eventName = "${name}" }`));
      await world.putAlarm(name, { period, treatMissingData: 'notBreaching' });
    }
    await world.putAlarm('Third');
    await world.putComposite('HD', 'ALARM(H) AND NOT ALARM(D) OR ALARM(Third)');
    await world.tick();
    await deliver('H', 61);
    await deliver('D', 61);
    await world.tick(at(62));
    const before = await told('HD');
    await put('Third', 0, 62);
    await world.tick(at(63));
    await world.tick(at(64));
    expect(await told('HD')).toEqual(before);
  });

  it('does not judge by a new rule what the former one has judged', async () => {
    await world.putFilter(filterInput('R', '{ $.eventName = "R" }'));
    await world.putAlarm('R', { treatMissingData: 'notBreaching' });
    await world.putComposite('CR', 'ALARM(R)');
    world.complete.set(account, at(20));
    await world.tick(at(30));
    await deliver('R', 10);
    await world.tick(at(31));
    const before = await told('CR');
    await world.putComposite('CR', 'NOT ALARM(R)');
    await world.tick(at(32));
    await deliver('R', 14);
    await world.tick(at(33));
    expect((await told('CR')).filter((change) => Number.parseInt(change, 10) < 32)).toEqual(before);
    expect(await world.state('CR')).toBe('ALARM');
  });

  it('that was set by hand stays so until a child changes', async () => {
    await world.putAlarm('Child', { treatMissingData: 'ignore' });
    await world.putComposite('Held', 'ALARM(Child)');
    await world.tick();
    await put('Child', 1, 0);
    await world.tick(at(0.5));
    await world.setState('Held', 'OK');
    await world.tick(at(2 * 1440));
    expect(await world.state('Held')).toBe('OK');
  });
});

describe('an alarm on metrics that are put', () => {
  it('stays live beside a metric filter of the same name that it does not see', async () => {
    const mine = { statistic: 'Average', threshold: 5, accountIds: [account] };
    await world.putAlarm('Lat', mine);
    await world.putFilter(filterInput('Lat', '{ $.eventName = "x" }', { accountIds: ['222222222222'] }));
    await world.put([{ metricName: 'Lat', value: 9, timestamp: new Date(at(1)) }], { accountId: account });
    await world.tick(at(2));
    expect(await world.state('Lat')).toBe('ALARM');
  });

  it('goes back within a minute from a state that was set, however long its period is', async () => {
    await world.putAlarm('Day', { period: 86_400 });
    await world.tick();
    await world.setState('Day', 'ALARM');
    await world.tick(at(1));
    expect(await world.state('Day')).toBe('INSUFFICIENT_DATA');
  });
});

it('changes that are deleted for their age leave the newest, so that nothing is told anew', async () => {
  await world.putFilter(filterInput('Old', '{ $.eventName = "Old" }'));
  await world.putAlarm('Old', { treatMissingData: 'ignore' });
  await world.tick();
  await deliver('Old', 1);
  world.complete.set(account, at(60));
  await world.tick(at(60));
  const before = await world.changes();
  world.clock.time = at(0) + 456 * dayMs;
  while ((await forgetOldChanges(world.database, world.clock.time)) > 0);
  await world.tick();
  const after = await world.changes();
  expect(after.map(({ id }) => id).every((id) => before.some((one) => one.id === id))).toBe(true);
  expect(await world.state('Old')).toBe('ALARM');
});

it('a breach that is a little ahead of the clock is told when its time has come', async () => {
  await world.putFilter(filterInput('Skew', '{ $.eventName = "Skew" }'));
  await world.putAlarm('Skew', { treatMissingData: 'notBreaching' });
  await world.tick();
  await deliver('Skew', 4);
  await world.tick(at(1));
  expect(await world.state('Skew')).toBe('OK');
  await world.tick(at(4));
  await world.tick(at(5));
  expect(await world.state('Skew')).toBe('ALARM');
});

it('alarms that are far behind are judged in several transactions, and all of them', async () => {
  await world.putFilter(filterInput('Behind', '{ $.eventName = "Behind" }'));
  for (let number = 0; number < 90; number++) {
    await world.putAlarm(`Behind-${number}`, { metricName: 'Behind', treatMissingData: 'notBreaching' });
  }
  await world.tick();
  world.clock.time = at(2001);
  await deliver('Behind', 2000);
  world.complete.set(account, at(3000));
  await world.tick(at(3015));
  const changes = await world.changes();
  expect(changes.filter(({ at: time, to }) => time === at(2001) && to === 'ALARM')).toHaveLength(90);
  expect(changes.filter(({ at: time, to }) => time === at(2004) && to === 'OK')).toHaveLength(90);
}, 60_000);
