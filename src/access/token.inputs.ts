import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';
import { Scope } from './scope.enum.js';
import { Token } from './token.entity.js';
import type { TokenChange, TokenRequest } from './token-grant.js';

@InputType({ description: 'A new token. It can only be granted what the token that makes it has itself.' })
export class CreateTokenInput implements TokenRequest {
  @Field(() => String, { description: 'What to call it, for people: 1 to 100 characters.' })
  name: string;

  @Field(() => [Scope], { description: 'What it may do; at least one scope.' })
  scopes: Scope[];

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts it may see. Left out: every account, those connected later included.',
  })
  accountIds?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working. Left out: never.' })
  expiresAt?: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'The token that was made.' })
export class CreateTokenPayload {
  @Field(() => Token, { description: 'The new token.' })
  token: Token;

  @Field(() => String, {
    description: 'What to send as `Authorization: Bearer <secret>`. Shown this once: only a hash of it is kept.',
  })
  secret: string;
}

@InputType({ description: 'What to change of a token: what is left out stays as it is.' })
export class UpdateTokenInput implements TokenChange {
  @Field(() => ID, { description: 'The id of the token.' })
  id: string;

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 100 characters.' })
  name?: string | null;

  @Field(() => [Scope], {
    nullable: true,
    description: 'All that it may do from now on: scopes of your own; at least one.',
  })
  scopes?: Scope[] | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'All accounts that it may see from now on: accounts of your own; null for every account.',
  })
  accountIds?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working; null for never.' })
  expiresAt?: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'The token that was changed.' })
export class UpdateTokenPayload {
  @Field(() => Token, { description: 'The token, as it is now.' })
  token: Token;
}

@ObjectType({ simpleResolvers: true, description: 'The token that was revoked.' })
export class RevokeTokenPayload {
  @Field(() => Token, { description: 'The token, with the time of its revocation.' })
  token: Token;
}

@ObjectType({ simpleResolvers: true, description: 'Whoever sent the request.' })
export class Viewer {
  @Field(() => Token, { description: 'The token that the request was sent with.' })
  token: Token;
}
