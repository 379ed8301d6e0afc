import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/context.js';
import type { MetricAlarmInput } from '../../../src/alarms/alarm.inputs.js';
import { AlarmBacktests } from '../../../src/alarms/alarm-backtest.service.js';
import type { BacktestAlarmInput, BacktestAlarmPayload } from '../../../src/alarms/alarm-state.inputs.js';
import { Random } from '../../../src/lib/random.js';
import { dayMs, hourMs, minuteMs } from '../../../src/lib/time.js';
import { drawnPoints, guideTables, windowEnd, windowPeriodMs } from '../../support/alarm-windows.js';
import { type AlarmWorld, alarmInput, openAlarmWorld } from '../../support/alarm-world.js';
import { A, admin, B, callerOf } from '../../support/collection.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput, namespace } from '../../support/metric-world.js';

/* Backtests: what an alarm would have done with data points that are given, and with those that are stored. */

let world: AlarmWorld;
let backtests: AlarmBacktests;
beforeAll(async () => {
  world = await openAlarmWorld();
  backtests = new AlarmBacktests(world);
});
afterAll(() => world.stop());

const run = (input: BacktestAlarmInput, caller: Caller = admin) => backtests.run(caller, input, world.signal);
const at = (minutes: number) => new Date(noon + minutes * minuteMs);
/** The changes, each as `minutes since noon from to`. */
const shown = ({ transitions }: BacktestAlarmPayload) =>
  transitions.map(({ timestamp, from, to }) => `${(timestamp.getTime() - noon) / minuteMs} ${from} ${to}`);

/** An alarm over 5, on periods of a minute of which one is enough. */
const over5 = (more: Partial<MetricAlarmInput> = {}) =>
  alarmInput('tried', { threshold: 5, comparisonOperator: 'GreaterThanThreshold', ...more });

/** Data points of successive minutes from noon on, as AWS draws them. */
const drawn = (drawing: string) =>
  drawing
    .split(' ')
    .flatMap((mark, minute) => (mark === '-' ? [] : [{ timestamp: at(minute), value: mark === 'X' ? 9 : 1 }]));

const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

// Truth: CloudWatch guide, "Configuring how CloudWatch alarms treat missing data", both tables: 10 rows of 4 cells.
describe('one evaluation of given data points, by the tables of the guide', () => {
  it.each(guideTables)('%s with %i of 3 is %s, %s, %s, %s', async (drawing, datapointsToAlarm, ...cells) => {
    const dataPoints = drawnPoints(drawing).map(({ time, value }) => ({ timestamp: new Date(time), value }));
    const time = { startTime: new Date(windowEnd - windowPeriodMs), endTime: new Date(windowEnd) };
    for (const [index, treatMissingData] of treatments.entries()) {
      const alarm = over5({ period: 300, evaluationPeriods: 3, datapointsToAlarm, treatMissingData });
      for (const initialState of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const) {
        const { finalState, transitions } = await run({ alarm, ...time, dataPoints, initialState });
        const expected = cells[index] === 'keep' ? initialState : cells[index];
        expect({ treatMissingData, initialState, finalState }).toEqual({
          ...{ treatMissingData, initialState, finalState: expected },
        });
        const ends = transitions.map(({ timestamp }) => timestamp.getTime());
        expect(ends).toEqual(expected === initialState ? [] : [windowEnd]);
      }
    }
  });
});

