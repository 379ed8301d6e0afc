import 'reflect-metadata';
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import { MetricDataQuery, MetricDimensionInput } from '../metrics/metric.inputs.js';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { Alarm, CompositeAlarm, MetricAlarm } from './alarm.entity.js';
import { AlarmOrigin, AlarmState, HistoryItemType, LowSamples, TreatMissingData } from './alarm-enums.entity.js';
import { ComparisonOperator } from './comparison-operator.js';

const actions = (state: string) =>
  Field(() => [String], {
    nullable: true,
    description: `Targets to tell when the state becomes ${state}, by name: at most 5.`,
  });

@InputType({ description: 'What alarms of both kinds are put with.' })
export class AlarmInput {
  @Field(() => String, { description: '1 to 255 characters, none of them a control character.' })
  alarmName: string;

  @Field(() => String, { nullable: true, description: 'What it is for: at most 1,024 characters.' })
  alarmDescription?: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description:
      'The accounts whose data it sees. Left out: all that the token may see, for a token of every account ' +
      'those to come included.',
  })
  accountIds?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether targets are told; they are when left out.' })
  actionsEnabled?: boolean | null;

  @actions('ALARM')
  alarmActions?: string[] | null;

  @actions('OK')
  okActions?: string[] | null;

  @actions('INSUFFICIENT_DATA')
  insufficientDataActions?: string[] | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'Its tags, at most 50: `{ "team": "payments" }`, or a list of `{ key, value }` as with AWS.',
  })
  tags?: unknown;
}

@InputType({
  description:
    'An alarm on a metric or on metric math, made or replaced by its name; what is left out has its default again. ' +
    'Exactly one of `statistic`, `extendedStatistic` and `metrics`.',
})
export class MetricAlarmInput extends AlarmInput {
  @Field(() => String, { nullable: true, description: 'The namespace of the metric.' })
  namespace?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the metric.' })
  metricName?: string | null;

  @Field(() => [MetricDimensionInput], {
    nullable: true,
    description: 'All dimensions of the metric, at most 30; none when left out.',
  })
  dimensions?: MetricDimensionInput[] | null;

  @Field(() => String, { nullable: true, description: 'Only data points that were put with this unit. Left out: all.' })
  unit?: string | null;

  @Field(() => [MetricDataQuery], {
    nullable: true,
    description:
      'Metric math: at most 10 metrics of one period, and expressions, 20 together. One has `returnData`: what the ' +
      'alarm compares. With `thresholdMetricId` the band is there beside it.',
  })
  metrics?: MetricDataQuery[] | null;

  @Field(() => String, {
    nullable: true,
    description: '`SampleCount`, `Average`, `Sum`, `Minimum` or `Maximum`.',
  })
  statistic?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A percentile as `p99.9`, or one of `tm90`, `IQM`, `PR(:300)` …',
  })
  extendedStatistic?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds: 10, 20, 30 or a multiple of 60, at most 86,400. Required without `metrics`.',
  })
  period?: number | null;

  @Field(() => Int, {
    description:
      'How many of the newest periods are looked at. Together they are a day at most, seven for periods of an hour or more.',
  })
  evaluationPeriods: number;

  @Field(() => Int, { nullable: true, description: 'How many of them must breach; all when left out.' })
  datapointsToAlarm?: number | null;

  @Field(() => Float, { nullable: true, description: 'What data points are compared with, where it is no band.' })
  threshold?: number | null;

  @Field(() => ComparisonOperator, { description: 'What of a data point breaches.' })
  comparisonOperator: ComparisonOperator;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the expression of `metrics` that is the band: `ANOMALY_DETECTION_BAND(m1, 2)`.',
  })
  thresholdMetricId?: string | null;

  @Field(() => TreatMissingData, { nullable: true, description: '`missing` when left out.' })
  treatMissingData?: TreatMissingData | null;

  @Field(() => LowSamples, { nullable: true, description: 'For a percentile; `evaluate` when left out.' })
  evaluateLowSampleCountPercentile?: LowSamples | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds after the end of a period, 0 to 86,400, at which it is judged, whatever log files have not come; 1,800 when ' +
      'left out.',
  })
  evaluationDelay?: number | null;
}

