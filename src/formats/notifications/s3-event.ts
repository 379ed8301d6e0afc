import { fromParts, isObject, type Json, type Notification, notUnderstood } from './notification.js';
import { type NotifiedObject, notifiedObject } from './notified-object.js';

/**
 * S3's own event notification: `{"Records":[{eventName, s3: {bucket, object}}]}`. Keys are URL-encoded, with `+` for a
 * blank. Source: "Event message structure", Amazon S3 User Guide.
 */
export function readS3Event(records: readonly unknown[]): Notification {
  return fromParts(records, readRecord, 'record');
}

function readRecord(record: unknown): readonly NotifiedObject[] | string {
  if (!isObject(record) || typeof record['eventName'] !== 'string' || !isObject(record['s3'])) {
    return 'it is no record of S3';
  }
  // Servers beside AWS's write `s3:ObjectCreated:Put`. Removals, restores and the like bring nothing to collect.
  if (!/^(s3:)?ObjectCreated:/.test(record['eventName'])) return [];
  const { bucket, object } = record['s3'];
  if (!isObject(bucket) || !isObject(object)) return 'it names no bucket or no object';
  const key = typeof object['key'] === 'string' ? decodeKey(object['key']) : object['key'];
  if (key === null) return 'its key is not URL-encoded';
  return one(notifiedObject(bucket['name'], key, object['size'], object['eTag']));
}

function decodeKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/**
 * The same by way of EventBridge: one object a message, its key as it is. Source: "EventBridge event message structure",
 * Amazon S3 User Guide.
 */
export function readEventBridgeEvent(event: Json): Notification {
  if (event['source'] !== 'aws.s3') {
    return notUnderstood(`it is an event of ${quoted(event['source'])}, not of aws.s3; mend the rule that sends it`);
  }
  if (event['detail-type'] !== 'Object Created') return { objects: [], problem: null };
  return fromParts([event['detail']], readDetail, 'event');
}

function readDetail(detail: unknown): readonly NotifiedObject[] | string {
  if (!isObject(detail)) return 'it has no detail';
  const { bucket, object } = detail;
  if (!isObject(bucket) || !isObject(object)) return 'it names no bucket or no object';
  return one(notifiedObject(bucket['name'], object['key'], object['size'], object['etag']));
}

function one(object: NotifiedObject | string): readonly NotifiedObject[] | string {
  return typeof object === 'string' ? object : [object];
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : 'no source';
}
