import 'reflect-metadata';
import { ArgsType, Field, Int } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';

@ArgsType()
export class RelatedEventsArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'How many seconds before and after the periods that breached the makers of the causes are followed: 0 to 604800 ' +
      '(7 days), 3600 when left out.',
  })
  window?: number | null;
}
