import 'reflect-metadata';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

export const DeliveryState = {
  PENDING: 'PENDING',
  DELIVERING: 'DELIVERING',
  DELIVERED: 'DELIVERED',
  FAILED: 'FAILED',
} as const;
export type DeliveryState = keyof typeof DeliveryState;

registerEnumType(DeliveryState, {
  name: 'DeliveryState',
  description: 'How far a delivery has come.',
  valuesConfig: {
    PENDING: { description: 'It waits for its first attempt, or for another.' },
    DELIVERING: { description: 'It is being sent.' },
    DELIVERED: { description: 'The target took it.' },
    FAILED: { description: 'A dead letter: it is not tried any more, until it is redriven.' },
  },
});

export const DeliveryOrigin = { RULE: 'RULE', SCHEDULE: 'SCHEDULE', ALARM: 'ALARM' } as const;

registerEnumType(DeliveryOrigin, {
  name: 'DeliveryOrigin',
  description: 'What caused a delivery.',
  valuesConfig: {
    RULE: { description: 'An event that matched the pattern of a rule.' },
    SCHEDULE: { description: 'A time of the schedule of a rule.' },
    ALARM: { description: 'A change of the state of an alarm, of which it is an action.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'A message on its way to a target, and what became of it.' })
export class Delivery {
  @Field(() => ID, { description: 'The id of the delivery.' })
  id: string;

  @Field(() => ID, {
    description: 'What the receiver knows it by, the same at each attempt: `msg_<key>` in the header `webhook-id`.',
  })
  key: string;

  @Field(() => String, { description: 'The name of the target.' })
  target: string;

  @Field(() => DeliveryOrigin, { description: 'What caused it.' })
  origin: keyof typeof DeliveryOrigin;

  @Field(() => String, { nullable: true, description: 'The name of the rule that caused it.' })
  rule: string | null;

  @Field(() => String, { nullable: true, description: 'Which of the targets of the rule it is for.' })
  ruleTargetId: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the alarm whose action it is.' })
  alarm: string | null;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description: 'The account of the event or alarm that caused it, where that is one.',
  })
  account: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the event that caused it, or of the change of the alarm.',
  })
  eventID: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When that event happened.' })
  eventTime: Date | null;

  @Field(() => String, { description: 'What it is about, such as `aws.signin ConsoleLogin`.' })
  subject: string;

  @Field(() => DeliveryState, { description: 'How far it has come.' })
  state: DeliveryState;

  @Field(() => Int, { description: 'How often it was tried, since it came about or was last redriven.' })
  attempts: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is tried next; null once it has ended.' })
  dueAt: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it is set aside if it could not be delivered.' })
  expiresAt: Date;

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed.' })
  error: string | null;

  @Field(() => String, { nullable: true, description: 'What the target answered.' })
  answer: string | null;

  @Field(() => DateTimeScalar, { description: 'When it came about.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended: was delivered, or failed for good.' })
  finishedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of deliveries, newest first.' })
export class DeliveryConnection extends connectionOf(Delivery, 'Delivery') {}
