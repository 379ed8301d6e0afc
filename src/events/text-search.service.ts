import type { Sql } from '../platform/database/database.js';
import { chunkAddress } from './chunk-address.js';
import type { Event } from './event.entity.js';
import type { EventKey, EventScan } from './event-search.store.js';
import { RecordMatcher } from './record-matcher.js';
import type { RecordTest } from './record-test.js';
import { type TermGroups, termGroupsOf } from './term-filter.js';
import { scanByTerms } from './term-scan.js';
import type { SearchBudget } from './text-search.js';
import { nextStretch, readFound } from './text-search.store.js';

/** Events of a stretch: few at first, for a text that is everywhere; then enough that a statement's cost is lost. */
const firstStretch = 1000;
const longestStretch = 32_000;
/** Whole rows are read of these. */
const longestTermStretch = 4000;

export interface Found {
  readonly events: Event[];
  /** Set when the search ended for want of budget: how far it came. */
  readonly stoppedAt: EventKey | null;
}

/** What a request may read of a filter's events, looked through to the end. */
export interface Matched {
  readonly matched: number;
  /** The first of them in the order of the walk, `limit` at most. */
  readonly examples: Event[];
  readonly isComplete: boolean;
  /** Where it is not: how far the walk came. */
  readonly lookedBackTo: Date | null;
}

/** The next events of a walk. */
interface Step {
  /** How many were looked at. */
  readonly events: number;
  readonly isEnd: boolean;
  /** Behind the last of them; where nothing was left, what it was. */
  readonly last: EventKey | null;
  /** How many of them pass. */
  readonly passed: number;
  /** The first of those. */
  read(limit: number): Promise<Event[]>;
}

type Walk = (after: EventKey | null, limit: number) => Promise<Step>;

/**
 * Walks through events and their records until enough pass a test or the budget is spent. Ends at once when the budget's
 * signal aborts: then it throws.
 */
export async function searchEvents(
  sql: Sql,
  scan: EventScan,
  matches: RecordTest,
  budget: SearchBudget,
): Promise<Found> {
  const events: Event[] = [];
  let { after } = scan;
  for await (const step of stepsOf(sql, scan, matches, budget)) {
    events.push(...(await step.read(scan.limit - events.length)));
    if (events.length === scan.limit || step.isEnd) return { events, stoppedAt: null };
    after = step.last;
  }
  return { events, stoppedAt: after };
}

/** Walks on to the end, or as far as the budget goes, and counts what passes. */
export async function countMatches(
  sql: Sql,
  scan: EventScan,
  matches: RecordTest,
  budget: SearchBudget,
): Promise<Matched> {
  const examples: Event[] = [];
  let matched = 0;
  let last: EventKey | null = null;
  for await (const step of stepsOf(sql, scan, matches, budget)) {
    matched += step.passed;
    if (examples.length < scan.limit) examples.push(...(await step.read(scan.limit - examples.length)));
    if (step.isEnd) return { matched, examples, isComplete: true, lookedBackTo: null };
    last = step.last;
  }
  return { matched, examples, isComplete: false, lookedBackTo: last === null ? null : new Date(last.eventTime) };
}

async function* stepsOf(
  sql: Sql,
  scan: EventScan,
  matches: RecordTest,
  budget: SearchBudget,
): AsyncGenerator<Step, void> {
  budget.begin();
  const matcher = new RecordMatcher(sql, matches, budget.signal);
  const groups = termGroupsOf(scan.selection);
  const isByTerms = groups.length > 0;
  const walk = isByTerms ? walkByTerms(sql, scan, groups, matcher) : walkThrough(sql, scan, matcher);
  const longest = isByTerms ? longestTermStretch : longestStretch;
  let { after } = scan;
  for (let length = firstStretch; budget.left > 0; length = Math.min(length * 4, longest)) {
    budget.signal.throwIfAborted();
    const step = await walk(after, Math.min(length, budget.left));
    budget.spend(step.events);
    yield step;
    if (step.isEnd) return;
    after = step.last;
  }
}

function walkThrough(sql: Sql, scan: EventScan, matcher: RecordMatcher): Walk {
  return async (after, limit) => {
    const stretch = await nextStretch(sql, { ...scan, after, limit });
    if (stretch === null) return { events: 0, isEnd: true, last: after, passed: 0, read: async () => [] };
    const found = await matcher.find(stretch.chunks);
    return {
      events: stretch.events,
      isEnd: stretch.events < limit,
      last: stretch.last,
      passed: found.length,
      read: (wanted) => readFound(sql, scan, stretch, found, wanted),
    };
  };
}

/** Where the terms of chunks say which events come into question: as a rule few. */
function walkByTerms(sql: Sql, scan: EventScan, groups: TermGroups, matcher: RecordMatcher): Walk {
  return async (after, limit) => {
    const candidates = await scanByTerms(sql, { ...scan, after, limit }, groups);
    const found = await matcher.filter(candidates, chunkAddress);
    const last = candidates.at(-1);
    return {
      events: candidates.length,
      isEnd: candidates.length < limit,
      last: last ? { eventTime: last.eventTime.getTime(), eventId: last.eventID, accountId: last.account } : after,
      passed: found.length,
      read: async (wanted) => found.slice(0, wanted),
    };
  };
}
