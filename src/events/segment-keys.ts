import type { SegmentKeys } from './segment.port.js';

/** Places whose key is that of the place before them, and the first place of that key. */
export function repeatsIn(keys: SegmentKeys): Map<number, number> {
  const repeats = new Map<number, number>();
  let first = 0;
  for (let index = 1; index < keys.count; index++) {
    if (isSameKey(keys, first, index)) repeats.set(index, first);
    else first = index;
  }
  return repeats;
}

function isSameKey({ eventTimes, accountOf, eventIds }: SegmentKeys, a: number, b: number): boolean {
  if (eventTimes[a] !== eventTimes[b] || accountOf[a] !== accountOf[b]) return false;
  for (let at = 0; at < 16; at++) if (eventIds[16 * a + at] !== eventIds[16 * b + at]) return false;
  return true;
}

export function accountIdAt(keys: SegmentKeys, index: number): string {
  return keys.accountIds[keys.accountOf[index] as number] as string;
}

export function logFileIdAt(keys: SegmentKeys, index: number): string {
  return keys.logFileIds[keys.fileOf[index] as number] as string;
}

/** As Postgres takes a timestamptz. */
export function eventTimeAt(keys: SegmentKeys, index: number): string {
  return new Date(keys.eventTimes[index] as number).toISOString();
}

/** As Postgres takes a uuid: 32 digits. */
export function eventIdAt(keys: SegmentKeys, index: number): string {
  return Buffer.from(keys.eventIds.buffer, keys.eventIds.byteOffset + 16 * index, 16).toString('hex');
}
