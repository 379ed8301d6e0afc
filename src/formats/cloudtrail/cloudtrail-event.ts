/**
 * A CloudTrail record as the columns that are stored and filtered. Everything else of the record is read from its
 * bytes when asked for. Strings hold no NUL (Postgres stores none); a field of another type than AWS documents is null.
 */
export interface CloudTrailEvent {
  /** The record's `eventID` in lower case; for a record without one, or with one that is no UUID, a UUIDv5 of its bytes. */
  readonly eventId: string;
  /** Milliseconds since 1970 UTC. A record without a usable `eventTime` takes the delivery time of its file. */
  readonly eventTime: number;
  /** The record's own, else the region of the file's path. */
  readonly awsRegion: string;
  readonly eventSource: string | null;
  readonly eventName: string | null;
  readonly eventType: string | null;
  readonly eventCategory: string | null;
  readonly readOnly: boolean | null;
  readonly managementEvent: boolean | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** `errorCode` or `errorMessage` is there, or `responseElements.ConsoleLogin` is `Failure`. */
  readonly hasError: boolean;
  /** `userIdentity.type` */
  readonly identityType: string | null;
  /** `userIdentity.arn` */
  readonly principalArn: string | null;
  /** `userIdentity.sessionContext.sessionIssuer.arn` */
  readonly sessionIssuerArn: string | null;
  /** `userIdentity.userName`. The name of the role behind a session is the end of `sessionIssuerArn`. */
  readonly userName: string | null;
  /** `userIdentity.accessKeyId` */
  readonly accessKeyId: string | null;
  /** `sourceIPAddress` where it is an address that Postgres prints back as it is written; else null. */
  readonly sourceIp: string | null;
  /** `sourceIPAddress` where it is none (a service's name, `AWS Internal`, `253.252.51.07`, an unusual spelling). */
  readonly sourceAddress: string | null;
  readonly userAgent: string | null;
  /** `resources[].ARN`, without repeats. */
  readonly resourceArns: readonly string[];
}
