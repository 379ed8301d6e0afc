import 'reflect-metadata';
import { Args, ArgsType, Field, Int, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import { type LiveArguments, resolverOf } from '../platform/graphql/live-source.js';
import type { LiveMessage } from '../platform/live/live-feed.js';
import { AlarmFilter } from './alarm.inputs.js';
import { AlarmStateChange } from './alarm-change.entity.js';
import { AlarmState } from './alarm-enums.entity.js';
import type { LiveAlarms } from './live-alarms.service.js';

@ArgsType()
export class AlarmStateChangedArgs {
  @Field(() => AlarmFilter, {
    nullable: true,
    description: 'Changes of which alarms; of all within reach when left out.',
  })
  filter?: AlarmFilter | null;

  @Field(() => [AlarmState], { nullable: true, description: 'Only changes from one of these states.' })
  fromStates?: AlarmState[] | null;

  @Field(() => [AlarmState], { nullable: true, description: 'Only changes to one of these states.' })
  toStates?: AlarmState[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Go on behind this cursor: what was missed comes first. Left out: what comes from now on.',
  })
  after?: string | null;

  @Field(() => Int, { defaultValue: 30, description: 'A message comes at least this often, in seconds: 1 to 300.' })
  heartbeatSeconds: number;
}

@ObjectType({ simpleResolvers: true, description: 'A message of `alarmStateChanged`.' })
export class AlarmStateChanged {
  @Field(() => String, { description: 'Where to go on after this message: `after` of the next subscription.' })
  cursor: string;

  @Field(() => AlarmStateChange, {
    nullable: true,
    description: 'The change; null where nothing happened, and only the cursor is told.',
  })
  change: AlarmStateChange | null;
}

@Resolver()
export class AlarmSubscriptionResolver {
  constructor(private readonly live: LiveAlarms) {}

  @Subscription(() => AlarmStateChanged, {
    description:
      'Changes of the states of alarms as they are told, each exactly once. The first message comes at once, and one at ' +
      'least every `heartbeatSeconds`; each has a cursor to go on from after the connection was lost. Whoever heard of a ' +
      'change hears of what corrects it. Needs ALARMS_READ.',
    subscribe: ({ args, context, info }: LiveArguments<AlarmStateChangedArgs, GraphQLContext>) =>
      resolverOf(info, AlarmSubscriptionResolver).follow(args, context),
  })
  alarmStateChanged(
    @Root() { cursor, item }: LiveMessage<AlarmStateChange>,
    @Args(() => AlarmStateChangedArgs) _args: AlarmStateChangedArgs,
  ): AlarmStateChanged {
    return { cursor, change: item };
  }

  follow(
    args: AlarmStateChangedArgs,
    { caller, live, signal }: GraphQLContext,
  ): AsyncIterable<LiveMessage<AlarmStateChange>> {
    requireScope(caller, 'ALARMS_READ');
    return this.live.follow(caller.accounts, { ...args, after: live?.resumeAfter ?? args.after ?? null }, signal);
  }
}
