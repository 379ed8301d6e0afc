import 'reflect-metadata';
import { ArgsType, Field, Float, InputType, ObjectType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { MetricBackfill, MetricFilter, MetricFilterMatch } from './metric-filter.entity.js';

@InputType({ description: 'What a filter makes of the events that match it.' })
export class MetricTransformationInput {
  @Field(() => String, { description: 'The namespace of the metric: 1 to 255 characters, none of `:*$`.' })
  metricNamespace: string;

  @Field(() => String, { description: 'The name of the metric: 1 to 255 characters, none of `:*$`.' })
  metricName: string;

  @Field(() => String, {
    description: 'What is added for each event: a number such as `1`, or the field that holds one, such as `$.size`.',
  })
  metricValue: string;

  @Field(() => Float, {
    nullable: true,
    description:
      'What the metric has in a minute that had events of which none matched. Not together with `dimensions`.',
  })
  defaultValue?: number | null;

  @Field(() => String, { nullable: true, description: "One of CloudWatch's units; `None` when left out." })
  unit?: string | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description:
      'At most 3: names of dimensions and the fields that hold their values, such as ' +
      '`{ "User": "$.userIdentity.arn" }`.',
  })
  dimensions?: unknown;
}

@InputType({ description: 'A metric filter, made or replaced by its name.' })
export class PutMetricFilterInput {
  @Field(() => String, { description: '1 to 512 characters, none of `:*`.' })
  name: string;

  @Field(() => String, {
    description:
      'A pattern as CloudWatch Logs has them: terms, `{ $.field = value }` or `[fields]`; empty for all events.',
  })
  filterPattern: string;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description:
      'The accounts whose events it sees. Left out: all that the token may see, for a token of every account ' +
      'those to come included.',
  })
  accountIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The regions whose events it sees. Left out: all.' })
  regions?: string[] | null;

  @Field(() => [MetricTransformationInput], { description: 'What it makes of them: exactly one, as with AWS.' })
  metricTransformations: MetricTransformationInput[];
}

@InputType({ description: 'Names a metric filter.' })
export class MetricFilterNameInput {
  @Field(() => String, { description: 'The name of the filter.' })
  name: string;
}

@InputType({ description: 'A run of a filter over events that were stored before it was made.' })
export class BackfillMetricFilterInput {
  @Field(() => String, { description: 'The name of the filter.' })
  name: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'From which event time on; the start of its hour is taken. Left out: from the first event on.',
  })
  from?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Up to which event time; the end of its hour is taken. Left out: to the last event.',
  })
  to?: Date | null;
}

@InputType({ description: 'Which metric filters.' })
export class MetricFilterFilter {
  @Field(() => String, { nullable: true, description: 'Whose names begin with this.' })
  namePrefix?: string | null;

  @Field(() => String, { nullable: true, description: 'Whose metric is in this namespace.' })
  metricNamespace?: string | null;

  @Field(() => String, { nullable: true, description: 'Whose metric has this name.' })
  metricName?: string | null;
}

@ArgsType()
export class MetricFiltersArgs extends PageArgs {
  @Field(() => MetricFilterFilter, { nullable: true, description: 'Which filters; all when left out.' })
  filter?: MetricFilterFilter | null;
}

@ObjectType({ simpleResolvers: true, description: 'The metric filter after the change.' })
export class MetricFilterPayload {
  @Field(() => MetricFilter, { description: 'The filter; a deleted one as it was.' })
  metricFilter: MetricFilter;
}

@ObjectType({ simpleResolvers: true, description: 'The run that was started or ended.' })
export class MetricBackfillPayload {
  @Field(() => MetricBackfill, { description: 'The run.' })
  backfill: MetricBackfill;
}

@ObjectType({ simpleResolvers: true, description: 'What a pattern makes of messages.' })
export class TestMetricFilterPayload {
  @Field(() => [MetricFilterMatch], { description: 'The messages that match, in their order.' })
  matches: MetricFilterMatch[];
}
