import { dayMs } from '../lib/time.js';
import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import { isLockNotAvailable, withPatience } from './lock-patience.js';
import { standingRanges } from './partition.store.js';
import * as store from './partition-merge.store.js';
import { type MonthOfDays, monthsToMerge } from './partition-plan.js';

export interface MergeDeps {
  readonly database: Database;
  /** Milliseconds UTC. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A month of which something arrived within this time waits: it would change while it is copied. */
const quietMs = dayMs;
const triesForLock = 10;

/**
 * Makes one partition of the days of each month that has grown old: what a query that names no time pays for planning
 * grows with the number of partitions. The month is put together beside the table, a day at a time, and takes the place of
 * its days in one transaction. Days that are written to meanwhile are noted and copied again. It may be cut short
 * anywhere; the next run goes on. Runs in one process at a time.
 *
 * @returns how many months became one partition
 */
export async function mergeMonths(deps: MergeDeps): Promise<number> {
  const { database, now, signal } = deps;
  const months = monthsToMerge(await standingRanges(database), now());
  await database.transaction((transaction) =>
    store.dropUnfinished(
      transaction,
      months.map(({ month }) => month),
    ),
  );
  let merged = 0;
  for (const month of months) {
    if (signal.aborted) break;
    if (await store.isBusy(database, month.month, new Date(now() - quietMs))) continue;
    try {
      if (await mergeMonth(deps, month)) merged += 1;
    } catch (error) {
      // Too busy, or told to stop: the next run goes on where this one came to.
      if (!isLockNotAvailable(error) && !signal.aborted) throw error;
    }
  }
  return merged;
}

async function mergeMonth({ database, signal }: MergeDeps, { month, days }: MonthOfDays): Promise<boolean> {
  await database.transaction(async (transaction) => {
    await store.makeMonth(transaction, month);
    await store.forgetDropped(transaction, month, days);
  });
  const merged = await store.mergedDays(database, days);
  for (const day of days.filter((each) => !merged.has(each))) {
    await withPatience(
      () => database.transaction((transaction) => store.beginDay(transaction, month, day)),
      triesForLock,
    );
    await store.copyDay(database.until(signal).primary, month, day);
  }
  await store.analyzeMonth(database, month);
  return withPatience(
    () =>
      database.transaction(async (transaction) => {
        await lock(transaction, advisoryLocks.partitions);
        await store.lockForSwap(transaction);
        const standing = (await standingRanges(transaction)).filter(
          ({ start }) => start >= month.start && start < month.end,
        );
        // A day that was made or written to meanwhile: the next run copies it.
        const isWhole = (await store.mergedDays(transaction, standing)).size === standing.length;
        if (!isWhole || standing.length === 0) return false;
        await store.swapMonth(transaction, month, standing);
        return true;
      }),
    triesForLock,
  );
}
