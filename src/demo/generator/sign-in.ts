import type { Random } from '../../lib/random.js';
import { type Identity, renderRecord } from './record.js';
import type { TimedRecord } from './timed-record.js';

/** A person or program at the other end: what it shows of itself in each record. */
export interface Client {
  readonly sourceIPAddress: string;
  readonly userAgent: string;
}

export interface ConsoleLogin {
  readonly user: Identity & { readonly accountId: string };
  readonly client: Client;
  readonly time: number;
  readonly mfaUsed: boolean;
  readonly success: boolean;
}

/** A login to the console; a refused one has an `errorMessage` but no `errorCode`, as AWS records it. */
export function consoleLogin(random: Random, { user, client, time, mfaUsed, success }: ConsoleLogin): TimedRecord {
  const awsRegion = 'us-east-1';
  const json = renderRecord(random, {
    accountId: user.accountId,
    awsRegion,
    time,
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    eventType: 'AwsConsoleSignIn',
    readOnly: false,
    identity: { ...user, accessKeyId: '' },
    ...client,
    errorMessage: success ? undefined : 'Failed authentication',
    responseElements: { ConsoleLogin: success ? 'Success' : 'Failure' },
    additionalEventData: {
      LoginTo:
        'https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=hashArgsFromTB_us-east-1',
      MobileVersion: 'No',
      MFAUsed: mfaUsed ? 'Yes' : 'No',
    },
    host: 'us-east-1.signin.aws.amazon.com',
  });
  return { accountId: user.accountId, awsRegion, time, json };
}
