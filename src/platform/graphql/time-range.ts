import 'reflect-metadata';
import { Field, InputType } from 'type-graphql';
import { badInput } from '../errors.js';
import { DateTimeScalar } from './scalars.js';

@InputType({ description: 'A span of time. Either end may be left open.' })
export class TimeRangeInput {
  @Field(() => DateTimeScalar, { nullable: true, description: 'The first instant of the span (inclusive).' })
  from?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The instant at which the span ends (exclusive).' })
  to?: Date | null;
}

/** `from` inclusive, `to` exclusive; null is an open end. */
export interface TimeRange {
  readonly from: Date | null;
  readonly to: Date | null;
}

/**
 * @param argument the argument's path in the error, e.g. `filter.eventTime`
 * @throws BAD_USER_INPUT where the span would be empty
 */
export function timeRange(argument: string, input: TimeRangeInput | null | undefined): TimeRange {
  const from = input?.from ?? null;
  const to = input?.to ?? null;
  if (from !== null && to !== null && from >= to) {
    throw badInput(argument, 'is empty: `from` (inclusive) must be before `to` (exclusive)');
  }
  return { from, to };
}
