import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hourMs } from '../../../src/lib/time.js';
import { admin } from '../../support/collection.js';
import { noon } from '../../support/events.js';
import {
  fileOf,
  filterInput,
  type MetricWorld,
  openMetricWorld,
  type SeriesOptions,
} from '../../support/metric-world.js';

/*
 * What a filter reports for minutes that had events of which none matched. Truth: `defaultValue` of MetricTransformation,
 * Amazon CloudWatch Logs API Reference ("the value to emit when a filter pattern does not match a log event"), and "the
 * value is reported for periods in which events were ingested but none matched" of the user guide; by hand.
 */

const A = '111111111111';
const B = '222222222222';
const days = 24 * hourMs;

let world: MetricWorld;
let ids: number;
beforeEach(async () => {
  world = await openMetricWorld();
  ids = 0;
});
afterEach(() => world.stop());

const putErrors = (defaultValue: number | null, more: Parameters<typeof filterInput>[2] = {}) =>
  world.putFilter(filterInput('Errors', '{ $.eventName = "Wrong" }', { defaultValue, ...more }));

/** Stores events of the minute `12:mm`, or of `hh:mm`, in a batch of their own. */
async function happened(
  minute: string,
  names: readonly string[],
  place: { accountId?: string; awsRegion?: string } = {},
) {
  const time = `2026-11-20T${minute.includes(':') ? minute : `12:${minute}`}:30Z`;
  await world.openWorker().ingest([
    fileOf(
      names.map((name) => ({ id: ++ids, name, time })),
      place,
    ),
  ]);
}

const sum = (options: SeriesOptions = {}) => world.series('Errors', 'Sum', options);
const count = (options: SeriesOptions = {}) => world.series('Errors', 'SampleCount', options);

describe('a minute', () => {
  it('with events of which none matched has the default, one with a match has not, and one without events has nothing', async () => {
    await putErrors(7);
    await happened('01', ['Right', 'Right']);
    await happened('02', ['Right', 'Wrong']);
    await happened('04', ['Right']);
    expect(await sum()).toEqual({ '12:01': 7, '12:02': 1, '12:04': 7 });
    expect(await count()).toEqual({ '12:01': 1, '12:02': 1, '12:04': 1 });
  });

  it('loses its default when an event matches that comes late, also once it was merged and rolled up', async () => {
    await putErrors(7);
    await happened('01', ['Right']);
    await happened('02', ['Wrong']);
    expect(await sum()).toEqual({ '12:01': 7, '12:02': 1 });
    await world.merge(noon + 16 * days);
    await happened('01', ['Wrong', 'Right']);
    expect(await sum({ period: 300 })).toEqual({ '12:00': 2 });
    expect(await count({ period: 300 })).toEqual({ '12:00': 2 });
    await world.merge(noon + 17 * days);
    expect(await sum({ period: 300 })).toEqual({ '12:00': 2 });
  });

  it('has one default, however many batches brought its events', async () => {
    await putErrors(7);
    await happened('01', ['Right']);
    await happened('01', ['Right']);
    await happened('01', ['Right'], { accountId: B, awsRegion: 'us-east-1' });
    expect(await count()).toEqual({ '12:01': 1 });
    await world.merge(noon + hourMs);
    expect(await count()).toEqual({ '12:01': 1 });
  });

  it('has one default where the same filter was put again in the midst of it', async () => {
    await putErrors(0);
    await happened('01', ['Right']);
    await putErrors(0);
    await happened('01', ['Right']);
    expect(await count()).toEqual({ '12:01': 1 });
  });

  it('has one default where the value was changed in the midst of it: the new one', async () => {
    await putErrors(5);
    await happened('01', ['Right']);
    await putErrors(6);
    await happened('01', ['Right']);
    expect(await sum()).toEqual({ '12:01': 6 });
  });
});

