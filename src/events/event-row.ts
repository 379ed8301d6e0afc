import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';
import type { CopyBuffer } from './copy-buffer.js';

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

/** An event in the batch that stores it. */
export interface EventRow {
  readonly event: CloudTrailEvent;
  readonly accountId: string;
  readonly logFileId: bigint;
  readonly recordHash: bigint;
  readonly ordinal: number;
}

export function writeEventRow(to: CopyBuffer, row: EventRow, batchId: bigint): void {
  to.row(eventColumns.length);
  writeEventFields(to, row, batchId);
}

export function writeEventFields(to: CopyBuffer, row: EventRow, batchId: bigint): void {
  const { event } = row;
  to.timestamp(event.eventTime);
  to.bigint(batchId);
  to.bigint(row.logFileId);
  to.bigint(row.recordHash);
  to.integer(row.ordinal);
  to.boolean(event.hasError);
  to.boolean(event.readOnly);
  to.boolean(event.managementEvent);
  to.uuid(event.eventId);
  to.inet(event.sourceIp);
  to.text(row.accountId);
  to.text(event.awsRegion);
  to.text(event.eventSource);
  to.text(event.eventName);
  to.text(event.eventType);
  to.text(event.eventCategory);
  to.text(event.errorCode);
  to.text(event.identityType);
  to.text(event.principalArn);
  to.text(event.sessionIssuerArn);
  to.text(event.userName);
  to.text(event.accessKeyId);
  to.text(event.sourceAddress);
  to.text(event.userAgent);
  to.text(event.errorMessage);
  to.textArray(event.resourceArns);
}
