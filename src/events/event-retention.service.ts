import type { KeptSince } from '../accounts/retention.service.js';
import { dayMs } from '../lib/time.js';
import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import * as store from './event-retention.store.js';
import { isLockNotAvailable, withPatience } from './lock-patience.js';
import { dropEmptyRange, standingRanges } from './partition.store.js';
import type { TimeRange } from './partition-plan.js';

/** What arrived within this time stays, however old it is: a reader of the feed who lags less misses nothing. */
export const graceDays = 7;

/** Tries to have a partition for oneself in one run, about 5 s of them: the next run goes on. */
const triesForLock = 10;

export interface RetentionDeps {
  readonly database: Database;
  /** Milliseconds UTC. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Deleted {
  /** Events that were deleted a few at a time, because their partition holds others that stay. */
  events: number;
  /** Partitions that were emptied at once. */
  emptied: number;
  /** Partitions that were dropped. */
  dropped: number;
}

/**
 * Deletes the events that are no longer kept, with their records, sightings and counts, in short transactions that
 * writers do not wait for. It may be cut short anywhere; the next run goes on. Runs in one process at a time.
 */
export async function deleteExpired(deps: RetentionDeps, kept: KeptSince): Promise<Deleted> {
  const deleted = { events: 0, emptied: 0, dropped: 0 };
  const { latest } = kept;
  if (latest === null) return deleted;
  for (const range of await standingRanges(deps.database)) {
    if (range.start >= latest || deps.signal.aborted) break;
    const accountIds = await store.accountsIn(deps.database, range);
    if (isExpired(range, accountIds, kept) && (await emptied(deps, range, kept))) deleted.emptied += 1;
    else deleted.events += await deleteFrom(deps, range, accountIds, kept);
    if (range.end <= latest && (await dropped(deps, range))) deleted.dropped += 1;
  }
  const inOther = await store.accountsIn(deps.database, null);
  deleted.events += await deleteFrom(deps, null, inOther, kept);
  if (deleted.dropped > 0) await forgetBatches(deps);
  return deleted;
}

function isExpired({ end }: TimeRange, accountIds: readonly string[], kept: KeptSince): boolean {
  const isGone = (since: number | null) => since !== null && end <= since;
  return accountIds.length > 0 && accountIds.every((accountId) => isGone(kept.of(accountId)));
}

function graceBegins({ now }: RetentionDeps): Date {
  return new Date(now() - graceDays * dayMs);
}

/** Undoes a transaction: something of the partition is kept after all. */
class NotDue extends Error {}

/**
 * Empties a partition of which nothing is kept, with its counts: either both are gone or neither. Most counts go before
 * the partition is locked, so that its readers wait for little.
 *
 * @returns false when something is kept after all, or when it is too busy
 */
async function emptied(deps: RetentionDeps, range: TimeRange, kept: KeptSince): Promise<boolean> {
  const isDue = (holdings: readonly store.Holding[]) =>
    holdings.every(({ isRecent }) => !isRecent) &&
    isExpired(
      range,
      holdings.map(({ accountId }) => accountId),
      kept,
    );
  // Looked at first without the lock: nobody should wait for a partition that cannot go yet.
  if (!isDue(await store.holdingsOf(deps.database, range, graceBegins(deps)))) return false;
  return givingWay(() =>
    deps.database.transaction(async (transaction) => {
      // Nobody waits for anything while he holds it, so this wait ends; the partition is still free meanwhile.
      await lock(transaction, advisoryLocks.compactCounts);
      const epoch = await store.beginDeletion(transaction);
      await store.deleteCounts(transaction, range);
      await store.lockRange(transaction, range);
      const holdings = await store.holdingsOf(transaction, range, graceBegins(deps));
      if (!isDue(holdings)) throw new NotDue();
      await store.truncateRange(transaction, range, epoch, holdings);
      // What was stored between the first deletion and the lock. Its writers are done: all counts are seen.
      await store.deleteCounts(transaction, range);
      return true;
    }),
  ).catch((error: unknown) => {
    if (error instanceof NotDue) return false;
    throw error;
  });
}

/** Deletes what is expired of each account, a slice at a time. */
async function deleteFrom(
  deps: RetentionDeps,
  range: TimeRange | null,
  accountIds: readonly string[],
  kept: KeptSince,
): Promise<number> {
  let events = 0;
  for (const accountId of accountIds) {
    const since = kept.of(accountId);
    if (since === null || (range !== null && since <= range.start)) continue;
    for (let isMore = true; isMore && !deps.signal.aborted; ) {
      const slice = await deps.database.transaction(async (transaction) => {
        const epoch = await store.beginDeletion(transaction);
        const before = new Date(since);
        return store.deleteSlice(transaction, { range, accountId, before, arrivedBefore: graceBegins(deps), epoch });
      });
      events += slice.events;
      isMore = slice.chunks > 0;
    }
  }
  return events;
}

/** Drops a partition that has become empty, and first what is left of its counts: those that sum up to nothing. */
async function dropped({ database, signal }: RetentionDeps, range: TimeRange): Promise<boolean> {
  for (let counts = 1; counts > 0 && !signal.aborted; ) {
    counts = await database.transaction(async (transaction) => {
      await lock(transaction, advisoryLocks.compactCounts);
      return store.deleteSpentCounts(transaction, range);
    });
  }
  return givingWay(() =>
    database.transaction(async (transaction) => {
      await lock(transaction, advisoryLocks.partitions);
      return dropEmptyRange(transaction, range);
    }),
  );
}

async function forgetBatches(deps: RetentionDeps): Promise<void> {
  for (let batches = 1; batches > 0 && !deps.signal.aborted; ) {
    batches = await deps.database.transaction(async (transaction) => {
      await lock(transaction, advisoryLocks.partitions);
      return store.deleteBatches(transaction, graceBegins(deps));
    });
  }
}

/** Tries a few times to have a lock. False when others never left it, or when `attempt` found nothing to do. */
async function givingWay(attempt: () => Promise<boolean>): Promise<boolean> {
  try {
    return await withPatience(attempt, triesForLock);
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    return false;
  }
}
