import { dayMs, hourMs } from '../lib/time.js';
import { badInput } from '../platform/errors.js';

/** How finely data points of an age are kept. */
interface Tier {
  /** Seconds. */
  readonly resolution: number;
  readonly keptMs: number;
}

/** For how long data points are kept at all. */
export const keptMs = 455 * dayMs;

/**
 * CloudWatch's retention ("Metrics concepts", Amazon CloudWatch User Guide; the same in GetMetricData): data points that
 * grow older than a tier are put together to those of the next.
 */
const tiers: readonly Tier[] = [
  { resolution: 1, keptMs: 3 * hourMs },
  { resolution: 60, keptMs: 15 * dayMs },
  { resolution: 300, keptMs: 63 * dayMs },
  { resolution: 3600, keptMs },
];

/** One day: the longest period of the guide. */
const maxPeriod = 86_400;
const highResolutionPeriods = [1, 5, 10, 20, 30];

/**
 * The resolution in which data of an age is kept.
 *
 * @param ageMs milliseconds; below 0 for data from the future
 * @param storageResolution seconds, as the data was put
 * @returns seconds; null where it is not kept any longer
 */
export function resolutionAt(ageMs: number, storageResolution: 1 | 60): number | null {
  const tier = tiers.find((one) => one.resolution >= storageResolution && ageMs <= one.keptMs);
  return tier?.resolution ?? null;
}

/**
 * The earliest time of which data points of a period can be told.
 *
 * @param period seconds, as `parsePeriod` takes it
 */
export function availableSince(period: number, now: Date): Date {
  // The coarsest data that its points can be put together from.
  const tier = tiers.findLast(({ resolution }) => period % resolution === 0);
  return new Date(now.getTime() - (tier?.keptMs ?? 0));
}

/**
 * Checks the period of a metric: 1, 5, 10, 20, 30 or a multiple of 60, up to a day, in seconds.
 *
 * @param argument path of the argument as the client wrote it
 * @throws CrosstrailError BAD_USER_INPUT
 */
export function parsePeriod(argument: string, period: number): number {
  const isTaken = highResolutionPeriods.includes(period) || (period % 60 === 0 && period > 0 && period <= maxPeriod);
  if (isTaken) return period;
  throw badInput(
    argument,
    `a period is ${highResolutionPeriods.join(', ')} or a multiple of 60 seconds, and at most ${maxPeriod}`,
  );
}
