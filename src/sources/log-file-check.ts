import { createHash } from 'node:crypto';
import { Gunzip, GunzipError } from '../lib/gunzip.js';
import { storedReason } from '../platform/errors.js';
import { type FileVerdict, reasons } from './log-validation.js';
import { ObjectNotFound, type ObjectStore } from './object-store.port.js';

/** A log file has some megabytes: what grows beyond this is none. */
const maxContentBytes = 4 * 1024 ** 3;

export interface CheckedFile {
  readonly verdict: FileVerdict;
  /** Null for a valid one. */
  readonly reason: string | null;
}

/** Reads a log file to its end and holds the hash of its content against the one that its digest gives. */
export async function checkLogFile(
  store: ObjectStore,
  key: string,
  sha256: Buffer,
  signal: AbortSignal,
): Promise<CheckedFile> {
  try {
    const { body } = await store.open(key, signal);
    const isSame = (await contentHash(body)).equals(sha256);
    return isSame ? { verdict: 'valid', reason: null } : { verdict: 'invalid', reason: reasons.hash };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ObjectNotFound) return { verdict: 'invalid', reason: reasons.notFound };
    if (error instanceof GunzipError) return { verdict: 'invalid', reason: `${reasons.format}: ${error.detail}` };
    return { verdict: 'unknown', reason: `it could not be read: ${storedReason(error)}` };
  }
}

async function contentHash(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const hash = createHash('sha256');
  const gunzip = new Gunzip();
  let length = 0;
  const take = (parts: Iterable<Buffer>) => {
    for (const part of parts) {
      hash.update(part);
      length += part.length;
      if (length > maxContentBytes) throw new GunzipError('damaged', `more than ${maxContentBytes} bytes`);
    }
  };
  try {
    for await (const part of body) take(gunzip.write(part));
    take(gunzip.finish());
  } finally {
    gunzip.destroy();
  }
  return hash.digest();
}
