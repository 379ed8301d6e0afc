import { CrosstrailError } from '../platform/errors.js';
import type { LedgerFile } from '../sources/ledger.port.js';
import type { StoredObject } from '../sources/object-store.port.js';

/**
 * The bytes of an object, all of them: a body that ends too soon in good order, as a broken proxy gives it, would pass
 * for a damaged file, and what was left out would be lost for good.
 *
 * @throws UPSTREAM_AWS at the end of a body that is shorter or longer than the object is known to be
 */
export async function* wholeObject(
  { body, etag, size }: StoredObject,
  file: Pick<LedgerFile, 'key' | 'etag' | 'size'>,
): AsyncGenerator<Uint8Array, void> {
  // Another etag explains another size: what is read is newer than what was listed.
  const expected = etag === file.etag && file.size > 0 ? file.size : size;
  let read = 0;
  for await (const part of body) {
    read += part.length;
    yield part;
  }
  if (read === expected || expected === 0) return;
  throw new CrosstrailError(
    'UPSTREAM_AWS',
    `${file.key} came with ${read} of its ${expected} bytes; it is tried again`,
  );
}
