import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../src/lib/time.js';
import type { MetricDataResult } from '../../../src/metrics/metric.entity.js';
import { adminToken, ask, openTestApp, post } from '../../support/app.js';
import { noon } from '../../support/events.js';
import { type MetricWorld, namespace, openMetricWorld, queryOf } from '../../support/metric-world.js';

/*
 * `metricData` as a client sees it. Truth: GetMetricData and MetricDataQuery, Amazon CloudWatch API Reference; "Using
 * metric math" and "Using dynamic labels", Amazon CloudWatch User Guide; values by hand.
 */

let world: MetricWorld;
let app: Awaited<ReturnType<typeof openTestApp>>;
const minutes = 50;

beforeAll(async () => {
  world = await openMetricWorld();
  app = await openTestApp('api', { databaseUrl: world.databaseUrl });
  const at = (minute: number) => new Date(noon - hourMs + minute * minuteMs);
  const each = Array.from({ length: minutes }, (_, minute) => minute);
  await world.put([
    ...each.map((minute) => ({ metricName: 'Up', timestamp: at(minute), value: minute })),
    ...each
      .filter((minute) => minute % 5 === 0)
      .map((minute) => ({ metricName: 'Few', timestamp: at(minute), value: 1 })),
    ...['red', 'green'].map((value) => ({
      metricName: 'Colour',
      dimensions: [{ name: 'Colour', value }],
      timestamp: at(3),
      value: value === 'red' ? 1 : 2,
    })),
  ]);
});
afterAll(async () => {
  await app.stop();
  await world.stop();
});

const query = `query ($input: MetricDataInput!) {
  metricData(input: $input) { id label timestamps values statusCode messages { code value } nextToken }
}`;
const span = { startTime: new Date(noon - hourMs), endTime: new Date(noon) };
type Answer = Omit<MetricDataResult, 'timestamps'> & { readonly timestamps: readonly string[] };

async function read(input: object): Promise<Answer[]> {
  return (await ask<{ metricData: Answer[] }>(app.url, query, { input: { ...span, ...input } })).metricData;
}

async function refusal(input: object): Promise<object> {
  const { errors = [] } = await post(app.url, adminToken, query, { input: { ...span, ...input } });
  const { code, argument, position } = (errors[0]?.extensions ?? {}) as Record<string, unknown>;
  return { code, argument, ...(position === undefined ? {} : { position }) };
}

const up = queryOf('up', 'Up', 'Sum');
const few = queryOf('few', 'Few', 'Sum');
const expressionOf = (expression: string, id = 'e') => ({ id, expression });
const metricDataQueries = [up, few, expressionOf('up + few', 'both')];

describe('pages', () => {
  const cases = (['TimestampAscending', 'TimestampDescending'] as const).flatMap((scanBy) =>
    [1, 7, 50, 109, 110, 111].map((maxDatapoints) => ({ scanBy, maxDatapoints })),
  );
  it.each(cases)(
    'of $maxDatapoints data points, $scanBy, are together the whole',
    async ({ scanBy, maxDatapoints }) => {
      const whole = await read({ metricDataQueries, scanBy });
      expect(whole.map(({ values }) => values.length)).toEqual([50, 10, 50]);
      const found = whole.map(({ id, label }) => ({ id, label, timestamps: [] as string[], values: [] as number[] }));
      let nextToken: string | null = null;
      let pages = 0;
      do {
        const page: Answer[] = await read({ metricDataQueries, scanBy, maxDatapoints, nextToken });
        pages += 1;
        expect(page.reduce((sum, { values }) => sum + values.length, 0)).toBeLessThanOrEqual(maxDatapoints);
        for (const [index, { values, timestamps, statusCode }] of page.entries()) {
          found[index]?.values.push(...values);
          found[index]?.timestamps.push(...timestamps);
          const isWhole = found[index]?.values.length === whole[index]?.values.length;
          expect(statusCode).toBe(isWhole ? 'Complete' : 'PartialData');
        }
        nextToken = page[0]?.nextToken ?? null;
      } while (nextToken !== null);
      expect(pages).toBe(Math.ceil(110 / maxDatapoints));
      expect(found).toEqual(whole.map(({ id, label, timestamps, values }) => ({ id, label, timestamps, values })));
    },
  );

  it('come the newest first where nothing is said', async () => {
    const [result] = await read({ metricDataQueries: [up] });
    expect(result?.values.slice(0, 3)).toEqual([49, 48, 47]);
    expect(result?.timestamps[0]).toBe('2026-11-20T11:49:00.000Z');
  });

  it('a token of another question is refused', async () => {
    expect(await refusal({ metricDataQueries, nextToken: 'none' })).toEqual({
      code: 'BAD_USER_INPUT',
      argument: 'input.nextToken',
    });
  });
});