// Truth: own reckoning by the rules of the guide. The first data point is that of the minute from noon on.
describe('one evaluation at the end of each period', () => {
  it.each<[string, Partial<MetricAlarmInput>, string, string[]]>([
    ['one of one', {}, '0 X 0 X X', ['1 INSUFFICIENT_DATA OK', '2 OK ALARM', '3 ALARM OK', '4 OK ALARM']],
    [
      'two of three',
      { evaluationPeriods: 3, datapointsToAlarm: 2 },
      '0 0 0 X 0 X 0 0 0',
      ['1 INSUFFICIENT_DATA OK', '6 OK ALARM', '7 ALARM OK'],
    ],
    [
      'three of three',
      { evaluationPeriods: 3 },
      '0 0 X X X 0 0 0 X',
      ['1 INSUFFICIENT_DATA OK', '5 OK ALARM', '6 ALARM OK'],
    ],
    [
      'data that end, taken as missing',
      {},
      '0 X - - - - -',
      ['1 INSUFFICIENT_DATA OK', '2 OK ALARM', '5 ALARM INSUFFICIENT_DATA'],
    ],
    [
      'data that end, passed over',
      { treatMissingData: 'ignore' },
      '0 X - - - - -',
      ['1 INSUFFICIENT_DATA OK', '2 OK ALARM'],
    ],
    [
      'data that end, taken as not breaching',
      { treatMissingData: 'notBreaching' },
      '0 X - - - - -',
      ['1 INSUFFICIENT_DATA OK', '2 OK ALARM', '5 ALARM OK'],
    ],
    [
      'data that end, taken as breaching',
      { treatMissingData: 'breaching' },
      '0 0 - - - - -',
      ['1 INSUFFICIENT_DATA OK', '5 OK ALARM'],
    ],
  ])('%s', async (_name, more, drawing, expected) => {
    const dataPoints = drawn(drawing);
    const endTime = at(drawing.split(' ').length);
    expect(shown(await run({ alarm: over5(more), startTime: at(0), endTime, dataPoints }))).toEqual(expected);
  });

  it.each<[string, Date, Date, string[]]>([
    ['not at the start', at(2), at(4), ['3 OK ALARM', '4 ALARM OK']],
    ['at the end', at(1), at(3), ['3 OK ALARM']],
    ['between ends of periods at those alone', new Date(noon + 90_000), new Date(noon + 210_000), ['3 OK ALARM']],
    ['at none in a span without one', new Date(noon + 125_000), new Date(noon + 170_000), []],
  ])('%s', async (_name, startTime, endTime, expected) => {
    const given = { startTime, endTime, dataPoints: drawn('0 0 X 0 X'), initialState: 'OK' as const };
    expect(shown(await run({ alarm: over5(), ...given }))).toEqual(expected);
  });

  it('looks at data points that lie before its start', async () => {
    const alarm = over5({ evaluationPeriods: 3 });
    const given = { startTime: at(2), endTime: at(3), dataPoints: drawn('X X X') };
    expect(shown(await run({ alarm, ...given }))).toEqual(['3 INSUFFICIENT_DATA ALARM']);
  });

  it('says why in the words of CloudWatch', async () => {
    const { transitions } = await run({
      ...{ alarm: over5({ datapointsToAlarm: 1 }), startTime: at(0), endTime: at(2), dataPoints: drawn('0 X') },
    });
    expect(transitions.map(({ reason }) => reason)).toEqual([
      'Threshold Crossed: 1 out of the last 1 datapoints [1.0 (20/11/26 12:00:00)] was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).',
      'Threshold Crossed: 1 out of the last 1 datapoints [9.0 (20/11/26 12:01:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).',
    ]);
  });
});

// Truth: what the statistics are (CloudWatch guide, "Metrics concepts"); the average for percentiles is our own choice.
describe('data points of one period are put together', () => {
  it.each<[string, Partial<MetricAlarmInput>, string]>([
    ['Sum', { statistic: 'Sum' }, '9.0'],
    ['SampleCount', { statistic: 'SampleCount' }, '9.0'],
    ['Average', { statistic: 'Average' }, '3.0'],
    ['Minimum', { statistic: 'Minimum' }, '2.0'],
    ['Maximum', { statistic: 'Maximum' }, '4.0'],
    ['a percentile', { extendedStatistic: 'p99' }, '3.0'],
    ['a percentile whose samples are not known to be few', percentile('p99'), '3.0'],
  ])('as %s', async (_name, more, value) => {
    const dataPoints = [4, 2, 3].map((each, index) => ({
      timestamp: new Date(noon + 1000 * (3 - index)),
      value: each,
    }));
    const alarm = over5({ ...more, threshold: 0 });
    const { transitions, finalState } = await run({ alarm, startTime: at(0), endTime: at(1), dataPoints });
    expect(finalState).toBe('ALARM');
    expect(transitions[0]?.reason).toContain(`datapoint [${value} (20/11/26 12:00:00)] was greater`);
  });
});

function percentile(extendedStatistic: string): Partial<MetricAlarmInput> {
  return { extendedStatistic, evaluateLowSampleCountPercentile: 'ignore' };
}

