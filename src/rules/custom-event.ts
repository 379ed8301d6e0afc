import type { AccountScope } from '../access/scope.js';
import { covers } from '../access/scope.js';
import { defaultEventBus, isBusName } from './event-bus.js';
import type { PutEventsRequestEntry } from './rule.inputs.js';

/** A custom event that was found sound. */
export interface CustomEvent {
  readonly eventBusName: string;
  readonly source: string;
  readonly detailType: string;
  /** JSON text of an object. */
  readonly detail: string;
  readonly resources: readonly string[];
  readonly time: Date;
  readonly accountId: string | null;
}

/** Why an entry is refused, in AWS's words. Source: PutEvents, Amazon EventBridge API Reference, and what it answers. */
export interface EntryError {
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** Bytes of all entries together. */
export const maxEntriesBytes = 256 * 1024;

/** Which account an entry without one is of: that of a token that covers one alone. */
export function parseEntry(entry: PutEventsRequestEntry, scope: AccountScope, now: Date): CustomEvent | EntryError {
  const { source, detailType, resources, time } = entry;
  const missing = [
    ['Source', source],
    ['DetailType', detailType],
    ['Detail', entry.detail],
  ].find(([, value]) => value === undefined || value === null || value === '');
  if (missing) return invalid(String(missing[0]), `${String(missing[0])} is a required argument.`);
  const eventBusName = entry.eventBusName ?? defaultEventBus;
  if (!isBusName(eventBusName))
    return invalid('EventBusName', 'It has 1 to 256 letters, digits or characters of /._-.');
  if (/^aws\./.test(source as string)) {
    return { errorCode: 'NotAuthorizedForSourceException', errorMessage: 'Not authorized for the source.' };
  }
  const accountId = entry.accountId ?? (scope.accountIds?.length === 1 ? (scope.accountIds[0] as string) : null);
  if (accountId === null ? scope.accountIds !== null : !covers(scope, accountId)) {
    const errorMessage = 'Name an accountId that this token covers.';
    return { errorCode: 'AccessDeniedException', errorMessage };
  }
  const detail = objectText(entry.detail);
  if (detail === null) return { errorCode: 'MalformedDetail', errorMessage: 'Detail is malformed.' };
  return {
    eventBusName,
    source: source as string,
    detailType: detailType as string,
    detail,
    resources: resources ?? [],
    time: time ?? now,
    accountId,
  };
}

/** As AWS counts it: 14 bytes for the time, and UTF-8 of the rest. */
export function entryBytes({ source, detailType, detail, resources, time }: PutEventsRequestEntry): number {
  const text = typeof detail === 'string' ? detail : (JSON.stringify(detail ?? undefined) ?? '');
  const parts = [source ?? '', detailType ?? '', text, ...(resources ?? [])];
  return (time ? 14 : 0) + parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

function objectText(detail: unknown): string | null {
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : null;
  } catch {
    return null;
  }
}

function invalid(parameter: string, reason: string): EntryError {
  return { errorCode: 'InvalidArgument', errorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}` };
}
