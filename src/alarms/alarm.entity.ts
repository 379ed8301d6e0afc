import 'reflect-metadata';
import { Field, Float, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { MetricDimension } from '../metrics/metric.entity.js';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import type { AlarmDefinition } from './alarm-definition.js';
import { AlarmEvaluationState, AlarmOrigin, AlarmState, LowSamples, TreatMissingData } from './alarm-enums.entity.js';
import { AlarmMetricQuery } from './alarm-metric.entity.js';
import { ComparisonOperator } from './comparison-operator.js';

const targets = (state: string) =>
  Field(() => [String], { description: `The targets that are told when its state becomes ${state}, by name.` });

@InterfaceType({
  description: 'Something that is in one of three states, and tells when it comes to another.',
  resolveType: ({ alarmType }: AlarmDefinition) => (alarmType === 'METRIC' ? 'MetricAlarm' : 'CompositeAlarm'),
})
export class Alarm {
  @Field(() => ID, { description: 'Its id.' })
  id: string;

  @Field(() => String, { description: 'Its name, unique in the installation.' })
  name: string;

  @Field(() => AlarmOrigin, { description: 'Who decides its state.' })
  origin: AlarmOrigin;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description: 'The account that it speaks of; null for one that speaks of several together.',
  })
  account: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The region that all of its metrics are of; null where they are of several, or of none.',
  })
  region: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts whose data it sees; null for every account, those to come included.',
  })
  accountIds: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  alarmDescription: string | null;

  @Field(() => AlarmState, { description: 'The state that it is in.' })
  state: AlarmState;

  @Field(() => String, { description: 'Why it is in this state, in the words of CloudWatch.' })
  stateReason: string;

  @Field(() => JSONScalar, { nullable: true, description: 'The same as data, as CloudWatch has it.' })
  stateReasonData: unknown;

  @Field(() => DateTimeScalar, { description: 'When the state, or the reason for it, last changed.' })
  stateUpdatedAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it came to this state from another.' })
  stateTransitionedAt: Date;

  @Field(() => AlarmEvaluationState, {
    nullable: true,
    description: 'What is wrong with its evaluation; null where nothing is.',
  })
  evaluationState: AlarmEvaluationState | null;

  @Field(() => Boolean, { description: 'Whether its targets are told of changes.' })
  actionsEnabled: boolean;

  @targets('ALARM')
  alarmActions: readonly string[];

  @targets('OK')
  okActions: readonly string[];

  @targets('INSUFFICIENT_DATA')
  insufficientDataActions: readonly string[];

  @Field(() => JSONScalar, { description: 'Its tags: an object of strings.' })
  tags: Readonly<Record<string, string>>;

  @Field(() => String, { nullable: true, description: 'The pack that it was installed with.' })
  pack: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When its configuration last changed.' })
  updatedAt: Date;
}

@ObjectType({
  implements: Alarm,
  simpleResolvers: true,
  description: 'An alarm that compares a metric, or what metric math makes of metrics, with a threshold or a band.',
})
export class MetricAlarm extends Alarm {
  /** Not in the schema. */
  alarmType: 'METRIC';

  @Field(() => String, { nullable: true, description: 'The namespace of its metric; null with `metrics`.' })
  namespace: string | null;

  @Field(() => String, { nullable: true, description: 'The name of its metric; null with `metrics`.' })
  metricName: string | null;

  @Field(() => [MetricDimension], { description: 'The dimensions of its metric, by name.' })
  dimensions: readonly MetricDimension[];

  @Field(() => String, { nullable: true, description: 'Only data points of this unit count; null: all do.' })
  unit: string | null;

  @Field(() => String, { nullable: true, description: 'What is compared of each period of its metric: `Sum` …' })
  statistic: string | null;

  @Field(() => String, { nullable: true, description: 'The same where it is a percentile, a trimmed mean …' })
  extendedStatistic: string | null;

  @Field(() => [AlarmMetricQuery], {
    nullable: true,
    description: 'The metrics and expressions of metric math; null for a single metric.',
  })
  metrics: readonly AlarmMetricQuery[] | null;

  @Field(() => Int, { description: 'Seconds that one data point stands for.' })
  period: number;

  @Field(() => Int, { description: 'How many of the newest periods are looked at (N).' })
  evaluationPeriods: number;

  @Field(() => Int, {
    nullable: true,
    description: 'How many of them must breach (M); null: all of them.',
  })
  datapointsToAlarm: number | null;

  @Field(() => Float, { nullable: true, description: 'What data points are compared with; null with a band.' })
  threshold: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The expression that is the band that data points are compared with.',
  })
  thresholdMetricId: string | null;

  @Field(() => ComparisonOperator, { description: 'What of a data point breaches.' })
  comparisonOperator: ComparisonOperator;

  @Field(() => TreatMissingData, { description: 'What a period without data points stands for.' })
  treatMissingData: TreatMissingData;

  @Field(() => LowSamples, {
    nullable: true,
    description: 'Whether a percentile of too few samples to be significant is evaluated; null: it is.',
  })
  evaluateLowSampleCountPercentile: LowSamples | null;

  @Field(() => Int, {
    description: 'Seconds after the end of a period at which it is judged, whatever log files have not come.',
  })
  evaluationDelay: number;
}

@ObjectType({ implements: Alarm, simpleResolvers: true, description: 'An alarm on the states of other alarms.' })
export class CompositeAlarm extends Alarm {
  /** Not in the schema. */
  alarmType: 'COMPOSITE';

  @Field(() => String, { description: 'When it is in ALARM: `ALARM(cpu) AND NOT OK("disk space")`.' })
  alarmRule: string;

  @Field(() => String, {
    nullable: true,
    description: 'The alarm that keeps this one from telling its targets while it is in ALARM, by name.',
  })
  actionsSuppressor: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds that this alarm waits for the suppressor to go into ALARM.',
  })
  actionsSuppressorWaitPeriod: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds that this alarm waits after the suppressor has left ALARM.',
  })
  actionsSuppressorExtensionPeriod: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of alarms, by name.' })
export class AlarmConnection extends connectionOf(Alarm, 'Alarm') {}

registerEnumType(ComparisonOperator, {
  name: 'ComparisonOperator',
  description: 'What of a data point breaches.',
  valuesConfig: {
    GreaterThanOrEqualToThreshold: { description: 'It is the threshold, or above it.' },
    GreaterThanThreshold: { description: 'It is above the threshold.' },
    LessThanThreshold: { description: 'It is below the threshold.' },
    LessThanOrEqualToThreshold: { description: 'It is the threshold, or below it.' },
    LessThanLowerOrGreaterThanUpperThreshold: { description: 'It lies outside the band.' },
    LessThanLowerThreshold: { description: 'It lies below the band.' },
    GreaterThanUpperThreshold: { description: 'It lies above the band.' },
  },
});
