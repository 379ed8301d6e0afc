import 'reflect-metadata';
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import type { CompletenessRequest } from '../sources/completeness.service.js';
import type { EventDimension } from './event.inputs.js';

const optional = (type: () => unknown, description: string) =>
  Field(() => type() as typeof String, { nullable: true, description });

/**
 * An event as its row has it. Fields of the schema that are no columns are resolved from its record
 * (event.resolver.ts).
 */
@ObjectType({
  simpleResolvers: true,
  description:
    'Something that happened in an account, as CloudTrail recorded it. Stored once, however often delivered.',
})
export class Event {
  @Field(() => ID, {
    description: "The record's `eventID`; one made from its content where it has none, or none that is a UUID.",
  })
  readonly eventID: string;

  @Field(() => DateTimeScalar, {
    description: 'When it happened. A record without a usable time has the time at which its file was delivered.',
  })
  readonly eventTime: Date;

  @Field(() => DateTimeScalar, { description: 'When it was stored here.' })
  readonly ingestedAt: Date;

  @Field(() => AccountIdScalar, { description: 'The account for which it was collected.' })
  readonly account: string;

  @optional(() => String, 'The API action, such as `RunInstances`.')
  readonly eventName: string | null;

  @optional(() => String, 'The service, such as `ec2.amazonaws.com`.')
  readonly eventSource: string | null;

  @optional(() => String, 'The type, such as `AwsApiCall`, `AwsConsoleSignIn` or `AwsServiceEvent`.')
  readonly eventType: string | null;

  @optional(() => String, '`Management`, `Data`, `Insight` or `NetworkActivity`.')
  readonly eventCategory: string | null;

  @optional(() => String, 'The AWS Region.')
  readonly awsRegion: string | null;

  @optional(() => Boolean, 'Whether the call only reads.')
  readonly readOnly: boolean | null;

  @optional(() => Boolean, 'Whether it is a management event.')
  readonly managementEvent: boolean | null;

  @optional(() => String, 'Where the call came from: an address, or the name of an AWS service.')
  readonly sourceIPAddress: string | null;

  @optional(() => String, 'The agent through which the call was made.')
  readonly userAgent: string | null;

  @optional(() => String, 'The error of a call that failed, such as `AccessDenied`.')
  readonly errorCode: string | null;

  @optional(() => String, 'The text of the error.')
  readonly errorMessage: string | null;

  // Not in the schema: where the record stands, and which file it came in.
  readonly batchId: string;
  readonly position: string;
  readonly ordinal: number;
  readonly logFileId: string;
}

/** The select list of an {@link Event} over `event` and its `batch`. */
export const eventSelectList = `
  event.event_id AS "eventID", event.event_time AS "eventTime", batch.committed_at AS "ingestedAt",
  event.account_id AS account, event.batch_id AS "batchId", batch.position, event.ordinal,
  event.log_file_id AS "logFileId", event.aws_region AS "awsRegion", event.event_source AS "eventSource",
  event.event_name AS "eventName", event.event_type AS "eventType", event.event_category AS "eventCategory",
  event.read_only AS "readOnly", event.management_event AS "managementEvent", event.error_code AS "errorCode",
  event.error_message AS "errorMessage", event.user_agent AS "userAgent",
  coalesce(event.source_address, host(event.source_ip)) AS "sourceIPAddress"`;

@ObjectType({ simpleResolvers: true, description: 'The role or user that issued temporary credentials.' })
export class SessionIssuer {
  @optional(() => String, 'The source of the credentials, such as `Role`.')
  type: string | null;
  @optional(() => String, 'The internal id of the issuer.')
  principalId: string | null;
  @optional(() => String, 'The ARN of the issuer.')
  arn: string | null;
  @optional(() => String, 'The account of the issuer.')
  accountId: string | null;
  @optional(() => String, 'The name of the issuer.')
  userName: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'How a session began.' })
