import type { KeptSince } from '../accounts/retention.service.js';
import { dayMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import * as store from './ledger-retention.store.js';

/** How much longer than its events the ledger is kept: it says for so long what was collected, and what was proven. */
export const ledgerDaysBeyond = 365;

/**
 * Deletes files and digests from the ledger whose events went long ago. Discovery does not take such files again (see
 * `LedgerService.write`).
 *
 * @returns how many files were forgotten
 */
export async function forgetFiles(database: Database, kept: KeptSince, signal: AbortSignal): Promise<number> {
  if (kept.latest === null) return 0;
  let files = 0;
  for (const accountId of await store.accountsOfLedger(database)) {
    const since = kept.of(accountId);
    if (since === null) continue;
    const before = new Date(since - ledgerDaysBeyond * dayMs);
    // First what names files: a digest that is left without the files that it names would seem broken.
    for (let isMore = true; isMore && !signal.aborted; )
      isMore = (await store.deleteDigests(database, accountId, before)) > 0;
    for (let deleted = 1; deleted > 0 && !signal.aborted; files += deleted) {
      deleted = await store.deleteFiles(database, accountId, before);
    }
  }
  return files;
}