describe('labels', () => {
  const cases: [string, object[], string[]][] = [
    ['of one metric is its name', [up], ['Up']],
    ['of several metrics are what they differ in', [up, few], ['Up', 'Few']],
    ['of two statistics of a metric name them', [up, queryOf('avg', 'Up', 'Average')], ['Up Sum', 'Up Average']],
    ['that was given', [{ ...up, label: 'mine' }], ['mine']],
    ['of properties', [{ ...up, label: `\${PROP('MetricName')} of \${PROP('Namespace')}` }], [`Up of ${namespace}`]],
    ['of values', [{ ...up, label: `\${MIN} to \${MAX}, \${AVG}` }], ['0 to 49, 24.5']],
    ['of an expression is its id', [{ ...up, returnData: false }, expressionOf('up * 2')], ['e']],
    [
      'of an expression that was given',
      [
        { ...up, returnData: false },
        { ...expressionOf('up * 2'), label: 'twice' },
      ],
      ['twice'],
    ],
  ];
  it.each(cases)('%s', async (_, queries, labels) => {
    expect((await read({ metricDataQueries: queries })).map(({ label }) => label)).toEqual(labels);
  });
});

describe('expressions', () => {
  const sums = async (expression: string, more: object[] = []) => {
    const hidden = [up, few, ...more].map((one) => ({ ...one, returnData: false }));
    const results = await read({ metricDataQueries: [...hidden, expressionOf(expression)] });
    return results.map(({ label, values }) => [label, values.reduce((sum, value) => sum + value, 0)]);
  };
  const found = `SEARCH('{${namespace},Colour} MetricName="Colour"', 'Sum', 60)`;

  it('take what is missing for 0 where another has a value', async () => {
    expect(await sums('up + few')).toEqual([['e', 1225 + 10]]);
  });

  it('METRICS are all metrics of the question', async () => {
    expect(await sums('SUM(METRICS())')).toEqual([['e', 1225 + 10]]);
    expect(await sums('SUM(METRICS("few"))')).toEqual([['e', 10]]);
  });

  it('SEARCH gives a series of each metric that it finds', async () => {
    const results = await sums(found);
    expect(results.map(([, sum]) => sum).sort()).toEqual([1, 2]);
    expect(results.map(([label]) => String(label)).sort()).toEqual([
      expect.stringContaining('green'),
      expect.stringContaining('red'),
    ]);
    expect(await sums(`SUM(${found})`)).toEqual([['e', 3]]);
  });

  it('of nothing that is there are empty', async () => {
    const [result] = await read({ metricDataQueries: [queryOf('none', 'None', 'p99')] });
    expect(result).toMatchObject({ values: [], timestamps: [], statusCode: 'Complete', messages: [] });
    const sum = await read({ metricDataQueries: [expressionOf(`SUM(SEARCH('{Nothing} x', 'Sum', 60))`)] });
    expect(sum.flatMap(({ values }) => values)).toEqual([]);
  });
});

