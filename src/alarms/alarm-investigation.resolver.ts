import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { searchBudget } from '../events/search-budget.service.js';
import type { Database } from '../platform/database/database.js';
import { pageSize } from '../platform/graphql/connection.js';
import { TimeRangeInput, timeRange } from '../platform/graphql/time-range.js';
import { Alarm } from './alarm.entity.js';
import type { AlarmService } from './alarm.service.js';
import { AlarmStateChange } from './alarm-change.entity.js';
import { readTransitions } from './alarm-change.store.js';
import { shownChange } from './alarm-feed.service.js';
import type { AlarmSubjects } from './alarm-subject.service.js';
import { RelatedEventConnection } from './related-event.entity.js';
import { RelatedEventsArgs } from './related-events.inputs.js';
import type { RelatedEvents } from './related-events.service.js';

const related =
  'The events behind its data points that breached, then what the same principals, access keys and addresses did around ' +
  'them in any account that the token may see. Needs EVENTS_READ.';

const transitionsKey = {};

/** What happened to an alarm, and what is behind it. */
@Resolver(() => Alarm)
export class AlarmInvestigationResolver {
  constructor(
    private readonly database: Database,
    private readonly subjects: AlarmSubjects,
    private readonly related: RelatedEvents,
  ) {}

  @FieldResolver(() => RelatedEventConnection, { description: related, complexity: pageCost })
  async relatedEvents(
    @Root() { id }: Alarm,
    @Ctx() context: GraphQLContext,
    @Args(() => RelatedEventsArgs) args: RelatedEventsArgs,
  ): Promise<RelatedEventConnection> {
    const { caller } = context;
    requireScope(caller, 'EVENTS_READ');
    return this.related.of(caller, await this.subjects.ofAlarm(caller.accounts, id), args, searchBudget(context));
  }

  @FieldResolver(() => [AlarmStateChange], {
    description:
      'What happened to it in a span, by all that is known now: without what was corrected since. The newest first.',
  })
  async transitions(
    @Root() { id }: Alarm,
    @Ctx() context: GraphQLContext,
    @Arg('time', () => TimeRangeInput, { nullable: true, description: 'When it happened; any time when left out.' })
    time: TimeRangeInput | null,
    @Arg('first', () => Int, { nullable: true, description: 'How many: 1 to 1000, 100 when left out.' })
    first: number | null,
  ): Promise<AlarmStateChange[]> {
    requireScope(context.caller, 'ALARMS_READ');
    const range = timeRange('time', time);
    const limit = pageSize(first);
    const loaders = loaderOf(context, transitionsKey, () => new Map<string, DataLoader<string, AlarmStateChange[]>>());
    const key = JSON.stringify([range, limit]);
    const load = async (ids: readonly string[]) => {
      const rows = await readTransitions(this.database.reads, context.caller.accounts, ids, range, limit);
      return ids.map((alarmId) => rows.filter((row) => row.alarmId === alarmId).map(shownChange));
    };
    const loader = loaders.get(key) ?? new DataLoader(load, { maxBatchSize: 1000 });
    loaders.set(key, loader);
    return loader.load(id);
  }
}

/** The events of a page are read and matched. */
function pageCost({ args, childComplexity }: { args: { first?: number | null }; childComplexity: number }): number {
  return 500 + (args.first ?? 100) * childComplexity;
}

const alarmsKey = {};

@Resolver(() => AlarmStateChange)
export class AlarmStateChangeResolver {
  constructor(
    private readonly alarms: AlarmService,
    private readonly subjects: AlarmSubjects,
    private readonly related: RelatedEvents,
  ) {}

  @FieldResolver(() => Alarm, {
    nullable: true,
    description: 'The alarm as it is now; null where it was deleted, or is beyond what the token may see.',
  })
  alarm(@Root() { alarmId }: AlarmStateChange, @Ctx() context: GraphQLContext): Promise<Alarm | null> {
    const load = (ids: readonly string[]) => this.alarms.findAll(context.caller.accounts, ids);
    return loaderOf(context, alarmsKey, () => new DataLoader(load, { maxBatchSize: 1000 })).load(alarmId);
  }

  @FieldResolver(() => RelatedEventConnection, { description: related, complexity: pageCost })
  async relatedEvents(
    @Root() { id }: AlarmStateChange,
    @Ctx() context: GraphQLContext,
    @Args(() => RelatedEventsArgs) args: RelatedEventsArgs,
  ): Promise<RelatedEventConnection> {
    const { caller } = context;
    requireScope(caller, 'EVENTS_READ');
    return this.related.of(caller, await this.subjects.ofChange(caller.accounts, id), args, searchBudget(context));
  }
}
