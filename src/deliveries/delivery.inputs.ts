import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { TimeRangeInput } from '../platform/graphql/time-range.js';
import { Delivery, DeliveryState } from './delivery.entity.js';

@InputType({ description: 'Which deliveries. Every condition given must hold.' })
export class DeliveryFilter {
  @Field(() => [DeliveryState], { nullable: true, description: 'Only deliveries in one of these states.' })
  states?: DeliveryState[] | null;

  @Field(() => [String], { nullable: true, description: 'Only deliveries to targets of these names.' })
  targets?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Only deliveries that rules of these names caused.' })
  rules?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Only actions of alarms of these names.' })
  alarms?: string[] | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'Only deliveries that events of these accounts caused.',
  })
  accountIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Only deliveries that these events caused.' })
  eventIDs?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'Only deliveries that came about within this span.' })
  createdAt?: TimeRangeInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Text that the message, its subject, or its error contains, in any case: 1 to 256 characters. Needs EVENTS_READ.',
  })
  search?: string | null;
}

@ArgsType()
export class DeliveriesArgs extends PageArgs {
  @Field(() => DeliveryFilter, { nullable: true, description: 'Which deliveries; all within reach when left out.' })
  filter?: DeliveryFilter | null;
}

@ObjectType({ simpleResolvers: true, description: 'A delivery after a change.' })
export class DeliveryPayload {
  @Field(() => Delivery, { description: 'The delivery as it is now.' })
  delivery: Delivery;
}

@ObjectType({ simpleResolvers: true, description: 'Dead letters that are tried again.' })
export class RedriveDeliveriesPayload {
  @Field(() => Int, { description: 'How many are tried again by this call.' })
  redriven: number;

  @Field(() => Boolean, { description: 'Whether there are more: a call takes up to 10,000.' })
  hasMore: boolean;
}
