import pMap from 'p-map';
import { maxCompressedBytes } from '../formats/digest/digest-file.js';
import { blameOf } from './failure-blame.js';
import { ObjectNotFound, type ObjectStore } from './object-store.port.js';

const fetchesAtOnce = 8;

/** A digest as it came, or why it did not. */
export type FetchedObject =
  | { readonly body: Buffer; readonly etag: string; readonly metadata: Readonly<Record<string, string>> }
  | { readonly gone: true }
  | { readonly error: unknown };

/** In the order of the digests, up to the first failure that is the source's own: null is what was not asked for then. */
export async function fetchDigests(
  store: ObjectStore,
  digests: readonly { readonly key: string }[],
  signal: AbortSignal,
): Promise<{ readonly fetched: readonly (FetchedObject | null)[]; readonly sourceFails: boolean }> {
  let sourceFails = false;
  const fetchOne = async ({ key }: { readonly key: string }) => {
    if (sourceFails) return null;
    const object = await fetchDigest(store, key, signal);
    if ('error' in object && blameOf(object.error) === 'source') sourceFails = true;
    return object;
  };
  const fetched = await pMap(digests, fetchOne, { concurrency: fetchesAtOnce });
  return { fetched, sourceFails };
}

export async function fetchDigest(store: ObjectStore, key: string, signal: AbortSignal): Promise<FetchedObject> {
  try {
    const { etag, metadata, body } = await store.open(key, signal);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of body) {
      parts.push(part);
      length += part.length;
      // One byte more than a digest may have: what is cut off here is refused when it is read.
      if (length > maxCompressedBytes) break;
    }
    return { body: Buffer.concat(parts), etag, metadata };
  } catch (error) {
    return error instanceof ObjectNotFound ? { gone: true } : { error };
  }
}
