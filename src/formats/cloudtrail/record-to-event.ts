import type { CloudTrailEvent } from './cloudtrail-event.js';
import type { RecordSlice } from './decode.js';
import { eventIdOf } from './event-id.js';
import { parseEventTime } from './event-time.js';
import { isPlainAddress } from './source-address.js';
import { storedText, unindexedBytes } from './stored-text.js';

/** What the file of a record knows about it. */
export interface RecordContext {
  /** The region of the file's path. */
  readonly awsRegion: string;
  /** Milliseconds since 1970 UTC. */
  readonly deliveredAt: number;
}

const maxResourceArns = 100;

/** The longest ARN that AWS allows anywhere. */
const maxArnBytes = 2048;

type Fields = Readonly<Record<string, unknown>>;
const noFields: Fields = {};

/** The columns of a record; see {@link CloudTrailEvent} for the rule of each. Nothing in a record makes it throw. */
export function toCloudTrailEvent({ raw, record }: RecordSlice, context: RecordContext): CloudTrailEvent {
  // Control characters and halves of surrogate pairs come into JSON by escapes only: most records need no cleaning.
  const escaped = raw.includes('\\u');
  const text = (value: unknown) => storedText(value, escaped);
  const identity = fieldsOf(record['userIdentity']);
  const issuer = fieldsOf(fieldsOf(identity['sessionContext'])['sessionIssuer']);
  const errorCode = text(record['errorCode']);
  const errorMessage = storedText(record['errorMessage'], escaped, unindexedBytes);
  const address = text(record['sourceIPAddress']);
  const plain = address !== null && isPlainAddress(address);
  return {
    eventId: eventIdOf(record['eventID'], raw),
    eventTime: eventTimeOf(record, context),
    awsRegion: text(record['awsRegion']) ?? context.awsRegion,
    eventSource: text(record['eventSource']),
    eventName: text(record['eventName']),
    eventType: text(record['eventType']),
    eventCategory: text(record['eventCategory']),
    readOnly: flag(record['readOnly']),
    managementEvent: flag(record['managementEvent']),
    errorCode,
    errorMessage,
    hasError: errorCode !== null || errorMessage !== null || isFailedLogin(record),
    identityType: text(identity['type']),
    principalArn: text(identity['arn']),
    sessionIssuerArn: text(issuer['arn']),
    userName: text(identity['userName']),
    accessKeyId: text(identity['accessKeyId']),
    sourceIp: plain ? address : null,
    sourceAddress: plain ? null : address,
    userAgent: storedText(record['userAgent'], escaped, unindexedBytes),
    resourceArns: resourceArns(record['resources'], escaped),
  };
}

/** When it happened; a record that does not say so has the time of its file's delivery. */
export function eventTimeOf(record: Fields, { deliveredAt }: Pick<RecordContext, 'deliveredAt'>): number {
  return parseEventTime(record['eventTime']) ?? deliveredAt;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : noFields;
}

function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** A refused console login has an `errorMessage` at best, and never an `errorCode`. */
function isFailedLogin(record: Fields): boolean {
  return fieldsOf(record['responseElements'])['ConsoleLogin'] === 'Failure';
}

function resourceArns(resources: unknown, escaped: boolean): string[] {
  if (!Array.isArray(resources)) return [];
  const arns = new Set<string>();
  for (const resource of resources) {
    const arn = storedText(fieldsOf(resource)['ARN'], escaped, maxArnBytes);
    if (arn !== null) arns.add(arn);
    if (arns.size === maxResourceArns) break;
  }
  return [...arns];
}
