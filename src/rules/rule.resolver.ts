import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { badInput } from '../platform/errors.js';
import type { CustomEvents } from './custom-event.service.js';
import { Rule, RuleConnection, RuleStatistics } from './rule.entity.js';
import {
  PutEventsInput,
  PutEventsPayload,
  PutRuleInput,
  PutRuleTargetsInput,
  RemoveRuleTargetsInput,
  RuleNameInput,
  RulePayload,
  RulesArgs,
} from './rule.inputs.js';
import type { RuleService } from './rule.service.js';

const statisticsKey = {};
const windowSeconds = { least: 60, most: 15 * 86_400, usual: 3600 };

/** Whose figures, and of how many seconds. */
interface Asked {
  readonly rule: Rule;
  readonly window: number;
}

@Resolver(() => Rule)
export class RuleResolver {
  constructor(
    private readonly service: RuleService,
    private readonly customEvents: CustomEvents,
  ) {}

  @Query(() => Rule, { nullable: true, description: 'One rule, or null where it does not exist for this token.' })
  rule(
    @Ctx() { caller }: GraphQLContext,
    @Arg('name', () => String, { description: 'The name of the rule.' }) name: string,
  ): Promise<Rule | null> {
    requireScope(caller, 'RULES_READ');
    return this.service.find(caller.accounts, name);
  }

  @Query(() => RuleConnection, { description: 'The rules, by name. A token sees those whose accounts it covers.' })
  rules(@Ctx() { caller }: GraphQLContext, @Args(() => RulesArgs) args: RulesArgs): Promise<RuleConnection> {
    requireScope(caller, 'RULES_READ');
    return this.service.list(caller.accounts, args);
  }

  @FieldResolver(() => RuleStatistics, { description: 'Its figures of the last time, by the minute in which it ran.' })
  statistics(
    @Root() rule: Rule,
    @Ctx() context: GraphQLContext,
    @Arg('window', () => Int, {
      defaultValue: windowSeconds.usual,
      description: 'Seconds back from now: 60 to 1,296,000 (15 days).',
    })
    window: number,
  ): Promise<RuleStatistics> {
    if (window < windowSeconds.least || window > windowSeconds.most) {
      throw badInput('window', `must be between ${windowSeconds.least} and ${windowSeconds.most} seconds`);
    }
    return loaderOf(context, statisticsKey, () => this.#statisticsLoader()).load({ rule, window });
  }

  @Mutation(() => RulePayload, { description: 'Makes a rule, or replaces the one of its name. Its targets stay.' })
  async putRule(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutRuleInput, { description: 'The rule.' }) input: PutRuleInput,
  ): Promise<RulePayload> {
    requireScope(caller, 'RULES_WRITE');
    return { rule: await this.service.put(caller, input) };
  }

  @Mutation(() => RulePayload, { description: 'Deletes a rule. What it has caused is still delivered.' })
  async deleteRule(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => RuleNameInput, { description: 'The rule to delete.' }) input: RuleNameInput,
  ): Promise<RulePayload> {
    requireScope(caller, 'RULES_WRITE');
    return { rule: await this.service.delete(caller, input.name) };
  }

  @Mutation(() => RulePayload, { description: 'Lets a rule run.' })
  async enableRule(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => RuleNameInput, { description: 'The rule to enable.' }) input: RuleNameInput,
  ): Promise<RulePayload> {
    requireScope(caller, 'RULES_WRITE');
    return { rule: await this.service.setState(caller, input.name, 'ENABLED') };
  }

  @Mutation(() => RulePayload, { description: 'Keeps a rule from running. What comes meanwhile passes it by.' })
  async disableRule(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => RuleNameInput, { description: 'The rule to disable.' }) input: RuleNameInput,
  ): Promise<RulePayload> {
    requireScope(caller, 'RULES_WRITE');
    return { rule: await this.service.setState(caller, input.name, 'DISABLED') };
  }

  @Mutation(() => RulePayload, { description: 'Adds targets to a rule, or replaces them by their ids: all, or none.' })
  async putRuleTargets(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutRuleTargetsInput, { description: 'The targets.' }) input: PutRuleTargetsInput,
  ): Promise<RulePayload> {
    requireScope(caller, 'RULES_WRITE');
    return { rule: await this.service.putTargets(caller, input) };
  }

  @Mutation(() => RulePayload, { description: 'Takes targets from a rule.' })
  async removeRuleTargets(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => RemoveRuleTargetsInput, { description: 'The ids of the targets.' })
    input: RemoveRuleTargetsInput,
  ): Promise<RulePayload> {
    requireScope(caller, 'RULES_WRITE');
    return { rule: await this.service.removeTargets(caller, input) };
  }

  @Mutation(() => PutEventsPayload, {
    description: 'Puts custom events on buses: rules match them as any other. They are not stored as events.',
  })
  putEvents(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutEventsInput, { description: 'The events.' }) input: PutEventsInput,
  ): Promise<PutEventsPayload> {
    requireScope(caller, 'EVENTS_WRITE');
    return this.customEvents.put(caller.accounts, input.entries);
  }

  /** A query asks for few windows, as a rule one: a statement for each. */
  #statisticsLoader(): DataLoader<Asked, RuleStatistics, string> {
    const load = async (asked: readonly Asked[]) => {
      const found = new Map<Asked, RuleStatistics>();
      for (const window of new Set(asked.map((one) => one.window))) {
        const some = asked.filter((one) => one.window === window);
        const rules = some.map(({ rule }) => rule);
        const figures = await this.service.statistics(rules, window);
        for (const [index, one] of some.entries()) found.set(one, figures[index] as RuleStatistics);
      }
      return asked.map((one) => found.get(one) as RuleStatistics);
    };
    return new DataLoader(load, { maxBatchSize: 1000, cacheKeyFn: ({ rule, window }) => `${window} ${rule.id}` });
  }
}
