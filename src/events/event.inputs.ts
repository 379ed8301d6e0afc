import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { TimeRangeInput } from '../platform/graphql/time-range.js';

const list = (type: () => unknown, description: string) =>
  Field(() => [type() as typeof String], { nullable: true, description });

@InputType({
  description: 'Which events: those that satisfy every field given. A list is satisfied by any one of its values.',
})
export class EventFilter {
  @list(() => AccountIdScalar, 'The accounts for which the events were collected.')
  accountIds?: string[] | null;

  @list(() => String, 'AWS Regions, such as `eu-central-1`.')
  regions?: string[] | null;

  @list(() => String, 'Services, such as `s3.amazonaws.com`.')
  eventSources?: string[] | null;

  @list(() => String, 'API actions, such as `ConsoleLogin`; exact and case sensitive.')
  eventNames?: string[] | null;

  @list(() => String, 'Types, such as `AwsApiCall` or `AwsConsoleSignIn`.')
  eventTypes?: string[] | null;

  @list(() => String, 'Categories: `Management`, `Data`, `Insight`, `NetworkActivity`.')
  eventCategories?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the call only reads.' })
  readOnly?: boolean | null;

  @list(() => String, '`userIdentity.arn`, or the ARN of the role behind the session (`sessionIssuer.arn`).')
  principalArns?: string[] | null;

  @list(() => String, '`userIdentity.userName`; for a session without one, the name of the role behind it.')
  userNames?: string[] | null;

  @list(() => String, '`userIdentity.accessKeyId`.')
  accessKeyIds?: string[] | null;

  @list(() => String, 'Addresses, CIDR blocks, or what stands in their place, such as `AWS Internal`.')
  sourceIPAddresses?: string[] | null;

  @list(() => String, '`errorCode`, such as `AccessDenied`; exact.')
  errorCodes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the call failed: it has an `errorCode` or `errorMessage`, or is a console login that failed.',
  })
  hasError?: boolean | null;

  @list(() => String, '`resources[].ARN`; exact.')
  resourceArns?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'When the event happened.' })
  eventTime?: TimeRangeInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Text that the record contains anywhere, in any case. Records are read to find it, at most 250,000 a request and ' +
      'for five seconds: a page may then be short or empty although more follow; go on from its `endCursor`. ' +
      '`eventTime` bounds how many are to be read.',
  })
  search?: string | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description:
      'An event pattern, as EventBridge has them, on the event in its envelope: ' +
      '`{ source: ["aws.signin"], detail: { eventName: ["ConsoleLogin"] } }`. An object, or JSON text. Records are read ' +
      'as for `search`, within the same bounds; what it demands of names, accounts, principals and errors with exact ' +
      'values is looked up first.',
  })
  pattern?: unknown;
}

export const EventOrder = { NEWEST_FIRST: 'NEWEST_FIRST', OLDEST_FIRST: 'OLDEST_FIRST' } as const;
export type EventOrder = keyof typeof EventOrder;

registerEnumType(EventOrder, {
  name: 'EventOrder',
  description: 'The order of events by `eventTime`; those of one instant are in the order of their `eventID`.',
  valuesConfig: {
    NEWEST_FIRST: { description: 'The newest event first.' },
    OLDEST_FIRST: { description: 'The oldest event first.' },
  },
});

@ArgsType()
export class EventsArgs extends PageArgs {
  @Field(() => EventFilter, { nullable: true, description: 'Which events; all that the token may see when left out.' })
  filter?: EventFilter | null;

  @Field(() => EventOrder, { defaultValue: EventOrder.NEWEST_FIRST, description: 'The order of the list.' })
  orderBy: EventOrder;

  @Field(() => Int, {
    nullable: true,
    description: 'How many items to return from the end of the list, or before `before`: 1 to 1000.',
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Return what precedes this cursor: `startCursor` of the page behind. Goes with `last`.',
  })
  before?: string | null;
}