export class SessionAttributes {
  @optional(() => String, 'When the temporary credentials were issued, as the record has it.')
  creationDate: string | null;
  @optional(() => String, '`true` if the caller authenticated with an MFA device.')
  mfaAuthenticated: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'The session behind temporary credentials.' })
export class SessionContext {
  @optional(() => SessionIssuer, 'Who issued the credentials.')
  sessionIssuer: SessionIssuer | null;
  @optional(() => SessionAttributes, 'How the session began.')
  attributes: SessionAttributes | null;
  @optional(() => JSONScalar, 'The web identity, for federated sessions.')
  webIdFederationData: unknown;
  @optional(() => String, 'The source identity that was set for the session.')
  sourceIdentity: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Who made the call.' })
export class UserIdentity {
  @optional(() => String, 'The type of identity, such as `IAMUser`, `AssumedRole`, `Root` or `AWSService`.')
  type: string | null;
  @optional(() => String, 'The internal id of the identity.')
  principalId: string | null;
  @optional(() => String, 'The ARN of the identity.')
  arn: string | null;
  @optional(() => String, 'The account that owns the identity.')
  accountId: string | null;
  @optional(() => String, 'The access key that signed the call.')
  accessKeyId: string | null;
  @optional(() => String, 'The name of the identity.')
  userName: string | null;
  @optional(() => String, 'The AWS service that made the call on behalf of the identity.')
  invokedBy: string | null;
  @optional(() => JSONScalar, 'The IAM Identity Center user on whose behalf the call was made.')
  onBehalfOf: unknown;
  @optional(() => SessionContext, 'The session, for temporary credentials.')
  sessionContext: SessionContext | null;
}

@ObjectType({ simpleResolvers: true, description: 'A resource that the call accessed.' })
export class EventResource {
  @optional(() => String, 'The ARN of the resource.')
  ARN: string | null;
  @optional(() => String, 'The type, such as `AWS::S3::Object`.')
  type: string | null;
  @optional(() => String, 'The account that owns the resource.')
  accountId: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of events.' })
export class EventConnection extends connectionOf(Event, 'Event') {
  /** Not in the schema: what `completeness` is about. */
  readonly asked: CompletenessRequest;
}

@ObjectType({ simpleResolvers: true, description: 'Events in the order in which they arrived.' })
export class EventFeed {
  @Field(() => [Event], { description: 'The next events; may be empty although the cursor moved on.' })
  events: Event[];

  @Field(() => String, { description: 'Give this as `after` to go on: every event is then seen exactly once.' })
  endCursor: string;

  @Field(() => Boolean, { description: 'Whether more are there already.' })
  hasMore: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'A message of the subscription `eventAdded`.' })
export class EventAdded {
  @Field(() => String, {
    description:
      'Give this as `after` to go on behind this message, here or in `eventFeed`: nothing is missed or repeated.',
  })
  cursor: string;

  @Field(() => Event, {
    nullable: true,
    description: 'The event; null where nothing arrived, and only the cursor is told.',
  })
  event: Event | null;
}

@ObjectType({ simpleResolvers: true, description: 'How many events share a key, in a bucket of time.' })
export class EventCount {
  @Field(() => DateTimeScalar, { nullable: true, description: 'The start of the bucket; null without `interval`.' })
  time: Date | null;

  @Field(() => [String], { nullable: 'items', description: 'The values of `groupBy`, in its order.' })
  key: (string | null)[];

  @Field(() => Float, { description: 'Events; a whole number.' })
  count: number;

  @Field(() => Float, { description: 'Those of them that failed; a whole number.' })
  errors: number;

  /** Not in the schema: what `completeness` is about; one object for all rows of an answer. */
  readonly asked: CompletenessRequest & { readonly groupBy: readonly EventDimension[] };
}

export const EventFormat = { AWS: 'AWS' } as const;
export type EventFormat = keyof typeof EventFormat;

registerEnumType(EventFormat, {
  name: 'EventFormat',
  description: 'A format in which an event can be had.',
  valuesConfig: { AWS: { description: 'The record as AWS wrote it.' } },
});
