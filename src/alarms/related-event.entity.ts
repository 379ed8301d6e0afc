import 'reflect-metadata';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Event } from '../events/event.entity.js';
import { PageInfo } from '../platform/graphql/connection.js';

export const EventRelation = {
  CAUSE: 'CAUSE',
  PRINCIPAL: 'PRINCIPAL',
  ACCESS_KEY: 'ACCESS_KEY',
  SOURCE_IP: 'SOURCE_IP',
} as const;
export type EventRelation = keyof typeof EventRelation;

registerEnumType(EventRelation, {
  name: 'EventRelation',
  description: 'What an event has to do with an alarm; of several the first of these.',
  valuesConfig: {
    CAUSE: { description: 'A metric filter has counted it into a data point that breached.' },
    PRINCIPAL: { description: 'It was made by the principal of a cause.' },
    ACCESS_KEY: { description: 'It was signed with the access key of a cause.' },
    SOURCE_IP: { description: 'It came from the address of a cause.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'An event that has to do with an alarm, and its place in the list.' })
export class RelatedEventEdge {
  @Field(() => String, { description: 'Its place in the list, for `after`.' })
  cursor: string;

  @Field(() => Event, { description: 'The event itself.' })
  node: Event;

  @Field(() => EventRelation, { description: 'What it has to do with the alarm.' })
  relation: EventRelation;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'A page of events that have to do with an alarm: the causes first, then what their makers did around them.',
})
export class RelatedEventConnection {
  @Field(() => [RelatedEventEdge], { description: 'The events of this page, each with its cursor and relation.' })
  edges: RelatedEventEdge[];

  @Field(() => [Event], { description: 'The events of this page.' })
  nodes: Event[];

  @Field(() => PageInfo, {
    description:
      'Where this page lies in the list. It may be short or empty although more follow: records are read within the ' +
      'bounds of `EventFilter.search`. Go on from `endCursor`.',
  })
  pageInfo: PageInfo;
}
