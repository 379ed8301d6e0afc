import type { Random } from '../../lib/random.js';
import { serviceHost } from './activity.js';
import { isoTime, uniqueId } from './names.js';
import { type Identity, type RecordParts, renderRecord } from './record.js';
import type { Client } from './sign-in.js';
import type { TimedRecord } from './timed-record.js';

/** Who calls, with the account they belong to. */
export type Caller = Identity & { readonly accountId: string; readonly principalId: string };

export interface AssumedRole {
  /** The call as both accounts record it. */
  readonly records: readonly TimedRecord[];
  /** `userIdentity` of what is then done in the other account. */
  readonly identity: Caller;
}

export interface AssumeRole {
  readonly caller: Caller;
  readonly client: Client;
  readonly accountId: string;
  readonly role: string;
  /** `AROA…` of the role. */
  readonly roleId: string;
  readonly session: string;
  readonly awsRegion: string;
  readonly time: number;
  readonly durationSeconds: number;
}

/** Takes on a role of another account. */
export function assumeRole(random: Random, call: AssumeRole): AssumedRole {
  const { caller, client, accountId, role, roleId, session, awsRegion, time, durationSeconds } = call;
  const roleArn = `arn:aws:iam::${accountId}:role/${role}`;
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`;
  const principalId = `${roleId}:${session}`;
  const accessKeyId = uniqueId(random, 'ASIA');
  const sessionToken = `IQoJb3JpZ2luX2Vj${random.hex(360)}`;
  const records = onBothSides(random, caller, accountId, {
    awsRegion,
    time,
    ...client,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    readOnly: true,
    requestParameters: { roleArn, roleSessionName: session, durationSeconds },
    responseElements: {
      credentials: { accessKeyId, sessionToken, expiration: isoTime(time + durationSeconds * 1000) },
      assumedRoleUser: { assumedRoleId: principalId, arn },
    },
    resources: [{ accountId, type: 'AWS::IAM::Role', ARN: roleArn }],
    host: serviceHost('sts', awsRegion),
  });
  const identity = {
    type: 'AssumedRole',
    principalId,
    arn,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: roleId, arn: roleArn, accountId, userName: role },
      attributes: { creationDate: isoTime(time), mfaAuthenticated: 'false' },
    },
  };
  return { records, identity };
}

/**
 * A call of one account on what belongs to another. Each records it under an `eventID` of its own, and one
 * `sharedEventID` joins them. The owner's record knows the caller as an account only; S3 adds the access key.
 */
export function onBothSides(
  random: Random,
  caller: Caller,
  ownerId: string,
  call: Omit<RecordParts, 'accountId' | 'identity' | 'sharedEventID'>,
): TimedRecord[] {
  const sharedEventID = random.uuid();
  const key = call.eventSource === 's3.amazonaws.com' && caller.accessKeyId ? { accessKeyId: caller.accessKeyId } : {};
  const stranger: Identity = {
    type: 'AWSAccount',
    principalId: caller.principalId,
    accountId: caller.accountId,
    ...key,
  };
  const side = (accountId: string, identity: Identity): TimedRecord => ({
    accountId,
    awsRegion: call.awsRegion,
    time: call.time,
    json: renderRecord(random, { ...call, accountId, identity, sharedEventID }),
  });
  return [side(caller.accountId, caller), side(ownerId, stranger)];
}
