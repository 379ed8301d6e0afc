import { promisify } from 'node:util';
import { brotliCompressSync, brotliDecompress, brotliDecompressSync, constants, inflateRaw } from 'node:zlib';

const brotliDecompressAsync = promisify(brotliDecompress);
const inflateRawAsync = promisify(inflateRaw);

/** Columns of `record_chunk` in the order in which rows are copied. */
export const chunkColumns = [
  'event_time',
  'batch_id',
  'chunk',
  'account_id',
  'min_time',
  'max_time',
  'terms',
  'data',
] as const;

/** Records in a chunk. A power of two: an event's ordinal holds its chunk in the high bits and its slot in the low ones. */
export const chunkSize = 64;
const slotBits = 6;

/** How the bytes behind the first one are kept. A later codec gets a number of its own; stored chunks stay readable. */
const codec = { deflateRaw: 1, brotli: 2 } as const;

/** At this quality Brotli costs less than half of what deflate at level 1 does, and takes a sixth less room. */
const quality = 1;

/**
 * Room for a chunk as it comes out, 100 KB on average: in one piece, where Node's default of 16 KB makes it seven, each
 * by way of another thread. Opening a chunk takes half the time so (docs/benchmarks.md).
 */
const openedBytes = 128 * 1024;

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
 * Layout: one byte for the codec, then, compressed together, one byte for the number of records, their lengths
 * as unsigned 32-bit big-endian numbers, and the records themselves.
 */
export function packChunk(records: readonly Buffer[]): Buffer {
  if (records.length === 0 || records.length > chunkSize)
    throw new Error(`a chunk cannot hold ${records.length} records`);
  const header = Buffer.allocUnsafe(1 + 4 * records.length);
  header.writeUInt8(records.length, 0);
  for (let slot = 0; slot < records.length; slot++)
    header.writeUInt32BE((records[slot] as Buffer).length, 1 + 4 * slot);
  const content = Buffer.concat([header, ...records]);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return Buffer.concat([Buffer.of(codec.brotli), brotliCompressSync(content, { params })]);
}

/** The records of a chunk, in the order of their slots. */
export async function openChunk(chunk: Buffer): Promise<Buffer[]> {
  return recordsOf(await decompress(chunk));
}

/** The same at once, for a chunk that `packChunk` has just made. */
export function openChunkSync(chunk: Buffer): Buffer[] {
  return recordsOf(brotliDecompressSync(chunk.subarray(1)));
}

function recordsOf(content: Buffer): Buffer[] {
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

async function decompress(chunk: Buffer): Promise<Buffer> {
  const options = { chunkSize: openedBytes, maxOutputLength: maxChunkBytes };
  const content = chunk.subarray(1);
  if (chunk[0] === codec.brotli) return brotliDecompressAsync(content, options);
  if (chunk[0] === codec.deflateRaw) return inflateRawAsync(content, options);
  throw new Error(`record chunk with unknown codec ${chunk[0]}`);
}
