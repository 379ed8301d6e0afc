import { advisoryLocks, tryLock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import { deleteOldActivity, mergeActivity } from './activity.store.js';
import {
  deleteOldPoints,
  insertMerged,
  type MergedGroup,
  type MergedPointRow,
  takeDeltas,
  takeOld,
} from './data-point.store.js';
import { sketchOf } from './distribution.js';
import { sweepMetrics } from './metric-registry.store.js';
import { keptMs, tiers } from './retention-tiers.js';

/** Rows looked at in one transaction, so that none is long. */
const atOnce = 10_000;
/** What was appended is merged when the next of its minute has likely come. */
const deltaMs = 120_000;

/**
 * Merges data points: those that were appended become one row for each time, and those that have come to an age at which
 * CloudWatch keeps them less finely become rows of more time.
 *
 * @returns how many rows were made; call it again until it is 0
 */
export async function mergePoints(database: Database, now: Date): Promise<number> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  return database.transaction(async (sql) => {
    if (!(await tryLock(sql, advisoryLocks.mergePoints))) return 0;
    let groups = await takeDeltas(sql, before(deltaMs), atOnce);
    // Of how many groups there are it has no idea, and would write them to disk in 256 parts.
    await sql.query('SET LOCAL enable_hashagg = off');
    for (const tier of tiers) if (groups.length === 0) groups = await takeOld(sql, tier, before(tier.keptMs), atOnce);
    await insertMerged(sql, groups.map(mergedRow));
    return groups.length;
  });
}

/** The same for the minutes in which events happened. */
export async function mergeActivities(database: Database, now: Date): Promise<number> {
  return database.transaction(async (sql) =>
    (await tryLock(sql, advisoryLocks.mergeActivity)) ? mergeActivity(sql, now, atOnce) : 0,
  );
}

/** Deletes what CloudWatch would not keep any longer, and metrics of which nothing is left. */
export async function forgetPoints(database: Database, now: Date, signal: AbortSignal): Promise<number> {
  const before = new Date(now.getTime() - keptMs);
  await deleteOldActivity(database, before);
  let total = 0;
  while (!signal.aborted) {
    const deleted = await deleteOldPoints(database, before, atOnce);
    total += deleted;
    if (deleted === 0) break;
  }
  await sweepMetrics(database, now);
  return total;
}

function mergedRow({ isUnknown, distributions, evens, minutes, ...row }: MergedGroup): MergedPointRow {
  const isKnown = row.minimum !== row.maximum && !isUnknown;
  const distribution = isKnown ? sketchOf({ distributions, evens }).encode() : null;
  return { ...row, minutes: BigInt(minutes), distribution };
}