// Truth: own reckoning; the alarm of now is judged by another function of the program, and told to its history.
describe('stored data', () => {
  it('come to what the alarm did while they came, over a day of log files', async () => {
    world.clock.time = noon;
    world.complete.set(A, noon - 15 * minuteMs);
    await world.putFilter(filterInput('Denied', '{ $.eventName = "Denied" }', { accountIds: [A] }));
    await world.putFilter(
      filterInput('Size', '{ $.size = * }', { accountIds: [A], metricValue: '$.size', defaultValue: 1 }),
    );
    const alarms: Record<string, Partial<MetricAlarmInput>> = {
      missing: { metricName: 'Denied', threshold: 3 },
      notBreaching: { metricName: 'Denied', threshold: 2, period: 300, treatMissingData: 'notBreaching' },
      breaching: { metricName: 'Denied', evaluationPeriods: 3, datapointsToAlarm: 2, treatMissingData: 'breaching' },
      ignore: {
        metricName: 'Size',
        statistic: 'Average',
        threshold: 5,
        treatMissingData: 'ignore',
        evaluationPeriods: 2,
      },
      percentile: { metricName: 'Size', extendedStatistic: 'p90', period: 300, threshold: 8, evaluationPeriods: 2 },
      math: { metrics: mathOf('Denied', 'Size'), threshold: 6, treatMissingData: 'notBreaching' },
    };
    for (const [name, more] of Object.entries(alarms)) await world.putAlarm(name, { accountIds: [A], ...more });
    await liveDay();
    let changes = 0;
    for (const [name, more] of Object.entries(alarms)) {
      const told = (await world.timeline(name)).map(
        ({ at: time, from, to }) => `${(time - noon) / minuteMs} ${from} ${to}`,
      );
      const alarm = alarmInput('tried', { accountIds: [A], ...more });
      // The alarm's own time begins half an hour before it was made.
      const tried = await run({ alarm, startTime: at(-31), endTime: new Date(noon + dayMs) });
      expect({ name, changes: shown(tried) }).toEqual({ name, changes: told });
      expect(tried.finalState).toBe(await world.state(name));
      changes += told.length;
    }
    expect(changes).toBeGreaterThan(200);
  }, 60_000);

  it('say how often an alarm would have fired in a month', async () => {
    world.clock.time = noon + 2 * dayMs;
    const random = new Random('a month');
    const days = Array.from({ length: 14 }, (_, index) => noon - 31 * dayMs + index * 2 * dayMs + random.below(dayMs));
    const burst = (time: number, size: number) =>
      Array.from({ length: size }, (_, index) => event('Burst', time + index * 1000));
    await world.putFilter(filterInput('Burst', '{ $.eventName = "Burst" }', { accountIds: [A] }));
    // Four in a period are one too few; five may be parted between two.
    const quiet = days.map((time) => time + dayMs);
    const aligned = (time: number) => Math.floor(time / (5 * minuteMs)) * 5 * minuteMs;
    await world
      .openWorker()
      .ingest([
        fileOf([
          ...days.flatMap((time) => burst(aligned(time), 5)),
          ...quiet.flatMap((time) => burst(aligned(time), 4)),
        ]),
      ]);
    const burstAlarm = alarmInput('tried', {
      metricName: 'Burst',
      threshold: 5,
      period: 300,
      treatMissingData: 'notBreaching',
    });
    const month = { startTime: new Date(noon - 31 * dayMs), endTime: new Date(noon) };
    const { transitions, finalState } = await run({ alarm: burstAlarm, ...month });
    const fired = transitions.filter(({ to }) => to === 'ALARM').map(({ timestamp }) => timestamp.getTime());
    expect(fired).toEqual(days.map((time) => aligned(time) + 5 * minuteMs));
    expect(finalState).toBe('OK');
  });

  it('are those of accounts that the token covers alone', async () => {
    const alarm = alarmInput('tried', { metricName: 'Burst', period: 300, treatMissingData: 'notBreaching' });
    const month = { startTime: new Date(noon - 31 * dayMs), endTime: new Date(noon), initialState: 'OK' as const };
    expect((await run({ alarm, ...month }, callerOf([A]))).transitions).toHaveLength(56);
    expect((await run({ alarm, ...month }, callerOf([B]))).transitions).toEqual([]);
  });
});

let ids = 0;
const event = (name: string, time: number, more: object = {}) => ({
  ...{ id: ++ids, name, time: new Date(time).toISOString(), more },
});

const quarterMs = 15 * minuteMs;

/** A day of events in files of a quarter of an hour, each five minutes late, and judged then. */
async function liveDay(): Promise<void> {
  const random = new Random('a day');
  const worker = world.openWorker();
  for (let start = noon; start < noon + dayMs; start += quarterMs) {
    const events = Array.from({ length: random.below(25) }, () => {
      const time = start + random.below(quarterMs);
      return event(
        random.below(2) === 0 ? 'Denied' : 'Other',
        time,
        random.below(2) === 0 ? { size: random.below(12) } : {},
      );
    });
    world.clock.time = start + quarterMs + 5 * minuteMs;
    // Nothing for hours now and then.
    if ((start - noon) % (4 * hourMs) < 3 * hourMs && events.length > 0) {
      await worker.ingest([fileOf(events, { accountId: A })]);
    }
    world.complete.set(A, start + quarterMs);
    await world.tick();
  }
  await world.tick();
}

