import 'reflect-metadata';
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';

export const RuleState = { ENABLED: 'ENABLED', DISABLED: 'DISABLED' } as const;
export type RuleState = keyof typeof RuleState;

registerEnumType(RuleState, {
  name: 'RuleState',
  description: 'Whether a rule runs.',
  valuesConfig: {
    ENABLED: { description: 'It runs.' },
    DISABLED: { description: 'It does not run. Events that come meanwhile pass it by.' },
  },
});

export const MissedTimes = { SKIP: 'SKIP', LATEST: 'LATEST', ALL: 'ALL' } as const;
export type MissedTimes = keyof typeof MissedTimes;

registerEnumType(MissedTimes, {
  name: 'MissedTimes',
  description: 'What a schedule makes of the times at which no worker ran.',
  valuesConfig: {
    SKIP: { description: 'Nothing: it goes on with the next time to come.' },
    LATEST: { description: 'It runs once, for the latest of them.' },
    ALL: { description: 'It runs for each of the last day, at most 100.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'What a target gets, put together from parts of the event.' })
export class InputTransformer {
  @Field(() => JSONScalar, {
    nullable: true,
    description: 'Names for parts of the event: `{ "name": "$.detail.eventName" }`.',
  })
  inputPathsMap: Record<string, string> | null;

  @Field(() => String, { description: 'What the target gets, with `<name>` in place of what the name stands for.' })
  inputTemplate: string;
}

@ObjectType({ simpleResolvers: true, description: 'Where a rule sends what it matches, and what of it.' })
export class RuleTarget {
  @Field(() => String, { description: 'Its name within the rule.' })
  id: string;

  @Field(() => String, { description: 'The name of the target.' })
  target: string;

  @Field(() => String, { nullable: true, description: 'JSON text that is sent in place of the event.' })
  input: string | null;

  @Field(() => String, { nullable: true, description: 'The part of the event that is sent: a JSONPath.' })
  inputPath: string | null;

  @Field(() => InputTransformer, { nullable: true, description: 'How what is sent is put together.' })
  inputTransformer: InputTransformer | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'What is to be done with events that match a pattern, or at the times of a schedule.',
})
export class Rule {
  /** Not in the schema. */
  id: string;

  @Field(() => String, { description: 'Its name, unique in the installation.' })
  name: string;

  @Field(() => String, { description: 'The name by which targets know it, in the form of an ARN.' })
  arn: string;

  @Field(() => String, {
    description: 'The bus whose events it sees. CloudTrail events come to `default`, custom ones to any.',
  })
  eventBusName: string;

  @Field(() => JSONScalar, { nullable: true, description: 'The pattern of events; null for a schedule.' })
  eventPattern: unknown;

  @Field(() => String, { nullable: true, description: 'When it runs: `rate(…)` or `cron(…)`; null for a pattern.' })
  scheduleExpression: string | null;

  @Field(() => MissedTimes, { description: 'What a schedule makes of times that were missed.' })
  missedTimes: MissedTimes;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it runs next; null for a pattern, and for a schedule that is disabled or has no time left.',
  })
  nextTime: Date | null;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts whose events it sees; null for every account, those to come included.',
  })
  accountIds: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds: an event that comes in later than this after it happened passes it by; null: none does.',
  })
  maxEventAgeSeconds: number | null;

  @Field(() => RuleState, { description: 'Whether it runs.' })
  state: RuleState;

  @Field(() => [RuleTarget], { description: 'Where it sends what it matches, by id.' })
  targets: RuleTarget[];

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When it, or its targets, were last changed.' })
  updatedAt: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A page of rules, by name.' })
export class RuleConnection extends connectionOf(Rule, 'Rule') {}

const figure = (description: string) => Field(() => Float, { description: `${description} A whole number.` });

@ObjectType({ simpleResolvers: true, description: 'Figures of a rule, as CloudWatch has them of EventBridge.' })
export class RuleStatistics {
  @figure('Events that matched its pattern.')
  matchedEvents: number;

  @figure('Times that it ran: for an event that matched, or at a time of its schedule.')
  triggeredRules: number;

  @figure('Deliveries that came to their end, well or not. Attempts that were repeated do not count.')
  invocations: number;

  @figure('Those of them that failed for good.')
  failedInvocations: number;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a custom event.' })
export class PutEventsEntry {
  @Field(() => ID, { nullable: true, description: 'The id that the event was given; null where it was refused.' })
  eventId: string | null;

  @Field(() => String, { nullable: true, description: "Why it was refused, as AWS's own code." })
  errorCode: string | null;

  @Field(() => String, { nullable: true, description: 'The same in words.' })
  errorMessage: string | null;
}
