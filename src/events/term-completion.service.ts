import { dayMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import { TermCollector } from './event-terms.js';
import { type BareChunk, type BareEvent, eventsOfChunks, lockBareChunks, writeTerms } from './term-completion.store.js';

const chunksAtOnce = 256;

/**
 * Works out the terms of chunks that were stored before chunks had any. Until then those chunks are read for every
 * question, so answers are whole at any time.
 *
 * @returns how many were done; call it again until it is 0
 */
export async function completeTerms(database: Database): Promise<number> {
  return database.transaction(async (transaction) => {
    const chunks = await lockBareChunks(transaction, chunksAtOnce);
    if (chunks.length === 0) return 0;
    const byChunk = new Map<string, BareEvent[]>(chunks.map((chunk) => [keyOf(chunk), []]));
    for (const event of await eventsOfChunks(transaction, chunks)) byChunk.get(keyOf(event))?.push(event);
    await writeTerms(
      transaction,
      chunks.map((chunk) => ({ ...chunk, ...summaryOf(chunk, byChunk.get(keyOf(chunk)) ?? []) })),
    );
    return chunks.length;
  });
}

function keyOf({ batchId, chunk }: Pick<BareChunk, 'batchId' | 'chunk'>): string {
  return `${batchId}/${chunk}`;
}

/** Of a chunk whose events are all gone: the bounds of its day, and no terms. */
function summaryOf({ day }: BareChunk, events: readonly BareEvent[]) {
  const collector = new TermCollector();
  for (const event of events) collector.add(event);
  const times = events.map(({ eventTime }) => eventTime.getTime());
  return {
    minTime: times.length > 0 ? new Date(Math.min(...times)) : day,
    maxTime: times.length > 0 ? new Date(Math.max(...times)) : new Date(day.getTime() + dayMs - 1),
    terms: [...collector.terms],
  };
}
