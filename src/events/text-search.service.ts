import type { Sql } from '../platform/database/database.js';
import type { Event } from './event.entity.js';
import type { EventKey, EventScan } from './event-search.store.js';
import { RecordMatcher } from './record-matcher.js';
import type { SearchBudget } from './text-search.js';
import { nextStretch, readFound } from './text-search.store.js';

/** Events of a stretch: few at first, for a text that is everywhere; then enough that a statement's cost is lost. */
const firstStretch = 1000;
const longestStretch = 32_000;

export interface Found {
  readonly events: Event[];
  /** Set when the search ended for want of budget: how far it came. */
  readonly stoppedAt: EventKey | null;
}

/**
 * Walks through events and their records until enough hold a text or the budget is spent. Ends at once when the budget's
 * signal aborts: then it throws.
 */
export async function searchEvents(sql: Sql, scan: EventScan, search: string, budget: SearchBudget): Promise<Found> {
  budget.begin();
  const matcher = new RecordMatcher(sql, search, budget.signal);
  const events: Event[] = [];
  let after = scan.after;
  for (let length = firstStretch; budget.left > 0; length = Math.min(length * 4, longestStretch)) {
    budget.signal.throwIfAborted();
    const limit = Math.min(length, budget.left);
    const stretch = await nextStretch(sql, { ...scan, after, limit });
    if (!stretch) return { events, stoppedAt: null };
    budget.spend(stretch.events);
    const found = await matcher.find(stretch.chunks);
    events.push(...(await readFound(sql, scan, stretch, found, scan.limit - events.length)));
    if (events.length === scan.limit || stretch.events < limit) return { events, stoppedAt: null };
    after = stretch.last;
  }
  return { events, stoppedAt: after };
}
