import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { DateTimeScalar } from '../platform/graphql/scalars.js';
import { Source } from './source.entity.js';

@ObjectType({
  simpleResolvers: true,
  description:
    'A message of a queue that was not understood, or not all of it. What was understood of it is collected.',
})
export class SetAsideNotification {
  @Field(() => ID, { description: 'Its id here.' })
  id: string;

  @Field(() => DateTimeScalar, { description: 'When it was first received.' })
  receivedAt: Date;

  @Field(() => String, { description: 'The id that SQS gave it.' })
  messageId: string;

  @Field(() => String, { description: 'Why it, or which part of it, was not understood.' })
  reason: string;

  @Field(() => String, { description: 'The message as it was received; of one longer than 256 KB, its beginning.' })
  body: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A page of messages that were set aside, newest first; of long ones fewer than were asked for.',
})
export class SetAsideNotificationConnection extends connectionOf(SetAsideNotification, 'SetAsideNotification') {}

@ObjectType({ simpleResolvers: true, description: 'What became of messages that were read again.' })
export class RetrySetAsideNotificationsPayload {
  @Field(() => Source, { description: 'The source as it is now.' })
  source: Source;

  @Field(() => Int, { description: 'How many messages are understood now and no longer set aside.' })
  understood: number;

  @Field(() => Int, { description: 'How many are still set aside.' })
  left: number;
}
