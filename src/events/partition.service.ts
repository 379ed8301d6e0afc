import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import { withPatience } from './lock-patience.js';
import { createRange, standingRanges } from './partition.store.js';
import { partitionFor, type TimeRange } from './partition-plan.js';

/** Creates the partitions that events need before they are written. */
export interface Partitions {
  /** Whether every one of these event times has its partition, as far as this process knows. */
  has(eventTimes: Iterable<number>): boolean;
  /**
   * Creates what is missing. Never call it inside a transaction that has written events: it waits for readers and
   * writers of the catch-all.
   */
  ensure(eventTimes: Iterable<number>): Promise<void>;
}

/**
 * What a process knows of partitions may be out of date: one that retention has dropped meanwhile counts as there. What
 * is then written of its time lands in the catch-all, where retention finds it too.
 */
export function createPartitions(database: Database, now: () => number): Partitions {
  let known: readonly TimeRange[] = [];

  function missing(eventTimes: Iterable<number>, standing: readonly TimeRange[] = known): TimeRange[] {
    const ranges: TimeRange[] = [];
    for (const time of eventTimes) {
      const taken = [...standing, ...ranges];
      const range = partitionFor(time, taken, now());
      if (range && !taken.includes(range)) ranges.push(range);
    }
    return ranges;
  }

  return {
    has: (eventTimes) => missing(eventTimes).length === 0,
    async ensure(eventTimes) {
      const times = [...eventTimes];
      while (missing(times).length > 0) {
        known = await withPatience(() =>
          database.transaction(async (transaction) => {
            await lock(transaction, advisoryLocks.partitions);
            const standing = await standingRanges(transaction);
            const [range] = missing(times, standing);
            if (!range) return standing;
            await createRange(transaction, range);
            return [...standing, range];
          }),
        );
      }
    },
  };
}
