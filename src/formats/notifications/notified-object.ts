/** An object that a notification says was written. */
export interface NotifiedObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes; null where the notification has none, as CloudTrail's own have not. */
  readonly size: number | null;
  /** Without quotes; null where the notification has none. */
  readonly etag: string | null;
}

/** S3's own bound. Source: "Naming Amazon S3 objects", Amazon S3 User Guide. */
const maxKeyBytes = 1024;
/** Of the old rules for buckets of us-east-1, the longest. */
const maxBucketLength = 255;
/** An MD5 in hex and the number of parts take 38; other servers write longer ones. */
const etagForm = /^[\x21-\x7e]{1,100}$/;

/** @returns the object, or why it cannot be one */
export function notifiedObject(bucket: unknown, key: unknown, size?: unknown, etag?: unknown): NotifiedObject | string {
  if (typeof bucket !== 'string' || bucket === '' || bucket.length > maxBucketLength) return 'it names no bucket';
  if (typeof key !== 'string' || key === '') return 'it names no key';
  if (Buffer.byteLength(key) > maxKeyBytes) return `its key is longer than ${maxKeyBytes} bytes`;
  // Neither can be the name of anything here: Postgres stores no U+0000, and UTF-8 has no half of a surrogate pair.
  if (/[\0\ud800-\udfff]/u.test(bucket + key)) return 'its key or bucket holds U+0000 or half of a surrogate pair';
  return { bucket, key, size: sizeOf(size), etag: etagOf(etag) };
}

/** What is no size is not known: it is seen when the object is fetched. */
function sizeOf(size: unknown): number | null {
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

function etagOf(etag: unknown): string | null {
  const bare = typeof etag === 'string' ? etag.replace(/^"|"$/g, '') : '';
  return etagForm.test(bare) ? bare : null;
}
