import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Caller, type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { Delivery, DeliveryConnection } from './delivery.entity.js';
import { DeliveriesArgs, DeliveryFilter, DeliveryPayload, RedriveDeliveriesPayload } from './delivery.inputs.js';
import type { DeliveryService } from './delivery.service.js';

const bodiesKey = {};

/** It looks into what is sent, which holds events. */
function requireSearch(caller: Caller, filter: DeliveryFilter | null | undefined): void {
  if (filter?.search) requireScope(caller, 'EVENTS_READ');
}

@Resolver(() => Delivery)
export class DeliveryResolver {
  constructor(private readonly service: DeliveryService) {}

  @Query(() => Delivery, {
    nullable: true,
    description: 'One delivery, or null where it does not exist for this token.',
  })
  delivery(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the delivery.' }) id: string,
  ): Promise<Delivery | null> {
    requireScope(caller, 'RULES_READ');
    return this.service.find(caller.accounts, id);
  }

  @Query(() => DeliveryConnection, {
    description: 'Deliveries, newest first. A token sees those of rules and alarms whose accounts it covers.',
  })
  deliveries(
    @Ctx() { caller }: GraphQLContext,
    @Args(() => DeliveriesArgs) args: DeliveriesArgs,
  ): Promise<DeliveryConnection> {
    requireScope(caller, 'RULES_READ');
    requireSearch(caller, args.filter);
    return this.service.list(caller.accounts, args);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'What is sent; null where it could not be made of the event. It holds events, so the token needs EVENTS_READ.',
    complexity: 100,
  })
  body(@Root() delivery: Delivery, @Ctx() context: GraphQLContext): Promise<string | null> {
    requireScope(context.caller, 'EVENTS_READ');
    const loader = () => new DataLoader((ids: readonly string[]) => this.service.bodies(ids), { maxBatchSize: 1000 });
    return loaderOf(context, bodiesKey, loader).load(delivery.id);
  }

  @Mutation(() => DeliveryPayload, { description: 'Tries a dead letter again, under the key that it had.' })
  async redriveDelivery(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the delivery.' }) id: string,
  ): Promise<DeliveryPayload> {
    requireScope(caller, 'RULES_WRITE');
    return { delivery: await this.service.redrive(caller, id) };
  }

  @Mutation(() => RedriveDeliveriesPayload, { description: 'Tries dead letters again, the oldest 10,000 of a filter.' })
  redriveDeliveries(
    @Ctx() { caller }: GraphQLContext,
    @Arg('filter', () => DeliveryFilter, {
      nullable: true,
      description: 'Which of them; all within reach when left out.',
    })
    filter: DeliveryFilter | null | undefined,
  ): Promise<RedriveDeliveriesPayload> {
    requireScope(caller, 'RULES_WRITE');
    requireSearch(caller, filter);
    return this.service.redriveAll(caller, filter ?? {});
  }
}
