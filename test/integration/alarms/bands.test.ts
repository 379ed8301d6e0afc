import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MetricAlarmInput } from '../../../src/alarms/alarm.inputs.js';
import { dayMs, minuteMs } from '../../../src/lib/time.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { noon } from '../../support/events.js';
import { namespace } from '../../support/metric-world.js';

/* Alarms on anomaly bands. Own reckoning: a metric that is 10, a little more or less, for days, and then is not. */

let world: AlarmWorld;
beforeAll(async () => {
  world = await openAlarmWorld();
});
afterAll(() => world.stop());

const bandAlarm = (metricName: string): Partial<MetricAlarmInput> => ({
  metrics: [
    { id: 'm1', metricStat: { metric: { namespace, metricName }, period: 60, stat: 'Average' }, returnData: true },
    { id: 'band', expression: 'ANOMALY_DETECTION_BAND(m1, 3)', returnData: true },
  ],
  threshold: null,
  thresholdMetricId: 'band',
  comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
});

/** Every ten minutes of five days. */
async function plantPast(metricName: string): Promise<void> {
  for (let from = noon - 5 * dayMs; from < noon; from += dayMs) {
    const times = Array.from({ length: 144 }, (_, at) => from + at * 10 * minuteMs);
    await world.put(times.map((time, at) => ({ metricName, value: 10 + (at % 3) / 10, timestamp: new Date(time) })));
  }
}

it('many bands are learned in several passes, and judged in each by what was before its day', async () => {
  world.clock.time = noon;
  const names = Array.from({ length: 6 }, (_, at) => `Series-${at}`);
  for (const name of names) {
    await plantPast(name);
    await world.putAlarm(name, bandAlarm(name));
    await world.put([{ metricName: name, value: name === 'Series-3' ? 50 : 10, timestamp: new Date(noon) }]);
  }
  await world.tick(noon + minuteMs);
  const states = await Promise.all(names.map((name) => world.state(name)));
  expect(states).toEqual(names.map((name) => (name === 'Series-3' ? 'ALARM' : 'OK')));
  const [change] = (await world.changes('Series-3')).slice(-1);
  expect(change?.reason).toMatch(/^Thresholds Crossed: 1 datapoint \[50\.0 /);
});

it('another process, which has learned nothing yet, judges the same', async () => {
  const before = await world.changes();
  await world.database.query('UPDATE alarm SET due_at = $1', [new Date(noon)]);
  world.clock.time = noon + minuteMs + 1000;
  await world.openEvaluator().work();
  expect(await world.changes()).toEqual(before);
});