@ArgsType()
export class EventFeedArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Go on behind this cursor: `endCursor` of the page before. Without it and `from`, from the beginning. ' +
      'CURSOR_EXPIRED where retention has deleted events behind it since; never of what arrived within seven days.',
  })
  after?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Where to start without a cursor: with the first events that arrived at or after this time.',
  })
  from?: Date | null;

  @Field(() => EventFilter, { nullable: true, description: 'Which events; all that the token may see when left out.' })
  filter?: EventFilter | null;

  @Field(() => Int, { nullable: true, description: 'How many events at most: 1 to 1000, 100 when left out.' })
  first?: number | null;
}

@ArgsType()
export class EventAddedArgs {
  @Field(() => EventFilter, { nullable: true, description: 'Which events; all that the token may see when left out.' })
  filter?: EventFilter | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Go on behind this cursor, of this subscription or of `eventFeed`: what was missed comes first. Without it, what ' +
      'arrives from now on. CURSOR_EXPIRED where retention has deleted events behind it.',
  })
  after?: string | null;

  @Field(() => Int, {
    defaultValue: 30,
    description: 'A message comes at least this often, with the cursor alone where nothing arrived: 1 to 300 seconds.',
  })
  heartbeatSeconds: number;
}

export const EventDimension = {
  ACCOUNT: 'ACCOUNT',
  REGION: 'REGION',
  EVENT_SOURCE: 'EVENT_SOURCE',
  EVENT_NAME: 'EVENT_NAME',
  EVENT_TYPE: 'EVENT_TYPE',
  USER: 'USER',
  PRINCIPAL: 'PRINCIPAL',
  ACCESS_KEY: 'ACCESS_KEY',
  SOURCE_IP: 'SOURCE_IP',
  ERROR_CODE: 'ERROR_CODE',
  READ_ONLY: 'READ_ONLY',
} as const;
export type EventDimension = keyof typeof EventDimension;

registerEnumType(EventDimension, {
  name: 'EventDimension',
  description: 'What events can be counted by.',
  valuesConfig: {
    ACCOUNT: { description: 'The account for which the event was collected.' },
    REGION: { description: '`awsRegion`' },
    EVENT_SOURCE: { description: '`eventSource`' },
    EVENT_NAME: { description: '`eventName`' },
    EVENT_TYPE: { description: '`eventType`' },
    USER: { description: '`userIdentity.userName`; for a session without one, the name of the role behind it.' },
    PRINCIPAL: { description: '`userIdentity.arn`' },
    ACCESS_KEY: { description: '`userIdentity.accessKeyId`' },
    SOURCE_IP: { description: '`sourceIPAddress`' },
    ERROR_CODE: { description: '`errorCode`' },
    READ_ONLY: { description: '`readOnly`, as `true` or `false`' },
  },
});

export const CountInterval = { MINUTE: 'MINUTE', HOUR: 'HOUR', DAY: 'DAY' } as const;
export type CountInterval = keyof typeof CountInterval;

registerEnumType(CountInterval, {
  name: 'CountInterval',
  description: 'The length of a bucket of time; buckets begin at whole minutes, hours or days UTC.',
  valuesConfig: {
    MINUTE: { description: 'One minute.' },
    HOUR: { description: 'One hour.' },
    DAY: { description: 'One day UTC.' },
  },
});

@ArgsType()
export class EventCountsArgs {
  @Field(() => EventFilter, { nullable: true, description: 'Which events; all that the token may see when left out.' })
  filter?: EventFilter | null;

  @Field(() => [EventDimension], { description: 'What `key` consists of, in this order; empty for one total.' })
  groupBy: EventDimension[];

  @Field(() => CountInterval, { nullable: true, description: 'Count by buckets of time too.' })
  interval?: CountInterval | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Only the keys with the most events over the whole range: 1 to 1000.',
  })
  top?: number | null;
}

@ArgsType()
export class EventArgs {
  @Field(() => ID, { description: 'The `eventID`.' })
  eventID: string;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description:
      'The account it was collected for. Where accounts share an id, the event stored first is meant without it.',
  })
  accountId?: string | null;
}
