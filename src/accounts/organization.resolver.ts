import 'reflect-metadata';
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import { CheckResult } from '../platform/graphql/check.entity.js';
import { Organization } from './organization.entity.js';
import { ConnectOrganizationInput, DisconnectOrganizationInput, OrganizationPayload } from './organization.inputs.js';
import type { OrganizationService } from './organization.service.js';

@Resolver(() => Organization)
export class OrganizationResolver {
  constructor(private readonly service: OrganizationService) {}

  @Query(() => [Organization], {
    description:
      'The organisations that are connected, at most 20; none for a token that does not cover every account.',
    complexity: ({ childComplexity }) => 1 + 20 * childComplexity,
  })
  organizations(@Ctx() { caller }: GraphQLContext): Promise<Organization[]> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.list(caller.accounts);
  }

  @Query(() => CheckResult, {
    description: 'Tries what an organisation needs: its role, and the calls that name its accounts.',
    complexity: 100,
  })
  checkOrganization(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the connection.' }) id: string,
  ): Promise<CheckResult> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.check(caller, id);
  }

  @Mutation(() => OrganizationPayload, {
    description: 'Connects an organisation: its accounts are made here, now and as they come. Takes every account.',
  })
  async connectOrganization(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => ConnectOrganizationInput, { description: 'Who lists its accounts, and what they are given.' })
    input: ConnectOrganizationInput,
  ): Promise<OrganizationPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { organization: await this.service.connect(caller, input) };
  }

  @Mutation(() => OrganizationPayload, {
    description: 'Ends the finding of accounts. Those that were found stay, with their roles and what they collect.',
  })
  async disconnectOrganization(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => DisconnectOrganizationInput, { description: 'The organisation to disconnect.' })
    input: DisconnectOrganizationInput,
  ): Promise<OrganizationPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { organization: await this.service.disconnect(caller, input.id) };
  }
}
