import { startOfDay } from '../lib/time.js';
import type { Event } from './event.entity.js';
import { chunkOf } from './record-chunk.js';

/** Where a chunk of records stands. */
export interface ChunkAddress {
  readonly batchId: string;
  readonly chunk: number;
  readonly accountId: string;
  /** 00:00 UTC of the day of its events, milliseconds. */
  readonly day: number;
}

export function chunkAddress(event: Pick<Event, 'batchId' | 'ordinal' | 'account' | 'eventTime'>): ChunkAddress {
  return {
    batchId: event.batchId,
    chunk: chunkOf(event.ordinal),
    accountId: event.account,
    day: startOfDay(event.eventTime.getTime()),
  };
}
