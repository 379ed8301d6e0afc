import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { PageArgs } from '../platform/graphql/connection.js';
import { DateTimeScalar } from '../platform/graphql/scalars.js';
import { Backfill, BackfillConnection, BackfillError, BackfillProgress } from './backfill.entity.js';
import { BackfillPayload, PauseBackfillInput, ResumeBackfillInput, StartBackfillInput } from './backfill.inputs.js';
import type { BackfillService } from './backfill.service.js';
import type { BackfillStanding } from './backfill.store.js';
import { bytesPerSecond, etaOf } from './backfill-eta.js';

const standingKey = {};
const failureKey = {};

@Resolver(() => Backfill)
export class BackfillResolver {
  constructor(
    private readonly service: BackfillService,
    private readonly now: () => Date,
  ) {}

  @Query(() => Backfill, {
    nullable: true,
    description: 'One backfill, or null where it does not exist for this token.',
  })
  backfill(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the backfill.' }) id: string,
  ): Promise<Backfill | null> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.find(caller.accounts, id);
  }

  @Query(() => BackfillConnection, {
    description: 'The backfills all of whose accounts this token covers, newest first.',
  })
  backfills(@Ctx() { caller }: GraphQLContext, @Args(() => PageArgs) args: PageArgs) {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.list(caller.accounts, args);
  }

  @Mutation(() => BackfillPayload, {
    description:
      'Collects log files of days gone by, the newest day first. Nothing new waits for it. It goes on by itself, ' +
      'after a restart too, while a worker runs.',
  })
  async startBackfill(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => StartBackfillInput, { description: 'Which files.' }) input: StartBackfillInput,
  ): Promise<BackfillPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { backfill: await this.service.start(caller, input) };
  }

  @Mutation(() => BackfillPayload, {
    description: 'Stops listing folders and reading files for a backfill. What is being read is finished.',
  })
  async pauseBackfill(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PauseBackfillInput, { description: 'The backfill to pause.' }) input: PauseBackfillInput,
  ): Promise<BackfillPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { backfill: await this.service.pause(caller, input.id) };
  }

  @Mutation(() => BackfillPayload, {
    description:
      'Goes on with a backfill that was paused, or that is done and gave accounts up: those are tried again.',
  })
  async resumeBackfill(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => ResumeBackfillInput, { description: 'The backfill to resume.' }) input: ResumeBackfillInput,
  ): Promise<BackfillPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { backfill: await this.service.resume(caller, input.id) };
  }

  @FieldResolver(() => BackfillProgress, { description: 'How far it has come, in figures.', complexity: 5 })
  async progress(@Root() backfill: Backfill, @Ctx() context: GraphQLContext): Promise<BackfillProgress> {
    const standing = await this.standing(context, backfill);
    return { ...standing, bytesPerSecond: bytesPerSecond(standing, standing.samples, this.now().getTime()) };
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description:
      'When it will be done if it goes on as in the last minutes; null where nothing moves, or once it is done.',
    complexity: 5,
  })
  async eta(@Root() backfill: Backfill, @Ctx() context: GraphQLContext): Promise<Date | null> {
    if (backfill.state !== 'RUNNING') return null;
    const standing = await this.standing(context, backfill);
    const eta = etaOf(standing, standing.samples, this.now().getTime());
    return eta === null ? null : new Date(eta);
  }

  @FieldResolver(() => [BackfillError], {
    description: 'The accounts that it cannot list at present. The others go on.',
    complexity: ({ childComplexity }) => 5 + 5 * childComplexity,
  })
  errors(@Root() backfill: Backfill, @Ctx() context: GraphQLContext): Promise<BackfillError[]> {
    const make = () =>
      new DataLoader<number, BackfillError[]>(async (numbers) => {
        const failures = await this.service.failures(context.caller.accounts, numbers);
        return numbers.map((number) => failures.get(number) ?? []);
      });
    return loaderOf(context, failureKey, make).load(backfill.number);
  }

  private standing(context: GraphQLContext, backfill: Backfill): Promise<BackfillStanding> {
    const make = () =>
      new DataLoader<number, BackfillStanding>(async (numbers) => {
        const standings = await this.service.standings(numbers);
        return numbers.map((number) => standings.get(number) ?? new Error(`backfill ${number} is gone`));
      });
    return loaderOf(context, standingKey, make).load(backfill.number);
  }
}
