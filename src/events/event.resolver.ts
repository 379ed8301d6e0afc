import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { JSONScalar } from '../platform/graphql/scalars.js';
import { askedOf } from './completeness.resolver.js';
import {
  Event,
  EventConnection,
  EventCount,
  EventFeed,
  EventFormat,
  EventResource,
  UserIdentity,
} from './event.entity.js';
import { EventArgs, EventCountsArgs, EventFeedArgs, EventsArgs } from './event.inputs.js';
import type { EventService } from './event.service.js';
import type { EventFeedService } from './event-feed.service.js';
import { type CloudTrailRecord, jsonField, resources, textField, userIdentity } from './record-fields.js';
import { searchBudget } from './search-budget.service.js';

/** A record's bytes, and its parsed form once that is asked for. */
interface LoadedRecord {
  readonly raw: Buffer;
  readonly parsed: CloudTrailRecord;
}

const text = (description: string) => FieldResolver(() => String, { nullable: true, description });
const json = (description: string) => FieldResolver(() => JSONScalar, { nullable: true, description });

@Resolver(() => Event)
export class EventResolver {
  constructor(
    private readonly service: EventService,
    private readonly feed: EventFeedService,
  ) {}

  @Query(() => Event, { nullable: true, description: 'An event by its id.' })
  event(@Args(() => EventArgs) args: EventArgs, @Ctx() { caller }: GraphQLContext): Promise<Event | null> {
    requireScope(caller, 'EVENTS_READ');
    return this.service.find(caller.accounts, args);
  }

  @Query(() => EventConnection, {
    description:
      'Events in the order of time. The pages of one traversal show together exactly the events that were stored when ' +
      'it began, whatever arrives meanwhile.',
  })
  async events(@Args(() => EventsArgs) args: EventsArgs, @Ctx() context: GraphQLContext): Promise<EventConnection> {
    requireScope(context.caller, 'EVENTS_READ');
    const page = await this.service.page(context.caller.accounts, args, searchBudget(context));
    return { ...page, asked: askedOf(args.filter) } as EventConnection;
  }

  @Query(() => [EventCount], { description: 'Events counted by key, and by buckets of time; at most 10,000 buckets.' })
  async eventCounts(
    @Args(() => EventCountsArgs) args: EventCountsArgs,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EventCount[]> {
    requireScope(caller, 'EVENTS_READ');
    const asked = { ...askedOf(args.filter), groupBy: args.groupBy };
    return (await this.service.counts(caller.accounts, args)).map((row) => ({ ...row, asked }));
  }

  @Query(() => EventFeed, {
    description: 'Events in the order in which they arrived: whoever follows the cursor sees each exactly once.',
  })
  eventFeed(@Args(() => EventFeedArgs) args: EventFeedArgs, @Ctx() context: GraphQLContext): Promise<EventFeed> {
    requireScope(context.caller, 'EVENTS_READ');
    return this.feed.read(context.caller.accounts, args, searchBudget(context));
  }

  @text('The version of the format of the record.')
  eventVersion(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<string | null> {
    return this.#text(event, context, 'eventVersion');
  }

  @text('The account that the record says received it.')
  recipientAccountId(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<string | null> {
    return this.#text(event, context, 'recipientAccountId');
  }

  @text('The id of the request, given by the service that was called.')
  requestID(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<string | null> {
    return this.#text(event, context, 'requestID');
  }

  @text('The id that the events of one call share across accounts.')
  sharedEventID(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<string | null> {
    return this.#text(event, context, 'sharedEventID');
  }

  @text('The VPC endpoint through which the call was made.')
  vpcEndpointId(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<string | null> {
    return this.#text(event, context, 'vpcEndpointId');
  }

  @json('The parameters of the request.')
  requestParameters(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'requestParameters');
  }

  @json('What a call that changes something answered.')
  responseElements(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'responseElements');
  }

  @json('More about the event.')
  additionalEventData(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'additionalEventData');
  }

  @json('What a service event is about.')
  serviceEventDetails(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'serviceEventDetails');
  }

  @json('What an Insights event is about.')
  insightDetails(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'insightDetails');
  }

  @json('Why and how an earlier event was corrected.')
  addendum(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'addendum');
  }

  @json('The TLS version, cipher and host of the call.')
  tlsDetails(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return this.#json(event, context, 'tlsDetails');
  }

  @FieldResolver(() => UserIdentity, { nullable: true, description: 'Who made the call.' })
  async userIdentity(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<UserIdentity | null> {
    return userIdentity((await this.#record(event, context)).parsed);
  }

  @FieldResolver(() => [EventResource], { nullable: true, description: 'The resources that the call accessed.' })
  async resources(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<EventResource[] | null> {
    return resources((await this.#record(event, context)).parsed);
  }

  @FieldResolver(() => JSONScalar, { description: 'The whole record.' })
  async raw(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<unknown> {
    return (await this.#record(event, context)).parsed;
  }

  @FieldResolver(() => String, { description: 'The whole record, byte for byte as AWS wrote it.' })
  async rawText(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<string> {
    return (await this.#record(event, context)).raw.toString('utf8');
  }

  @FieldResolver(() => JSONScalar, { description: 'The event in another format.' })
  document(
    @Root() event: Event,
    @Arg('format', () => EventFormat, { description: 'The format.' }) _format: EventFormat,
    @Ctx() context: GraphQLContext,
  ): Promise<unknown> {
    return this.raw(event, context);
  }

  async #text(event: Event, context: GraphQLContext, name: string): Promise<string | null> {
    return textField((await this.#record(event, context)).parsed, name);
  }

  async #json(event: Event, context: GraphQLContext, name: string): Promise<unknown> {
    return jsonField((await this.#record(event, context)).parsed, name);
  }

  /** Records of all events of a request are read together. */
  #record(event: Event, context: GraphQLContext): Promise<LoadedRecord> {
    const loader = loaderOf(
      context,
      this,
      () => new DataLoader((events: readonly Event[]) => this.#load(events), { maxBatchSize: 1000 }),
    );
    return loader.load(event);
  }

  async #load(events: readonly Event[]): Promise<LoadedRecord[]> {
    const records = await this.service.records(events);
    return records.map((raw) => ({ raw, parsed: JSON.parse(raw.toString('utf8')) as CloudTrailRecord }));
  }
}
