import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseEventTime } from '../cloudtrail/event-time.js';

/** A log file as a digest names it. */
export interface DigestLogFile {
  readonly bucket: string;
  readonly key: string;
  /** Of the uncompressed content. */
  readonly sha256: Buffer;
}

/** The digest before, as a digest names it. */
export interface PreviousDigest {
  readonly bucket: string;
  readonly key: string;
  /** Of the uncompressed content. */
  readonly sha256: Buffer;
  readonly signature: Buffer;
}

/** What a digest file says. CloudTrail user guide, "CloudTrail digest file structure". */
export interface Digest {
  readonly accountId: string;
  /** Where it says that it lies. */
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since 1970 UTC. */
  readonly startTime: number;
  readonly endTime: number;
  /** Of the public key that its signature holds under. */
  readonly fingerprint: string;
  readonly signatureAlgorithm: string;
  /** Null for the first digest of a chain: of a new trail, or after validation was switched on again. */
  readonly previous: PreviousDigest | null;
  readonly logFiles: readonly DigestLogFile[];
  /** Parts of the string that was signed, letter by letter as they stand in the file. */
  readonly signed: { readonly endTime: string; readonly previousSignature: string | null };
}

/** A digest file as it was read. */
export interface DigestFile {
  readonly digest: Digest;
  /** Of the uncompressed content. */
  readonly sha256: Buffer;
}

/** The bytes are no digest; the message says what is wrong with them. */
export class DigestFileError extends Error {
  override readonly name = 'DigestFileError';

  constructor(
    message: string,
    /** Its end is missing: that may be the fault of the way that it came. */
    readonly isCutShort = false,
  ) {
    super(message);
  }
}

/** A digest of 100,000 log files is about 30 MB of JSON; hourly digests name some thousands at most. */
export const maxContentBytes = 64 * 1024 * 1024;
/** The hashes do not compress: more than this is no digest within the bounds above. */
export const maxCompressedBytes = 8 * 1024 * 1024;
const maxLogFiles = 100_000;
/** S3 allows 1,024 bytes in a key and 63 in a bucket's name. */
const maxKeyLength = 2048;

const sha256Hex = /^[0-9a-f]{64}$/i;
/** RSA of 2,048 bits is 512 digits; 16,384 bits are more than anybody uses. */
const signatureHex = /^(?:[0-9a-f]{2}){1,2048}$/i;

/** Reads a compressed digest. @throws DigestFileError */
export async function readDigestFile(compressed: Uint8Array): Promise<DigestFile> {
  return parseDigestFile(await uncompressed(compressed));
}

/** Reads the content of a digest. @throws DigestFileError */
export function parseDigestFile(content: Buffer): DigestFile {
  if (content.length > maxContentBytes) throw new DigestFileError(`it holds more than ${maxContentBytes} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    throw new DigestFileError('it is not JSON');
  }
  if (!isRecord(json)) throw new DigestFileError('it is no JSON object');
  return { digest: digestOf(json), sha256: createHash('sha256').update(content).digest() };
}

async function uncompressed(compressed: Uint8Array): Promise<Buffer> {
  if (compressed.length > maxCompressedBytes) {
    throw new DigestFileError(`it is larger than ${maxCompressedBytes} bytes`);
  }
  try {
    return await promisify(gunzip)(compressed, { maxOutputLength: maxContentBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new DigestFileError(`it holds more than ${maxContentBytes} bytes`);
    throw new DigestFileError(`it is not gzip, or damaged (${message})`, code === 'Z_BUF_ERROR');
  }
}

type Json = Readonly<Record<string, unknown>>;

function digestOf(json: Json): Digest {
  const endTime = text(json, 'digestEndTime');
  const previous = previousOf(json);
  const digest = {
    accountId: text(json, 'awsAccountId'),
    bucket: text(json, 'digestS3Bucket'),
    key: text(json, 'digestS3Object'),
    startTime: time(json, 'digestStartTime'),
    endTime: time(json, 'digestEndTime'),
    fingerprint: text(json, 'digestPublicKeyFingerprint'),
    signatureAlgorithm: text(json, 'digestSignatureAlgorithm'),
    previous,
    logFiles: logFilesOf(json),
    signed: { endTime, previousSignature: previous === null ? null : text(json, 'previousDigestSignature') },
  };
  if (digest.startTime >= digest.endTime) throw new DigestFileError('its window ends before it starts');
  return digest;
}

function previousOf(json: Json): PreviousDigest | null {
  if (isAbsent(json.previousDigestSignature) && isAbsent(json.previousDigestS3Object)) return null;
  return {
    bucket: text(json, 'previousDigestS3Bucket'),
    key: text(json, 'previousDigestS3Object'),
    sha256: hex(json, 'previousDigestHashValue', sha256Hex),
    signature: hex(json, 'previousDigestSignature', signatureHex),
  };
}

function logFilesOf({ logFiles }: Json): DigestLogFile[] {
  if (!Array.isArray(logFiles)) throw new DigestFileError('its `logFiles` is no list');
  if (logFiles.length > maxLogFiles) throw new DigestFileError(`it names more than ${maxLogFiles} log files`);
  return logFiles.map((file: unknown) => {
    if (!isRecord(file)) throw new DigestFileError('its `logFiles` holds what is no object');
    if (file.hashAlgorithm !== 'SHA-256') throw new DigestFileError('it names a log file without a SHA-256 hash');
    return { bucket: text(file, 's3Bucket'), key: text(file, 's3Object'), sha256: hex(file, 'hashValue', sha256Hex) };
  });
}

function text(json: Json, name: string): string {
  const value = json[name];
  // Postgres stores no NUL.
  if (typeof value === 'string' && value !== '' && !value.includes('\0') && value.length <= limitOf(name)) return value;
  throw new DigestFileError(`its \`${name}\` is missing or no text`);
}

function limitOf(name: string): number {
  return name === 'previousDigestSignature' ? 4096 : maxKeyLength;
}

function time(json: Json, name: string): number {
  const value = parseEventTime(json[name]);
  if (value === null) throw new DigestFileError(`its \`${name}\` is no time`);
  return value;
}

function hex(json: Json, name: string, pattern: RegExp): Buffer {
  const value = text(json, name);
  if (!pattern.test(value)) throw new DigestFileError(`its \`${name}\` is not in hexadecimal digits`);
  return Buffer.from(value, 'hex');
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
