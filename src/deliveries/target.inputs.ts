import 'reflect-metadata';
import { ArgsType, Field, InputType, Int, ObjectType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { Target, TargetState, TargetType } from './target.entity.js';
import type { TargetInputFields } from './target-kind.js';

const text = (description: string) => Field(() => String, { nullable: true, description });

@InputType({ description: 'A header of a webhook.' })
export class WebhookHeaderInput {
  @Field(() => String, { description: 'Its name.' })
  name: string;

  @text('Its value, which is never shown again. Left out: the one that it has.')
  value?: string | null;
}

@InputType({
  description:
    'A target, made or changed by its name. What is left out stays as it was; null takes it away. Secrets are encrypted at ' +
    'rest and never shown again.',
})
export class PutTargetInput implements TargetInputFields {
  @Field(() => String, { description: '1 to 64 letters, digits or characters of `._-`.' })
  name: string;

  @Field(() => TargetType, { nullable: true, description: 'What kind of target it is. Needed for a new one.' })
  type?: TargetType | null;

  @text('What it is for: at most 512 characters.')
  description?: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description:
      'The accounts whose data may go there. Left out for a new one: all that the token may see. Rules that see others ' +
      'cannot use it.',
  })
  accountIds?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it gets one message after the other, in the order they came about. One that must be tried again then holds ' +
      'up those behind it. False when left out.',
  })
  ordered?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'How many messages it is sent at once: 1 to 32, 8 when left out.' })
  maxConcurrency?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds after which a message is set aside: 60 to 1,209,600 (14 days); a day when left out.',
  })
  maxAgeSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'Seconds that it has to answer: 1 to 30, 10 when left out.' })
  timeoutSeconds?: number | null;

  @text('WEBHOOK, SLACK: where to send to. For Slack it is a secret.')
  url?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'WEBHOOK: what messages are signed with, `whsec_<base64>`: one, or during a rotation two, the new one first. Left out ' +
      'for a new target, one is made and shown once.',
  })
  secrets?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'WEBHOOK: makes a new secret, which is shown once. The one before it goes on signing beside it.',
  })
  rotateSecret?: boolean | null;

  @Field(() => [WebhookHeaderInput], {
    nullable: true,
    description: 'WEBHOOK: headers to send, at most 20. Their values are secrets.',
  })
  headers?: WebhookHeaderInput[] | null;

  @text('PAGERDUTY: the integration key of the service. A secret.')
  routingKey?: string | null;

  @text('PAGERDUTY: where the account lives, `US` or `EU`.')
  serviceRegion?: string | null;

  @text('PAGERDUTY: `critical`, `error`, `warning` or `info`.')
  severity?: string | null;

  @text('SNS, SQS, EVENTBRIDGE, LAMBDA, KINESIS, FIREHOSE: the ARN of the topic, queue, bus, function or stream.')
  arn?: string | null;

  @text("The role that sends there. Left out, Crosstrail's own identity does, which takes a token for every account.")
  roleArn?: string | null;

  @text('The external id that the role asks for. A secret.')
  externalId?: string | null;

  @text('SNS: the subject of mails.')
  subject?: string | null;

  @text('KINESIS: the part of the message that decides on the shard, such as `$.account`.')
  partitionKeyPath?: string | null;
}

@InputType({ description: 'A target by its name.' })
export class TargetNameInput {
  @Field(() => String, { description: 'The name of the target.' })
  name: string;
}

@ObjectType({ simpleResolvers: true, description: 'A target after a change.' })
export class TargetPayload {
  @Field(() => Target, { description: 'The target as it is now; after `deleteTarget`, as it was.' })
  target: Target;
}

@ObjectType({ simpleResolvers: true, description: 'A target that was made or changed.' })
export class PutTargetPayload extends TargetPayload {
  @Field(() => String, {
    nullable: true,
    description: 'The secret that was made for a webhook. Shown this once: give it to whoever receives.',
  })
  secret: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a message that was sent to try a target.' })
export class TestTargetPayload {
  @Field(() => Boolean, { description: 'Whether the target took it.' })
  ok: boolean;

  @Field(() => String, { nullable: true, description: 'What it answered, in a word.' })
  answer: string | null;

  @Field(() => String, { nullable: true, description: 'Why it did not take it.' })
  error: string | null;
}

@InputType({ description: 'Which targets to list. Every condition given must hold.' })
export class TargetFilter {
  @text('Only targets whose names begin with this.')
  namePrefix?: string | null;

  @Field(() => [TargetType], { nullable: true, description: 'Only targets of these kinds.' })
  types?: TargetType[] | null;

  @Field(() => [TargetState], { nullable: true, description: 'Only targets in one of these states.' })
  states?: TargetState[] | null;
}

@ArgsType()
export class TargetsArgs extends PageArgs {
  @Field(() => TargetFilter, { nullable: true, description: 'Which targets; all within reach when left out.' })
  filter?: TargetFilter | null;
}
