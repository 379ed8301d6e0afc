import { exactDecimalSum } from '../lib/exact-decimal.js';
import { hourMs, minuteMs, startOfHour } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import type { ExactSummary, NewPoint } from './data-point.port.js';
import { insertPoints, type PointRow } from './data-point.store.js';
import { digestOf, type MetricIdentity, nameDigestOf } from './metric-identity.js';
import type { MetricRegistry } from './metric-registry.service.js';
import { unitNumber } from './metric-unit.js';
import { type TouchedMetric, touchWatchers } from './metric-watch.store.js';
import { ValueSketch } from './value-sketch.js';

/** Points that are held until they are written, and values of them. */
const atOnce = { points: 5000, values: 200_000 };

/** What lies further in the future is left out, as CloudWatch does (PutMetricData): nobody could see it grow old. */
const newestMs = 7_200_000;

/** What is to become one row. */
interface Pending {
  readonly digest: string;
  readonly outputId: string | null;
  readonly time: number;
  readonly resolution: number;
  readonly unit: number;
  minutes: bigint;
  readonly values: number[];
  readonly counts: number[];
}

/**
 * Data points that one transaction writes: appended, so that no writer waits for another, but for who makes a metric at the
 * same time. They are seen if and only if the
 * transaction commits.
 *
 * ```ts
 * const points = new PointWriter(transaction, registry, now);
 * await points.add(newPoints);
 * await points.finish();       // after the last one, as late in the transaction as can be
 * ```
 */
export class PointWriter {
  readonly #metrics = new Map<string, MetricIdentity>();
  readonly #digests = new Map<MetricIdentity, string>();
  readonly #made = new Map<string, string>();
  readonly #pending = new Map<string, Pending>();
  #rows: (PointRow & { readonly digest: string })[] = [];
  #values = 0;
  readonly #crowded = new Set<string>();

  constructor(
    private readonly transaction: Sql,
    private readonly registry: MetricRegistry,
    private readonly now: Date,
    /** Whether what it writes was asked for later: it is no news. */
    private readonly isHistory = false,
  ) {}

  /** Metrics of which there are so many that no more of their name are made: what was of new ones was left out. */
  get crowded(): readonly string[] {
    return [...this.#crowded];
  }

  async add(points: Iterable<NewPoint>): Promise<void> {
    for (const point of points) {
      this.#take(point);
      if (this.#pending.size + this.#rows.length >= atOnce.points || this.#values >= atOnce.values) await this.finish();
    }
  }

  async finish(): Promise<void> {
    const rows = [...this.#rows, ...[...this.#pending.values()].map(rowOf)];
    if (rows.length === 0) return;
    const ids = await this.registry.idsOf(this.transaction, this.#metrics, this.#made);
    for (const [digest, { namespace, metricName }] of this.#metrics) {
      if (!ids.has(digest)) this.#crowded.add(`${namespace} ${metricName}`);
    }
    await insertPoints(
      this.transaction,
      rows.flatMap(({ digest, ...row }) => {
        const metricId = ids.get(digest);
        return metricId === undefined ? [] : [{ ...row, metricId }];
      }),
      this.now,
    );
    await touchWatchers(this.transaction, this.#touched(rows), this.isHistory);
    this.#pending.clear();
    this.#metrics.clear();
    this.#digests.clear();
    this.#rows = [];
    this.#values = 0;
  }

  /** By metric and hour: what lies far apart is looked at by itself. */
  #touched(rows: readonly (PointRow & { readonly digest: string })[]): TouchedMetric[] {
    const touched = new Map<string, { -readonly [K in keyof TouchedMetric]: TouchedMetric[K] }>();
    for (const { digest, time } of rows) {
      const key = `${digest} ${startOfHour(time)}`;
      const known = touched.get(key);
      if (known === undefined) {
        const metric = this.#metrics.get(digest) as MetricIdentity;
        const { accountId, awsRegion } = metric;
        touched.set(key, { nameDigest: nameDigestOf(metric), accountId, awsRegion, from: time, to: time });
      } else {
        known.from = Math.min(known.from, time);
        known.to = Math.max(known.to, time);
      }
    }
    return [...touched.values()];
  }

  #take({ metric, outputId, time, storageResolution, unit, samples }: NewPoint): void {
    if (time > this.now.getTime() + newestMs) return;
    const digest = this.#digestOf(metric);
    const start = Math.floor(time / (storageResolution * 1000)) * storageResolution * 1000;
    const place = { digest, outputId, time: start, resolution: storageResolution, unit: unitNumber(unit) };
    const minutes = outputId === null ? 0n : minuteBit(time);
    if ('summary' in samples) {
      this.#rows.push({ ...place, minutes, ...samples.summary, distribution: null });
      return;
    }
    const key = `${digest} ${outputId} ${start} ${storageResolution} ${unit}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { ...place, minutes, values: [], counts: [] };
      this.#pending.set(key, pending);
    }
    pending.minutes |= minutes;
    pending.values.push(...samples.values);
    pending.counts.push(...samples.counts);
    this.#values += samples.values.length;
  }

  /** Many points are of one metric, and mostly of one object. */
  #digestOf(metric: MetricIdentity): string {
    let digest = this.#digests.get(metric);
    if (digest === undefined) {
      digest = digestOf(metric);
      this.#digests.set(metric, digest);
      this.#metrics.set(digest, metric);
    }
    return digest;
  }
}

function minuteBit(time: number): bigint {
  return 1n << BigInt(Math.floor((time - startOfHour(time)) / minuteMs) % (hourMs / minuteMs));
}

function rowOf({ values, counts, ...place }: Pending): PointRow & { readonly digest: string } {
  const summary = summaryOf(values, counts);
  const isEven = summary.minimum === summary.maximum;
  return { ...place, ...summary, distribution: isEven ? null : ValueSketch.of(values, counts).encode() };
}

function summaryOf(values: readonly number[], counts: readonly number[]): ExactSummary {
  const ones = counts.map(() => 1);
  return {
    sampleCount: exactDecimalSum(counts, ones),
    sum: exactDecimalSum(values, counts),
    minimum: values.reduce((least, value) => Math.min(least, value)),
    maximum: values.reduce((most, value) => Math.max(most, value)),
  };
}