describe('what cannot be answered is refused, with the place of what is wrong', () => {
  const stat = (more: object) => [{ id: 'm', metricStat: { ...up.metricStat, ...more } }];
  const at = (argument: string, position?: number) => ({
    code: 'BAD_USER_INPUT',
    argument: `input.${argument}`,
    ...(position === undefined ? {} : { position }),
  });
  const place = (index: number, field: string) => `metricDataQueries[${index}]${field}`;
  const cases: [string, object, object][] = [
    ['no queries', { metricDataQueries: [] }, at('metricDataQueries')],
    ['an end before the start', { metricDataQueries, endTime: span.startTime }, at('endTime')],
    ['no data points', { metricDataQueries, maxDatapoints: 0 }, at('maxDatapoints')],
    ['too many', { metricDataQueries, maxDatapoints: 100_801 }, at('maxDatapoints')],
    ['a statistic that is none', { metricDataQueries: stat({ stat: 'p101' }) }, at(place(0, '.metricStat.stat'), 1)],
    ['a statistic in small letters', { metricDataQueries: stat({ stat: 'sum' }) }, at(place(0, '.metricStat.stat'), 0)],
    ['a period that is none', { metricDataQueries: stat({ period: 61 }) }, at(place(0, '.metricStat.period'))],
    ['a unit that is none', { metricDataQueries: stat({ unit: 'Apples' }) }, at(place(0, '.metricStat.unit'))],
    ['a metric and an expression', { metricDataQueries: [{ ...up, expression: '1' }] }, at(place(0, ''))],
    ['neither', { metricDataQueries: [{ id: 'e' }] }, at(place(0, ''))],
    ['an expression that ends', { metricDataQueries: [up, expressionOf('up +')] }, at(place(1, '.expression'), 4)],
    ['an unknown id', { metricDataQueries: [up, expressionOf('up + down')] }, at(place(1, '.expression'), 5)],
    ['an unknown function', { metricDataQueries: [up, expressionOf('TWICE(up)')] }, at(place(1, '.expression'), 0)],
    [
      'an expression that needs itself',
      { metricDataQueries: [up, expressionOf('up * e', 'e')] },
      at(place(1, '.expression'), 5),
    ],
    [
      'an error of a query whose id begins that of another',
      { metricDataQueries: [expressionOf('1 +', 'u'), up] },
      at(place(0, '.expression'), 3),
    ],
    ['two of one id', { metricDataQueries: [up, few, { ...up }] }, at(place(2, '.id'))],
    ['a label that is none', { metricDataQueries: [{ ...up, label: `a \${NONE}` }] }, at(place(0, '.label'), 2)],
    ['nothing that is returned', { metricDataQueries: [{ ...up, returnData: false }] }, at('metricDataQueries')],
    [
      'a statistic of a search that is none',
      { metricDataQueries: [expressionOf(`SEARCH('a', 'p1000', 60)`)] },
      at(place(0, '.expression'), 0),
    ],
  ];
  it.each(cases)('%s', async (_, input, expected) => {
    expect(await refusal(input)).toEqual(expected);
  });

  describe('costs too much', () => {
    // 100,001 rows of 10 each where values are wanted; and as many metrics of one name as tell it by 0.1 each.
    const rows = 100_001;
    beforeAll(async () => {
      await world.put([{ metricName: 'Dense', timestamp: new Date(noon), value: 1, storageResolution: 1 }]);
      await world.database.query(
        `INSERT INTO data_point (time, arrived_at, metric_id, minimum, maximum, resolution, unit, sample_count, sum)
         SELECT $1::timestamptz - make_interval(secs => second), now(), metric.id, 1, 1, 1, 0, 1, 1
         FROM metric, generate_series(1, $2 - 1) AS second WHERE metric_name = 'Dense'`,
        [new Date(noon), rows],
      );
    });
    const dense = (stat: string) => ({
      startTime: new Date(noon - 2 * dayMs),
      metricDataQueries: [queryOf('m', 'Dense', stat, { period: 86_400 })],
    });

    it('where the values of many rows are wanted', async () => {
      expect(await refusal(dense('p99'))).toMatchObject({ code: 'COST_EXCEEDED' });
    });

    it('but not where they are only added up', async () => {
      const [found] = await read(dense('Sum'));
      expect(found?.values.reduce((sum, value) => sum + value)).toBe(rows);
    });

    it.each([
      ['seconds of two weeks', { metricDataQueries: [queryOf('m', 'Up', 'Sum', { period: 1 })] }],
      [
        'percentiles of 30 metrics',
        { metricDataQueries: Array.from({ length: 30 }, (_, at) => queryOf(`m${at}`, 'Up', 'p9')) },
      ],
      ['a millennium', { metricDataQueries: [up], startTime: '1026-01-01T00:00:00Z' }],
    ])('but not %s of metrics that have few', async (_, input) => {
      const found = await read({ startTime: new Date(noon - 15 * dayMs), ...input });
      expect(found.length).toBeGreaterThan(0);
    });
  });

  it.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'a question of the time around %s has an answer',
    async (time) => {
      const day = { metricDataQueries: [queryOf('m', 'Up', 'Maximum', { period: 86_400 })] };
      const [startTime, endTime] = time.startsWith('0')
        ? [time, '0002-01-01T00:00:00Z']
        : ['9999-01-01T00:00:00Z', time];
      expect(await read({ ...day, startTime, endTime })).toMatchObject([{ values: [], messages: [] }]);
    },
  );
});

describe('a band around what is usual', () => {
  it('is learned from what is stored of the four weeks before, and tells a spike apart', async () => {
    // A rhythm of days, as work has it, and a spike at 12:00 of the last one.
    const usual = (time: number) => 100 + 50 * Math.sin((2 * Math.PI * (time % dayMs)) / dayMs) + ((time / hourMs) % 3);
    for (let day = 21; day >= 0; day--) {
      const from = noon + dayMs - day * dayMs;
      world.clock.time = from;
      await world.put(
        Array.from({ length: 24 }, (_, hour) => {
          const time = from - dayMs + hour * hourMs;
          const value = day === 0 && hour === 0 ? 500 : usual(time);
          return { metricName: 'Rhythm', timestamp: new Date(time), value };
        }),
      );
    }
    world.clock.time = noon;
    const rhythm = queryOf('m', 'Rhythm', 'Average', { period: 3600 });
    const results = await read({
      startTime: new Date(noon),
      endTime: new Date(noon + dayMs),
      metricDataQueries: [rhythm, expressionOf('ANOMALY_DETECTION_BAND(m, 3)', 'band')],
      scanBy: 'TimestampAscending',
    });
    const values = results[0]?.values ?? [];
    const [one = [], other = []] = results.filter(({ id }) => id === 'band').map((result) => result.values);
    expect([values.length, one.length, other.length]).toEqual([24, 24, 24]);
    const outside = values.map((value, index) => {
      const edges = [one[index] as number, other[index] as number];
      return value > Math.max(...edges) || value < Math.min(...edges);
    });
    expect(outside).toEqual([true, ...Array.from({ length: 23 }, () => false)]);
    expect(Math.max(...one, ...other)).toBeLessThan(250);
  });
});
