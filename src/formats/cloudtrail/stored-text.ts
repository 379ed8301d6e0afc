/** Most bytes of UTF-8 in a column that stands in an index: a B-tree row of Postgres ends at 2,704. */
export const indexedBytes = 1024;

/** Most bytes in a column that stands in none. AWS itself cuts `userAgent` and `errorMessage` at 1 KB. */
export const unindexedBytes = 8 * 1024;

/**
 * The text as Postgres can store it, or null where the value is no text.
 *
 * @param escaped whether the record holds `\u` escapes: only they can bring in NUL or half a surrogate pair
 */
export function storedText(value: unknown, escaped: boolean, maxBytes = indexedBytes): string | null {
  if (typeof value !== 'string') return null;
  const clean = escaped && unstorable.test(value) ? replaceUnstorable(value) : value;
  // A UTF-16 unit takes at most three bytes.
  return clean.length * 3 <= maxBytes || Buffer.byteLength(clean) <= maxBytes ? clean : cut(clean, maxBytes);
}

const unstorable = /[\0\ud800-\udfff]/;

/** Each NUL and each half of a surrogate pair becomes U+FFFD; whole pairs stay. */
function replaceUnstorable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\ufffd');
}

/** The longest beginning of whole characters that fits. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
