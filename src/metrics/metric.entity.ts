import 'reflect-metadata';
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

@ObjectType({
  simpleResolvers: true,
  description: 'A name and a value that set a metric apart from others of its name.',
})
export class MetricDimension {
  @Field(() => String, { description: 'Its name.' })
  name: string;

  @Field(() => String, { description: 'Its value.' })
  value: string;
}

@ObjectType({ simpleResolvers: true, description: 'A metric: data points under a namespace, a name and dimensions.' })
export class Metric {
  @Field(() => ID, { description: 'Its id.' })
  id: string;

  @Field(() => String, { description: 'Whose metric it is, such as `Crosstrail` for our own.' })
  namespace: string;

  @Field(() => String, { description: 'Its name in the namespace.' })
  metricName: string;

  @Field(() => [MetricDimension], { description: 'Its dimensions, by name.' })
  dimensions: MetricDimension[];

  @Field(() => AccountIdScalar, {
    nullable: true,
    description: 'The account that it speaks of; null for one that speaks of several together.',
  })
  accountId: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The region that it speaks of; null for one that speaks of several together, or of none.',
  })
  region: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts whose data it holds; null for every account, those to come included.',
  })
  accountIds: string[] | null;

  @Field(() => DateTimeScalar, { description: 'When it was first heard of.' })
  createdAt: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A page of metrics, by namespace, name and id.' })
export class MetricConnection extends connectionOf(Metric, 'Metric') {}

export const MetricStatusCode = {
  Complete: 'Complete',
  PartialData: 'PartialData',
} as const;
export type MetricStatusCode = keyof typeof MetricStatusCode;

registerEnumType(MetricStatusCode, {
  name: 'MetricStatusCode',
  description: 'Whether data points are all there.',
  valuesConfig: {
    Complete: { description: 'All that were asked for are there.' },
    PartialData: { description: 'More follow: ask again with `nextToken`.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'Something to know about data points.' })
export class MetricMessage {
  @Field(() => String, { description: 'What kind of message it is.' })
  code: string;

  @Field(() => String, { description: 'The message.' })
  value: string;
}

@ObjectType({ simpleResolvers: true, description: 'Data points of one metric or expression.' })
export class MetricDataResult {
  @Field(() => String, { description: 'The id of the query that it answers. An expression may answer with several.' })
  id: string;

  @Field(() => String, { description: 'What to call it.' })
  label: string;

  @Field(() => [DateTimeScalar], { description: 'The starts of the periods that have a data point.' })
  timestamps: Date[];

  @Field(() => [Float], { description: 'The data points, each of the timestamp in the same place.' })
  values: number[];

  @Field(() => MetricStatusCode, { description: 'Whether they are all there.' })
  statusCode: MetricStatusCode;

  @Field(() => [MetricMessage], { description: 'What else there is to know.' })
  messages: MetricMessage[];

  @Field(() => String, {
    nullable: true,
    description: 'Where more follow, the token to ask for them with: the same for all results. Null at the end.',
  })
  nextToken: string | null;
}
