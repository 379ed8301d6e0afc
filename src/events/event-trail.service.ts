import type { AccountScope } from '../access/scope.js';
import type { Database } from '../platform/database/database.js';
import { selectEvents } from './event-filter.js';
import { currentPosition } from './event-search.store.js';
import type { EventTrail, RecordTest } from './event-trail.port.js';
import { readIdentities } from './event-trail.store.js';
import { readerAt, walkEvents } from './event-walk.js';
import { recordTestOf } from './record-test.js';
import type { SearchBudget } from './text-search.js';

/**
 * @param position at which it was pinned before; null: at the last one there is
 * @param budget of the request: its signal ends all reads, and what steps with a test read is taken from it
 */
export async function openTrail(
  database: Database,
  scope: AccountScope,
  position: string | null,
  budget: SearchBudget,
): Promise<EventTrail> {
  const pinnedAt = position ?? (await currentPosition(database.until(budget.signal).reads));
  const sql = await readerAt(database, pinnedAt, budget.signal);
  return {
    pinnedAt,
    list({ filter, actors, test, order, after, limit }) {
      const selection = selectEvents(scope, filter, actors);
      const scan = { selection, order, after, pinnedAt, limit };
      return walkEvents(sql, scan, both(recordTestOf(selection), test), budget);
    },
    identities: (places, span) => readIdentities(sql, scope, places, span),
  };
}

function both(one: RecordTest | null, other: RecordTest | null): RecordTest | null {
  if (one === null || other === null) return one ?? other;
  return (record, accountId) => one(record, accountId) && other(record, accountId);
}
