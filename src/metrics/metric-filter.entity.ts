import 'reflect-metadata';
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';

@ObjectType('MetricTransformation', { simpleResolvers: true, description: 'What a filter makes of events that match.' })
export class MetricTransformationType {
  @Field(() => String, { description: 'The namespace of the metric.' })
  metricNamespace: string;

  @Field(() => String, { description: 'The name of the metric.' })
  metricName: string;

  @Field(() => String, { description: 'What is added to it for each event: a number, or the field that holds one.' })
  metricValue: string;

  @Field(() => Float, {
    nullable: true,
    description: 'What it has in a minute that had events of which none matched; null: nothing.',
  })
  defaultValue: number | null;

  @Field(() => String, { description: 'The unit of the values.' })
  unit: string;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'Names of dimensions, and the fields that hold their values; null: none.',
  })
  dimensions: Readonly<Record<string, string>> | null;
}

export const MetricBackfillState = { RUNNING: 'RUNNING', DONE: 'DONE', CANCELLED: 'CANCELLED' } as const;
export type MetricBackfillState = keyof typeof MetricBackfillState;

registerEnumType(MetricBackfillState, {
  name: 'MetricBackfillState',
  description: 'How far the run of a filter over stored events is.',
  valuesConfig: {
    RUNNING: { description: 'It runs, or waits to go on.' },
    DONE: { description: 'Every stored event was looked at once.' },
    CANCELLED: { description: 'The filter was changed or deleted meanwhile. What was counted stays counted.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'A run of a filter over events that were stored before it was made.',
})
export class MetricBackfill {
  @Field(() => ID, { description: 'Its id.' })
  id: string;

  @Field(() => MetricBackfillState, { description: 'How far it is.' })
  state: MetricBackfillState;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The first hour of event time; null: from the first event on.',
  })
  from: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The hour at which it ends (exclusive); null: the last event.',
  })
  to: Date | null;

  @Field(() => Float, { description: 'The part of the stored batches that it has been through: 0 to 1.' })
  progress: number;

  @Field(() => Float, { description: 'Events that it has looked at. A whole number.' })
  events: number;

  @Field(() => Float, { description: 'Those of them that the filter matched. A whole number.' })
  matched: number;

  @Field(() => String, { nullable: true, description: 'Why it rests, if it does. It goes on by itself.' })
  error: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was started.' })
  startedAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it came to its end.' })
  endedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A pattern, and what is counted of the events that match it.' })
export class MetricFilter {
  /** Not in the schema. */
  outputId: string;

  @Field(() => String, { description: 'Its name, unique in the installation.' })
  name: string;

  @Field(() => String, { description: 'The pattern, as CloudWatch Logs has them.' })
  filterPattern: string;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts whose events it sees; null for every account, those to come included.',
  })
  accountIds: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The regions whose events it sees; null for all.' })
  regions: string[] | null;

  @Field(() => [MetricTransformationType], { description: 'What it makes of them: one, as with AWS.' })
  metricTransformations: MetricTransformationType[];

  @Field(() => String, { nullable: true, description: 'The pack that it was installed with.' })
  pack: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A page of metric filters, by name.' })
export class MetricFilterConnection extends connectionOf(MetricFilter, 'MetricFilter') {}

@ObjectType({ simpleResolvers: true, description: 'A message that matches a pattern.' })
export class MetricFilterMatch {
  @Field(() => Int, { description: 'Its place among the messages that were given: the first is 1.' })
  eventNumber: number;

  @Field(() => String, { description: 'The message.' })
  eventMessage: string;

  @Field(() => JSONScalar, { description: 'What the pattern took from it, by selector.' })
  extractedValues: Readonly<Record<string, string>>;
}
