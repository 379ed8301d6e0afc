import 'reflect-metadata';
import { ArgsType, Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

@InputType({ description: 'A name and a value that set a metric apart from others of its name.' })
export class MetricDimensionInput {
  @Field(() => String, { description: 'Its name: 1 to 255 characters.' })
  name: string;

  @Field(() => String, { description: 'Its value: 1 to 1,024 characters.' })
  value: string;
}

@InputType({ description: 'What is known of samples whose values are not.' })
export class StatisticSetInput {
  @Field(() => Float, { description: 'How many there were: above 0.' })
  sampleCount: number;

  @Field(() => Float, { description: 'Their sum.' })
  sum: number;

  @Field(() => Float, { description: 'The least of them.' })
  minimum: number;

  @Field(() => Float, { description: 'The largest of them.' })
  maximum: number;
}

@InputType({ description: 'Samples of a metric at a time: one of `value`, `values` and `statisticValues`.' })
export class MetricDatumInput {
  @Field(() => String, { description: 'The name of the metric: 1 to 255 characters.' })
  metricName: string;

  @Field(() => [MetricDimensionInput], { nullable: true, description: 'Its dimensions: at most 30.' })
  dimensions?: MetricDimensionInput[] | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'From two weeks ago to two hours from now; now when left out.',
  })
  timestamp?: Date | null;

  @Field(() => Float, { nullable: true, description: 'One sample.' })
  value?: number | null;

  @Field(() => [Float], { nullable: true, description: 'At most 150 values.' })
  values?: number[] | null;

  @Field(() => [Float], { nullable: true, description: 'How often each of the values was there; once when left out.' })
  counts?: number[] | null;

  @Field(() => StatisticSetInput, { nullable: true, description: 'What many samples come to.' })
  statisticValues?: StatisticSetInput | null;

  @Field(() => String, { nullable: true, description: "One of CloudWatch's units; `None` when left out." })
  unit?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds in which it is kept at first: 1 (high resolution) or 60; 60 when left out.',
  })
  storageResolution?: number | null;
}

@InputType({ description: 'Samples of metrics.' })
export class PutMetricDataInput {
  @Field(() => String, { description: 'Whose metrics they are: not `Crosstrail`, and not beginning with `AWS/`.' })
  namespace: string;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description:
      'The account that they speak of. Left out: all that the token may see together; of a token for one account, that one.',
  })
  accountId?: string | null;

  @Field(() => String, { nullable: true, description: 'The region of that account that they speak of.' })
  region?: string | null;

  @Field(() => [MetricDatumInput], { description: 'At most 1,000.' })
  metricData: MetricDatumInput[];
}

@ObjectType({ simpleResolvers: true, description: 'What became of samples.' })
export class PutMetricDataPayload {
  @Field(() => Int, { description: 'How many data points were stored: all that were given.' })
  accepted: number;
}

@InputType({ description: 'A dimension of metrics.' })
export class MetricDimensionFilter {
  @Field(() => String, { description: 'Its name.' })
  name: string;

  @Field(() => String, { nullable: true, description: 'Its value. Left out: any.' })
  value?: string | null;
}

@InputType({ description: 'Which metrics.' })
export class MetricsFilter {
  @Field(() => String, { nullable: true, description: 'Of this namespace.' })
  namespace?: string | null;

  @Field(() => String, { nullable: true, description: 'Of this name.' })
  metricName?: string | null;

  @Field(() => [MetricDimensionFilter], {
    nullable: true,
    description: 'That have all of these dimensions: at most 10.',
  })
  dimensions?: MetricDimensionFilter[] | null;

  @Field(() => [AccountIdScalar], { nullable: true, description: 'That speak of one of these accounts alone.' })
  accountIds?: string[] | null;
}

@ArgsType()
export class MetricsArgs extends PageArgs {
  @Field(() => MetricsFilter, { nullable: true, description: 'Which metrics; all when left out.' })
  filter?: MetricsFilter | null;
}

@InputType({ description: 'Names a metric.' })
export class MetricInput {
  @Field(() => String, { description: 'Its namespace.' })
  namespace: string;

