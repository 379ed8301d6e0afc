import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random } from '../../../src/lib/random.js';
import { dayMs, hourMs, minuteMs } from '../../../src/lib/time.js';
import { forgetPoints } from '../../../src/metrics/point-merge.service.js';
import { noon } from '../../support/events.js';
import { type MetricWorld, openMetricWorld, requestOf, type SeriesOptions } from '../../support/metric-world.js';
import { naiveSeries, naiveStatistics } from '../../support/naive-metrics.js';

/*
 * Data points that are put, merged and rolled up. Truth: PutMetricData and MetricDatum, Amazon CloudWatch API Reference;
 * retention as in "Metrics retention", Amazon CloudWatch User Guide: under 60 s for 3 hours, 60 s for 15 days, 300 s for 63
 * days, an hour for 455 days. Here points grow old from their arrival. Sums by hand, or by the naive reckoning.
 */

vi.setConfig({ testTimeout: 60_000 });

let world: MetricWorld;
beforeEach(async () => {
  world = await openMetricWorld({ poolSize: 12 });
});
afterEach(() => world.stop());

const at = (time: string) => new Date(`2026-11-20T${time}Z`);
const series = (stat: string, options: SeriesOptions = {}) => world.series('M', stat, options);

/** What is stored of the metric, by resolution. */
async function resolutions(): Promise<Record<number, number>> {
  const rows = await world.database.query<{ resolution: number; rows: number }>(
    'SELECT resolution, count(*)::integer AS rows FROM data_point GROUP BY resolution',
  );
  return Object.fromEntries(rows.map(({ resolution, rows: count }) => [resolution, count]));
}

async function messages(period: number): Promise<string[]> {
  const [result] = await world.read(requestOf('M', 'Sum', { period, from: noon - 24 * hourMs }));
  return (result?.messages ?? []).map(({ code }) => code);
}

describe('samples that are put', () => {
  it('as a value, as values with counts, and as a statistic set add up', async () => {
    await world.put([
      { metricName: 'M', timestamp: at('12:00:10'), value: 4 },
      { metricName: 'M', timestamp: at('12:00:50'), values: [1, 2], counts: [3, 0.5] },
    ]);
    expect(await series('SampleCount')).toEqual({ '12:00': 4.5 });
    expect(await series('p90')).toEqual({ '12:00': 4 });
    const set = { sampleCount: 10, sum: 55, minimum: -1, maximum: 20 };
    await world.put([{ metricName: 'M', timestamp: at('12:00:59'), statisticValues: set }]);
    const expected = { Sum: 63, SampleCount: 14.5, Minimum: -1, Maximum: 20, Average: 63 / 14.5 };
    for (const merged of [false, true]) {
      if (merged) await world.merge(noon + hourMs);
      for (const [stat, value] of Object.entries(expected))
        expect(await series(stat), stat).toEqual({ '12:00': value });
      // Nobody has the values of a statistic set.
      expect(await series('p90')).toEqual({});
    }
  });

  it('a statistic set of one value is known: it has percentiles, beside others too', async () => {
    const set = { sampleCount: 3, sum: 15, minimum: 5, maximum: 5 };
    await world.put([{ metricName: 'M', timestamp: at('12:00:00'), statisticValues: set }]);
    expect(await series('p50')).toEqual({ '12:00': 5 });
    await world.put([{ metricName: 'M', timestamp: at('12:00:00'), values: [1, 9] }]);
    for (const stat of ['p50', 'p99']) expect(await series(stat)).toEqual({ '12:00': stat === 'p50' ? 5 : 9 });
    await world.merge(noon + hourMs);
    expect(await series('p99')).toEqual({ '12:00': 9 });
  });

  it('of several units are kept apart and read together, or by their unit, before and after merging', async () => {
    const put = (unit: string | undefined, value: number) =>
      world.put([{ metricName: 'M', timestamp: at('12:00:00'), value, ...(unit === undefined ? {} : { unit }) }]);
    await put('Count', 1);
    await put('Bytes', 10);
    await put(undefined, 100);
    await put('Count', 2);
    for (const merged of [false, true]) {
      if (merged) await world.merge(noon + hourMs);
      expect(await series('Sum')).toEqual({ '12:00': 113 });
      expect(await series('Sum', { unit: 'Count' })).toEqual({ '12:00': 3 });
      expect(await series('Sum', { unit: 'Bytes' })).toEqual({ '12:00': 10 });
      expect(await series('Sum', { unit: 'None' })).toEqual({ '12:00': 100 });
      expect(await series('Sum', { unit: 'Seconds' })).toEqual({});
    }
    expect(await resolutions()).toEqual({ 60: 3 });
  });

  it('sums are exact, whatever the order and however large beside small', async () => {
    const values = [1e15, 0.1, -1e15, 0.2, 1e-9, 2 ** 360, -(2 ** 360)];
    for (const value of values) await world.put([{ metricName: 'M', timestamp: at('12:00:00'), value }]);
    for (const merged of [false, true]) {
      if (merged) await world.merge(noon + hourMs);
      expect(await series('Sum')).toEqual({ '12:00': 0.300000001 });
    }
  });

  it('of many callers at once are all there, and none waits for another in vain', async () => {
    const random = new Random('callers');
    const names = Array.from({ length: 40 }, (_, index) => `M${index}`);
    const call = async () => {
      for (let calls = 0; calls < 6; calls++) {
        const shuffled = names.map((name) => [random.fraction(), name] as const).sort(([one], [other]) => one - other);
        await world.put(shuffled.map(([, metricName]) => ({ metricName, timestamp: at('12:00:00'), value: 1 })));
      }
    };
    const merge = async () => {
      for (let merges = 0; merges < 10; merges++) await world.merge(noon + hourMs);
    };
    await Promise.all([...Array.from({ length: 9 }, call), merge()]);
    for (const merged of [false, true]) {
      if (merged) await world.merge(noon + hourMs);
      for (const name of names) expect(await world.series(name, 'Sum'), name).toEqual({ '12:00': 54 });
    }
    const metrics = await world.database.query(`SELECT FROM metric WHERE namespace = 'Test'`);
    expect(metrics).toHaveLength(names.length);
  });
});

