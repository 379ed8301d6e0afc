import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';

/** An event in the batch that stores it. */
export interface BatchedEvent {
  readonly event: CloudTrailEvent;
  readonly accountId: string;
  readonly logFileId: string;
  readonly recordHash: bigint;
  /** Place in the batch; see record-chunk.ts. */
  readonly ordinal: number;
}

/** Columns of `event` in the order in which rows are copied. */
export const eventColumns = [
  'event_time',
  'batch_id',
  'log_file_id',
  'record_hash',
  'ordinal',
  'has_error',
  'read_only',
  'management_event',
  'event_id',
  'source_ip',
  'account_id',
  'aws_region',
  'event_source',
  'event_name',
  'event_type',
  'event_category',
  'error_code',
  'identity_type',
  'principal_arn',
  'session_issuer_arn',
  'user_name',
  'access_key_id',
  'source_address',
  'user_agent',
  'error_message',
  'resource_arns',
] as const;

/** One row in COPY's text format, with its line end. */
export function copyRow(row: BatchedEvent, batchId: string): string {
  const { event } = row;
  return (
    `${isoTime(event.eventTime)}\t${batchId}\t${row.logFileId}\t${row.recordHash}\t${row.ordinal}\t` +
    `${bool(event.hasError)}\t${bool(event.readOnly)}\t${bool(event.managementEvent)}\t${event.eventId}\t` +
    `${event.sourceIp ?? '\\N'}\t${row.accountId}\t${text(event.awsRegion)}\t${text(event.eventSource)}\t` +
    `${text(event.eventName)}\t${text(event.eventType)}\t${text(event.eventCategory)}\t${text(event.errorCode)}\t` +
    `${text(event.identityType)}\t${text(event.principalArn)}\t${text(event.sessionIssuerArn)}\t` +
    `${text(event.userName)}\t${text(event.accessKeyId)}\t${text(event.sourceAddress)}\t${text(event.userAgent)}\t` +
    `${text(event.errorMessage)}\t${textArray(event.resourceArns)}\n`
  );
}

const special = /[\\\b\f\n\r\t\v]/;
const specials = new RegExp(special, 'g');
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A text value in COPY's text format. */
export function text(value: string | null): string {
  if (value === null) return '\\N';
  return special.test(value) ? value.replace(specials, (character) => escapes[character] as string) : value;
}

let lastTime = Number.NaN;
let lastIso = '';

/** Rows come in the order of time, and many share a second. */
function isoTime(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastIso = new Date(time).toISOString();
  }
  return lastIso;
}

function bool(value: boolean | null): string {
  return value === null ? '\\N' : value ? 't' : 'f';
}

function textArray(values: readonly string[]): string {
  if (values.length === 0) return '\\N';
  const literal = values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',');
  return text(`{${literal}}`);
}

/** The first 11 bytes and the two of the end that COPY's binary format asks for. */
const binaryHeader = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const binaryTrailer = Buffer.from([0xff, 0xff]);
const postgresEpochMs = Date.UTC(2000, 0, 1);

/** A chunk as it is copied into `record_chunk`. */
export interface ChunkRow {
  readonly chunk: number;
  readonly accountId: string;
  /** 00:00 UTC of the day of its events. */
  readonly day: number;
  readonly data: Buffer;
}

/** Columns of `record_chunk` in the order of {@link copyChunks}. */
export const chunkColumns = ['event_time', 'batch_id', 'chunk', 'account_id', 'data'] as const;

/** Chunks in COPY's binary format: compressed bytes as text would double in size. */
export function copyChunks(rows: readonly ChunkRow[], batchId: string): Buffer {
  const parts: Buffer[] = [binaryHeader];
  for (const row of rows) {
    const account = Buffer.from(row.accountId, 'latin1');
    const head = Buffer.allocUnsafe(2 + 12 + 12 + 8 + 4 + account.length + 4);
    let at = head.writeInt16BE(5, 0);
    at = head.writeInt32BE(8, at);
    at = head.writeBigInt64BE(BigInt(row.day - postgresEpochMs) * 1000n, at);
    at = head.writeInt32BE(8, at);
    at = head.writeBigInt64BE(BigInt(batchId), at);
    at = head.writeInt32BE(4, at);
    at = head.writeInt32BE(row.chunk, at);
    at = head.writeInt32BE(account.length, at);
    at += account.copy(head, at);
    head.writeInt32BE(row.data.length, at);
    parts.push(head, row.data);
  }
  parts.push(binaryTrailer);
  return Buffer.concat(parts);
}