  @Field(() => String, { description: 'Its name.' })
  metricName: string;

  @Field(() => [MetricDimensionInput], { nullable: true, description: 'All of its dimensions; none when left out.' })
  dimensions?: MetricDimensionInput[] | null;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description: 'Of this account alone. Left out: of all accounts that the token may see, together.',
  })
  accountId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of this region alone. Left out: of all regions together.' })
  region?: string | null;
}

@InputType({ description: 'A statistic of a metric by period.' })
export class MetricStatInput {
  @Field(() => MetricInput, { description: 'The metric.' })
  metric: MetricInput;

  @Field(() => Int, { description: 'Seconds: 1, 5, 10, 20, 30 or a multiple of 60, at most 86,400.' })
  period: number;

  @Field(() => String, {
    description:
      '`Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, `p99`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM` …',
  })
  stat: string;

  @Field(() => String, { nullable: true, description: 'Only data points that were put with this unit. Left out: all.' })
  unit?: string | null;
}

@InputType({ description: 'A metric or an expression: either `metricStat` or `expression`.' })
export class MetricDataQuery {
  @Field(() => String, { description: 'What expressions call it: a small letter, then letters, digits and `_`.' })
  id: string;

  @Field(() => MetricStatInput, { nullable: true, description: 'A statistic of a metric.' })
  metricStat?: MetricStatInput | null;

  @Field(() => String, { nullable: true, description: 'Metric math, or a `SEARCH`, as CloudWatch has them.' })
  expression?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `What to call it; may hold CloudWatch's dynamic labels, such as \`\${MAX}\` or \`\${PROP('AccountId')}\`.`,
  })
  label?: string | null;

  @Field(() => Int, { nullable: true, description: 'Seconds: of the points of an expression that names no metric.' })
  period?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the answer has it, or only expressions use it; it has.',
  })
  returnData?: boolean | null;
}

export const ScanBy = { TimestampDescending: 'TimestampDescending', TimestampAscending: 'TimestampAscending' } as const;
export type ScanBy = keyof typeof ScanBy;

registerEnumType(ScanBy, {
  name: 'ScanBy',
  description: 'In which order data points come.',
  valuesConfig: {
    TimestampDescending: { description: 'The newest first.' },
    TimestampAscending: { description: 'The oldest first.' },
  },
});

@InputType({ description: 'Which data points.' })
export class MetricDataInput {
  @Field(() => DateTimeScalar, {
    description: 'The first data point (inclusive); taken back to the start of its period.',
  })
  startTime: Date;

  @Field(() => DateTimeScalar, {
    description: 'Where they end (exclusive). The last period that begins before it is told whole.',
  })
  endTime: Date;

  @Field(() => [MetricDataQuery], { description: 'At most 500 metrics and expressions.' })
  metricDataQueries: MetricDataQuery[];

  @Field(() => ScanBy, { nullable: true, description: '`TimestampDescending` when left out, as with AWS.' })
  scanBy?: ScanBy | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Data points of one answer, all results together: at most 100,800.',
  })
  maxDatapoints?: number | null;

  @Field(() => String, { nullable: true, description: 'Go on after an answer that had this `nextToken`.' })
  nextToken?: string | null;
}

@InputType({ description: 'A series that an expression is tried with.' })
export class TestSeriesInput {
  @Field(() => String, { description: 'What the expression calls it.' })
  id: string;

  @Field(() => [Float], { nullable: 'items', description: 'Its values, one for each period; null: none is there.' })
  values: (number | null)[];
}

@InputType({ description: 'An expression, and series that are given here.' })
export class TestMetricMathInput {
  @Field(() => String, { description: 'Metric math as CloudWatch has it.' })
  expression: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The start of the first period; 1970 when left out.' })
  startTime?: Date | null;

  @Field(() => Int, { nullable: true, description: 'Seconds; 60 when left out.' })
  period?: number | null;

  @Field(() => [TestSeriesInput], { description: 'At most 499 series, of 1,000 values at most.' })
  series: TestSeriesInput[];
}
