import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minuteMs } from '../../../src/lib/time.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput } from '../../support/metric-world.js';

const account = '111111111111';
let ids = 0;

describe('alarms on what log files hold', () => {
  let world: AlarmWorld;
  beforeAll(async () => {
    world = await openAlarmWorld();
  });
  afterAll(() => world.stop());

  const at = (minutes: number) => noon + minutes * minuteMs;
  const event = (name: string, minutes: number, seconds = 5) => ({
    id: ++ids,
    name,
    time: new Date(at(minutes) + seconds * 1000).toISOString(),
  });
  /** A file of one event, stored now. */
  const deliver = (name: string, ...minutes: number[]) =>
    world.openWorker().ingest([
      fileOf(
        minutes.map((minute) => event(name, minute)),
        { accountId: account },
      ),
    ]);
  const told = async (name: string) =>
    (await world.changes(name)).map(({ at: time, from, to, revision, supersedes }) => [
      (time - noon) / minuteMs,
      `${from} ${to}`,
      revision,
      supersedes !== null,
    ]);

  it('is told of a breach at once, though its minute is not over and the files before are not all there', async () => {
    world.clock.time = at(0);
    world.complete.set(account, at(-15));
    await world.putFilter(filterInput('Root', '{ $.eventName = "Root" }'));
    await world.putAlarm('Root', { treatMissingData: 'notBreaching' });
    await world.tick();
    expect(await told('Root')).toEqual([[-30, 'INSUFFICIENT_DATA OK', 1, false]]);
    world.clock.time = at(3) + 20_000;
    await deliver('Root', 3);
    await world.tick();
    const changes = await world.changes('Root');
    expect(changes.at(-1)).toMatchObject({
      at: at(4),
      timestamp: at(3) + 20_000,
      detectedAt: at(3) + 20_000,
      to: 'ALARM',
    });
    expect(await world.state('Root')).toBe('ALARM');
  });

  it('goes back to OK when all files up to then have come', async () => {
    world.complete.set(account, at(5));
    await world.tick(at(20));
    expect(await world.state('Root')).toBe('ALARM');
    world.complete.set(account, at(7));
    await world.tick(at(22));
    expect((await told('Root')).slice(2)).toEqual([[7, 'ALARM OK', 1, false]]);
  });

  it('or when the delay is over, whatever has not come', async () => {
    await deliver('Root', 20);
    await world.tick(at(22));
    expect(await world.state('Root')).toBe('ALARM');
    await world.tick(at(20 + 30 + 5));
    expect((await told('Root')).slice(3)).toEqual([
      [21, 'OK ALARM', 1, false],
      [24, 'ALARM OK', 1, false],
    ]);
  });

  it('finds a breach of an hour ago in a file that comes late, with its end, and leaves the state of now as it is', async () => {
    world.complete.set(account, at(90));
    await world.tick(at(105));
    await deliver('Root', 40);
    await world.tick();
    expect((await told('Root')).slice(5)).toEqual([
      [41, 'OK ALARM', 1, false],
      [44, 'ALARM OK', 1, false],
    ]);
    expect(await world.state('Root')).toBe('OK');
  });

  it('corrects the end of an alarm when a later breach in the same stretch comes to light', async () => {
    await deliver('Root', 42);
    await world.tick();
    expect((await told('Root')).slice(7)).toEqual([[46, 'ALARM OK', 2, true]]);
  });

  it('withdraws what turns out not to have happened', async () => {
    await world.putFilter(filterInput('Quiet', '{ $.eventName = "Quiet" }'));
    await world.putAlarm('Quiet', { threshold: 0, comparisonOperator: 'LessThanOrEqualToThreshold' });
    const start = at(120);
    world.complete.set(account, start);
    await world.tick(start + minuteMs);
    await deliver('Quiet', 121, 122, 128, 129);
    world.complete.set(account, at(130));
    await world.tick(at(131));
    const before = (await told('Quiet')).map(([time, change]) => [time, change]);
    expect(before).toEqual([
      [122, 'INSUFFICIENT_DATA OK'],
      [126, 'OK INSUFFICIENT_DATA'],
      [129, 'INSUFFICIENT_DATA OK'],
    ]);
    await deliver('Quiet', 124, 126);
    await world.tick();
    expect((await told('Quiet')).slice(3)).toEqual([
      [126, 'OK OK', 2, true],
      [129, 'OK OK', 2, true],
    ]);
    expect(await world.timeline('Quiet')).toEqual([{ at: at(122), from: 'INSUFFICIENT_DATA', to: 'OK' }]);
  });

  it('judges events of years ago when their file comes, as a time of its own', async () => {
    const past = Date.parse('2023-07-10T10:05:05Z');
    const minutes = (past - 5000 - noon) / minuteMs;
    await deliver('Root', minutes);
    await world.tick();
    const changes = (await world.changes('Root')).slice(-2);
    expect(changes.map(({ at: time, from, to }) => [new Date(time).toISOString(), from, to])).toEqual([
      ['2023-07-10T10:06:00.000Z', 'OK', 'ALARM'],
      ['2023-07-10T10:09:00.000Z', 'ALARM', 'OK'],
    ]);
    expect(await world.state('Root')).toBe('OK');
    expect(changes[0]?.timestamp).toBe(past + minuteMs - 5000);
  });

  it('says nothing twice: judging again changes nothing', async () => {
    const before = await world.changes();
    await world.database.query(
      `INSERT INTO metric_touch (watcher_id, from_time, to_time, is_history, is_urgent)
       SELECT id, $1, $2, false, true FROM alarm`,
      [new Date(at(0)), new Date(at(130))],
    );
    await world.tick();
    await world.openEvaluator().work();
    expect(await world.changes()).toEqual(before);
  });
});
