import { expect, it, vi } from 'vitest';
import { Random } from '../../../src/lib/random.js';
import { hourMs, minuteMs } from '../../../src/lib/time.js';
import type { MetricBackfills } from '../../../src/metrics/metric-backfill.service.js';
import { admin } from '../../support/collection.js';
import { deferred } from '../../support/deferred.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput, type MetricWorld, openMetricWorld, type Worker } from '../../support/metric-world.js';

/*
 * A filter is put, deleted and run over stored events, of random ranges, cancelled and merged in a random order, while
 * workers store batches whose transactions stay open for as long as chance will have it. Truth: at no time is an event
 * counted twice, and in the end each is counted once.
 */

vi.setConfig({ testTimeout: 120_000 });

const from = noon - 12 * hourMs;
const name = 'Calls';

interface Open {
  readonly mayCommit: () => void;
  readonly done: Promise<void>;
}

/** What a test does at random, each with how often. */
class Chance {
  readonly #workers: readonly Worker[];
  readonly #runners: readonly MetricBackfills[];
  readonly #open: Open[] = [];
  #events = 0;

  constructor(
    private readonly world: MetricWorld,
    private readonly random: Random,
  ) {
    this.#workers = [0, 1, 2].map(() => world.openWorker());
    this.#runners = [0, 1].map(() => world.openBackfills());
  }

  get events(): number {
    return this.#events;
  }

  async step(): Promise<void> {
    const what = this.random.below(100);
    if (what < 30) await this.#begin();
    else if (what < 50) await this.#commit();
    else if (what < 58) await this.world.putFilter(filterInput(name, '', { defaultValue: null }));
    else if (what < 63) await this.world.deleteFilter(name).catch(expected('NOT_FOUND'));
    else if (what < 73) await this.#startRun();
    else if (what < 77) await this.world.backfills.cancel(admin, name).catch(expected('NOT_FOUND'));
    else if (what < 97) await this.#stepRun();
    else await this.world.merge(this.world.clock.ofBackfills + hourMs);
  }

  /** Everything that is open commits, and the filter is run over all. */
  async end(): Promise<void> {
    while (this.#open.length > 0) await this.#commit();
    await this.world.putFilter(filterInput(name, ''));
    for (let runs = 0; runs < 2; runs++) {
      await this.world.backfills.start(admin, { name }).catch(expected('CONFLICT'));
      await this.world.runBackfills();
    }
  }

  /** An event in each of some minutes; its transaction stays open, or not. */
  async #begin(): Promise<void> {
    const minutes = this.random.between(1, 4);
    const records = Array.from({ length: minutes }, () => {
      const minute = this.#events++ % 720;
      return { id: this.#events, time: new Date(from + minute * minuteMs).toISOString() };
    });
    const [written, mayCommit] = [deferred(), deferred()];
    const hold = async () => {
      written.resolve();
      await mayCommit.promise;
    };
    const done = this.random.pick(this.#workers).ingest([fileOf(records)], { beforePosition: hold });
    await Promise.race([written.promise, done]);
    this.#open.push({ mayCommit: mayCommit.resolve, done });
    if (this.#open.length > 2 || this.random.chance(0.5)) await this.#commit();
  }

  async #commit(): Promise<void> {
    const [one] = this.#open.splice(this.random.below(Math.max(1, this.#open.length)), 1);
    one?.mayCommit();
    await one?.done;
  }

  async #startRun(): Promise<void> {
    const hour = this.random.below(12);
    const range = this.random.chance(0.3)
      ? {}
      : { from: new Date(from + hour * hourMs), to: new Date(from + (hour + this.random.between(1, 6)) * hourMs) };
    await this.world.backfills.start(admin, { name, ...range }).catch(expected('CONFLICT', 'NOT_FOUND'));
  }

  async #stepRun(): Promise<void> {
    this.world.clock.ofBackfills += 2000;
    await Promise.all(this.#runners.map((runner) => runner.step()));
  }
}

function expected(...codes: readonly string[]): (error: unknown) => void {
  return (error) => expect(codes).toContain((error as { code?: string }).code);
}

it.each(Array.from({ length: 8 }, (_, seed) => `backfill ${seed}`))('with seed %s', async (seed) => {
  const world = await openMetricWorld({ poolSize: 12 });
  try {
    const chance = new Chance(world, new Random(seed));
    const total = async () =>
      Object.values(await world.series(name, 'Sum', { from, to: noon })).reduce((sum, value) => sum + value, 0);
    for (let step = 0; step < 120; step++) {
      await chance.step();
      if (step % 10 === 0) expect(await total(), `after step ${step}`).toBeLessThanOrEqual(chance.events);
    }
    await chance.end();
    const counted = await world.series(name, 'Sum', { from, to: noon });
    expect(Object.values(counted).filter((value) => value !== 1)).toEqual([]);
    expect(Object.keys(counted)).toHaveLength(chance.events);
    const failed = await world.database.query('SELECT error FROM metric_backfill WHERE error IS NOT NULL');
    expect(failed).toEqual([]);
  } finally {
    await world.stop();
  }
});
