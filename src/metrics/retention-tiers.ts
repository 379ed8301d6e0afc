import { dayMs, hourMs } from '../lib/time.js';
import { badInput } from '../platform/errors.js';

/** When data points of one resolution are put together to those of another. */
export interface Tier {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly keptMs: number;
}

/**
 * CloudWatch's retention ("Metrics concepts", Amazon CloudWatch User Guide). Points grow old from when they came, or from
 * their time where that is later: CloudWatch takes nothing that is much older than it comes, so there is no difference
 * there, and here the past that is counted late is kept as finely, and as long, as anything.
 */
export const tiers: readonly Tier[] = [
  { from: 1, to: 60, keptMs: 3 * hourMs },
  { from: 60, to: 300, keptMs: 15 * dayMs },
  { from: 300, to: 3600, keptMs: 63 * dayMs },
];

/** For how long data points are kept at all. */
export const keptMs = 455 * dayMs;

/** One day: the longest period of the guide. */
const maxPeriod = 86_400;
const highResolutionPeriods = [1, 5, 10, 20, 30];

/**
 * Checks the period of a metric: 1, 5, 10, 20, 30 or a multiple of 60, up to a day, in seconds.
 *
 * @param argument path of the argument as the client wrote it
 * @param position of what it is part of, where it stands in an expression
 * @throws CrosstrailError BAD_USER_INPUT
 */
export function parsePeriod(argument: string, period: number, position?: number): number {
  const isTaken = highResolutionPeriods.includes(period) || (period % 60 === 0 && period > 0 && period <= maxPeriod);
  if (isTaken) return period;
  throw badInput(
    argument,
    `a period is ${highResolutionPeriods.join(', ')} or a multiple of 60 seconds, and at most ${maxPeriod}`,
    position,
  );
}