function mathOf(...metricNames: string[]): NonNullable<MetricAlarmInput['metrics']> {
  const metrics = metricNames.map((metricName, index) => ({
    id: `m${index}`,
    metricStat: { metric: { namespace, metricName }, period: 60, stat: 'Sum' },
    returnData: false,
  }));
  return [...metrics, { id: 'e', expression: 'FILL(m0, 0) + m1' }];
}

describe('is refused', () => {
  const minutes = (count: number) => ({ startTime: at(0), endTime: at(count) });
  const many = (count: number) =>
    Array.from({ length: count }, (_, minute) => ({ timestamp: at(minute), value: minute % 2 === 0 ? 9 : 1 }));
  const band = [
    { id: 'm1', metricStat: { metric: { namespace, metricName: 'x' }, period: 60, stat: 'Sum' } },
    { id: 'band', expression: 'ANOMALY_DETECTION_BAND(m1, 2)' },
  ];
  const onBand = {
    ...{ alarmName: 'tried', evaluationPeriods: 1, thresholdMetricId: 'band', metrics: band },
    comparisonOperator: 'GreaterThanUpperThreshold',
  } as MetricAlarmInput;

  // Truth: own bounds.
  it.each<[string, BacktestAlarmInput]>([
    ['more evaluations than 100,000', { alarm: over5(), ...minutes(100_001) }],
    ['so many of many periods', { alarm: over5({ evaluationPeriods: 1440 }), ...minutes(20_000) }],
    [
      'so many of metric math',
      { alarm: over5({ metrics: mathOf('a', 'b'), evaluationPeriods: 100 }), ...minutes(90_000) },
    ],
    [
      'fewer of metric math of many metrics',
      {
        alarm: over5({
          metrics: mathOf(...Array.from({ length: 9 }, (_, metric) => `m${metric}`)),
          evaluationPeriods: 20,
        }),
        ...minutes(30_000),
      },
    ],
    ['more changes than 10,000', { alarm: over5(), ...minutes(10_001), dataPoints: many(10_001) }],
  ])('with COST_EXCEEDED: %s', async (_name, input) => {
    await expect(run(input)).rejects.toMatchObject({ code: 'COST_EXCEEDED' });
  });

  it('nothing more where nobody waits for it', async () => {
    const giveUp = new AbortController();
    const input = { alarm: over5(), ...minutes(99_999), dataPoints: many(10_000) };
    const given = backtests.run(admin, input, giveUp.signal);
    giveUp.abort(new Error('gone'));
    await expect(given).rejects.toThrow('gone');
  });

  it('nothing that is just as large as it may be', async () => {
    expect((await run({ alarm: over5(), ...minutes(10_000), dataPoints: many(10_000) })).transitions).toHaveLength(
      10_000,
    );
    expect((await run({ alarm: over5(), ...minutes(99_999), dataPoints: [] })).transitions).toHaveLength(0);
  });

  it.each<[string, BacktestAlarmInput, string]>([
    ['a span without time', { alarm: over5(), startTime: at(1), endTime: at(1) }, 'input.endTime'],
    ['a span that ends before it starts', { alarm: over5(), startTime: at(2), endTime: at(1) }, 'input.endTime'],
    ['an alarm that could not be put', { alarm: over5({ period: 61 }), ...minutes(5) }, 'input.alarm.period'],
    [
      'an expression that is none',
      { alarm: over5({ metrics: [...mathOf('a').slice(0, -1), { id: 'e', expression: 'm0 +' }] }), ...minutes(5) },
      'input.alarm.metrics[1].expression',
    ],
    ['too many data points', { alarm: over5(), ...minutes(5), dataPoints: many(20_001) }, 'input.dataPoints'],
    ['data points for an alarm with a band', { alarm: onBand, ...minutes(5), dataPoints: many(1) }, 'input.dataPoints'],
  ])('with BAD_USER_INPUT: %s', async (_name, input, argument) => {
    await expect(run(input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
  });

  it('an alarm on accounts that the token does not cover', async () => {
    const input = { alarm: over5({ accountIds: [A, B] }), ...minutes(5) };
    await expect(run(input, callerOf([A]))).rejects.toMatchObject({
      ...{ code: 'BAD_USER_INPUT', details: { argument: 'input.alarm.accountIds' } },
    });
  });
});
