import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { Account, AccountConnection, AccountStatus } from './account.entity.js';
import {
  AccountPayload,
  AccountsArgs,
  DeleteAccountInput,
  PauseAccountInput,
  ResumeAccountInput,
  UpdateAccountInput,
} from './account.inputs.js';
import type { AccountService } from './account.service.js';
import type { SourceFailure } from './account.store.js';
import { lastErrorOf, statusOf } from './account-status.js';

const failuresKey = {};

@Resolver(() => Account)
export class AccountResolver {
  constructor(private readonly service: AccountService) {}

  @Query(() => Account, { nullable: true, description: 'One account, or null where it does not exist for this token.' })
  account(
    @Ctx() { caller }: GraphQLContext,
    @Arg('accountId', () => AccountIdScalar, { description: 'The id of the account.' }) accountId: string,
  ): Promise<Account | null> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.find(caller.accounts, accountId);
  }

  @Query(() => AccountConnection, { description: 'The accounts that this token covers, in the order of their ids.' })
  accounts(@Ctx() { caller }: GraphQLContext, @Args(() => AccountsArgs) args: AccountsArgs) {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.list(caller.accounts, args);
  }

  @Mutation(() => AccountPayload, { description: 'Changes the settings of an account.' })
  async updateAccount(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => UpdateAccountInput, { description: 'The account and its new settings.' })
    input: UpdateAccountInput,
  ): Promise<AccountPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { account: await this.service.update(caller, input) };
  }

  @Mutation(() => AccountPayload, {
    description: 'Stops collecting for an account until `resumeAccount`. What is there stays readable.',
  })
  async pauseAccount(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PauseAccountInput, { description: 'The account to pause.' }) input: PauseAccountInput,
  ): Promise<AccountPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { account: await this.service.pause(caller, input.accountId) };
  }

  @Mutation(() => AccountPayload, {
    description: 'Collects for a paused account again, starting with what arrived in the meantime.',
  })
  async resumeAccount(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => ResumeAccountInput, { description: 'The account to resume.' }) input: ResumeAccountInput,
  ): Promise<AccountPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { account: await this.service.resume(caller, input.accountId) };
  }

  @Mutation(() => AccountPayload, {
    description:
      'Ends collecting for an account: its own sources go, shared sources no longer speak for it, and it is not ' +
      'discovered again. Its stored events stay and can still be read.',
  })
  async deleteAccount(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => DeleteAccountInput, { description: 'The account to delete.' }) input: DeleteAccountInput,
  ): Promise<AccountPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { account: await this.service.delete(caller, input.accountId) };
  }

  @FieldResolver(() => AccountStatus, { description: 'How collecting for the account is doing.' })
  async status(@Root() account: Account, @Ctx() context: GraphQLContext): Promise<AccountStatus> {
    return statusOf(account, await this.failures(context, account.accountId));
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why collecting fails: the error of a source that collects for it.',
  })
  async lastError(@Root() account: Account, @Ctx() context: GraphQLContext): Promise<string | null> {
    const failures = await this.failures(context, account.accountId);
    return lastErrorOf(failures, context.caller.accounts);
  }

  private failures(context: GraphQLContext, accountId: string): Promise<SourceFailure[]> {
    const make = () =>
      new DataLoader<string, SourceFailure[]>(async (accountIds) => {
        const failures = await this.service.sourceFailures(accountIds);
        return accountIds.map((id) => failures.get(id) ?? []);
      });
    return loaderOf(context, failuresKey, make).load(accountId);
  }
}
