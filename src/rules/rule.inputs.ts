import 'reflect-metadata';
import { ArgsType, Field, InputType, Int, ObjectType } from 'type-graphql';
import { Event } from '../events/event.entity.js';
import { EventFilter } from '../events/event.inputs.js';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { MissedTimes, PutEventsEntry, Rule, RuleState } from './rule.entity.js';

@InputType({
  description:
    'A rule, made or replaced by its name; what is left out has its default again, and its targets stay. Either ' +
    '`eventPattern` or `scheduleExpression`.',
})
export class PutRuleInput {
  @Field(() => String, { description: '1 to 64 letters, digits or characters of `._-`.' })
  name: string;

  @Field(() => String, { nullable: true, description: 'The bus whose events it sees; `default` when left out.' })
  eventBusName?: string | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'An event pattern as EventBridge has them: an object, or JSON text.',
  })
  eventPattern?: unknown;

  @Field(() => String, {
    nullable: true,
    description: '`rate(5 minutes)`, or `cron(0 8 ? * MON-FRI *)` in UTC: minute, hour, day, month, day of week, year.',
  })
  scheduleExpression?: string | null;

  @Field(() => MissedTimes, {
    nullable: true,
    description: 'What a schedule makes of times at which no worker ran; `LATEST` when left out.',
  })
  missedTimes?: MissedTimes | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description:
      'The accounts whose events it sees. Left out: all that the token may see, for a token of every account ' +
      'those to come included.',
  })
  accountIds?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds, 60 to 31,536,000: an event that comes in later than this after it happened passes the rule by, as those of ' +
      'a backfill do. Left out: however late an event comes, it matches.',
  })
  maxEventAgeSeconds?: number | null;

  @Field(() => RuleState, { nullable: true, description: '`ENABLED` when left out.' })
  state?: RuleState | null;

  @Field(() => String, { nullable: true, description: 'What it is for: at most 512 characters.' })
  description?: string | null;
}

@InputType({ description: 'A rule by its name.' })
export class RuleNameInput {
  @Field(() => String, { description: 'The name of the rule.' })
  name: string;
}

@InputType({ description: 'What a target gets, put together from parts of the event.' })
export class InputTransformerInput {
  @Field(() => JSONScalar, {
    nullable: true,
    description: 'Names for parts of the event: `{ "name": "$.detail.eventName" }`; at most 100.',
  })
  inputPathsMap?: Record<string, string> | null;

  @Field(() => String, {
    description:
      'What the target gets, with `<name>` in place of what the name stands for; `<aws.events.rule-arn>`, ' +
      '`<aws.events.rule-name>`, `<aws.events.event.ingestion-time>`, `<aws.events.event>` and ' +
      '`<aws.events.event.json>` stand for themselves. At most 8,192 characters.',
  })
  inputTemplate: string;
}

@InputType({
  description: 'A target of a rule. At most one of `input`, `inputPath`, `inputTransformer`; without, the event.',
})
export class RuleTargetInput {
  @Field(() => String, { description: 'Its name within the rule: 1 to 64 letters, digits or characters of `._-`.' })
  id: string;

  @Field(() => String, { description: 'The name of a target.' })
  target: string;

  @Field(() => String, { nullable: true, description: 'JSON text to send in place of the event.' })
  input?: string | null;

  @Field(() => String, { nullable: true, description: 'The part of the event to send, such as `$.detail`.' })
  inputPath?: string | null;

  @Field(() => InputTransformerInput, { nullable: true, description: 'How to put together what is sent.' })
  inputTransformer?: InputTransformerInput | null;
}

@InputType({ description: 'Targets to add to a rule, or to replace by their id.' })
export class PutRuleTargetsInput {
  @Field(() => String, { description: 'The name of the rule.' })
  rule: string;

  @Field(() => [RuleTargetInput], { description: 'Its targets. Others that it has stay.' })
  targets: RuleTargetInput[];
}

@InputType({ description: 'Targets to take from a rule.' })
export class RemoveRuleTargetsInput {
  @Field(() => String, { description: 'The name of the rule.' })
  rule: string;

  @Field(() => [String], { description: 'Their ids. Those that it does not have are passed over.' })
  ids: string[];
}

@ObjectType({ simpleResolvers: true, description: 'A rule after a change.' })
export class RulePayload {
  @Field(() => Rule, { description: 'The rule as it is now; after `deleteRule`, as it was.' })
  rule: Rule;
}

@InputType({ description: 'Which rules to list. Every condition given must hold.' })
export class RuleFilter {
  @Field(() => String, { nullable: true, description: 'Only rules whose names begin with this.' })
  namePrefix?: string | null;

  @Field(() => [String], { nullable: true, description: 'Only rules of these buses.' })
  eventBusNames?: string[] | null;

  @Field(() => [RuleState], { nullable: true, description: 'Only rules in one of these states.' })
  states?: RuleState[] | null;

  @Field(() => [String], { nullable: true, description: 'Only rules that send to one of these targets.' })
  targets?: string[] | null;
}

@ArgsType()
export class RulesArgs extends PageArgs {
  @Field(() => RuleFilter, { nullable: true, description: 'Which rules; all within reach when left out.' })
  filter?: RuleFilter | null;
}

@InputType({ description: 'A rule to try on stored events, without anything being sent.' })
export class DryRunRuleInput {
  @Field(() => JSONScalar, { description: 'The event pattern: an object, or JSON text.' })
  eventPattern: unknown;

  @Field(() => EventFilter, { nullable: true, description: 'The events to try it on; give it an `eventTime`.' })
  filter?: EventFilter | null;
}

@ObjectType({ simpleResolvers: true, description: 'What a rule would have matched.' })
export class DryRun {
  @Field(() => Int, { description: 'How many of the events that were looked at match.' })
  matched: number;

  @Field(() => [Event], { description: 'The newest ten of them.' })
  examples: Event[];

  @Field(() => Boolean, {
    description:
      'Whether all events of the filter were looked at. Of many, the newest are, as far as one request may read.',
  })
  isComplete: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Where it is not complete: the time down to which events were looked at.',
  })
  lookedBackTo: Date | null;
}

@InputType({ description: 'A custom event.' })
export class PutEventsRequestEntry {
  @Field(() => String, { nullable: true, description: 'The bus to put it on; `default` when left out.' })
  eventBusName?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it comes from, such as `com.example.app`. Required.' })
  source?: string | null;

  @Field(() => String, { nullable: true, description: 'What kind of event it is. Required.' })
  detailType?: string | null;

  @Field(() => JSONScalar, { nullable: true, description: 'The event: an object, or JSON text of one. Required.' })
  detail?: unknown;

  @Field(() => [String], { nullable: true, description: 'ARNs of what it is about.' })
  resources?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it happened; now when left out.' })
  time?: Date | null;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description:
      'The account that it is of: only rules that see this account see it. Left out: the account of the token, where it ' +
      'has one alone; else none, and only rules of every account see it.',
  })
  accountId?: string | null;
}

@InputType({ description: 'Custom events: 1 to 10.' })
export class PutEventsInput {
  @Field(() => [PutEventsRequestEntry], { description: 'The events, which succeed or fail each by itself.' })
  entries: PutEventsRequestEntry[];
}

@ObjectType({ simpleResolvers: true, description: 'What became of custom events.' })
export class PutEventsPayload {
  @Field(() => [PutEventsEntry], { description: 'One for each event, in their order.' })
  entries: PutEventsEntry[];

  @Field(() => Int, { description: 'How many of them were refused.' })
  failedEntryCount: number;
}
