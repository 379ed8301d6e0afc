import { hourMs } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import type { Event } from './event.entity.js';
import type { EventScan } from './event-search.store.js';
import type { TermGroups } from './term-filter.js';
import { type FoundChunk, findChunks, scanChunks, storedSpan, type TimeWindow } from './term-scan.store.js';

/** The first window; each one after it is four times as long, so that 90 days take six and any span a few more. */
const firstWindowMs = 6 * hourMs;
const windowGrowth = 4;
const chunksAtOnce = 1024;
/** Chunks whose events are read together: about as many events as a page of the commonest value needs. */
const chunksPerRead = 48;

/**
 * Reads events in the order of time by the terms of their chunks: what makes one principal, key, address, resource,
 * error or name over all accounts a matter of milliseconds, however rare it is. Chunks are found window by window from
 * where the scan begins; of a value that is everywhere only the first few of them are read.
 */
export async function scanByTerms(sql: Sql, scan: EventScan, groups: TermGroups): Promise<Event[]> {
  const span = await spanOf(sql, scan);
  const events: Event[] = [];
  let length = firstWindowMs;
  for (let left = span; left.from < left.to && events.length < scan.limit; ) {
    const { events: found, window } = await scanWindow(sql, scan, groups, head(left, length, scan), events.length);
    events.push(...found);
    left = rest(left, window, scan);
    length *= windowGrowth;
  }
  return events.slice(0, scan.limit);
}

/** Where events of the scan can lie. */
async function spanOf(sql: Sql, { selection, after, order }: EventScan): Promise<TimeWindow> {
  const stored = await storedSpan(sql);
  if (stored === null) return { from: 0, to: 0 };
  const from = Math.max(stored.from, selection.from ?? stored.from);
  const to = Math.min(stored.to, selection.to ?? stored.to);
  if (after === null) return { from, to };
  return order === 'NEWEST_FIRST'
    ? { from, to: Math.min(to, after.eventTime + 1) }
    : { from: Math.max(from, after.eventTime), to };
}

function head({ from, to }: TimeWindow, length: number, { order }: EventScan): TimeWindow {
  return order === 'NEWEST_FIRST'
    ? { from: Math.max(from, to - length), to }
    : { from, to: Math.min(to, from + length) };
}

function rest({ from, to }: TimeWindow, done: TimeWindow, { order }: EventScan): TimeWindow {
  return order === 'NEWEST_FIRST' ? { from, to: done.from } : { from: done.to, to };
}

/**
 * The events of a window, or of that part of it at its beginning whose chunks could all be had at once.
 *
 * @returns `window`: the part that was read whole
 */
async function scanWindow(
  sql: Sql,
  scan: EventScan,
  groups: TermGroups,
  window: TimeWindow,
  had: number,
): Promise<{ events: Event[]; window: TimeWindow }> {
  for (let limit = chunksAtOnce; ; limit *= 8) {
    const chunks = await findChunks(sql, scan, groups, window, limit);
    const part = chunks.length < limit ? window : knownPart(window, chunks, scan);
    // All of them end at one moment: only more of them can tell what lies before it.
    if (part.from >= part.to) continue;
    return { events: await scanInTurn(sql, { ...scan, limit: scan.limit - had }, chunks, part), window: part };
  }
}

/** Chunks that were left out begin behind the last one that was not: up to there nothing is missing. */
function knownPart({ from, to }: TimeWindow, chunks: readonly FoundChunk[], { order }: EventScan): TimeWindow {
  const last = chunks.at(-1) as FoundChunk;
  return order === 'NEWEST_FIRST' ? { from: last.maxTime + 1, to } : { from, to: last.minTime };
}

/** Reads chunk after chunk until no other can hold an event that comes before those in hand. */
async function scanInTurn(
  sql: Sql,
  scan: EventScan,
  chunks: readonly FoundChunk[],
  window: TimeWindow,
): Promise<Event[]> {
  let events: Event[] = [];
  for (let start = 0; start < chunks.length; start += chunksPerRead) {
    const next = chunks[start] as FoundChunk;
    if (events.length >= scan.limit && isBefore(events[scan.limit - 1] as Event, next, scan)) break;
    const read = await scanChunks(sql, scan, chunks.slice(start, start + chunksPerRead), window);
    events = merged(events, read, scan);
  }
  return events.slice(0, scan.limit);
}

/** The event comes before whatever the chunk holds, in the order of the scan. */
function isBefore({ eventTime }: Event, { minTime, maxTime }: FoundChunk, { order }: EventScan): boolean {
  return order === 'NEWEST_FIRST' ? eventTime.getTime() > maxTime : eventTime.getTime() < minTime;
}

function merged(a: readonly Event[], b: readonly Event[], { order }: EventScan): Event[] {
  const sign = order === 'NEWEST_FIRST' ? -1 : 1;
  return [...a, ...b].sort(
    (x, y) =>
      sign *
      (x.eventTime.getTime() - y.eventTime.getTime() || compare(x.eventID, y.eventID) || compare(x.account, y.account)),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
