import type { Random } from '../../lib/random.js';
import { isoTime } from './names.js';

/** `userIdentity` as it stands in a record. */
export interface Identity {
  readonly type: string;
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  readonly sessionContext?: object;
  readonly invokedBy?: string;
}

export interface Resource {
  readonly accountId: string;
  readonly type: string;
  readonly ARN: string;
}

/** What differs from record to record. */
export interface RecordParts {
  readonly accountId: string;
  readonly awsRegion: string;
  readonly time: number;
  readonly eventSource: string;
  readonly eventName: string;
  readonly readOnly: boolean;
  readonly identity: Identity;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly requestParameters?: object | null | undefined;
  readonly responseElements?: object | null | undefined;
  readonly additionalEventData?: object | undefined;
  readonly resources?: readonly Resource[] | undefined;
  readonly eventType?: string | undefined;
  readonly dataEvent?: boolean | undefined;
  readonly sharedEventID?: string | undefined;
  readonly vpcEndpointId?: string | undefined;
  /** The host the client connected to; without one there was no TLS connection to speak of. */
  readonly host?: string | undefined;
  readonly fromConsole?: boolean | undefined;
}

/** The record's JSON, with its properties in the order in which AWS writes them. */
export function renderRecord(random: Random, parts: RecordParts): string {
  // JSON.stringify leaves out what is undefined.
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: parts.identity,
    eventTime: isoTime(parts.time),
    eventSource: parts.eventSource,
    eventName: parts.eventName,
    awsRegion: parts.awsRegion,
    sourceIPAddress: parts.sourceIPAddress,
    userAgent: parts.userAgent,
    errorCode: parts.errorCode,
    errorMessage: parts.errorMessage,
    requestParameters: parts.requestParameters ?? null,
    responseElements: parts.responseElements ?? null,
    additionalEventData: parts.additionalEventData,
    requestID: parts.eventType === undefined ? random.uuid() : undefined,
    eventID: random.uuid(),
    readOnly: parts.readOnly,
    resources: parts.resources,
    eventType: parts.eventType ?? 'AwsApiCall',
    managementEvent: !parts.dataEvent,
    recipientAccountId: parts.accountId,
    sharedEventID: parts.sharedEventID,
    vpcEndpointId: parts.vpcEndpointId,
    vpcEndpointAccountId: parts.vpcEndpointId && parts.accountId,
    eventCategory: parts.dataEvent ? 'Data' : 'Management',
    tlsDetails: parts.host && {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: parts.host,
    },
    sessionCredentialFromConsole: parts.fromConsole ? 'true' : undefined,
  });
}
