import type { Transaction } from '../platform/database/database.js';
import type { BatchedEvent } from './event-copy.js';
import {
  copyUnlessKnown,
  findKnown,
  insertChunks,
  insertCounts,
  insertSightings,
  type KnownEvent,
  type Sighting,
} from './event-write.store.js';
import { chunkOf } from './record-chunk.js';
import type { Segment } from './segment.js';

/** Of a duplicate: the event that was there before it. */
type Duplicate = readonly [copy: BatchedEvent, first: KnownEvent];

/** How often other batches may store the same events between our look and our write before this is given up. */
const maxLooks = 20;

/**
 * Writes a segment's events, chunks and counts. Events that are stored already are left out of all three; where else
 * they were seen is kept.
 *
 * New events, the common case, are copied straight into the table. The first duplicate breaks that copy, which is then
 * undone: from there on the keys are looked up first.
 *
 * @returns the duplicates
 */
export async function insertSegment(
  transaction: Transaction,
  batchId: string,
  segment: Segment,
  expectDuplicates: boolean,
): Promise<BatchedEvent[]> {
  const { unique, duplicates } = withoutRepeats(segment.events);
  let fresh = unique;
  let isLooking = expectDuplicates;
  // Packing goes on beside the copy. Should that fail first, a failure to pack must not go unheard.
  if (!expectDuplicates) segment.packChunks().catch(() => undefined);
  for (let looks = 0; ; looks++) {
    if (looks > maxLooks) throw new Error('other batches store the same events over and over');
    if (isLooking) {
      const known = await findKnown(transaction, fresh);
      for (const [index, first] of known) duplicates.push([fresh[index] as BatchedEvent, first]);
      fresh = fresh.filter((_, index) => !known.has(index));
    }
    if (await copyUnlessKnown(transaction, batchId, fresh)) break;
    isLooking = true;
  }
  const kept = await rememberSightings(transaction, batchId, duplicates);
  const wanted =
    duplicates.length > 0 ? new Set([...fresh.map(({ ordinal }) => ordinal), ...kept].map(chunkOf)) : undefined;
  await insertChunks(transaction, batchId, await segment.packChunks(wanted));
  await insertCounts(transaction, fresh);
  return duplicates.map(([copy]) => copy);
}

/** Tells events that come more than once in a segment from the first of each. The events are sorted by key. */
function withoutRepeats(events: readonly BatchedEvent[]): { unique: BatchedEvent[]; duplicates: Duplicate[] } {
  const unique: BatchedEvent[] = [];
  const duplicates: Duplicate[] = [];
  for (const event of events) {
    const last = unique.at(-1);
    if (last && isSameKey(last, event)) duplicates.push([event, last]);
    else unique.push(event);
  }
  return { unique, duplicates };
}

function isSameKey(a: BatchedEvent, b: BatchedEvent): boolean {
  return a.event.eventId === b.event.eventId && a.event.eventTime === b.event.eventTime && a.accountId === b.accountId;
}

/**
 * A file that is read again is no other file, unless its record now reads differently.
 *
 * @returns the ordinals of the copies whose bytes are to be kept
 */
async function rememberSightings(
  transaction: Transaction,
  batchId: string,
  duplicates: readonly Duplicate[],
): Promise<number[]> {
  const sightings = new Map<string, Sighting>();
  for (const [copy, first] of duplicates) {
    const differs = copy.recordHash !== first.recordHash;
    if (!differs && copy.logFileId === first.logFileId) continue;
    const key = `${copy.accountId} ${copy.event.eventTime} ${copy.event.eventId} ${copy.logFileId}`;
    if (differs || !sightings.has(key)) sightings.set(key, { ...copy, differs });
  }
  return sightings.size === 0 ? [] : insertSightings(transaction, batchId, [...sightings.values()]);
}
