import 'reflect-metadata';
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import type { AlarmBacktests } from './alarm-backtest.service.js';
import { AlarmFeed } from './alarm-change.entity.js';
import type { AlarmFeedService } from './alarm-feed.service.js';
import { AlarmPackArgs, AlarmPackPayload, InstallAlarmPackArgs } from './alarm-pack.inputs.js';
import type { AlarmPacks } from './alarm-pack.service.js';
import {
  AlarmFeedArgs,
  AlarmPayload,
  BacktestAlarmInput,
  BacktestAlarmPayload,
  SetAlarmStateInput,
} from './alarm-state.inputs.js';
import type { AlarmStates } from './alarm-state.service.js';

/** States of alarms: what they were, what they are put into, and what they would have been. */
@Resolver()
export class AlarmStateResolver {
  constructor(
    private readonly states: AlarmStates,
    private readonly feed: AlarmFeedService,
    private readonly backtests: AlarmBacktests,
    private readonly packs: AlarmPacks,
  ) {}

  @Query(() => AlarmFeed, {
    description:
      'Changes of the states of alarms in the order in which they were told: a reader that follows the cursor hears of ' +
      'each exactly once. Whoever heard of a change hears of what corrects it, also where the filter would leave that out.',
  })
  alarmFeed(@Ctx() { caller }: GraphQLContext, @Args(() => AlarmFeedArgs) args: AlarmFeedArgs): Promise<AlarmFeed> {
    requireScope(caller, 'ALARMS_READ');
    return this.feed.read(caller.accounts, args);
  }

  @Query(() => BacktestAlarmPayload, {
    description:
      'What an alarm would have done, judged as alarms are: one evaluation at the end of each period in ' +
      '(`startTime`, `endTime`]. Needs ALARMS_READ, and METRICS_READ for stored data.',
    complexity: ({ childComplexity }) => 500 + childComplexity,
  })
  backtestAlarm(
    @Ctx() { caller, signal }: GraphQLContext,
    @Arg('input', () => BacktestAlarmInput, { description: 'The alarm, and the time to try it on.' })
    input: BacktestAlarmInput,
  ): Promise<BacktestAlarmPayload> {
    requireScope(caller, 'ALARMS_READ');
    if (!input.dataPoints) requireScope(caller, 'METRICS_READ');
    return this.backtests.run(caller, input, signal);
  }

  @Mutation(() => AlarmPayload, {
    description:
      'Puts an alarm into a state until it is next evaluated (a composite alarm: until one of its children changes), to ' +
      'try its actions.',
  })
  async setAlarmState(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => SetAlarmStateInput, { description: 'The alarm and the state.' }) input: SetAlarmStateInput,
  ): Promise<AlarmPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    return { alarm: await this.states.set(caller, input) };
  }

  @Mutation(() => AlarmPackPayload, {
    description:
      'Installs metric filters and alarms that belong together, for some accounts; to install them again changes ' +
      'nothing. Needs ALARMS_WRITE and METRICS_WRITE.',
  })
  installAlarmPack(
    @Ctx() { caller }: GraphQLContext,
    @Args(() => InstallAlarmPackArgs) args: InstallAlarmPackArgs,
  ): Promise<AlarmPackPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    requireScope(caller, 'METRICS_WRITE');
    return this.packs.install(caller, args);
  }

  @Mutation(() => AlarmPackPayload, {
    description: 'Removes what was installed for these accounts. Needs ALARMS_WRITE and METRICS_WRITE.',
  })
  removeAlarmPack(
    @Ctx() { caller }: GraphQLContext,
    @Args(() => AlarmPackArgs) args: AlarmPackArgs,
  ): Promise<AlarmPackPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    requireScope(caller, 'METRICS_WRITE');
    return this.packs.remove(caller, args);
  }
}
