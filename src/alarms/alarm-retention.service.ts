import { dayMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import { deleteOldChanges } from './alarm-change.store.js';
import { deleteOldHistory } from './alarm-history.store.js';
import { deleteOrphanTouches } from './alarm-pass.store.js';

/** Of changes, as long as of data points; of history, as long as CloudWatch keeps it. */
const kept = { changesMs: 455 * dayMs, historyMs: 30 * dayMs };
const atOnce = 5000;

/**
 * Deletes what is too old of alarms.
 *
 * @returns how many changes; call it again until it is 0
 */
export async function forgetOldChanges(database: Database, now: number): Promise<number> {
  await deleteOldHistory(database, new Date(now - kept.historyMs));
  await deleteOrphanTouches(database);
  return deleteOldChanges(database, new Date(now - kept.changesMs), atOnce);
}
