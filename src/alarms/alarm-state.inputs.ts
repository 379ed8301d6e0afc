import 'reflect-metadata';
import { ArgsType, Extensions, Field, Float, InputType, ObjectType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { longList } from '../platform/graphql/long-list.js';
import { DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { Alarm } from './alarm.entity.js';
import { AlarmFilter, MetricAlarmInput } from './alarm.inputs.js';
import { AlarmState } from './alarm-enums.entity.js';

@InputType({ description: 'A state to put an alarm into, until it is next evaluated.' })
export class SetAlarmStateInput {
  @Field(() => String, { description: 'The name of the alarm.' })
  alarmName: string;

  @Field(() => AlarmState, { description: 'The state.' })
  stateValue: AlarmState;

  @Field(() => String, { description: 'Why: at most 1,023 characters.' })
  stateReason: string;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'The same as data: an object, or JSON text of one; at most 4,000 characters.',
  })
  stateReasonData?: unknown;
}

@ObjectType({ simpleResolvers: true, description: 'An alarm after a change.' })
export class AlarmPayload {
  @Field(() => Alarm, { description: 'The alarm as it is now.' })
  alarm: Alarm;
}

@ArgsType()
export class AlarmFeedArgs extends PageArgs {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Begin with the first change that was known at this time or later. Not together with `after`.',
  })
  from?: Date | null;

  @Field(() => AlarmFilter, {
    nullable: true,
    description: 'Changes of which alarms; of all within reach when left out.',
  })
  filter?: AlarmFilter | null;
}

/** A request of 1 MB has room for about so many. */
export const mostDataPoints = 20_000;

@InputType({ description: 'A data point of a backtest.' })
export class BacktestDataPoint {
  @Field(() => DateTimeScalar, { description: 'The start of its period.' })
  timestamp: Date;

  @Field(() => Float, { description: 'Its value.' })
  value: number;
}

@InputType({ description: 'An alarm, and the time to try it on.' })
export class BacktestAlarmInput {
  @Field(() => MetricAlarmInput, { description: 'The alarm, as it would be put.' })
  alarm: MetricAlarmInput;

  @Field(() => DateTimeScalar, { description: 'The first evaluation is at the first end of a period after this.' })
  startTime: Date;

  @Field(() => DateTimeScalar, { description: 'The last evaluation is at this time or before.' })
  endTime: Date;

  @Field(() => AlarmState, {
    nullable: true,
    description: 'The state at the start; `INSUFFICIENT_DATA` when left out.',
  })
  initialState?: AlarmState | null;

  @Extensions(longList(mostDataPoints))
  @Field(() => [BacktestDataPoint], {
    nullable: true,
    description:
      'Data points in place of those that are stored, in a variable: at most 20,000. They may lie before `startTime`.',
  })
  dataPoints?: BacktestDataPoint[] | null;
}

@ObjectType({ simpleResolvers: true, description: 'A change of state that an alarm would have made.' })
export class BacktestTransition {
  @Field(() => DateTimeScalar, { description: 'When.' })
  timestamp: Date;

  @Field(() => AlarmState, { description: 'The state before.' })
  from: AlarmState;

  @Field(() => AlarmState, { description: 'The state from then on.' })
  to: AlarmState;

  @Field(() => String, { description: 'Why, in the words of CloudWatch.' })
  reason: string;
}

@ObjectType({ simpleResolvers: true, description: 'What an alarm would have done.' })
export class BacktestAlarmPayload {
  @Field(() => [BacktestTransition], { description: 'Its changes of state, the oldest first.' })
  transitions: BacktestTransition[];

  @Field(() => AlarmState, { description: 'The state at the end.' })
  finalState: AlarmState;
}
