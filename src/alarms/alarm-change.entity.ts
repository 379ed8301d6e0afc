import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { AlarmState } from './alarm-enums.entity.js';

@ObjectType({
  simpleResolvers: true,
  description: 'That the state of an alarm changed, as it was told. What turns out otherwise later is told as another.',
})
export class AlarmStateChange {
  @Field(() => ID, { description: 'Its id, under which it is told once.' })
  id: string;

  @Field(() => ID, { description: 'The id of the alarm, which may be deleted by now.' })
  alarmId: string;

  @Field(() => String, { description: 'The name that the alarm had then.' })
  alarmName: string;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts whose data the alarm saw then; null for every account.',
  })
  accountIds: string[] | null;

  @Field(() => AlarmState, {
    description: 'The state before; the same as `state` where a change that was told is withdrawn.',
  })
  previousState: AlarmState;

  @Field(() => AlarmState, { description: 'The state from then on.' })
  state: AlarmState;

  @Field(() => String, { description: 'Why, in the words of CloudWatch.' })
  stateReason: string;

  @Field(() => JSONScalar, { nullable: true, description: 'The same as data, as CloudWatch has it.' })
  stateReasonData: unknown;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  timestamp: Date;

  @Field(() => DateTimeScalar, { description: 'When it was known.' })
  detectedAt: Date;

  @Field(() => Int, { description: '1 for the first that was told of it, then counted up with each correction.' })
  revision: number;

  @Field(() => ID, { nullable: true, description: 'The id of the change that this one corrects; null for none.' })
  supersedes: string | null;

  @Field(() => JSONScalar, { description: 'The alarm as it was then, in the fields that it was put with.' })
  definition: unknown;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Changes of the states of alarms, in the order in which they were told.',
})
export class AlarmFeed {
  @Field(() => [AlarmStateChange], { description: 'The changes; may be empty while more follow.' })
  changes: AlarmStateChange[];

  @Field(() => String, {
    description: 'Where this answer ends: `after` of the next. It moves on also without changes.',
  })
  endCursor: string;

  @Field(() => Boolean, { description: 'Whether more are there already.' })
  hasMore: boolean;
}
