import type { Transaction } from '../platform/database/database.js';
import {
  copyUnlessKnown,
  findKnown,
  insertChunks,
  insertCounts,
  insertSightings,
  type KnownEvent,
  type Sighting,
} from './event-write.store.js';
import type { DecodedSegment, EffectsPart, EncodedEvents, SegmentKeys } from './segment.port.js';
import { accountIdAt, eventIdAt, eventTimeAt, logFileIdAt, repeatsIn } from './segment-keys.js';

/** How often other batches may store the same events between our look and our write before this is given up. */
const maxLooks = 20;

/** Duplicates by their place in the segment, each with the event that was there before it. */
type Duplicates = Map<number, KnownEvent>;

/**
 * Writes a segment's events, chunks and counts. Events that are stored already are left out of all three; where else
 * they were seen is kept.
 *
 * New events, the common case, come encoded and are copied straight into the table. The first duplicate breaks that
 * copy, which is then undone: from there on the keys are looked up first, and only what is new is encoded.
 *
 * @returns the places of the duplicates, and the first effects of what is new
 */
export async function insertSegment(
  transaction: Transaction,
  batchId: string,
  segment: DecodedSegment,
): Promise<EffectsPart & { readonly duplicates: ReadonlySet<number> }> {
  const { keys } = segment;
  const duplicates: Duplicates = new Map();
  for (const [copy, first] of repeatsIn(keys)) duplicates.set(copy, knownAt(keys, first));
  let encoded: EncodedEvents | null = null;
  if (segment.encoded !== null && (await copyUnlessKnown(transaction, segment.encoded.events))) {
    await rememberSightings(transaction, batchId, keys, duplicates);
    encoded = segment.encoded;
  } else {
    encoded = await insertFresh(transaction, batchId, segment, duplicates);
  }
  if (encoded !== null) {
    await insertChunks(transaction, encoded.chunks);
    await insertCounts(transaction, encoded);
  }
  const { effects, left } = encoded ?? { effects: null, left: new Uint32Array() };
  return { duplicates: new Set(duplicates.keys()), effects, left };
}

/**
 * Looks up which events are new and writes those; all that are not join `duplicates`.
 *
 * @returns null where there is neither an event nor a record to keep
 */
async function insertFresh(
  transaction: Transaction,
  batchId: string,
  segment: DecodedSegment,
  duplicates: Duplicates,
): Promise<EncodedEvents | null> {
  const { keys } = segment;
  let fresh = placesBut(keys.count, duplicates);
  let unremembered = new Map(duplicates);
  const keptOrdinals: number[] = [];
  for (let looks = 0; looks < maxLooks; looks++) {
    for (const [index, first] of await findKnown(transaction, keys, fresh)) {
      duplicates.set(index, first);
      unremembered.set(index, first);
    }
    fresh = fresh.filter((index) => !duplicates.has(index));
    // Each once: what an earlier look has remembered would not be told again, and its record not kept.
    keptOrdinals.push(...(await rememberSightings(transaction, batchId, keys, unremembered)));
    unremembered = new Map();
    if (fresh.length === 0 && keptOrdinals.length === 0) return null;
    const encoded = await segment.encode({ fresh, keptOrdinals });
    if (fresh.length === 0 || (await copyUnlessKnown(transaction, encoded.events))) return encoded;
  }
  throw new Error('other batches store the same events over and over');
}

function placesBut(count: number, left: ReadonlyMap<number, unknown>): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index).filter((index) => !left.has(index));
}

function knownAt(keys: SegmentKeys, index: number): KnownEvent {
  return { logFileId: logFileIdAt(keys, index), recordHash: keys.recordHashes[index] as bigint };
}

/**
 * A file that is read again is no other file, unless its record now reads differently.
 *
 * @returns the ordinals of the copies whose bytes are to be kept
 */
async function rememberSightings(
  transaction: Transaction,
  batchId: string,
  keys: SegmentKeys,
  duplicates: Duplicates,
): Promise<number[]> {
  const sightings = new Map<string, Sighting>();
  for (const [index, first] of duplicates) {
    const logFileId = logFileIdAt(keys, index);
    const differs = keys.recordHashes[index] !== first.recordHash;
    if (!differs && logFileId === first.logFileId) continue;
    const sighting = {
      accountId: accountIdAt(keys, index),
      eventTime: eventTimeAt(keys, index),
      eventId: eventIdAt(keys, index),
      logFileId,
      ordinal: keys.ordinals[index] as number,
      differs,
    };
    const key = `${sighting.accountId} ${sighting.eventTime} ${sighting.eventId} ${logFileId}`;
    if (differs || !sightings.has(key)) sightings.set(key, sighting);
  }
  return sightings.size === 0 ? [] : insertSightings(transaction, batchId, [...sightings.values()]);
}
