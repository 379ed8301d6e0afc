import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { Alarm, AlarmConnection } from './alarm.entity.js';
import {
  AlarmHistoryArgs,
  AlarmNamesInput,
  AlarmsArgs,
  AlarmsPayload,
  CompositeAlarmPayload,
  MetricAlarmInput,
  MetricAlarmPayload,
  PutCompositeAlarmInput,
} from './alarm.inputs.js';
import type { AlarmService } from './alarm.service.js';
import { AlarmHistoryConnection } from './alarm-history.entity.js';
import type { AlarmHistory } from './alarm-history.service.js';

const historyKey = {};

/** Alarms as their owners know them: what changes their states stands elsewhere. */
@Resolver(() => Alarm)
export class AlarmResolver {
  constructor(
    private readonly service: AlarmService,
    private readonly histories: AlarmHistory,
  ) {}

  @Query(() => Alarm, { nullable: true, description: 'One alarm, or null where it does not exist for this token.' })
  async alarm(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the alarm.' }) id: string,
  ): Promise<Alarm | null> {
    requireScope(caller, 'ALARMS_READ');
    const [alarm] = await this.service.findAll(caller.accounts, [id]);
    return alarm ?? null;
  }

  @Query(() => AlarmConnection, { description: 'The alarms, by name. A token sees those whose accounts it covers.' })
  alarms(@Ctx() { caller }: GraphQLContext, @Args(() => AlarmsArgs) args: AlarmsArgs): Promise<AlarmConnection> {
    requireScope(caller, 'ALARMS_READ');
    return this.service.list(caller.accounts, args);
  }

  @FieldResolver(() => AlarmHistoryConnection, { description: 'What happened to it, the newest first.' })
  history(
    @Root() { id }: Alarm,
    @Ctx() context: GraphQLContext,
    @Args(() => AlarmHistoryArgs) args: AlarmHistoryArgs,
  ): Promise<AlarmHistoryConnection> {
    requireScope(context.caller, 'ALARMS_READ');
    const loaders = loaderOf(context, historyKey, () => new Map<string, DataLoader<string, AlarmHistoryConnection>>());
    const key = JSON.stringify([args.types, args.first, args.after]);
    const load = (ids: readonly string[]) => this.histories.pages(context.caller.accounts, ids, args);
    const loader = loaders.get(key) ?? new DataLoader(load, { maxBatchSize: 1000 });
    loaders.set(key, loader);
    return loader.load(id);
  }

  @Mutation(() => MetricAlarmPayload, {
    description: 'Makes an alarm on a metric or metric math, or replaces the one of its name. Its state stays.',
  })
  async putMetricAlarm(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => MetricAlarmInput, { description: 'The alarm.' }) input: MetricAlarmInput,
  ): Promise<MetricAlarmPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    return { alarm: await this.service.putMetric(caller, input) };
  }

  @Mutation(() => CompositeAlarmPayload, {
    description: 'Makes an alarm on the states of others, or replaces the one of its name. Its state stays.',
  })
  async putCompositeAlarm(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutCompositeAlarmInput, { description: 'The alarm.' }) input: PutCompositeAlarmInput,
  ): Promise<CompositeAlarmPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    return { alarm: await this.service.putComposite(caller, input) };
  }

  @Mutation(() => AlarmsPayload, {
    description: 'Deletes alarms: all of them, or none where one is not there, or where a composite alarm uses it.',
  })
  async deleteAlarms(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => AlarmNamesInput, { description: 'The alarms to delete.' }) input: AlarmNamesInput,
  ): Promise<AlarmsPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    return { alarms: await this.service.delete(caller, input.alarmNames) };
  }

  @Mutation(() => AlarmsPayload, { description: 'Has alarms tell their targets of changes from now on.' })
  async enableAlarmActions(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => AlarmNamesInput, { description: 'The alarms.' }) input: AlarmNamesInput,
  ): Promise<AlarmsPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    return { alarms: await this.service.setActionsEnabled(caller, input.alarmNames, true) };
  }

  @Mutation(() => AlarmsPayload, { description: 'Keeps alarms from telling their targets of changes from now on.' })
  async disableAlarmActions(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => AlarmNamesInput, { description: 'The alarms.' }) input: AlarmNamesInput,
  ): Promise<AlarmsPayload> {
    requireScope(caller, 'ALARMS_WRITE');
    return { alarms: await this.service.setActionsEnabled(caller, input.alarmNames, false) };
  }
}