describe('merging', () => {
  it('what is read never changes by it, whatever comes when, but that what is too fine disappears and says so', async () => {
    const random = new Random('merging');
    const samples: { time: number; value: number }[] = [];
    // Three hours of points by the second and by the minute, put in a random order over four months.
    const from = noon - 3 * hourMs;
    const putSome = async () => {
      const data = Array.from({ length: random.between(1, 40) }, () => {
        const time = from + random.below(3 * 3600) * 1000;
        const value = random.below(60) / 4;
        samples.push({ time, value });
        return { metricName: 'M', timestamp: new Date(time), value, storageResolution: random.pick([1, 60]) };
      });
      // It is not held against the clock how late they come: the clock of what is put stands still.
      await world.put(data);
      await world.database.query('UPDATE data_point SET arrived_at = $1 WHERE is_delta AND arrived_at = $2', [
        new Date(clock),
        new Date(noon),
      ]);
    };
    const answer = async (period: number) =>
      Promise.all(naiveStatistics.map((stat) => series(stat, { from, to: noon, period })));
    const truth = (period: number) => naiveStatistics.map((stat) => naiveSeries(samples, stat, period));
    const rounded = (all: readonly (readonly [unknown, number][])[]) =>
      all.map((one) => one.map(([, value]) => value.toPrecision(12)));
    let clock = noon;
    for (const pause of [
      0,
      5 * minuteMs,
      2 * hourMs,
      4 * hourMs,
      10 * dayMs,
      6 * dayMs,
      20 * dayMs,
      50 * dayMs,
      64 * dayMs,
    ]) {
      clock += pause;
      await putSome();
      await putSome();
      for (const merge of [false, true]) {
        if (merge) await world.merge(clock);
        const told = rounded((await answer(3600)).map((one) => Object.entries(one)));
        expect(told, `after ${(clock - noon) / dayMs} days`).toEqual(rounded(truth(3600)));
      }
    }
    await world.merge(clock + 80 * dayMs);
    expect(await resolutions()).toEqual({ 3600: 3 });
    expect(rounded((await answer(3600)).map((one) => Object.entries(one)))).toEqual(rounded(truth(3600)));
    for (const period of [1, 60, 300]) {
      expect(await answer(period)).toEqual(naiveStatistics.map(() => ({})));
      expect(await messages(period)).toEqual(['PeriodTooShort']);
    }
    expect(await messages(3600)).toEqual([]);
  });

  const tiers: [string, number, Record<number, number>, readonly number[]][] = [
    ['as they came for two minutes', 1 * minuteMs, { 1: 3, 60: 1 }, []],
    ['by the second within 3 hours', 2.9 * hourMs, { 1: 2, 60: 1 }, []],
    ['by the minute after 3 hours', 3.1 * hourMs, { 60: 2 }, [1, 10, 30]],
    ['by the minute within 15 days', 14.9 * dayMs, { 60: 2 }, [1, 30]],
    ['by five minutes after 15 days', 15.1 * dayMs, { 300: 1 }, [1, 60, 180]],
    ['by five minutes within 63 days', 62.9 * dayMs, { 300: 1 }, [60]],
    ['by the hour after 63 days', 63.1 * dayMs, { 3600: 1 }, [60, 300, 1800]],
    ['by the hour for 455 days', 454.9 * dayMs, { 3600: 1 }, [300]],
    ['not at all after 455 days', 455.1 * dayMs, {}, []],
  ];
  it.each(tiers)('points are kept %s', async (_, age, expected, tooShort) => {
    const put = (time: string, storageResolution: number, value: number) =>
      world.put([{ metricName: 'M', timestamp: at(time), value, storageResolution }]);
    await put('11:55:01', 1, 1);
    await put('11:55:01', 1, 2);
    await put('11:55:02', 1, 4);
    await put('11:56:00', 60, 8);
    await world.merge(noon + age);
    await forgetPoints(world.database, new Date(noon + age), world.signal);
    expect(await resolutions()).toEqual(expected);
    const hour = age > 455 * dayMs ? {} : { '11:00': 15 };
    expect(await series('Sum', { period: 3600 })).toEqual(hour);
    expect(await series('p50', { period: 3600 })).toEqual(age > 455 * dayMs ? {} : { '11:00': 2 });
    for (const period of tooShort) expect(await messages(period), `period ${period}`).toEqual(['PeriodTooShort']);
    for (const period of tooShort) expect(await series('Sum', { period })).toEqual({});
  });

  it('what comes late to a time that is kept coarsely joins it, and is read at once', async () => {
    await world.put([{ metricName: 'M', timestamp: at('11:56:00'), value: 8 }]);
    await world.merge(noon + 16 * dayMs);
    expect(await resolutions()).toEqual({ 300: 1 });
    await world.put([{ metricName: 'M', timestamp: at('11:57:00'), value: 1 }]);
    await world.put([{ metricName: 'M', timestamp: at('11:54:00'), value: 64 }]);
    expect(await series('Sum', { period: 300 })).toEqual({ '11:50': 64, '11:55': 9 });
    expect(await series('Sum')).toEqual({ '11:54': 64 });
    await world.database.query('UPDATE data_point SET arrived_at = $1 WHERE is_delta', [new Date(noon + 16 * dayMs)]);
    await world.merge(noon + 16 * dayMs + 4 * hourMs);
    expect(await resolutions()).toEqual({ 60: 1, 300: 1 });
    expect(await series('Sum', { period: 300 })).toEqual({ '11:50': 64, '11:55': 9 });
    expect(await series('Sum')).toEqual({ '11:54': 64 });
  });

  it('tells of percentiles the same before and after, of few values exactly and of many within 0.4 %', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => 1 + index);
    const minutes = Array.from({ length: 10 }, (_, minute) => values.slice(minute * 100, minute * 100 + 100));
    for (const [minute, some] of minutes.entries()) {
      await world.put([{ metricName: 'M', timestamp: new Date(noon + minute * minuteMs), values: some }]);
    }
    const of = async () =>
      Promise.all(['p1', 'p50', 'p99', 'tm90', 'PR(100:200)'].map((stat) => series(stat, { period: 3600 })));
    const before = await of();
    const exact = [10, 500, 990, 450.5, 10];
    for (const [index, one] of before.entries()) {
      expect(Math.abs((one['12:00'] ?? 0) / (exact[index] as number) - 1)).toBeLessThan(index === 4 ? 0.05 : 0.004);
    }
    expect(await series('p50')).toMatchObject({ '12:00': 50, '12:09': 950 });
    for (const age of [hourMs, 4 * hourMs, 16 * dayMs, 64 * dayMs]) {
      await world.merge(noon + age);
      expect(await of()).toEqual(before);
    }
  });

  it('a period that the end of the question cuts is read whole, before and after it is rolled up', async () => {
    await world.put([{ metricName: 'M', timestamp: at('11:10:00'), value: 1 }]);
    await world.put([{ metricName: 'M', timestamp: at('11:50:00'), value: 2 }]);
    const cut = { period: 3600, to: noon - 30 * minuteMs };
    expect(await series('Sum', cut)).toEqual({ '11:00': 3 });
    await world.merge(noon + 64 * dayMs);
    expect(await series('Sum', cut)).toEqual({ '11:00': 3 });
  });
});
