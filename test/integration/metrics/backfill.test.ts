import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptSince } from '../../../src/accounts/retention.service.js';
import { deleteExpired } from '../../../src/events/event-retention.service.js';
import { dayMs, hourMs, minuteMs } from '../../../src/lib/time.js';
import type { MetricBackfill } from '../../../src/metrics/metric-filter.entity.js';
import { admin } from '../../support/collection.js';
import { deferred } from '../../support/deferred.js';
import { noon } from '../../support/events.js';
import {
  fileOf,
  filterInput,
  type MetricWorld,
  openMetricWorld,
  type SeriesOptions,
  type Worker,
} from '../../support/metric-world.js';

/*
 * Metric filters that are run over stored events: whatever happens meanwhile, each event is counted once. Truth: counting by
 * hand.
 */

vi.setConfig({ testTimeout: 60_000 });

const A = '111111111111';
const B = '222222222222';

let world: MetricWorld;
let worker: Worker;
let ids: number;
beforeEach(async () => {
  world = await openMetricWorld();
  worker = world.openWorker();
  ids = 0;
});
afterEach(() => world.stop());

const putCalls = (pattern = '', more: Parameters<typeof filterInput>[2] = {}) =>
  world.putFilter(filterInput('Calls', pattern, more));
const start = (range: { from?: Date; to?: Date } = {}, name = 'Calls') =>
  world.backfills.start(admin, { name, ...range });
const cancel = () => world.backfills.cancel(admin, 'Calls');
const sum = (options: SeriesOptions = {}) => world.series('Calls', 'Sum', { from: noon - 6 * hourMs, ...options });
const total = async (name = 'Calls') =>
  Object.values(await world.series(name, 'Sum', { from: noon - dayMs, period: 60 })).reduce(
    (all, value) => all + value,
    0,
  );

/** Stores an event of a minute, in a batch of its own. */
async function happened(
  minute: string,
  name = 'GetObject',
  accountId = A,
  hooks: Parameters<Worker['ingest']>[1] = {},
) {
  await worker.ingest([fileOf([{ id: ++ids, name, time: `2026-11-20T${minute}:30Z` }], { accountId })], hooks);
}

/** Stores so many events of the hour before noon in one batch. */
async function muchHappened(events: number, accountId = A): Promise<void> {
  const time = (index: number) => new Date(noon - hourMs + (index % 60) * minuteMs).toISOString();
  const records = Array.from({ length: events }, (_, index) => ({ id: ++ids, time: time(index) }));
  await worker.ingest([fileOf(records, { accountId })]);
}

async function lastRuns(name = 'Calls'): Promise<MetricBackfill[]> {
  const filter = await world.filters.require(admin.accounts, name, world.database);
  const [runs = []] = await world.backfills.last([filter.outputId], 100);
  return runs;
}

