import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { Account } from '../accounts/account.entity.js';
import { AccountPayload } from '../accounts/account.inputs.js';
import { Source } from './source.entity.js';
import { CreateAccountInput } from './source.inputs.js';
import type { SourceService } from './source.service.js';

const sourcesKey = {};

/** What of an account has to do with sources, and so cannot live in the room of accounts. */
@Resolver(() => Account)
export class AccountSourcesResolver {
  constructor(private readonly service: SourceService) {}

  @Mutation(() => AccountPayload, { description: 'Connects an account, together with its own sources or without any.' })
  async createAccount(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => CreateAccountInput, { description: 'The account.' }) input: CreateAccountInput,
  ): Promise<AccountPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { account: await this.service.createAccount(caller, input) };
  }

  @FieldResolver(() => [Source], {
    description: 'The sources that collect for the account, of those all of whose accounts this token covers.',
    complexity: ({ childComplexity }) => 1 + 5 * childComplexity,
  })
  sources(@Root() account: Account, @Ctx() context: GraphQLContext): Promise<Source[]> {
    const make = () =>
      new DataLoader<string, Source[]>(async (accountIds) => {
        const sources = await this.service.byAccount(context.caller.accounts, accountIds);
        return accountIds.map((id) => sources.get(id) ?? []);
      });
    return loaderOf(context, sourcesKey, make).load(account.accountId);
  }
}
