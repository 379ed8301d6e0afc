import 'reflect-metadata';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';

export const TargetType = {
  WEBHOOK: 'WEBHOOK',
  SLACK: 'SLACK',
  PAGERDUTY: 'PAGERDUTY',
  SNS: 'SNS',
  SQS: 'SQS',
  EVENTBRIDGE: 'EVENTBRIDGE',
  LAMBDA: 'LAMBDA',
  KINESIS: 'KINESIS',
  FIREHOSE: 'FIREHOSE',
} as const;
export type TargetType = keyof typeof TargetType;

registerEnumType(TargetType, {
  name: 'TargetType',
  description: 'Where something can be delivered to.',
  valuesConfig: {
    WEBHOOK: { description: 'An HTTPS POST, signed as Standard Webhooks has it.' },
    SLACK: { description: 'An incoming webhook of Slack.' },
    PAGERDUTY: { description: 'The Events API v2 of PagerDuty.' },
    SNS: { description: 'A topic of Amazon SNS.' },
    SQS: { description: 'A queue of Amazon SQS.' },
    EVENTBRIDGE: { description: 'An event bus of Amazon EventBridge.' },
    LAMBDA: { description: 'A function of AWS Lambda, invoked asynchronously.' },
    KINESIS: { description: 'A stream of Amazon Kinesis Data Streams.' },
    FIREHOSE: { description: 'A stream of Amazon Data Firehose.' },
  },
});

export const TargetState = { ACTIVE: 'ACTIVE', FAILING: 'FAILING', RESTING: 'RESTING' } as const;
export type TargetState = keyof typeof TargetState;

registerEnumType(TargetState, {
  name: 'TargetState',
  description: 'How a target does.',
  valuesConfig: {
    ACTIVE: { description: 'It took what it was last given, or was given nothing yet.' },
    FAILING: { description: 'It failed when it was last tried, and is tried again.' },
    RESTING: { description: 'It is left alone for a while: it failed several times in a row, or asked for it.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'Where things are delivered to: named, and used by any number of rules.',
})
export class Target {
  /** Not in the schema. */
  id: string;

  @Field(() => String, { description: 'Its name, unique in the installation.' })
  name: string;

  @Field(() => TargetType, { description: 'What kind of target it is.' })
  type: TargetType;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts whose data may go there; null for every account.',
  })
  accountIds: string[] | null;

  @Field(() => JSONScalar, { description: 'Its settings, by the names of the input. Secrets are never among them.' })
  settings: object;

  @Field(() => Boolean, { description: 'Whether it gets one message after the other, in the order they came about.' })
  ordered: boolean;

  @Field(() => Int, { description: 'How many messages it is sent at once.' })
  maxConcurrency: number;

  @Field(() => Int, { description: 'Seconds after which a message that could not be delivered is set aside.' })
  maxAgeSeconds: number;

  @Field(() => Int, { description: 'Seconds that it has to answer.' })
  timeoutSeconds: number;

  @Field(() => TargetState, { description: 'How it does.' })
  state: TargetState;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it is left alone.' })
  restsUntil: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, as long as it fails.' })
  lastError: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last took a message.' })
  lastSuccessAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last failed.' })
  lastFailureAt: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A page of targets, by name.' })
export class TargetConnection extends connectionOf(Target, 'Target') {}
