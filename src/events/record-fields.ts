import type { EventResource, SessionContext, UserIdentity } from './event.entity.js';

/** A record as parsed: whatever stands there, of whatever type. */
export type CloudTrailRecord = Readonly<Record<string, unknown>>;

/** A text field; numbers and booleans in its place become text, anything else null. */
export function textField(record: CloudTrailRecord, name: string): string | null {
  const value = record[name];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

export function jsonField(record: CloudTrailRecord, name: string): unknown {
  return record[name] ?? null;
}

export function userIdentity(record: CloudTrailRecord): UserIdentity | null {
  const identity = objectField(record, 'userIdentity');
  if (!identity) return null;
  return {
    type: textField(identity, 'type'),
    principalId: textField(identity, 'principalId'),
    arn: textField(identity, 'arn'),
    accountId: textField(identity, 'accountId'),
    accessKeyId: textField(identity, 'accessKeyId'),
    userName: textField(identity, 'userName'),
    invokedBy: textField(identity, 'invokedBy'),
    onBehalfOf: jsonField(identity, 'onBehalfOf'),
    sessionContext: sessionContext(identity),
  };
}

function sessionContext(identity: CloudTrailRecord): SessionContext | null {
  const session = objectField(identity, 'sessionContext');
  if (!session) return null;
  const issuer = objectField(session, 'sessionIssuer');
  const attributes = objectField(session, 'attributes');
  return {
    sessionIssuer: issuer && {
      type: textField(issuer, 'type'),
      principalId: textField(issuer, 'principalId'),
      arn: textField(issuer, 'arn'),
      accountId: textField(issuer, 'accountId'),
      userName: textField(issuer, 'userName'),
    },
    attributes: attributes && {
      creationDate: textField(attributes, 'creationDate'),
      mfaAuthenticated: textField(attributes, 'mfaAuthenticated'),
    },
    webIdFederationData: jsonField(session, 'webIdFederationData'),
    sourceIdentity: textField(session, 'sourceIdentity'),
  };
}

export function resources(record: CloudTrailRecord): EventResource[] | null {
  const value = record['resources'];
  if (!Array.isArray(value)) return null;
  return value.filter(isObject).map((resource) => ({
    // Older records spell the first letter small.
    ARN: textField(resource, 'ARN') ?? textField(resource, 'arn'),
    type: textField(resource, 'type'),
    accountId: textField(resource, 'accountId'),
  }));
}

function objectField(record: CloudTrailRecord, name: string): CloudTrailRecord | null {
  const value = record[name];
  return isObject(value) ? value : null;
}

function isObject(value: unknown): value is CloudTrailRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