describe('a backfill', () => {
  it('counts what came before the filter, and nothing that it has counted', async () => {
    await happened('11:01');
    await happened('11:02');
    await putCalls();
    await happened('11:02');
    await happened('11:03');
    await start();
    await world.runBackfills();
    expect(await sum()).toEqual({ '11:01': 1, '11:02': 2, '11:03': 1 });
    expect(await lastRuns()).toMatchObject([{ state: 'DONE', progress: 1, events: 2, matched: 2, error: null }]);
  });

  it('that is run twice counts nothing the second time, and is at its end at once', async () => {
    await happened('11:01');
    await putCalls();
    for (const expected of [1, 1, 1]) {
      await start();
      await world.runBackfills();
      expect(await total()).toBe(expected);
    }
    expect((await lastRuns()).map(({ matched, progress }) => [matched, progress])).toEqual([
      [0, 1],
      [0, 1],
      [1, 1],
    ]);
  });

  it('takes from events what the filter would have taken as they came', async () => {
    const input = { metricValue: '$.bytes', dimensions: { Name: '$.eventName' } };
    const record = (id: number, name: string, bytes: unknown) => ({ id, name, more: { bytes } });
    const records = [record(1, 'Get', 5), record(2, 'Get', '7'), record(3, 'Put', 1), record(4, 'Get', 'none')];
    await worker.ingest([fileOf(records)]);
    await putCalls('{ $.eventName = * }', input);
    await start();
    await world.runBackfills();
    const of = (Name: string, stat: string) => world.series('Calls', stat, { dimensions: { Name } });
    expect(await of('Get', 'Sum')).toEqual({ '12:00': 12 });
    expect(await of('Get', 'p99')).toEqual({ '12:00': 7 });
    expect(await of('Put', 'SampleCount')).toEqual({ '12:00': 1 });
  });

  it('of ranges that overlap counts each event once; hours are whole', async () => {
    for (const minute of ['09:30', '10:30', '11:30', '12:30']) await happened(minute);
    await putCalls();
    const at = (time: string) => new Date(`2026-11-20T${time}:00Z`);
    await start({ from: at('10:20'), to: at('10:40') });
    await world.runBackfills();
    expect(await sum()).toEqual({ '10:30': 1 });
    await start({ from: at('10:00'), to: at('12:00') });
    await world.runBackfills();
    expect(await sum()).toEqual({ '10:30': 1, '11:30': 1 });
    await start({ to: at('11:00') });
    await world.runBackfills();
    expect(await sum()).toEqual({ '09:30': 1, '10:30': 1, '11:30': 1 });
    await start();
    await world.runBackfills();
    expect(await sum()).toEqual({ '09:30': 1, '10:30': 1, '11:30': 1, '12:30': 1 });
  });

  it('is refused while one of the filter runs, and cancelled only while it runs', async () => {
    await happened('11:01');
    await putCalls();
    await expect(cancel()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await cancel()).toMatchObject({ state: 'CANCELLED' });
    await expect(cancel()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('over no events is at its end at once', async () => {
    await putCalls();
    await start();
    await world.runBackfills();
    expect(await lastRuns()).toMatchObject([{ state: 'DONE', progress: 1 }]);
  });
});

describe('a batch that is being stored', () => {
  it('with the filters of before is counted by the backfill, which waits for it', async () => {
    const [written, mayCommit] = [deferred(), deferred()];
    const hold = async () => {
      written.resolve();
      await mayCommit.promise;
    };
    const open = happened('11:01', 'GetObject', A, { beforePosition: hold });
    await written.promise;
    await putCalls();
    await start();
    await world.stepBackfills();
    expect(await lastRuns()).toMatchObject([{ state: 'RUNNING' }]);
    mayCommit.resolve();
    await open;
    expect(await sum()).toEqual({});
    await world.runBackfills();
    expect(await sum()).toEqual({ '11:01': 1 });
    expect(await lastRuns()).toMatchObject([{ state: 'DONE', progress: 1 }]);
  });

  it('with the filter counts itself, also when the filter is deleted and made anew before it is there', async () => {
    await putCalls();
    const [written, mayCommit] = [deferred(), deferred()];
    const hold = async () => {
      written.resolve();
      await mayCommit.promise;
    };
    const open = happened('11:01', 'GetObject', A, { beforePosition: hold });
    await written.promise;
    await world.deleteFilter('Calls');
    await putCalls();
    await start();
    await world.stepBackfills();
    mayCommit.resolve();
    await open;
    await world.runBackfills();
    expect(await sum()).toEqual({ '11:01': 1 });
  });

  it('just as the filter is put is counted once', async () => {
    await happened('11:00');
    // One that reads the filters anew.
    worker = world.openWorker();
    await happened('11:01', 'GetObject', A, { afterVersion: async () => void (await putCalls()) });
    await start();
    await world.runBackfills();
    expect(await sum()).toEqual({ '11:00': 1, '11:01': 1 });
  });

  it('just as the filter is deleted is counted once, when it is made anew and run over stored events', async () => {
    await putCalls();
    await happened('11:01', 'GetObject', A, { afterVersion: async () => void (await world.deleteFilter('Calls')) });
    await putCalls();
    await start();
    await world.runBackfills();
    expect(await sum()).toEqual({ '11:01': 1 });
  });
});

describe('a filter', () => {
  it('that was deleted and made anew has counted what it counted', async () => {
    await happened('11:01');
    await putCalls();
    await happened('11:02');
    await world.deleteFilter('Calls');
    await happened('11:03');
    await putCalls();
    await happened('11:04');
    expect(await sum()).toEqual({ '11:02': 1, '11:04': 1 });
    await start();
    await world.runBackfills();
    expect(await sum()).toEqual({ '11:01': 1, '11:02': 1, '11:03': 1, '11:04': 1 });
  });

  it('that is deleted in the midst of it ends it; made anew, another run counts the rest', async () => {
    await muchHappened(9000);
    await muchHappened(100);
    await putCalls();
    await start();
    await world.backfills.step();
    expect(await total()).toBe(8192);
    await world.deleteFilter('Calls');
    await world.runBackfills();
    expect(await total()).toBe(8192);
    await putCalls();
    await start();
    await world.runBackfills();
    expect(await total()).toBe(9100);
  });

  it('whose pattern is changed in the midst of it ends it; another run counts the rest by the new one', async () => {
    await muchHappened(9000);
    await happened('11:59', 'PutObject');
    await putCalls();
    await start();
    await world.backfills.step();
    await putCalls('{ $.eventName = "PutObject" }');
    expect(await lastRuns()).toMatchObject([{ state: 'CANCELLED' }]);
    await start();
    await world.runBackfills();
    expect(await total()).toBe(8193);
  });

  it('that is put again as it is goes on', async () => {
    await muchHappened(9000);
    await putCalls();
    await start();
    await world.backfills.step();
    await putCalls();
    expect(await lastRuns()).toMatchObject([{ state: 'RUNNING' }]);
    await world.runBackfills();
    expect(await total()).toBe(9000);
  });

  it('whose accounts are changed counts into another metric, all of it anew', async () => {
    await happened('11:01', 'GetObject', A);
    await happened('11:01', 'GetObject', B);
    await putCalls('', { accountIds: [A] });
    await start();
    await world.runBackfills();
    await putCalls('', { accountIds: [B] });
    await start();
    await world.runBackfills();
    await happened('11:01', 'GetObject', B);
    expect(await sum({ accountId: A })).toEqual({ '11:01': 1 });
    expect(await sum({ accountId: B })).toEqual({ '11:01': 2 });
    await putCalls('', { accountIds: [A] });
    await start();
    await world.runBackfills();
    expect(await sum({ accountId: A })).toEqual({ '11:01': 1 });
  });
});

describe('over many events', () => {
  it('cancelled in the midst of a batch and run again, over other ranges too, each is counted once; progress only grows', async () => {
    await muchHappened(9000);
    await muchHappened(9000, B);
    await muchHappened(500);
    await putCalls();
    await start();
    await world.backfills.step();
    expect(await cancel()).toMatchObject({ state: 'CANCELLED', events: 8192 });
    await start({ from: new Date(noon - hourMs), to: new Date(noon - hourMs + minuteMs) });
    const progress: number[] = [];
    for (let isOn = true; isOn; ) {
      isOn = await world.backfills.step();
      progress.push((await lastRuns())[0]?.progress ?? -1);
    }
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    expect(progress.length).toBeGreaterThan(2);
    expect(await total()).toBe(18_500);
    await start();
    await world.runBackfills();
    expect(await total()).toBe(18_500);
  });

  it('by several workers at once, for several filters, each is counted once', async () => {
    for (let batch = 0; batch < 4; batch++) await muchHappened(4500);
    const names = ['One', 'Two', 'Three'];
    for (const name of names) {
      await world.putFilter(filterInput(name, ''));
      await start({}, name);
    }
    const runners = [1, 2, 3, 4].map(() => world.openBackfills());
    // Who finds all of them taken looks again later, as the queue has it.
    for (let round = 0; round < 3; round++) await Promise.all(runners.map((runner) => world.runBackfills(runner)));
    for (const name of names) {
      expect(await total(name)).toBe(18_000);
      expect(await lastRuns(name)).toMatchObject([{ state: 'DONE', progress: 1, events: 18_000, error: null }]);
    }
  });

  it('goes on while retention deletes some: what is left is counted, and it comes to its end', async () => {
    await muchHappened(8500);
    await muchHappened(300, B);
    await happened('11:59', 'PutObject', B);
    await putCalls();
    await start();
    await world.backfills.step();
    const kept = new KeptSince(null, new Map([[B, 1]]), noon + 30 * dayMs);
    const deps = { database: world.database, now: () => Date.now() + 30 * dayMs, signal: world.signal };
    const deleted = await deleteExpired(deps, kept);
    expect(deleted.events).toBe(301);
    await world.runBackfills();
    expect(await total()).toBe(8500);
    expect(await lastRuns()).toMatchObject([{ state: 'DONE', progress: 1, error: null }]);
  });
});
