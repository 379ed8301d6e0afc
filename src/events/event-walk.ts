import type { Database, Sql } from '../platform/database/database.js';
import { currentPosition, type EventScan, scanEvents } from './event-search.store.js';
import type { RecordTest } from './record-test.js';
import { termGroupsOf } from './term-filter.js';
import { scanByTerms } from './term-scan.js';
import type { SearchBudget } from './text-search.js';
import { type Found, searchEvents } from './text-search.service.js';

/** A replica may not have come as far as the traversal that a cursor goes on with; the primary has. */
export async function readerAt(database: Database, position: string, signal?: AbortSignal): Promise<Sql> {
  const { reads, primary } = signal ? database.until(signal) : { reads: database.reads, primary: database };
  const replica = await currentPosition(reads);
  return BigInt(replica) >= BigInt(position) ? reads : primary;
}

/**
 * Reads the events of a scan by the cheapest way that there is to them.
 *
 * @param test what their records must pass; null where these need not be read, and nothing of the budget is spent
 */
export async function walkEvents(
  sql: Sql,
  scan: EventScan,
  test: RecordTest | null,
  budget: SearchBudget,
): Promise<Found> {
  if (test !== null) return searchEvents(sql, scan, test, budget);
  const groups = termGroupsOf(scan.selection);
  const events = await (groups.length > 0 ? scanByTerms(sql, scan, groups) : scanEvents(sql, scan));
  return { events, stoppedAt: null };
}