describe('a filter', () => {
  it('has no default for what came before it, and for nothing that comes when it is deleted; what it reported stays', async () => {
    await happened('01', ['Right']);
    await putErrors(7);
    await happened('02', ['Right']);
    await world.deleteFilter('Errors');
    await happened('03', ['Right']);
    expect(await sum()).toEqual({ '12:02': 7 });
  });

  it('without a default any more reports none from then on', async () => {
    await putErrors(7);
    await happened('01', ['Right']);
    await putErrors(null);
    await happened('02', ['Right']);
    expect(await sum()).toEqual({ '12:01': 7 });
  });

  it('with another default reports it from then on', async () => {
    await putErrors(7);
    await happened('01', ['Right']);
    await putErrors(-0.5);
    await happened('02', ['Right']);
    expect(await sum()).toEqual({ '12:01': 7, '12:02': -0.5 });
  });

  it('of one account and region has its default for events of these alone', async () => {
    await putErrors(7, { accountIds: [A], regions: ['eu-west-1'] });
    await happened('01', ['Right'], { accountId: B });
    await happened('02', ['Right'], { accountId: A, awsRegion: 'us-east-1' });
    await happened('03', ['Right'], { accountId: A });
    expect(await sum({ accountId: A, region: 'eu-west-1' })).toEqual({ '12:03': 7 });
  });

  it('has its default beside the values of another filter of the same metric, and beside values that were put', async () => {
    await putErrors(7);
    await world.putFilter({ ...filterInput('Errors', '{ $.eventName = "Right" }'), name: 'other' });
    await happened('01', ['Right', 'Right']);
    await world.put([{ metricName: 'Errors', timestamp: new Date(noon + 60_000), value: 100 }]);
    expect(await sum()).toEqual({ '12:01': 109 });
    expect(await count()).toEqual({ '12:01': 4 });
  });

  it('tells its default to a statistic of its unit, and to none of another', async () => {
    await putErrors(7, { unit: 'Count' });
    await happened('01', ['Right']);
    expect(await sum({ unit: 'Count' })).toEqual({ '12:01': 7 });
    expect(await sum({ unit: 'Bytes' })).toEqual({});
  });
});

describe('over longer periods', () => {
  it.each([300, 3600])(
    'of %i seconds each minute counts, before and after points were rolled up to it',
    async (period) => {
      await putErrors(2);
      for (const minute of ['00', '01', '04', '06', '59']) await happened(minute, ['Right']);
      await happened('02', ['Wrong', 'Wrong']);
      await happened('13:00', ['Right']);
      const expected: Record<string, number> =
        period === 300 ? { '12:00': 8, '12:05': 2, '12:55': 2, '13:00': 2 } : { '12:00': 12, '13:00': 2 };
      const options = { period, to: noon + 2 * hourMs };
      expect(await sum(options)).toEqual(expected);
      for (const after of [hourMs, 16 * days, 80 * days]) {
        await world.merge(noon + after);
        if (after < 80 * days || period === 3600) expect(await sum(options)).toEqual(expected);
      }
    },
  );

  it('of 90 minutes and of a day too', async () => {
    await putErrors(1);
    for (const minute of ['10:29', '10:31', '11:10', '12:01', '12:02']) await happened(minute, ['Right']);
    await happened('12:03', ['Wrong']);
    const from = noon - 3 * hourMs;
    expect(await sum({ from, period: 5400 })).toEqual({ '09:00': 1, '10:30': 2, '12:00': 3 });
    expect(await sum({ from, period: 86_400 })).toEqual({ '00:00': 6 });
  });

  it('the statistics of values take the defaults for samples', async () => {
    await putErrors(0);
    for (const minute of ['01', '02', '03', '04']) await happened(minute, ['Right']);
    await happened('05', ['Wrong']);
    const of = async (stat: string) => Object.values(await world.series('Errors', stat, { period: 3600 }));
    expect(await of('p50')).toEqual([0]);
    expect(await of('p99')).toEqual([1]);
    expect(await of('Average')).toEqual([0.2]);
    expect(await of('Minimum')).toEqual([0]);
    expect(await of('Maximum')).toEqual([1]);
  });
});

describe('a backfill', () => {
  const backfill = async () => {
    await world.backfills.start(admin, { name: 'Errors' });
    await world.runBackfills();
  };

  it('reports the default for minutes of the past in which none matched', async () => {
    await happened('01', ['Right']);
    await happened('02', ['Wrong']);
    await putErrors(7);
    await happened('03', ['Right']);
    expect(await sum()).toEqual({ '12:03': 7 });
    await backfill();
    expect(await sum()).toEqual({ '12:01': 7, '12:02': 1, '12:03': 7 });
  });

  it('leaves what it reported when the filter is deleted', async () => {
    await happened('01', ['Right']);
    await putErrors(7);
    await backfill();
    expect(await sum()).toEqual({ '12:01': 7 });
    await world.deleteFilter('Errors');
    expect(await sum()).toEqual({ '12:01': 7 });
  });

  it('leaves what it reported when the default is changed', async () => {
    await happened('01', ['Right']);
    await putErrors(7);
    await backfill();
    await putErrors(8);
    await happened('02', ['Right']);
    expect(await sum()).toEqual({ '12:01': 7, '12:02': 8 });
  });
});
