import { afterEach, beforeEach, expect, it } from 'vitest';
import { minuteMs } from '../../../src/lib/time.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput } from '../../support/metric-world.js';

/* What a composite alarm makes of what late log files correct of its children. Truth: it is in ALARM while its child is. */

const account = '111111111111';
const at = (minutes: number) => noon + minutes * minuteMs;
let world: AlarmWorld;
let ids = 0;

beforeEach(async () => {
  world = await openAlarmWorld();
  world.clock.time = at(0);
  await world.putFilter(filterInput('Root', '{ $.eventName = "Root" }'));
  await world.putAlarm('Root', { treatMissingData: 'notBreaching' });
  await world.putComposite('any', 'ALARM("Root")');
  await world.tick(at(1));
  world.complete.set(account, at(90));
  await world.tick(at(105));
});
afterEach(() => world.stop());

async function deliver(minutes: number): Promise<void> {
  const event = { id: ++ids, name: 'Root', time: new Date(at(minutes) + 5000).toISOString() };
  await world.openWorker().ingest([fileOf([event], { accountId: account })]);
  await world.tick();
}

it.each([
  ['the end of an alarm comes later', [40, 42]],
  ['the start of an alarm comes earlier', [42, 40]],
  ['two alarms become one', [40, 46, 43]],
  ['an alarm begins while another is known', [60, 40, 41, 62]],
])('%s', async (_what, minutes) => {
  for (const minute of minutes) await deliver(minute);
  const ofChild = await world.timeline('Root');
  expect((await world.timeline('any')).filter(({ at: time }) => time > at(30))).toEqual(
    ofChild.filter(({ at: time }) => time > at(30)),
  );
  expect(ofChild.filter(({ to }) => to === 'ALARM').length).toBeGreaterThan(0);
});
