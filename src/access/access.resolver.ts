import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type Connection, PageArgs } from '../platform/graphql/connection.js';
import { type AuditEntry, AuditEntryConnection } from './audit.entity.js';
import type { AuditService } from './audit.service.js';
import { type GraphQLContext, requireScope } from './context.js';
import { Scope } from './scope.enum.js';
import { type Token, TokenConnection } from './token.entity.js';
import {
  CreateTokenInput,
  CreateTokenPayload,
  RevokeTokenPayload,
  UpdateTokenInput,
  UpdateTokenPayload,
  Viewer,
} from './token.inputs.js';
import type { TokenService } from './token.service.js';

@Resolver()
export class AccessResolver {
  constructor(
    private readonly tokenService: TokenService,
    private readonly audit: AuditService,
  ) {}

  @Query(() => Viewer, { description: 'Whoever sends the request. Needs no scope.' })
  async viewer(@Ctx() { caller }: GraphQLContext): Promise<Viewer> {
    return { token: await this.tokenService.get(caller, caller.token.id) };
  }

  @Query(() => TokenConnection, {
    description: 'The tokens within your own scopes and accounts, newest first. Needs ACCESS_ADMIN.',
  })
  async tokens(@Ctx() { caller }: GraphQLContext, @Args(() => PageArgs) page: PageArgs): Promise<Connection<Token>> {
    requireScope(caller, Scope.ACCESS_ADMIN);
    return this.tokenService.list(caller, page);
  }

  @Query(() => AuditEntryConnection, {
    description: 'The changes made within your own scopes and accounts, newest first. Needs ACCESS_ADMIN.',
  })
  async auditLog(
    @Ctx() { caller }: GraphQLContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Connection<AuditEntry>> {
    requireScope(caller, Scope.ACCESS_ADMIN);
    return this.audit.list(caller, page);
  }

  @Mutation(() => CreateTokenPayload, {
    description: 'Makes a token within your own scopes and accounts. Needs ACCESS_ADMIN.',
  })
  async createToken(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => CreateTokenInput, { description: 'The token to make.' }) input: CreateTokenInput,
  ): Promise<CreateTokenPayload> {
    requireScope(caller, Scope.ACCESS_ADMIN);
    return this.tokenService.create(caller, input);
  }

  @Mutation(() => UpdateTokenPayload, {
    description:
      'Changes a token within your own scopes and accounts. What it loses it loses within seconds everywhere, running ' +
      'subscriptions included. Needs ACCESS_ADMIN.',
  })
  async updateToken(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => UpdateTokenInput, { description: 'The token, and what to change.' }) input: UpdateTokenInput,
  ): Promise<UpdateTokenPayload> {
    requireScope(caller, Scope.ACCESS_ADMIN);
    return { token: await this.tokenService.update(caller, input.id, input) };
  }

  @Mutation(() => RevokeTokenPayload, {
    description: 'Revokes a token for good: within seconds no process takes it any more. Needs ACCESS_ADMIN.',
  })
  async revokeToken(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the token.' }) id: string,
  ): Promise<RevokeTokenPayload> {
    requireScope(caller, Scope.ACCESS_ADMIN);
    return { token: await this.tokenService.revoke(caller, id) };
  }
}
