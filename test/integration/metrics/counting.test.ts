import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf } from '../../support/collection.js';
import { fileOf, filterInput, type MetricWorld, openMetricWorld, type WorldFile } from '../../support/metric-world.js';

/*
 * What metric filters count: each event once, as it is first stored, and only if it is stored. Truth: one sentence of the
 * documentation, "a metric filter counts what is stored", and counting by hand.
 */

const A = '111111111111';
const B = '222222222222';

let world: MetricWorld;
beforeEach(async () => {
  world = await openMetricWorld();
});
afterEach(() => world.stop());

const every = () => world.putFilter(filterInput('Calls', ''));
const sum = (name = 'Calls') => world.series(name, 'Sum');

describe('an event', () => {
  const one = () => fileOf([{ id: 1 }]);
  const respelled = () => fileOf([{ id: 1, more: { errorCode: 'Other' } }]);
  const same = (file: WorldFile) => ({ ...file, key: `${file.key}-copy` });
  const cases: [string, () => WorldFile[][]][] = [
    ['twice in a file', () => [[fileOf([{ id: 1 }, { id: 1 }])]]],
    ['in two files of a batch', () => [[one(), one()]]],
    ['in two files of a batch, with other bytes', () => [[one(), respelled()]]],
    ['in two batches', () => [[one()], [one()]]],
    ['in two batches, with other bytes', () => [[one()], [respelled()]]],
    ['in three batches, of which the last expects it', () => [[one()], [one()], [one()]]],
    [
      'in one file that is there under two keys',
      () => {
        const file = one();
        return [[file], [same(file)]];
      },
    ],
    [
      'in a file that is read again',
      () => {
        const file = one();
        return [[file], [file]];
      },
    ],
  ];
  it.each(cases)('%s is counted once', async (_, batches) => {
    await every();
    const worker = world.openWorker();
    for (const batch of batches()) await worker.ingest(batch);
    expect(await sum()).toEqual({ '12:00': 1 });
    await world.merge(world.clock.time + 600_000);
    expect(await sum()).toEqual({ '12:00': 1 });
  });

  it('is counted as it came first: what a copy says is not counted', async () => {
    await world.putFilter(filterInput('Errors', '{ $.errorCode = * }'));
    await world.putFilter(filterInput('Fine', '{ $.errorCode NOT EXISTS }'));
    const worker = world.openWorker();
    await worker.ingest([one()]);
    await worker.ingest([respelled()]);
    expect(await sum('Errors')).toEqual({});
    expect(await sum('Fine')).toEqual({ '12:00': 1 });
  });

  it('is counted where another file brings some that are new beside it', async () => {
    await every();
    const worker = world.openWorker();
    const some = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => ({ id: from + at }));
    await worker.ingest([fileOf(some(0, 100))]);
    await worker.ingest([fileOf(some(0, 100))]);
    await worker.ingest([fileOf([...some(50, 120), { id: 119 }])]);
    expect(await sum()).toEqual({ '12:00': 120 });
  });
});

