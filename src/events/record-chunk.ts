import { deflateRaw, inflateRaw } from 'node:zlib';

/** Records in a chunk. A power of two: an event's ordinal holds its chunk in the high bits and its slot in the low ones. */
export const chunkSize = 64;
const slotBits = 6;

/** How the bytes behind the first one are kept. A later codec gets a number of its own; stored chunks stay readable. */
const codec = { deflateRaw: 1 } as const;

/** Level 1 costs a third of level 6 and its chunks are about a tenth larger (docs/benchmarks.md). */
const compressionLevel = 1;

/** A damaged chunk must not be able to ask for any amount of memory. */
const maxChunkBytes = 2 ** 31 - 1;

export function chunkOf(ordinal: number): number {
  return ordinal >>> slotBits;
}

export function slotOf(ordinal: number): number {
  return ordinal & (chunkSize - 1);
}

export function ordinalOf(chunk: number, slot: number): number {
  return chunk * chunkSize + slot;
}

/**
 * Packs the bytes of up to 64 records.
 *
 * Layout: one byte for the codec, then, deflated together, one byte for the number of records, their lengths
 * as unsigned 32-bit big-endian numbers, and the records themselves.
 */
export async function packChunk(records: readonly Buffer[]): Promise<Buffer> {
  if (records.length === 0 || records.length > chunkSize)
    throw new Error(`a chunk cannot hold ${records.length} records`);
  const header = Buffer.allocUnsafe(1 + 4 * records.length);
  header.writeUInt8(records.length, 0);
  for (const [slot, record] of records.entries()) header.writeUInt32BE(record.length, 1 + 4 * slot);
  const deflated = await deflate(Buffer.concat([header, ...records]));
  return Buffer.concat([Buffer.of(codec.deflateRaw), deflated]);
}

/** The records of a chunk, in the order of their slots. */
export async function openChunk(chunk: Buffer): Promise<Buffer[]> {
  if (chunk[0] !== codec.deflateRaw) throw new Error(`record chunk with unknown codec ${chunk[0]}`);
  const content = await inflate(chunk.subarray(1));
  const count = content.readUInt8(0);
  const records: Buffer[] = [];
  let offset = 1 + 4 * count;
  for (let slot = 0; slot < count; slot++) {
    const end = offset + content.readUInt32BE(1 + 4 * slot);
    if (end > content.length) throw new Error('record chunk is cut short');
    records.push(content.subarray(offset, end));
    offset = end;
  }
  return records;
}

function deflate(content: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    deflateRaw(content, { level: compressionLevel }, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

function inflate(content: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    inflateRaw(content, { maxOutputLength: maxChunkBytes }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
}
