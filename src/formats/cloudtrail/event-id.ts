import { hash } from 'node:crypto';

/** The spelling in which AWS writes `eventID`, in either case. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Our own namespace for UUIDv5 (RFC 9562, 5.5). Stored ids depend on it: it never changes. */
const namespace = Buffer.from('6b0d4c1e39b5493f9a7e0c52f1d8a764', 'hex');

/**
 * The id an event is stored under: its `eventID` in lower case, or, where that is missing or no UUID, a UUIDv5 of the
 * record's bytes, so that the same record found again gets the same id.
 */
export function eventIdOf(eventID: unknown, raw: Buffer): string {
  if (typeof eventID === 'string' && uuid.test(eventID)) return eventID.toLowerCase();
  return uuidOfBytes(raw);
}

function uuidOfBytes(raw: Buffer): string {
  const digest = hash('sha1', Buffer.concat([namespace, raw]), 'buffer');
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const firstBytes = new Uint8Array(8);
const firstBytesView = new DataView(firstBytes.buffer);

/** The first 8 bytes of the record's SHA-256 as Postgres stores a bigint: signed. Tells copies that differ apart. */
export function recordHash(raw: Buffer): bigint {
  // As text, a digest comes without a buffer to be made for it.
  const digest = hash('sha256', raw, 'binary');
  for (let at = 0; at < 8; at++) firstBytes[at] = digest.charCodeAt(at);
  return firstBytesView.getBigInt64(0);
}