@InputType({
  description:
    'An alarm on the states of others, made or replaced by its name; what is left out has its default again. It must see ' +
    'all accounts that these see.',
})
export class PutCompositeAlarmInput extends AlarmInput {
  @Field(() => String, {
    description:
      'When it is in ALARM: `ALARM(cpu) AND NOT (OK("disk space") OR AT_LEAST(50%, ALARM, (a, b, c)))`. At most 10,240 ' +
      'characters and 100 alarms.',
  })
  alarmRule: string;

  @Field(() => String, {
    nullable: true,
    description: 'The alarm that keeps this one from telling its targets while it is in ALARM: its name, or ARN.',
  })
  actionsSuppressor?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds that this alarm waits for the suppressor to go into ALARM, at most 604,800. Required with a suppressor.',
  })
  actionsSuppressorWaitPeriod?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds that this alarm waits after the suppressor has left ALARM, at most 604,800. Required with a suppressor.',
  })
  actionsSuppressorExtensionPeriod?: number | null;
}

@InputType({ description: 'Alarms by their names.' })
export class AlarmNamesInput {
  @Field(() => [String], { description: 'The names of 1 to 100 alarms.' })
  alarmNames: string[];
}

@ObjectType({ simpleResolvers: true, description: 'An alarm after a change.' })
export class MetricAlarmPayload {
  @Field(() => MetricAlarm, { description: 'The alarm as it is now.' })
  alarm: MetricAlarm;
}

@ObjectType({ simpleResolvers: true, description: 'An alarm after a change.' })
export class CompositeAlarmPayload {
  @Field(() => CompositeAlarm, { description: 'The alarm as it is now.' })
  alarm: CompositeAlarm;
}

@ObjectType({ simpleResolvers: true, description: 'Alarms after a change.' })
export class AlarmsPayload {
  @Field(() => [Alarm], { description: 'The alarms as they are now; after `deleteAlarms`, as they were. By name.' })
  alarms: Alarm[];
}

@InputType({ description: 'A tag of alarms.' })
export class AlarmTagFilter {
  @Field(() => String, { description: 'Its key.' })
  key: string;

  @Field(() => String, { nullable: true, description: 'Its value. Left out: any.' })
  value?: string | null;
}

@InputType({ description: 'Which alarms. Every condition given must hold.' })
export class AlarmFilter {
  @Field(() => [String], { nullable: true, description: 'Only alarms of these names.' })
  names?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Only alarms whose names begin with this.' })
  namePrefix?: string | null;

  @Field(() => [AlarmState], { nullable: true, description: 'Only alarms in one of these states.' })
  states?: AlarmState[] | null;

  @Field(() => [AlarmOrigin], { nullable: true, description: 'Only alarms of one of these origins.' })
  origins?: AlarmOrigin[] | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'Only alarms that see one of these accounts: those that see every account do.',
  })
  accountIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Only alarms whose metrics are all of one of these regions.' })
  regions?: string[] | null;

  @Field(() => [AlarmTagFilter], { nullable: true, description: 'Only alarms that have all of these tags.' })
  tags?: AlarmTagFilter[] | null;
}

@ArgsType()
export class AlarmsArgs extends PageArgs {
  @Field(() => AlarmFilter, { nullable: true, description: 'Which alarms; all within reach when left out.' })
  filter?: AlarmFilter | null;
}

@ArgsType()
export class AlarmHistoryArgs extends PageArgs {
  @Field(() => [HistoryItemType], { nullable: true, description: 'Only items of these types; all when left out.' })
  types?: HistoryItemType[] | null;
}
