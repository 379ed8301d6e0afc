import { Args, Resolver, Root, Subscription } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import { type LiveArguments, resolverOf } from '../platform/graphql/live-source.js';
import type { LiveMessage } from '../platform/live/live-feed.js';
import { type Event, EventAdded } from './event.entity.js';
import { EventAddedArgs } from './event.inputs.js';
import type { LiveEvents } from './live-events.service.js';

@Resolver()
export class EventSubscriptionResolver {
  constructor(private readonly live: LiveEvents) {}

  @Subscription(() => EventAdded, {
    description:
      'Events as they arrive, each exactly once. The first message comes at once, and one at least every ' +
      '`heartbeatSeconds`; each has a cursor to go on from after the connection was lost. Needs EVENTS_READ.',
    subscribe: ({ args, context, info }: LiveArguments<EventAddedArgs, GraphQLContext>) =>
      resolverOf(info, EventSubscriptionResolver).follow(args, context),
  })
  eventAdded(
    @Root() { cursor, item }: LiveMessage<Event>,
    @Args(() => EventAddedArgs) _args: EventAddedArgs,
  ): EventAdded {
    return { cursor, event: item };
  }

  follow(args: EventAddedArgs, { caller, live, signal }: GraphQLContext): AsyncIterable<LiveMessage<Event>> {
    requireScope(caller, 'EVENTS_READ');
    return this.live.follow(caller.accounts, { ...args, after: live?.resumeAfter ?? args.after ?? null }, signal);
  }
}
