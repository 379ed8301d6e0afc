import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf } from '../access/context.js';
import { Account } from '../accounts/account.entity.js';
import { DateTimeScalar } from '../platform/graphql/scalars.js';
import { Completeness } from './completeness.entity.js';
import type { CompletenessService } from './completeness.service.js';
import { Coverage } from './coverage.entity.js';
import type { CoverageService } from './coverage.service.js';

@ArgsType()
class CompletenessArgs {
  @Field(() => String, { nullable: true, description: 'Only this region; all that are collected when left out.' })
  region?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The start of the time that matters: the proven span that contains it counts, not the first one.',
  })
  from?: Date | null;
}

const loadersKey = {};

/** How complete an account is. */
@Resolver(() => Account)
export class AccountCoverageResolver {
  constructor(
    private readonly completenessService: CompletenessService,
    private readonly coverageService: CoverageService,
  ) {}

  @FieldResolver(() => Completeness, { description: 'How complete what is stored of the account is.' })
  completeness(
    @Root() { accountId }: Account,
    @Args(() => CompletenessArgs) args: CompletenessArgs,
    @Ctx() context: GraphQLContext,
  ): Promise<Completeness> {
    const loaders = loaderOf(context, loadersKey, () => new Map<string, DataLoader<string, Completeness>>());
    const key = JSON.stringify([args.region ?? null, args.from ?? null]);
    const loader = loaders.get(key) ?? this.loader(context, args);
    loaders.set(key, loader);
    return loader.load(accountId);
  }

  @FieldResolver(() => [Coverage], {
    description:
      'What is known of each span of time, by region and trail: at most 10,000 spans. Times before the first digest ' +
      'of a trail, and those to come, have none.',
    complexity: ({ childComplexity }) => 50 + 20 * childComplexity,
  })
  coverage(
    @Root() { accountId }: Account,
    @Ctx() { caller }: GraphQLContext,
    @Arg('from', () => DateTimeScalar, {
      nullable: true,
      description: 'The first instant; 7 days before `to` when left out, 400 days before it at most.',
    })
    from?: Date | null,
    @Arg('to', () => DateTimeScalar, { nullable: true, description: 'The end (exclusive); now when left out.' })
    to?: Date | null,
    @Arg('region', () => String, { nullable: true, description: 'Only this region.' })
    region?: string | null,
  ): Promise<Coverage[]> {
    return this.coverageService.spans(caller.accounts, { accountId, from, to, region });
  }

  /** One query for all accounts of a list. */
  private loader({ caller }: GraphQLContext, { region, from }: CompletenessArgs): DataLoader<string, Completeness> {
    const regions = region ? [region] : null;
    return new DataLoader<string, Completeness>(
      async (accountIds) => {
        const request = { accountIds, regions, from };
        const byAccount = await this.completenessService.by(caller.accounts, request, ['account']);
        return accountIds.map((account) => byAccount.get({ account }));
      },
      { maxBatchSize: 1000 },
    );
  }
}
