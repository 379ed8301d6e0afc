import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minuteMs } from '../../../src/lib/time.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { noon } from '../../support/events.js';

/* Metrics that are put are judged as CloudWatch judges them: by what is there when it is looked at. */

let world: AlarmWorld;
beforeAll(async () => {
  world = await openAlarmWorld();
});
afterAll(() => world.stop());

const at = (minutes: number, seconds = 0) => noon + minutes * minuteMs + seconds * 1000;

async function put(metricName: string, value: number, time: number, storageResolution = 60): Promise<void> {
  await world.put([{ metricName, value, timestamp: new Date(time), storageResolution }]);
}

const told = async (name: string) => (await world.changes(name)).map(({ from, to }) => `${from} ${to}`);

describe('an alarm on a metric that is put', () => {
  it('is told of a breach at once where no data can take it back, before its minute is over', async () => {
    world.clock.time = at(0);
    await world.putAlarm('Live', { threshold: 5 });
    await world.tick();
    await put('Live', 7, at(0, 10));
    await world.tick(at(0, 11));
    expect(await world.changes('Live')).toMatchObject([
      { from: 'INSUFFICIENT_DATA', to: 'ALARM', timestamp: at(0, 11), detectedAt: at(0, 11), revision: 1 },
    ]);
  });

  it('stays in ALARM while that data point is the newest, and goes back to OK with the next', async () => {
    await world.tick(at(1));
    await put('Live', 2, at(1, 5));
    await world.tick(at(1, 6));
    expect(await world.state('Live')).toBe('ALARM');
    await world.tick(at(2));
    expect(await told('Live')).toEqual(['INSUFFICIENT_DATA ALARM', 'ALARM OK']);
  });

  it('lacks data when none came in its evaluation range', async () => {
    await world.tick(at(4));
    expect(await world.state('Live')).toBe('OK');
    await world.tick(at(5));
    expect((await world.changes('Live')).at(-1)).toMatchObject({
      to: 'INSUFFICIENT_DATA',
      reason: 'Insufficient Data: 1 datapoint was unknown.',
    });
  });

  it('takes what is put late into account from then on, and rewrites nothing', async () => {
    await put('Live', 9, at(4, 30));
    await world.tick(at(5, 30));
    expect((await world.changes('Live')).at(-1)).toMatchObject({ to: 'ALARM', timestamp: at(5, 30), supersedes: null });
    expect((await world.changes('Live')).every(({ isSuperseded }) => !isSuperseded)).toBe(true);
  });

  it('waits for the end of the period where more data could change the statistic', async () => {
    await world.putAlarm('Mean', { statistic: 'Average', threshold: 5 });
    await put('Mean', 7, at(6, 1));
    await world.tick(at(6, 2));
    expect(await told('Mean')).toEqual([]);
    await put('Mean', 1, at(6, 3));
    await world.tick(at(7));
    expect(await told('Mean')).toEqual(['INSUFFICIENT_DATA OK']);
  });

  it('is judged every ten seconds where its period is that', async () => {
    await world.putAlarm('Fast', { statistic: 'Average', period: 10, threshold: 5 });
    await put('Fast', 7, at(8, 1), 1);
    await world.tick(at(8, 10));
    await put('Fast', 1, at(8, 11), 1);
    await world.tick(at(8, 20));
    expect(await told('Fast')).toEqual(['INSUFFICIENT_DATA ALARM', 'ALARM OK']);
  });

  it('computes math by its window alone', async () => {
    const stat = (id: string, metricName: string) => ({
      id,
      metricStat: { metric: { namespace: 'Test', metricName }, period: 60, stat: 'Sum' },
      returnData: false,
    });
    await world.putAlarm('Rate', {
      metrics: [stat('e', 'Bad'), stat('n', 'All'), { id: 'rate', expression: '100 * e / n', returnData: true }],
      threshold: 50,
    });
    await put('Bad', 3, at(9, 1));
    await put('All', 4, at(9, 2));
    await world.tick(at(10));
    expect((await world.changes('Rate')).at(-1)).toMatchObject({ to: 'ALARM' });
    expect((await world.changes('Rate')).at(-1)?.reason).toContain('[75.0 (20/11/26 12:09:00)]');
  });
});

describe('a composite alarm', () => {
  it('is judged when it is made, and with each change of its children', async () => {
    world.clock.time = at(20);
    await world.putAlarm('Left');
    await world.putAlarm('Right');
    await world.putComposite('Both', 'ALARM(Left) AND ALARM(Right)');
    await world.putComposite('Any', 'ALARM(Both) OR ALARM(Right)');
    await world.tick();
    expect(await told('Both')).toEqual(['INSUFFICIENT_DATA OK']);
    expect((await world.changes('Both'))[0]?.reason).toBe(
      'arn:aws:cloudwatch:::alarm:Both was created and its alarm rule evaluates to OK',
    );
    await put('Left', 1, at(20, 5));
    await put('Right', 1, at(20, 6));
    await world.tick(at(20, 7));
    expect(await world.state('Both')).toBe('ALARM');
    expect(await world.state('Any')).toBe('ALARM');
    expect((await world.changes('Both')).at(-1)?.reason).toMatch(
      /^arn:aws:cloudwatch:::alarm:(Left|Right) transitioned to ALARM at Friday 20 November, 2026 12:20:07 UTC$/,
    );
  });

  it('is judged anew when its rule changes', async () => {
    await world.putComposite('Both', 'ALARM(Left) AND NOT ALARM(Right)');
    await world.tick(at(20, 30));
    expect(await world.state('Both')).toBe('OK');
  });

  it('goes with its children when they are set by hand, and come back', async () => {
    await world.tick(at(26));
    expect(await world.state('Any')).toBe('OK');
    await world.setState('Right', 'ALARM');
    await world.tick(at(26, 1));
    expect(await world.state('Any')).toBe('ALARM');
    await world.tick(at(27));
    expect(await world.state('Right')).toBe('INSUFFICIENT_DATA');
    expect(await world.state('Any')).toBe('OK');
  });
});

describe('what is told', () => {
  it('of each alarm is a chain, whose end is its state', async () => {
    const changes = await world.changes();
    for (const name of new Set(changes.map(({ alarm }) => alarm))) {
      const chain = changes.filter(({ alarm, isSuperseded }) => alarm === name && !isSuperseded);
      expect(
        chain.slice(1).map(({ from }) => from),
        name,
      ).toEqual(chain.slice(0, -1).map(({ to }) => to));
      expect(await world.state(name), name).toBe(chain.at(-1)?.to);
    }
  });

  it('goes to the rules as events, once each', async () => {
    const ids = (await world.changes()).map(({ id }) => id);
    const events = world.published.filter(({ envelope }) => envelope['detail-type'].endsWith('State Change'));
    expect(events.map(({ envelope }) => envelope.id).sort()).toEqual(ids.sort());
  });
});