describe('a batch', () => {
  it('that is rolled back counts nothing, and makes no metric; stored again it counts once', async () => {
    await world.putFilter(filterInput('Calls', '{ $.eventName = * }', { dimensions: { Name: '$.eventName' } }));
    const worker = world.openWorker();
    const file = fileOf([{ id: 1 }]);
    const failing = { beforePosition: () => Promise.reject(new Error('the ledger failed')) };
    await expect(worker.ingest([file], failing)).rejects.toThrow('the ledger failed');
    const rows = () => world.database.query(`SELECT metric_name FROM metric WHERE namespace = 'Test'`);
    expect(await rows()).toEqual([]);
    await worker.ingest([file]);
    expect(await world.series('Calls', 'Sum', { dimensions: { Name: 'GetObject' } })).toEqual({ '12:00': 1 });
    expect(await rows()).toHaveLength(1);
  });

  it('that lost a deadlock is run again, and counts once', async () => {
    await every();
    let runs = 0;
    const deadlock = async () => {
      runs += 1;
      if (runs < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    };
    await world.openWorker().ingest([fileOf([{ id: 1 }, { id: 2, time: '2026-11-20T12:01:00Z' }])], {
      beforePosition: deadlock,
    });
    expect(runs).toBe(3);
    expect(await sum()).toEqual({ '12:00': 1, '12:01': 1 });
  });

  it('that is not yet committed is not seen', async () => {
    await every();
    let seen: unknown;
    await world.openWorker().ingest([fileOf([{ id: 1 }])], {
      beforePosition: async () => {
        seen = await sum();
      },
    });
    expect(seen).toEqual({});
    expect(await sum()).toEqual({ '12:00': 1 });
  });
});

describe('a filter', () => {
  it('counts from the batch after it was put to the one before it was deleted; what it counted stays', async () => {
    const worker = world.openWorker();
    await worker.ingest([fileOf([{ id: 1 }])]);
    await every();
    await worker.ingest([fileOf([{ id: 2 }])]);
    await world.deleteFilter('Calls');
    await worker.ingest([fileOf([{ id: 3 }])]);
    expect(await sum()).toEqual({ '12:00': 1 });
  });

  it('that is changed counts what it says from then on', async () => {
    const worker = world.openWorker();
    await world.putFilter(filterInput('Calls', '{ $.eventName = "GetObject" }'));
    await worker.ingest([fileOf([{ id: 1 }, { id: 2, name: 'PutObject' }])]);
    await world.putFilter(filterInput('Calls', '{ $.eventName = "PutObject" }', { metricValue: '10' }));
    await worker.ingest([fileOf([{ id: 3 }, { id: 4, name: 'PutObject' }])]);
    expect(await sum()).toEqual({ '12:00': 11 });
  });

  it('of some accounts and regions counts no others', async () => {
    await world.putFilter(filterInput('OfA', '', { accountIds: [A] }));
    await world.putFilter(filterInput('OfAB', '', { accountIds: [B, A] }));
    await world.putFilter(filterInput('Ireland', '', { regions: ['eu-west-1'] }));
    const worker = world.openWorker();
    await worker.ingest([
      fileOf([{ id: 1 }], { accountId: A }),
      fileOf([{ id: 2 }], { accountId: B }),
      fileOf([{ id: 3, region: 'us-east-1' }], { accountId: B }),
      fileOf([{ id: 4 }], { accountId: '333333333333' }),
    ]);
    expect(await sum('OfA')).toEqual({ '12:00': 1 });
    expect(await sum('OfAB')).toEqual({ '12:00': 3 });
    expect(await sum('Ireland')).toEqual({ '12:00': 3 });
    expect(await world.series('OfA', 'Sum', { accountId: A })).toEqual({ '12:00': 1 });
    expect(await world.series('OfAB', 'Sum', { accountId: A })).toEqual({});
  });

  it('put with a token of one account counts that account', async () => {
    await world.putFilter(filterInput('Calls', ''), callerOf([A]));
    await world.openWorker().ingest([fileOf([{ id: 1 }], { accountId: A }), fileOf([{ id: 2 }], { accountId: B })]);
    expect(await sum()).toEqual({ '12:00': 1 });
  });
});

describe('an event that no AWS would write', () => {
  // Truth: what PutMetricData takes (Amazon CloudWatch API Reference); the rest cannot be a sample, as with AWS.
  const values: [string, object][] = [
    ['a value beyond 2^360', { bytes: 1e300 }],
    ['a value below -2^360', { bytes: -1e300 }],
    ['a value too small for a double', { bytes: 1e-320 }],
    ['a value of blanks', { bytes: '  ' }],
  ];
  it.each(values)('%s does not keep its file from being stored, nor the others from being counted', async (_, more) => {
    await world.putFilter(filterInput('Bytes', '{ $.eventName = * }', { metricValue: '$.bytes' }));
    await every();
    await world.openWorker().ingest([
      fileOf([
        { id: 1, more: { bytes: 5 } },
        { id: 2, more },
      ]),
    ]);
    expect(await sum()).toEqual({ '12:00': 2 });
    expect(await world.series('Bytes', 'Maximum')).toEqual({ '12:00': 5 });
  });

  const dimensions: [string, string][] = [
    ['a NUL', 'a\0b'],
    ['half a character', '\ud800'],
    ['1,025 characters', 'x'.repeat(1025)],
    ['characters beyond ASCII', 'Zoë'],
    ['line feeds', 'a\nb'],
  ];
  it.each(dimensions)('a dimension of %s does not keep its file from being stored', async (_, text) => {
    await world.putFilter(filterInput('ByName', '{ $.eventName = * }', { dimensions: { Name: '$.who' } }));
    await every();
    await world.openWorker().ingest([
      fileOf([
        { id: 1, more: { who: text } },
        { id: 2, more: { who: 'me' } },
      ]),
    ]);
    expect(await sum()).toEqual({ '12:00': 2 });
    expect(await world.series('ByName', 'Sum', { dimensions: { Name: 'me' } })).toEqual({ '12:00': 1 });
  });
});
