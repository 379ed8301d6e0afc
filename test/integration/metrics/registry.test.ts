import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../src/lib/time.js';
import { MetricRegistry } from '../../../src/metrics/metric-registry.service.js';
import { forgetPoints } from '../../../src/metrics/point-merge.service.js';
import { admin } from '../../support/collection.js';
import { deferred } from '../../support/deferred.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput, type MetricWorld, namespace, openMetricWorld } from '../../support/metric-world.js';

/* Which metrics there are. Truth: our own reckoning; the cap is ours too. */

let world: MetricWorld;
beforeEach(async () => {
  world = await openMetricWorld();
});
afterEach(() => world.stop());

const listed = async () => {
  const { edges } = await world.metrics.list(admin.accounts, { first: 1000, filter: { namespace } });
  return edges.map(({ node }) => node);
};
const timestamp = new Date(noon);

describe('a metric', () => {
  it('is one, in whichever order its dimensions come', async () => {
    const [one, other] = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    await world.put([{ metricName: 'M', timestamp, value: 1, dimensions: [one, other] }]);
    await world.put([{ metricName: 'M', timestamp, value: 1, dimensions: [other, one] }]);
    await world.put([{ metricName: 'M', timestamp, value: 1, dimensions: [one] }]);
    expect((await listed()).map(({ dimensions }) => dimensions)).toEqual([[one, other], [one]]);
    expect(await world.series('M', 'Sum', { dimensions: { B: '2', A: '1' } })).toEqual({ '12:00': 2 });
  });

  it('is one where two callers make it at once, each with others in another order', async () => {
    const registries = [0, 1, 2, 3].map(() => new MetricRegistry(world.now));
    const names = Array.from({ length: 30 }, (_, index) => `M${index}`);
    await Promise.all(
      registries.map((_, index) => {
        const shifted = [...names.slice(index * 7), ...names.slice(0, index * 7)];
        return world.put(shifted.map((metricName) => ({ metricName, timestamp, value: 1 })));
      }),
    );
    expect(await listed()).toHaveLength(30);
    for (const name of names) expect(await world.series(name, 'Sum')).toEqual({ '12:00': 4 });
  });

  it('that a batch makes which is rolled back is made by the next, though others of the process had asked for it', async () => {
    await world.putFilter(filterInput('M', ''));
    const worker = world.openWorker();
    const [written, mayFail] = [deferred(), deferred()];
    const fail = async () => {
      written.resolve();
      await mayFail.promise;
      throw new Error('it failed');
    };
    // Its points are written by then.
    const failing = worker.ingest([fileOf([{ id: 1 }])], { beforePosition: fail }).catch(() => undefined);
    await written.promise;
    const other = worker.ingest([fileOf([{ id: 2 }])]);
    mayFail.resolve();
    await Promise.all([failing, other]);
    await worker.ingest([fileOf([{ id: 3 }])]);
    expect(await world.series('M', 'Sum')).toEqual({ '12:00': 2 });
  });

  it('with no data points left goes after a day, and comes back as the same or anew when it is put again', async () => {
    const sweep = (time: number) => forgetPoints(world.database, new Date(time), world.signal);
    const put = (at: number) => {
      world.clock.time = at;
      return world.put([{ metricName: 'M', timestamp: new Date(at), value: 1 }]);
    };
    await put(noon);
    const [first] = await listed();
    await world.database.query(`UPDATE metric SET created_at = $1`, [new Date(noon)]);
    const gone = noon + 456 * dayMs;
    await world.merge(noon + 64 * dayMs);
    await sweep(gone);
    expect(await listed()).toHaveLength(1);
    // Within the day it is the same.
    await put(gone + hourMs);
    await sweep(gone + 2 * dayMs);
    expect((await listed()).map(({ id }) => id)).toEqual([first?.id]);
    await world.merge(gone + 70 * dayMs);
    const goneAgain = gone + 457 * dayMs;
    await sweep(goneAgain);
    await sweep(goneAgain + dayMs + hourMs);
    expect(await listed()).toEqual([]);
    // The process has known it, long ago.
    await put(goneAgain + 2 * dayMs);
    const [back] = await listed();
    expect(back?.id).not.toBe(first?.id);
    const from = goneAgain + 2 * dayMs - hourMs;
    expect(Object.values(await world.series('M', 'Sum', { from, to: from + 2 * hourMs }))).toEqual([1]);
  });

  it('that a filter with a default makes stays, though it has no data points', async () => {
    await world.putFilter(filterInput('M', 'never', { defaultValue: 0 }));
    expect(await listed()).toHaveLength(1);
    for (const days of [2, 4, 6]) await forgetPoints(world.database, new Date(Date.now() + days * dayMs), world.signal);
    expect(await listed()).toHaveLength(1);
  });
});

describe('dimensions of what events hold', () => {
  it('make 10,000 metrics of a name at most; what is beyond is not counted, and nothing else suffers', async () => {
    await world.putFilter(filterInput('ByName', '{ $.eventName = * }', { dimensions: { Name: '$.eventName' } }));
    await world.putFilter(filterInput('Calls', ''));
    await world.database.query(
      `INSERT INTO metric (digest, name_digest, namespace, metric_name, dimensions)
       SELECT 'd' || n, 'n' || n, $1, 'ByName', jsonb_build_object('Name', 'n' || n) FROM generate_series(1, 9998) AS n`,
      [namespace],
    );
    const worker = world.openWorker();
    const sumOf = (Name: string) => world.series('ByName', 'Sum', { dimensions: { Name } });
    for (const [index, name] of ['one', 'two', 'three', 'two', 'three'].entries()) {
      await worker.ingest([fileOf([{ id: index, name }])]);
    }
    expect(await sumOf('one')).toEqual({ '12:00': 1 });
    expect(await sumOf('two')).toEqual({ '12:00': 2 });
    expect(await sumOf('three')).toEqual({});
    expect(await world.series('Calls', 'Sum')).toEqual({ '12:00': 5 });
    // Others know what is there, too.
    await world.openWorker().ingest([fileOf([{ id: 10, name: 'two' }])]);
    expect(await sumOf('two')).toEqual({ '12:00': 3 });
  });

  it('beyond the cap, samples that are put are refused: none of them is stored', async () => {
    await world.database.query(
      `INSERT INTO metric (digest, name_digest, namespace, metric_name, dimensions)
       SELECT 'd' || n, 'n' || n, $1, 'M', jsonb_build_object('Name', 'n' || n) FROM generate_series(1, 10000) AS n`,
      [namespace],
    );
    const dimensions = [{ name: 'Name', value: 'more' }];
    const put = world.put([
      { metricName: 'Other', timestamp, value: 1 },
      { metricName: 'M', timestamp, value: 1, dimensions },
    ]);
    await expect(put).rejects.toMatchObject({ code: expect.any(String) });
    expect(await world.series('Other', 'Sum')).toEqual({});
  });
});
