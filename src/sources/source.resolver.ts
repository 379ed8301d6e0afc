import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { CheckResult } from '../platform/graphql/check.entity.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { Source, SourceConnection } from './source.entity.js';
import { DeleteSourceInput, SourceInput, SourcePayload, SourcesArgs, UpdateSourceInput } from './source.inputs.js';
import type { SourceService } from './source.service.js';
import type { SourceCheck } from './source-check.js';
import type { Backlog } from './source-progress.store.js';

const backlogKey = {};
const none = { filesPending: 0, filesFailed: 0, lagSeconds: 0 };

@Resolver(() => Source)
export class SourceResolver {
  constructor(
    private readonly service: SourceService,
    private readonly checks: SourceCheck,
  ) {}

  @Query(() => Source, { nullable: true, description: 'One source, or null where it does not exist for this token.' })
  source(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the source.' }) id: string,
  ): Promise<Source | null> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.find(caller.accounts, id);
  }

  @Query(() => SourceConnection, {
    description: 'The sources all of whose accounts this token covers, oldest first.',
  })
  sources(@Ctx() { caller }: GraphQLContext, @Args(() => SourcesArgs) args: SourcesArgs) {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.page(caller.accounts, args);
  }

  @Mutation(() => SourcePayload, {
    description: 'Connects a source that speaks for several accounts: a central bucket, an organisation trail.',
  })
  async createSource(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => SourceInput, { description: 'Where the files are.' }) input: SourceInput,
  ): Promise<SourcePayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { source: await this.service.create(caller, input) };
  }

  @Mutation(() => SourcePayload, { description: 'Changes how a source is read, or which accounts it speaks for.' })
  async updateSource(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => UpdateSourceInput, { description: 'The source and its changes.' }) input: UpdateSourceInput,
  ): Promise<SourcePayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { source: await this.service.update(caller, input) };
  }

  @Mutation(() => SourcePayload, {
    description: 'Ends collecting through a source. Its stored events stay; files that still waited are forgotten.',
  })
  async deleteSource(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => DeleteSourceInput, { description: 'The source to delete.' }) input: DeleteSourceInput,
  ): Promise<SourcePayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { source: await this.service.delete(caller, input.id) };
  }

  @Query(() => CheckResult, {
    description: 'Tries what a source needs: its role, a listing, one object. Says what to allow where it fails.',
    complexity: 100,
  })
  checkSource(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the source.' }) id: string,
  ): Promise<CheckResult> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.checks.source(caller, id);
  }

  @Query(() => CheckResult, {
    description: "Tries an account's own role, and every source of it that this token covers.",
    complexity: 100,
  })
  checkAccount(
    @Ctx() { caller }: GraphQLContext,
    @Arg('accountId', () => AccountIdScalar, { description: 'The id of the account.' }) accountId: string,
  ): Promise<CheckResult> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.checks.account(caller, accountId);
  }

  @FieldResolver(() => Int, { description: 'Files that wait to be read, or are being read.' })
  async filesPending(@Root() source: Source, @Ctx() context: GraphQLContext): Promise<number> {
    return (await this.backlog(context, source.id)).filesPending;
  }

  @FieldResolver(() => Int, { description: 'Files that were given up: quarantined, or gone.' })
  async filesFailed(@Root() source: Source, @Ctx() context: GraphQLContext): Promise<number> {
    return (await this.backlog(context, source.id)).filesFailed;
  }

  @FieldResolver(() => Float, {
    description: 'For how many seconds the oldest file that still waits has been known; 0 when none waits.',
  })
  async lagSeconds(@Root() source: Source, @Ctx() context: GraphQLContext): Promise<number> {
    return (await this.backlog(context, source.id)).lagSeconds;
  }

  private backlog(context: GraphQLContext, sourceId: string): Promise<Omit<Backlog, 'sourceId'>> {
    const make = () =>
      new DataLoader<string, Omit<Backlog, 'sourceId'>>(async (ids) => {
        const backlogs = await this.service.backlogs(ids);
        return ids.map((id) => backlogs.get(id) ?? none);
      });
    return loaderOf(context, backlogKey, make).load(sourceId);
  }
}
