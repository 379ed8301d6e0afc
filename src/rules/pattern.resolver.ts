import 'reflect-metadata';
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import type { EventService } from '../events/event.service.js';
import { searchBudget } from '../events/search-budget.service.js';
import { EventMatcher } from '../patterns/event-pattern/event-matcher.js';
import { parseEvent } from '../patterns/event-pattern/parse-event.js';
import { badInput } from '../platform/errors.js';
import { DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { DryRun, DryRunRuleInput } from './rule.inputs.js';
import { checkedPattern, checkSchedule } from './rule-settings.js';

const mostTimes = 100;
const examples = 10;

/** Tries patterns and schedules without changing anything. */
@Resolver()
export class PatternResolver {
  constructor(
    private readonly events: EventService,
    private readonly now: () => Date,
  ) {}

  @Query(() => Boolean, {
    description:
      'Whether an event matches a pattern, as a rule with it would find. Any object will do as an event. Both may also be ' +
      'JSON text, which keeps duplicate keys and the spelling of numbers.',
  })
  testEventPattern(
    @Ctx() { caller }: GraphQLContext,
    @Arg('eventPattern', () => JSONScalar, { description: 'The event pattern.' }) eventPattern: unknown,
    @Arg('event', () => JSONScalar, { description: 'The event.' }) event: unknown,
  ): boolean {
    requireScope(caller, 'RULES_READ');
    const pattern = checkedPattern('eventPattern', eventPattern);
    return new EventMatcher([{ pattern, rule: true }]).match(checkedEvent(event)).length > 0;
  }

  @Query(() => DryRun, {
    description: 'What a rule would have matched of the events that are stored. Nothing is sent.',
    complexity: ({ childComplexity }) => 100 + examples * childComplexity,
  })
  async dryRunRule(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => DryRunRuleInput, { description: 'The pattern, and the events to try it on.' })
    input: DryRunRuleInput,
  ): Promise<DryRun> {
    requireScope(context.caller, 'RULES_READ');
    requireScope(context.caller, 'EVENTS_READ');
    if (input.filter?.pattern !== undefined && input.filter.pattern !== null) {
      throw badInput('input.filter.pattern', 'is what eventPattern is for');
    }
    const pattern = checkedPattern('input.eventPattern', input.eventPattern).text;
    const filter = { ...input.filter, pattern };
    return this.events.match(context.caller.accounts, filter, examples, searchBudget(context));
  }

  @Query(() => [DateTimeScalar], { description: 'The times of a schedule: empty where it has none left.' })
  scheduleTimes(
    @Ctx() { caller }: GraphQLContext,
    @Arg('scheduleExpression', () => String, { description: '`rate(…)` or `cron(…)`.' }) scheduleExpression: string,
    @Arg('after', () => DateTimeScalar, {
      nullable: true,
      description: 'Only times after this one, from which a rate counts; now when left out.',
    })
    after: Date | null | undefined,
    @Arg('count', () => Int, { defaultValue: 5, description: 'How many times at most: 1 to 100.' }) count: number,
  ): Date[] {
    requireScope(caller, 'RULES_READ');
    if (count < 1 || count > mostTimes) throw badInput('count', `must be between 1 and ${mostTimes}`);
    const from = after ?? this.now();
    return checkSchedule('scheduleExpression', scheduleExpression).times(from, from, count);
  }
}

function checkedEvent(event: unknown): object {
  try {
    return parseEvent(event);
  } catch (error) {
    const { reason, position } = error as { reason?: string; position?: number };
    if (reason === undefined) throw error;
    throw badInput('event', reason, position);
  }
}
