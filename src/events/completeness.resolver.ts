import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { Completeness } from '../sources/completeness.entity.js';
import type { CompletenessByKey, CompletenessRequest, CompletenessService } from '../sources/completeness.service.js';
import { EventConnection, EventCount } from './event.entity.js';
import { EventFilter } from './event.inputs.js';
import { selectEvents } from './event-filter.js';

/** What a filter says of the files that its events came in. Nothing else of it tells which files there should be. */
export function askedOf(filter: EventFilter | null | undefined): CompletenessRequest {
  return { accountIds: filter?.accountIds, regions: filter?.regions, from: filter?.eventTime?.from };
}

/** How complete an answer with events is. Worked out only when asked for. */
@Resolver(() => EventConnection)
export class EventCompletenessResolver {
  constructor(private readonly service: CompletenessService) {}

  @Query(() => Completeness, {
    description:
      'How complete the answer to a filter is: over its `accountIds`, its `regions` and from its `eventTime.from` on. ' +
      'Ask it beside `eventCounts`, whose list may be empty.',
    complexity: ({ childComplexity }) => 20 + childComplexity,
  })
  completeness(
    @Ctx() { caller }: GraphQLContext,
    @Arg('filter', () => EventFilter, {
      nullable: true,
      description: 'Which events; all that the token may see when left out.',
    })
    filter?: EventFilter | null,
  ): Promise<Completeness> {
    requireScope(caller, 'EVENTS_READ');
    selectEvents(caller.accounts, filter);
    return this.service.over(caller.accounts, askedOf(filter));
  }

  @FieldResolver(() => Completeness, {
    name: 'completeness',
    description: 'How complete the list is: over the accounts and regions of the filter, from its `eventTime.from` on.',
    complexity: ({ childComplexity }) => 20 + childComplexity,
  })
  completenessOfPage(@Root() { asked }: EventConnection, @Ctx() { caller }: GraphQLContext): Promise<Completeness> {
    return this.service.over(caller.accounts, asked);
  }
}

/** How complete what was counted is. */
@Resolver(() => EventCount)
export class CountCompletenessResolver {
  constructor(private readonly service: CompletenessService) {}

  @FieldResolver(() => Completeness, {
    description:
      'How complete the count is: over the accounts and regions of the filter, of those in `key` only its own, from ' +
      '`eventTime.from` of the filter on, whatever the `time` of the bucket.',
  })
  async completeness(@Root() { key, asked }: EventCount, @Ctx() context: GraphQLContext): Promise<Completeness> {
    const [account, region] = [asked.groupBy.indexOf('ACCOUNT'), asked.groupBy.indexOf('REGION')];
    const groupBy = [...(account < 0 ? [] : ['account' as const]), ...(region < 0 ? [] : ['region' as const])];
    // All rows of an answer share `asked`: it is worked out once for all of them.
    const byKey: CompletenessByKey = await loaderOf(context, asked, () =>
      this.service.by(context.caller.accounts, asked, groupBy),
    );
    return byKey.get({ account: key[account] ?? null, region: key[region] ?? null });
  }
}
