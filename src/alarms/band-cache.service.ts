import { dayMs, startOfDay, startOfHour } from '../lib/time.js';
import { type BandModels, learnModels, readMetricSpans } from '../metrics/metric-series.service.js';
import type { Sql } from '../platform/database/database.js';
import type { CompiledAlarm } from './compiled-alarm.js';

/** A span in which windows are judged, of an alarm with a band. */
export interface BandNeed {
  readonly definitionId: string;
  readonly alarm: CompiledAlarm;
  readonly reachId: string | null;
  /** Milliseconds since 1970 UTC: the ends of the first and the last window. */
  readonly from: number;
  readonly to: number;
}

/** What a band is learned from. */
const historyMs = 28 * dayMs;
const mostKept = 10_000;

/**
 * What bands are learned from, once for a day: the 28 days before it. So what a window is judged by does not depend on when
 * it is judged, nor on what came first. While there is too little before a day, the hours before the span count too.
 */
export class BandCache {
  readonly #models = new Map<string, BandModels>();

  /** @param read how data points are read: of the reach of each alarm, where nothing else is said */
  constructor(private readonly read: typeof readMetricSpans = readMetricSpans) {}

  /** Learns what is not known yet of some spans, with a number of statements that does not grow with theirs. */
  async load(sql: Sql, needs: readonly BandNeed[]): Promise<void> {
    this.#makeRoom(needs);
    await this.#learn(sql, needs.flatMap(daysOf));
    const young = needs.filter((need) => daysOf(need).some(({ key }) => isEmpty(this.#models.get(key))));
    await this.#learn(sql, young.map(hourOf));
  }

  /** How many data points it would take at most to learn what is not known yet of a span. */
  costOf(need: BandNeed): number {
    if (need.alarm.learning === null) return 0;
    const days = daysOf(need).filter(({ key }) => !this.#models.has(key)).length;
    return (days * need.alarm.learning.stats.size * historyMs) / (need.alarm.settings.period * 1000);
  }

  /** What a window of a loaded span is judged by. */
  at(need: BandNeed, end: number): BandModels {
    const ofDay = this.#models.get(keyOf(need, startOfDay(end - 1)));
    return isEmpty(ofDay) ? (this.#models.get(hourOf(need).key) ?? new Map()) : (ofDay as BandModels);
  }

  /** What was learned first goes, but for what is needed now. */
  #makeRoom(needs: readonly BandNeed[]): void {
    if (this.#models.size <= mostKept) return;
    const needed = new Set(needs.flatMap((need) => [...daysOf(need), hourOf(need)].map(({ key }) => key)));
    for (const key of this.#models.keys()) {
      if (this.#models.size <= mostKept) return;
      if (!needed.has(key)) this.#models.delete(key);
    }
  }

  async #learn(sql: Sql, wanted: readonly Wanted[]): Promise<void> {
    const missing = [...new Map(wanted.map((one) => [one.key, one])).values()].filter(
      ({ key }) => !this.#models.has(key),
    );
    if (missing.length === 0) return;
    const spans = missing.flatMap(({ need, until }) => {
      const query = need.alarm.learning;
      return query === null ? [] : [{ query, reachId: need.reachId, from: until - historyMs, to: until }];
    });
    const read = await this.read(sql, spans);
    for (const [index, { key, need, until }] of missing.entries()) {
      const { learning, settings } = need.alarm;
      if (learning === null) continue;
      const series = new Map([...(read[index] ?? [])].map(([id, points]) => [id, points.series]));
      const span = { start: until - historyMs, end: until, period: settings.period };
      this.#models.set(key, learnModels(learning, series, span));
    }
  }
}

interface Wanted {
  readonly key: string;
  readonly need: BandNeed;
  readonly until: number;
}

function keyOf({ definitionId, reachId }: BandNeed, until: number): string {
  return `${definitionId} ${reachId} ${until}`;
}

function daysOf(need: BandNeed): Wanted[] {
  const days: Wanted[] = [];
  for (let until = startOfDay(need.from - 1); until < need.to; until += dayMs) {
    days.push({ key: keyOf(need, until), need, until });
  }
  return days;
}

function hourOf(need: BandNeed): Wanted {
  const until = startOfHour(need.to - 1);
  return { key: keyOf(need, until), need, until };
}

function isEmpty(models: BandModels | undefined): boolean {
  return models === undefined || [...models.values()].some((model) => model === null);
}
