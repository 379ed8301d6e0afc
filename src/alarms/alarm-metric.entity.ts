import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { MetricDimension } from '../metrics/metric.entity.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';

@ObjectType({ simpleResolvers: true, description: 'A metric that an alarm names.' })
export class AlarmMetric {
  @Field(() => String, { description: 'Its namespace.' })
  namespace: string;

  @Field(() => String, { description: 'Its name.' })
  metricName: string;

  @Field(() => [MetricDimension], { description: 'All of its dimensions, by name.' })
  dimensions: readonly MetricDimension[];

  @Field(() => AccountIdScalar, { nullable: true, description: 'Of this account alone; null: of all together.' })
  accountId: string | null;

  @Field(() => String, { nullable: true, description: 'Of this region alone; null: of all together.' })
  region: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A statistic of a metric by period.' })
export class AlarmMetricStat {
  @Field(() => AlarmMetric, { description: 'The metric.' })
  metric: AlarmMetric;

  @Field(() => Int, { description: 'Seconds.' })
  period: number;

  @Field(() => String, { description: '`Sum`, `Average`, `p99` …' })
  stat: string;

  @Field(() => String, { nullable: true, description: 'Only data points of this unit count; null: all do.' })
  unit: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A metric or an expression of an alarm on metric math.' })
export class AlarmMetricQuery {
  @Field(() => ID, { description: 'What expressions call it.' })
  id: string;

  @Field(() => AlarmMetricStat, { nullable: true, description: 'A statistic of a metric.' })
  metricStat: AlarmMetricStat | null;

  @Field(() => String, { nullable: true, description: 'Metric math.' })
  expression: string | null;

  @Field(() => String, { nullable: true, description: 'What to call it.' })
  label: string | null;

  @Field(() => Int, { nullable: true, description: 'Seconds: of the points of an expression that names no metric.' })
  period: number | null;

  @Field(() => Boolean, { description: 'Whether it is what the alarm compares, or its band.' })
  returnData: boolean;
}
