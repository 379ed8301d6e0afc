import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { Target, TargetConnection } from './target.entity.js';
import {
  PutTargetInput,
  PutTargetPayload,
  TargetNameInput,
  TargetPayload,
  TargetsArgs,
  TestTargetPayload,
} from './target.inputs.js';
import type { TargetService } from './target.service.js';

const pendingKey = {};

@Resolver(() => Target)
export class TargetResolver {
  constructor(private readonly service: TargetService) {}

  @Query(() => Target, { nullable: true, description: 'One target, or null where it does not exist for this token.' })
  target(
    @Ctx() { caller }: GraphQLContext,
    @Arg('name', () => String, { description: 'The name of the target.' }) name: string,
  ): Promise<Target | null> {
    requireScope(caller, 'RULES_READ');
    return this.service.find(caller.accounts, name);
  }

  @Query(() => TargetConnection, { description: 'The targets, by name. A token sees those whose accounts it covers.' })
  targets(@Ctx() { caller }: GraphQLContext, @Args(() => TargetsArgs) args: TargetsArgs): Promise<TargetConnection> {
    requireScope(caller, 'RULES_READ');
    return this.service.list(caller.accounts, args);
  }

  @FieldResolver(() => Int, { description: 'Messages that wait for it, or are being delivered; counted to 10,000.' })
  pending(@Root() target: Target, @Ctx() context: GraphQLContext): Promise<number> {
    const loader = () => new DataLoader((ids: readonly string[]) => this.service.pending(ids), { maxBatchSize: 1000 });
    return loaderOf(context, pendingKey, loader).load(target.id);
  }

  @Mutation(() => PutTargetPayload, { description: 'Makes a target, or changes the one of its name.' })
  putTarget(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutTargetInput, { description: 'The target.' }) input: PutTargetInput,
  ): Promise<PutTargetPayload> {
    requireScope(caller, 'RULES_WRITE');
    return this.service.put(caller, input);
  }

  @Mutation(() => TargetPayload, { description: 'Deletes a target that no rule uses. What waits for it is set aside.' })
  async deleteTarget(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => TargetNameInput, { description: 'The target to delete.' }) input: TargetNameInput,
  ): Promise<TargetPayload> {
    requireScope(caller, 'RULES_WRITE');
    return { target: await this.service.delete(caller, input.name) };
  }

  @Mutation(() => TestTargetPayload, {
    description: 'Sends a target a message that says that it is a test, at once and once, and tells what became of it.',
    complexity: 100,
  })
  testTarget(
    @Ctx() { caller, signal }: GraphQLContext,
    @Arg('name', () => String, { description: 'The name of the target.' }) name: string,
  ): Promise<TestTargetPayload> {
    requireScope(caller, 'RULES_WRITE');
    return this.service.test(caller, name, signal);
  }
}
